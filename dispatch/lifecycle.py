"""What a person decides about an incident: milestones, one more station, grade, close, availability."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch import asking, centre, chat, joining, journal, messages, paging, ranking, selection, telling
from dispatch.assignments import status_of
from dispatch.describe import place_of
from dispatch.errors import ConflictError, InvalidError, NotFoundError
from dispatch.escalation import Verdict
from dispatch.locking import lock_incident
from dispatch.setup import DispatchSetup
from dispatch.values import Disposition, Grade, IncidentStatus, Milestone, Source
from registry.version import bump_version, lock_registry
from store.incidents import Assignment, DueStep, Incident
from store.places import Station

#: Milestones that a station's own word tells; carriers tell the others.
_WORDS = (Milestone.ACKNOWLEDGED, Milestone.ENROUTE, Milestone.ON_SCENE, Milestone.CLEARED)

#: A person's clock may run ahead of ours by this much before a milestone counts as in the future (ours).
CLOCK_LEEWAY_S = 60


def record_milestone(
    session: Session,
    setup: DispatchSetup,
    incident_id: str,
    station_id: str,
    milestone: Milestone,
    *,
    at: datetime | None,
    note: str | None,
    source: Source,
    actor: str,
    now: datetime,
) -> Assignment:
    """Set a milestone, or correct it: the old value stays in the timeline.

    `at` None means now. Raises NotFoundError where the station is not at the incident, InvalidError
    for an instant in the future. A closed incident can still be corrected.
    """
    assignment = find_assignment(session, incident_id, station_id)
    when = at or now
    if when > now + timedelta(seconds=CLOCK_LEEWAY_S):
        raise InvalidError(
            f"at {when.isoformat()}: in the future; give the instant it happened, or leave it out"
        )
    before = _set(assignment, milestone, when)
    if milestone in _WORDS and assignment.incident.status == IncidentStatus.OPEN:
        asking.heard(session, setup, assignment, at=now, now=now)
    journal.record(
        session,
        incident_id,
        "milestone_corrected" if before else "milestone",
        at=when,
        recorded_at=now,
        clock="person" if at else "server",
        source=source,
        actor=actor,
        assignment_id=assignment.id,
        station_id=station_id,
        milestone=milestone,
        before=before.isoformat() if before else None,
        note=note,
    )
    if milestone is Milestone.ON_SCENE:
        centre.tell(session, setup, assignment.incident, now=now)
    return assignment


def _set(assignment: Assignment, milestone: Milestone, when: datetime) -> datetime | None:
    """Keep a milestone and what it says of the station's state; gives the value it had."""
    before: datetime | None = getattr(assignment, milestone.column)
    setattr(assignment, milestone.column, when)
    if milestone in (Milestone.ACKNOWLEDGED, Milestone.ENROUTE, Milestone.ON_SCENE):
        assignment.declined_at = None
    assignment.status = status_of(assignment)
    return before


def send_station(
    session: Session,
    setup: DispatchSetup,
    incident_id: str,
    station_id: str,
    *,
    actor: str,
    source: Source,
    now: datetime,
) -> Assignment:
    """A dispatcher sends one more station, in service or not: he knows why.

    Raises NotFoundError for an unknown or retired station, ConflictError if it is there already.
    """
    incident = _open_incident(session, incident_id)
    if any(assignment.station_id == station_id for assignment in incident.assignments):
        raise ConflictError(f"station {station_id}: already sent to incident {incident.code}")
    card = setup.roster.get(session).station(station_id)
    if card is None:
        raise NotFoundError(f"station {station_id}: not an active station of the registry")
    place = place_of(session, setup, incident)
    return paging.send_station(
        session,
        setup,
        incident,
        ranking.chosen_by_hand(setup, card, place),
        selection.SENT_BY_DISPATCHER,
        now=now,
        source=source,
        actor=actor,
    )


