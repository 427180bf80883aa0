"""Tell units and duty officers what has changed. Thin verbs in the caller's transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dispatch import asking_texts, chat, journal, messages, outbox
from dispatch.describe import facts_of, regions_of
from dispatch.messages import IncidentFacts
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import Answer
from store.incidents import Assignment, Incident, Notification, TimelineEntry

#: A text for units or the duty officer, from the facts and the reader's language.
DutyText = Callable[[IncidentFacts, str], str]

#: What is repeated where nobody knows the place, by the kind of the incident's place.
_NOBODY_SENT: Mapping[str, Callable[..., str]] = {
    "device": messages.duty_unplaced_alarm,
    "address": asking_texts.duty_unplaced_report,
}


def tell_units(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    purpose: str,
    key: str,
    text: DutyText,
    *,
    now: datetime,
) -> None:
    """A further text to everyone who has been paged for this incident and can come."""
    told = session.execute(
        select(Notification.person_id, Notification.assignment_id)
        .join(Assignment, Assignment.id == Notification.assignment_id)
        .where(
            Notification.incident_id == incident.id,
            Notification.purpose == "page",
            Notification.status != "failed",
            or_(Notification.answer.is_(None), Notification.answer != Answer.CANNOT),
            Assignment.cleared_at.is_(None),
        )
        .distinct()
    ).all()
    roster = setup.roster.get(session)
    people = {person.id: person for card in roster.stations for person in card.people}
    facts = facts_of(incident)
    for person_id, assignment_id in told:
        person = people.get(person_id or "")
        if person is None:
            continue
        draft = Draft(
            to=person,
            purpose=purpose,
            body=text(facts, person.language),
            key=key,
            incident_id=incident.id,
            assignment_id=assignment_id,
        )
        outbox.enqueue(session, setup, draft, now=now)


def repeat_to_duty_officers(
    session: Session, setup: DispatchSetup, incident: Incident, round_: int, *, now: datetime
) -> None:
    """Nobody can be sent, or nobody knows where: the duty officer hears it again."""
    kind = incident.place_key.partition(":")[0]
    text = partial(_NOBODY_SENT.get(kind, messages.duty_nobody_comes), attempt=round_ + 1)
    tell_duty_officers(session, setup, incident, f"repeat:{round_}", text, now=now)


def tell_duty_officers(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    what: str,
    text: DutyText,
    assignment: Assignment | None = None,
    *,
    now: datetime,
) -> None:
    """One notice to every duty officer and chat of the incident's divisions; `what` makes it unique."""
    roster = setup.roster.get(session)
    card = roster.station(assignment.station_id) if assignment else None
    station_name = card.name if card else None
    chat.post(session, setup, incident, f"duty:{what}", text, now=now, station_name=station_name)
    facts = facts_of(incident, station_name=station_name)
    codes = regions_of(incident) or roster.tree.codes_of_level("district")
    officers = roster.duty_officers(codes, now, setup.zone)
    if not officers:
        journal.record(session, incident.id, "no_duty_officer", at=now, recorded_at=now, notice=what)
    kind = what.partition(":")[0]
    repeats = _was_written(session, incident.id, kind)
    for officer in officers:
        draft = Draft(
            to=officer,
            purpose="duty",
            body=text(facts, officer.language),
            key=_duty_key(incident.id, what),
            incident_id=incident.id,
            repeats=repeats,
        )
        outbox.enqueue(session, setup, draft, now=now)


def duty_was_told(session: Session, incident_id: str, what: str) -> bool:
    """Whether a notice went to a duty officer, or the record says that there was none to tell."""
    if _was_written(session, incident_id, what):
        return True
    nobody = select(TimelineEntry.data).where(
        TimelineEntry.incident_id == incident_id, TimelineEntry.kind == "no_duty_officer"
    )
    return any(data["notice"] == what for data in session.scalars(nobody))


def _was_written(session: Session, incident_id: str, what: str) -> bool:
    """Whether there is a notice of that name, or of that kind: what stands before the first colon."""
    key = f"{_duty_key(incident_id, what)}:"
    told = select(Notification.id).where(
        Notification.incident_id == incident_id, Notification.dedup_key.startswith(key, autoescape=True)
    )
    return session.scalar(told.limit(1)) is not None


def _duty_key(incident_id: str, what: str) -> str:
    return f"duty:{incident_id}:{what}"
