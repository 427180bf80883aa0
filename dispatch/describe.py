"""From rows to the facts that texts and decisions need: an incident in words, a place for selection."""

from sqlalchemy.orm import Session

from dispatch.messages import IncidentFacts
from dispatch.selection import Place
from dispatch.setup import DispatchSetup
from dispatch.values import DeviceKind, Grade, Milestone
from geo.point import Point
from store.incidents import Assignment, Incident, Signal


def facts_of(incident: Incident, *, station_name: str | None = None) -> IncidentFacts:
    """What texts say of an incident: where it began, what sounded first, the last window opened."""
    windows = [s for s in incident.signals if s.kind == DeviceKind.ESCAPE_WINDOW]
    alarms = [s for s in incident.signals if s.kind != DeviceKind.ESCAPE_WINDOW]
    first = next(iter(alarms or windows), None)
    return IncidentFacts(
        code=incident.code,
        place=incident.place_name,
        address=incident.address,
        floor=first.floor if first else None,
        room=first.room if first else None,
        sounded=first.kind if first else DeviceKind.UNKNOWN,
        grade=Grade(incident.grade),
        drill=incident.drill,
        window_floor=_floor_of(windows[-1]) if windows and alarms else None,
        station_name=station_name,
        device_label=first.device_id if first else None,
    )


def _floor_of(window: Signal) -> str | None:
    return window.floor or window.room


def regions_of(incident: Incident) -> tuple[str, ...]:
    """The incident's divisions, nearest first."""
    codes = (incident.village_code, incident.town_code, incident.district_code)
    return tuple(code for code in codes if code)


def has_answered(assignment: Assignment) -> bool:
    """Whatever a station has reached after its page is an answer, also where a milestone was skipped."""
    answers = (Milestone.ACKNOWLEDGED, Milestone.ENROUTE, Milestone.ON_SCENE, Milestone.CLEARED)
    return any(getattr(assignment, milestone.column) for milestone in answers)


def place_of(session: Session, setup: DispatchSetup, incident: Incident) -> Place:
    """Where stations are to go: the incident's point, else the centre of its nearest known division."""
    regions = regions_of(incident)
    if incident.lon is not None and incident.lat is not None:
        return Place(Point(incident.lon, incident.lat), regions, incident.premises_id)
    tree = setup.roster.get(session).tree
    centres = (tree.point_of(code) for code in regions)
    return Place(next((centre for centre in centres if centre), None), regions)