def set_grade(
    session: Session,
    setup: DispatchSetup,
    incident_id: str,
    grade: Grade,
    reason: str,
    *,
    actor: str,
    source: Source,
    now: datetime,
) -> Incident:
    """A person raises or lowers the grade; raising it tells the units and hands over at once."""
    incident = _open_incident(session, incident_id)
    if incident.grade == grade:
        return incident
    if grade is Grade.CONFIRMED:
        joining.confirm(session, setup, incident, reason, now=now, source=source, actor=actor)
        return incident
    incident.grade = grade
    incident.confirmed_at = None
    journal.record(
        session,
        incident.id,
        "grade_lowered",
        at=now,
        recorded_at=now,
        source=source,
        actor=actor,
        grade=grade,
        reason=reason,
    )
    centre.tell(session, setup, incident, now=now)
    return incident


def close(
    session: Session,
    setup: DispatchSetup,
    incident_id: str,
    disposition: Disposition,
    *,
    cause: str | None,
    note: str | None,
    actor: str,
    source: Source,
    now: datetime,
) -> Incident:
    """A person closes an incident: what waited is not needed any more, the units are stood down.

    Raises ConflictError where it is closed already with another disposition.
    """
    incident = _incident(session, incident_id)
    if incident.status == IncidentStatus.CLOSED:
        if incident.disposition == disposition:
            return incident
        raise ConflictError(f"incident {incident.code}: already closed as {incident.disposition}")
    _stand_down(session, setup, incident, disposition, now)
    incident.status = IncidentStatus.CLOSED
    incident.closed_at = now
    incident.disposition = disposition
    incident.cause = cause
    incident.close_note = note
    journal.record(
        session,
        incident.id,
        "closed",
        at=now,
        recorded_at=now,
        source=source,
        actor=actor,
        disposition=disposition,
        cause=cause,
        note=note,
    )
    centre.tell(session, setup, incident, now=now)
    return incident


def _stand_down(
    session: Session, setup: DispatchSetup, incident: Incident, disposition: Disposition, now: datetime
) -> None:
    """The units need not go on, and nothing that still waits is needed."""
    text = partial(messages.stand_down, disposition=disposition)
    telling.tell_units(session, setup, incident, "stand_down", f"stand_down:{incident.id}", text, now=now)
    chat.post(session, setup, incident, "closed", text, now=now, purpose="stand_down")
    session.execute(
        update(DueStep)
        .where(DueStep.incident_id == incident.id, DueStep.outcome.is_(None))
        .values(outcome=Verdict.NOT_NEEDED, outcome_at=now, outcome_reason="incident closed")
    )


def set_availability(
    session: Session,
    station_id: str,
    in_service: bool,  # noqa: FBT001 - the contract's field
    *,
    until: datetime | None,
    reason: str | None,
    now: datetime,
) -> Station:
    """Put a station in or out of service; `until` ends an absence by itself.

    Raises NotFoundError for an unknown station, InvalidError for an end that is over already.
    """
    lock_registry(session)  # first, as a load does; an alarm must not wait behind both
    station = session.get(Station, station_id, with_for_update={"key_share": True})
    if station is None:
        raise NotFoundError(f"station {station_id}: not in the registry")
    if until is not None and until <= now:
        raise InvalidError(
            f"until {until.isoformat()}: already over; give an instant to come, or leave it out"
        )
    station.in_service = in_service
    station.out_until = None if in_service else until
    station.out_reason = None if in_service else reason
    bump_version(session)
    return station


def _incident(session: Session, incident_id: str) -> Incident:
    incident = lock_incident(session, incident_id)
    if incident is None:
        raise NotFoundError(f"incident {incident_id}: not known")
    return incident


def _open_incident(session: Session, incident_id: str) -> Incident:
    incident = _incident(session, incident_id)
    if incident.status != IncidentStatus.OPEN:
        raise ConflictError(f"incident {incident.code}: closed; it takes no more orders")
    return incident


def find_assignment(session: Session, incident_id: str, station_id: str) -> Assignment:
    """A station's part in an incident, which is held until the commit. Raises NotFoundError."""
    incident = _incident(session, incident_id)
    found = session.scalar(
        select(Assignment).where(Assignment.incident_id == incident.id, Assignment.station_id == station_id)
    )
    if found is None:
        raise NotFoundError(f"station {station_id}: not sent to incident {incident.code}; send it first")
    return found
