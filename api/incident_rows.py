"""From an incident's rows to its views."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from api import scope
from api.callers import Caller
from api.incident_views import (
    AssignmentView,
    HandoverProgress,
    HandoverView,
    IncidentSummary,
    IncidentView,
    MilestonesView,
    PersonTold,
    PremisesView,
    RegionNames,
    SignalView,
    TimelineView,
)
from api.masking import for_caller
from api.personal_data import Subject
from dispatch.values import IncidentStatus, Milestone
from geo.regions import DivisionTree
from store.incidents import Assignment, Incident, Notification, Signal, TimelineEntry
from store.reliability import CentreMessage

_EVERYTHING = (
    joinedload(Incident.premises),
    selectinload(Incident.signals),
    selectinload(Incident.assignments).joinedload(Assignment.station),
    selectinload(Incident.assignments).selectinload(Assignment.notifications),
    selectinload(Incident.centre_messages).load_only(
        CentreMessage.attempts, CentreMessage.delivered_at, CentreMessage.failure
    ),
)


def load(session: Session, caller: Caller, incident_id: str) -> Incident:
    """An incident with everything that its view shows; NotFoundError unless the caller sees it."""
    scope.check_incident(session, caller, incident_id)
    return reload(session, incident_id)


def reload(session: Session, incident_id: str) -> Incident:
    """An incident with everything that its view shows, as it is now in this transaction."""
    session.flush()
    query = select(Incident).where(Incident.id == incident_id).options(*_EVERYTHING)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def summary(row: Incident, tree: DivisionTree, caller: Caller) -> IncidentSummary:
    """An incident as a list shows it."""
    of = Subject("incident", row.id, row.id)
    return IncidentSummary(
        id=row.id,
        code=row.code,
        status=row.status,
        grade=row.grade,
        drill=row.drill,
        origin=row.origin,
        opened_at=row.opened_at,
        confirmed_at=row.confirmed_at,
        closed_at=row.closed_at,
        disposition=row.disposition,
        cause=for_caller(caller, row.cause, of),
        close_note=for_caller(caller, row.close_note, of),
        premises=_premises(row, caller, of, shows_people=sees_home(caller, row, tree)),
        region=_region(row, tree),
        handover=_handover(row),
    )


def view(row: Incident, tree: DivisionTree, caller: Caller) -> IncidentView:
    """All of an incident that `load` gave."""
    return IncidentView(
        **dict(summary(row, tree, caller)) | {"handover": _progress(row)},
        signals=[_signal(signal, caller) for signal in row.signals],
        assignments=[_assignment(assignment) for assignment in row.assignments],
    )


def fact(row: TimelineEntry, caller: Caller) -> TimelineView:
    """One fact of the timeline."""
    of = Subject("incident", row.incident_id, row.incident_id)
    return TimelineView(
        id=row.id,
        at=row.at,
        clock=row.clock,
        recorded_at=row.recorded_at,
        source=row.source,
        actor=for_caller(caller, row.actor, of),
        kind=row.kind,
        assignment_id=row.assignment_id,
        data=for_caller(caller, row.data, of),
    )


def _handover(row: Incident) -> HandoverView:
    return HandoverView(
        status=row.handover_status,
        at=row.handover_at,
        number=row.handover_number,
        reason=row.handover_reason,
    )


def _progress(row: Incident) -> HandoverProgress:
    told = row.centre_messages
    newest = next((message for message in reversed(told) if message.attempts or message.failure), None)
    return HandoverProgress(
        **dict(_handover(row)),
        delivered_at=min((message.delivered_at for message in told if message.delivered_at), default=None),
        attempts=sum(message.attempts for message in told),
        failure=newest.failure if newest else None,
    )


def sees_home(caller: Caller, row: Incident, tree: DivisionTree) -> bool:
    """Whether who sees an incident sees the people of its building as they are now.

    A crew from across the border does while it is on its way; what is over is no reason to look.
    """
    if caller.region_code is None or (row.status == IncidentStatus.OPEN and row.origin == "live"):
        return True
    return any(
        tree.contains(caller.region_code, code)
        for code in (row.village_code, row.town_code, row.district_code)
    )


def _premises(row: Incident, caller: Caller, of: Subject, *, shows_people: bool) -> PremisesView:
    known = row.premises if shows_people else None
    return PremisesView(
        id=row.premises_id,
        name=row.place_name,
        address=row.address,
        floors=known.floors if known else None,
        residents=known.residents if known else None,
        notes=for_caller(caller, known.notes, of) if known else None,
        lon=row.lon,
        lat=row.lat,
    )


def _region(row: Incident, tree: DivisionTree) -> RegionNames:
    return RegionNames(
        district=tree.name_of(row.district_code),
        town=tree.name_of(row.town_code),
        village=tree.name_of(row.village_code),
        district_code=row.district_code,
        town_code=row.town_code,
        village_code=row.village_code,
    )


def _signal(row: Signal, caller: Caller) -> SignalView:
    return SignalView(
        device_id=row.device_id,
        kind=row.kind,
        floor=row.floor,
        room=row.room,
        received_at=row.received_at,
        device_at=row.device_at,
        restored_at=row.restored_at,
        note=for_caller(caller, row.note, Subject("incident", row.incident_id, row.incident_id)),
    )


def _assignment(row: Assignment) -> AssignmentView:
    return AssignmentView(
        id=row.id,
        station_id=row.station_id,
        station_name=row.station.name,
        tier=row.tier,
        status=row.status,
        reason=row.reason,
        travel_s=row.travel_s,
        distance_m=row.distance_m,
        method=row.method,
        milestones=MilestonesView(**{m.column: getattr(row, m.column) for m in Milestone}),
        people=[_told(notice) for notice in row.notifications],
    )


def _told(row: Notification) -> PersonTold:
    return PersonTold(
        person_id=row.person_id,
        name=row.person_name,
        channel=row.channel,
        carrier=row.carrier,
        purpose=row.purpose,
        status=row.status,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        answered_at=row.answered_at,
        answer=row.answer,
        failure=row.failure,
    )
