"""The facts of `dispatch.attention` as a caller may see them, in few queries however much is open."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from api import scope, trouble_rows
from api.callers import Caller
from api.context import Service
from api.readiness import unwritten
from dispatch import readiness
from dispatch.attention import DarkVillage, OpenIncident, ServiceFault
from dispatch.readiness import FaultKind
from dispatch.supervision import TroubleKind
from dispatch.values import IncidentStatus
from store.incidents import Assignment, Incident, Notification
from store.places import Region
from store.upkeep import Trouble

#: What of the service's faults only delays messages; all others stop something.
_DELAYS = (FaultKind.MESSAGES_WAIT, FaultKind.STEPS_WAIT, FaultKind.CARRIER_FAILS)
_ANSWERED = or_(
    Assignment.acknowledged_at.is_not(None),
    Assignment.enroute_at.is_not(None),
    Assignment.on_scene_at.is_not(None),
    Assignment.cleared_at.is_not(None),
)
_DECLINED = Assignment.declined_at.is_not(None)
_MAY_BE_REACHED = exists().where(
    Notification.assignment_id == Assignment.id, Notification.status.not_in(("failed", "expired"))
)


def open_incidents(session: Session, caller: Caller) -> list[OpenIncident]:
    """Every open incident that the caller sees."""
    unreached = and_(Assignment.id.is_not(None), ~_ANSWERED, ~_DECLINED, ~_MAY_BE_REACHED)
    rows = session.execute(
        select(
            Incident.id,
            Incident.code,
            Incident.place_name.label("place"),
            Region.name.label("area"),
            Incident.drill,
            Incident.opened_at,
            or_(Incident.premises_id.is_not(None), Incident.lon.is_not(None)).label("is_placed"),
            Incident.handover_status.label("handover"),
            Incident.handover_at,
            func.count(Assignment.id).label("sent"),
            _how_many(and_(_ANSWERED, ~_DECLINED)).label("answered"),
            _how_many(_DECLINED).label("declined"),
            _how_many(unreached).label("unreached"),
        )
        .outerjoin(Assignment, Assignment.incident_id == Incident.id)
        .outerjoin(Region, Region.code == func.coalesce(Incident.village_code, Incident.town_code))
        .where(Incident.status == IncidentStatus.OPEN, scope.incidents(caller))
        .group_by(Incident.id, Region.name)
    )
    return [OpenIncident(**row) for row in rows.mappings()]


def dark_villages(session: Session, caller: Caller) -> list[DarkVillage]:
    """The villages that the caller sees from which no alarm would come."""
    rows = session.execute(
        select(Region.code, Region.name, Trouble.began_at, Trouble.taken_by)
        .join(Region, Region.code == Trouble.village_code)
        .where(
            Trouble.kind == TroubleKind.VILLAGE_DARK, Trouble.ended_at.is_(None), trouble_rows.seen_by(caller)
        )
    )
    return [DarkVillage(*row) for row in rows]


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def service_faults(session: Session, service: Service, now: datetime) -> Iterator[ServiceFault]:
    """What of the service stands still; they concern everybody."""
    for fault in (*unwritten(service), *readiness.service_faults(session, service.setup, now)):
        yield ServiceFault(fault.words, fault.what in _DELAYS)
