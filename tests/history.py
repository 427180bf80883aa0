"""Past incidents with known milestones, for whoever looks back."""

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from dispatch.values import Milestone
from store.incidents import Assignment, Incident
from tests.clock import STORY_START
from tests.factories import District

_numbers = count(1)


def make_past_incident(
    session: Session,
    district: District,
    *,
    village: str | None = None,
    opened_at: datetime = STORY_START,
    drill: bool = False,
    disposition: str = "fire",
    origin: str = "live",
) -> Incident:
    """Insert a closed incident in a village of the invented district, the home village unless told."""
    number = next(_numbers)
    code = village or district.village
    incident = Incident(
        id=f"past-{number}",
        code=f"P{number % 10}",
        status="closed",
        grade="confirmed",
        drill=drill,
        place_key=f"past:{number}",
        place_name="下许里7号",
        address="五显镇宋宅村下许里7号",
        district_code=district.code,
        town_code=code[:9],
        village_code=code,
        opened_at=opened_at,
        closed_at=opened_at + timedelta(hours=1),
        disposition=disposition,
        cause="蜡烛",
        origin=origin,
    )
    session.add(incident)
    session.flush()
    return incident


def make_past_assignment(
    session: Session, incident: Incident, station_id: str, tier: str = "village", **seconds: float
) -> Assignment:
    """Insert a station's part; milestones by their seconds after the alarm was received."""
    received_at = incident.opened_at
    milestones = {
        Milestone(name).column: received_at + timedelta(seconds=after) for name, after in seconds.items()
    }
    assignment = Assignment(
        incident_id=incident.id,
        station_id=station_id,
        tier=tier,
        status="cleared",
        reason="nearest",
        created_at=received_at,
        **milestones,
    )
    session.add(assignment)
    session.flush()
    return assignment
