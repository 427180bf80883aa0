"""What a station answers, whatever the channel: one verb, one record.

An SMS, a voice key, a terminal's button, the signed-in page and a dispatcher on behalf all end here.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import asking, centre, journal, messages, paging, telling
from dispatch.setup import DispatchSetup
from dispatch.values import Answer, AssignmentStatus, Source
from store.incidents import Assignment, Incident, Notification

#: What changes the picture for the 119 centre.
_FOR_THE_CENTRE = (Answer.ON_SCENE, Answer.FALSE_ALARM, Answer.NEED_HELP)


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers: a person where known, the channel, and a name for the timeline."""

    source: Source
    actor: str
    person_id: str | None = None
    #: A member's "cannot" speaks for himself, that of whoever is called first for the station.
    speaks_for_station: bool = True
    note: str | None = None
    #: When his word reached us; None: now.
    at: datetime | None = None


def answer(
    session: Session,
    setup: DispatchSetup,
    assignment: Assignment,
    given: Answer,
    by: Answerer,
    *,
    now: datetime,
) -> None:
    """Keep an answer and do what follows from it. One station's answer never stops the others."""
    incident, at = assignment.incident, by.at or now
    journal.record(
        session,
        incident.id,
        "answered",
        at=at,
        recorded_at=now,
        source=by.source,
        actor=by.actor,
        assignment_id=assignment.id,
        answer=given,
        note=by.note,
    )
    mark_answered(session, incident, by.person_id, given, at)
    if given is Answer.CANNOT:
        _decline(session, setup, incident, assignment, by, now)
        return
    _reach(assignment, given, at)
    asking.heard(session, setup, assignment, at=at, now=now)
    if given is Answer.FALSE_ALARM:
        incident.called_false_at = incident.called_false_at or at
        _tell(session, setup, incident, "called_false", messages.duty_called_false, assignment, now)
    elif given is Answer.NEED_HELP:
        assignment.help_requested_at = assignment.help_requested_at or at
        paging.send_next_and_tell(
            session, setup, incident, assignment, f"help:{now.isoformat()}", messages.duty_needs_help, now=now
        )
    if given in _FOR_THE_CENTRE:
        centre.tell(session, setup, incident, now=now)


def _reach(assignment: Assignment, given: Answer, at: datetime) -> None:
    """Whatever a station answers but "cannot" says that it comes, and some say how far it is."""
    assignment.acknowledged_at = assignment.acknowledged_at or at
    assignment.declined_at = None
    if given is Answer.ENROUTE:
        assignment.enroute_at = assignment.enroute_at or at
    elif given is Answer.ON_SCENE:
        assignment.on_scene_at = assignment.on_scene_at or at
    assignment.status = status_of(assignment)


def status_of(assignment: Assignment) -> AssignmentStatus:
    """How far a station is, by its latest milestone."""
    reached = (
        (assignment.cleared_at, AssignmentStatus.CLEARED),
        (assignment.on_scene_at, AssignmentStatus.ON_SCENE),
        (assignment.declined_at, AssignmentStatus.DECLINED),
        (assignment.enroute_at, AssignmentStatus.ENROUTE),
        (assignment.acknowledged_at, AssignmentStatus.ACKNOWLEDGED),
        (assignment.notified_at, AssignmentStatus.NOTIFIED),
    )
    return next((status for at, status in reached if at is not None), AssignmentStatus.ASSIGNED)


def _decline(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment,
    by: Answerer,
    now: datetime,
) -> None:
    if not by.speaks_for_station or assignment.declined_at is not None:
        return
    if not _someone_else_comes(session, assignment, by):
        assignment.declined_at = by.at or now
        assignment.status = status_of(assignment)
    paging.send_next_and_tell(
        session, setup, incident, assignment, f"declined:{now.isoformat()}", messages.duty_declined, now=now
    )


def _someone_else_comes(session: Session, assignment: Assignment, by: Answerer) -> bool:
    """Whether another of the station's people has said that he comes: then the station stays on."""
    others = select(Notification.id).where(
        Notification.assignment_id == assignment.id,
        Notification.person_id != by.person_id,
        Notification.answer.is_not(None),
        Notification.answer != Answer.CANNOT,
    )
    return by.person_id is not None and session.scalar(others.limit(1)) is not None


def _tell(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    what: str,
    text: telling.DutyText,
    assignment: Assignment,
    now: datetime,
) -> None:
    key = f"{what}:{assignment.id}"
    telling.tell_duty_officers(session, setup, incident, key, text, assignment, now=now)


def mark_answered(
    session: Session, incident: Incident, person_id: str | None, given: Answer, at: datetime
) -> None:
    """Keep a person's first instant and last word with every message he had got about an incident.

    A word that is read late, see `Answerer.at`, says nothing of what was written after it.
    """
    if person_id is None:
        return
    rows = session.scalars(
        select(Notification).where(
            Notification.incident_id == incident.id,
            Notification.person_id == person_id,
            Notification.created_at <= at,
        )
    )
    for row in rows:
        row.answered_at = row.answered_at or at
        row.answer = given
