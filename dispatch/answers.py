"""What comes back by SMS, voice key, terminal, page or API; all of it ends in `assignments.answer`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from dispatch import communication, duty, journal, leave_by_sms, lifecycle, outbox, paging, short_help
from dispatch.assignments import Answerer, answer, mark_answered
from dispatch.errors import ConflictError, InvalidError
from dispatch.replies import is_opt_out, parse_reply
from dispatch.setup import DispatchSetup
from dispatch.values import (
    Answer,
    EventKind,
    Fate,
    IncidentStatus,
    Outcome,
    SensorEvent,
    Source,
    Tier,
)
from store.direct import insert_once
from store.incidents import Assignment, Incident, Notification, Reply
from store.places import Device, Person, Premises, Station

_TERMINAL_ANSWERS = {
    EventKind.ACKNOWLEDGE: Answer.COMING,
    EventKind.ENROUTE: Answer.ENROUTE,
    EventKind.ON_SCENE: Answer.ON_SCENE,
}


@dataclass(frozen=True, slots=True)
class IncomingSms:
    """A text from a phone, as a carrier handed it in. `phone` is E.164."""

    carrier: str
    carrier_message_id: str
    phone: str
    body: str


def receive_sms(
    session: Session, setup: DispatchSetup, sms: IncomingSms, *, at: datetime | None = None, now: datetime
) -> None:
    """Take a text once per carrier message id; what is not understood gets the short help.

    `at` is when it reached us, None: now.
    """
    at = at or now
    reply = _store_once(session, sms, at)
    if reply is None:
        return
    if is_opt_out(sms.body):
        return
    parsed = parse_reply(sms.body)
    people = list(session.scalars(select(Person).where(Person.phone == sms.phone)))
    if parsed.answer is None and leave_by_sms.take(session, setup, reply, people, now=at):
        return
    incidents = _open_incidents_of(session, people)
    is_yes = parsed.answer is Answer.COMING and not incidents  # a call for help is no answer to a test
    if is_yes and communication.take_answer(session, people, now=at):
        reply.result = "accepted"
        return
    codes = sorted({incident.code for incident in incidents})
    if parsed.code is not None:
        incidents = [incident for incident in incidents if incident.code == parsed.code]
    if parsed.answer is None or len(incidents) != 1:
        is_known = bool(people) or _is_contact(session, sms.phone)
        if is_known and short_help.send_help(session, setup, reply, people, codes, now=now):
            reply.result = "help_sent"
        return
    reply.result = "accepted"
    for person in people:
        _answer_as(session, setup, incidents[0], person, parsed.answer, Source.SMS, at=at, now=now)


def receive_key(
    session: Session, setup: DispatchSetup, notification_id: int, digit: str, call_id: str, *, now: datetime
) -> bool:
    """Take a key pressed in a voice call; True where it was an answer. Voicemail presses none."""
    notice = outbox.locked(session, notification_id)
    parsed = parse_reply(digit)
    if notice is None or notice.incident is None or parsed.answer is None or notice.person_id is None:
        return False
    key = IncomingSms(f"{notice.carrier}-voice", f"{call_id}:{digit}", notice.phone, digit)
    reply = _store_once(session, key, now)
    person = session.get(Person, notice.person_id)
    if reply is None or person is None or notice.incident.status != "open":
        return reply is None
    reply.result = "accepted"
    _answer_as(session, setup, notice.incident, person, parsed.answer, Source.VOICE, at=now, now=now)
    return True


def _answer_as(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    person: Person,
    given: Answer,
    source: Source,
    *,
    at: datetime,
    now: datetime,
) -> None:
    """A person answers for his station; a duty officer without one only says that he has read it."""
    own = [a for a in incident.assignments if a.station_id == person.station_id]
    if own:
        speaks = _speaks_for(session, setup, own[0], person, at)
        by = Answerer(source, person.name, person.id, speaks_for_station=speaks, at=at)
        answer(session, setup, own[0], given, by, now=now)
        return
    mark_answered(session, incident, person.id, given, at)
    if given is Answer.FALSE_ALARM:
        incident.called_false_at = incident.called_false_at or at
    journal.record(
        session,
        incident.id,
        "duty_officer_answered",
        at=at,
        recorded_at=now,
        source=source,
        actor=person.name,
        answer=given,
    )


def _speaks_for(
    session: Session, setup: DispatchSetup, assignment: Assignment, person: Person, now: datetime
) -> bool:
    """Whether a person is one whom the station's pages ask first."""
    first = duty.first_called(paging.contacts_of(session, setup, assignment, now))
    return person.id in {contact.id for contact in first}


def answer_for_station(
    session: Session,
    setup: DispatchSetup,
    incident_id: str,
    station_id: str,
    given: Answer,
    *,
    person_id: str | None,
    note: str | None,
    source: Source,
    actor: str,
    now: datetime,
) -> Assignment:
    """Whoever is signed in, or a dispatcher on behalf, says what a station, or one of its people, answers.

    Without a person it is the station's own word. Raises NotFoundError where the station is not at the
    incident, InvalidError for somebody of another station, ConflictError once the incident is closed.
    """
    assignment = lifecycle.find_assignment(session, incident_id, station_id)
    if assignment.incident.status != IncidentStatus.OPEN:
        raise ConflictError(f"incident {assignment.incident.code}: closed; it takes no more answers")
    person = session.get(Person, person_id) if person_id is not None else None
    if person_id is not None and (person is None or person.station_id != station_id):
        raise InvalidError(f"person {person_id}: not of station {station_id}; leave it out, or correct it")
    speaks = person is None or _speaks_for(session, setup, assignment, person, now)
    by = Answerer(source, actor, person_id, speaks_for_station=speaks, note=note)
    answer(session, setup, assignment, given, by, now=now)
    return assignment


def _store_once(session: Session, sms: IncomingSms, now: datetime) -> Reply | None:
    columns = {
        "carrier": sms.carrier,
        "carrier_message_id": sms.carrier_message_id,
        "phone": sms.phone,
        "body": sms.body[:1000],
        "received_at": now,
        "result": "ignored",
    }
    reply_id = insert_once(session, Reply, columns)
    return session.get(Reply, reply_id) if reply_id is not None else None


def _open_incidents_of(session: Session, people: Sequence[Person]) -> list[Incident]:
    """The open incidents that any of these people, or their station, has been told of."""
    ids = [person.id for person in people]
    stations = [person.station_id for person in people if person.station_id]
    if not ids:
        return []
    told = exists().where(Notification.incident_id == Incident.id, Notification.person_id.in_(ids))
    sent = select(Assignment.incident_id).where(Assignment.station_id.in_(stations))
    theirs = select(Incident).where(Incident.status == "open", or_(told, Incident.id.in_(sent)))
    return _held(session, theirs)


def _held(session: Session, wanted: Select[Incident]) -> list[Incident]:
    """These incidents, oldest first, held until the commit in the one order of locks (`dispatch.locking`)."""
    held = session.scalars(wanted.order_by(Incident.id).with_for_update(key_share=True))
    return sorted(held, key=lambda incident: incident.opened_at)


def _is_contact(session: Session, phone: str) -> bool:
    return session.scalar(select(Premises.id).where(Premises.contact_phone == phone).limit(1)) is not None


def receive_terminal(
    session: Session, setup: DispatchSetup, device: Device, event: SensorEvent, *, now: datetime
) -> Outcome:
    """A button of the box in a station answers for the station.

    With several incidents open for it, `data.code` says which; without a code the button means the
    latest one that has not had this answer yet, and the others go on escalating.
    """
    station = _terminal_station(session, device)
    if station is None:
        return Outcome(Fate.RECORDED)
    given = _TERMINAL_ANSWERS[event.kind]
    sent = select(Assignment.incident_id).where(Assignment.station_id == station.id)
    here = _held(session, select(Incident).where(Incident.status == "open", Incident.id.in_(sent)))
    open_ones = [a for incident in reversed(here) for a in incident.assignments if a.station_id == station.id]
    code = str(event.data.get("code", "")).upper()
    if code:
        open_ones = [a for a in open_ones if a.incident.code == code]
    wanted = next((a for a in open_ones if not _has_answered(a, given)), None)
    if wanted is None:
        return Outcome(Fate.RECORDED)
    answer(session, setup, wanted, given, Answerer(Source.TERMINAL, station.name), now=now)
    return Outcome(Fate.ANSWERED, wanted.incident_id)


def _terminal_station(session: Session, device: Device) -> Station | None:
    """The terminal's own station, else the village station where it stands."""
    if device.station_id is not None:
        return session.get(Station, device.station_id)
    if device.premises is None:
        return None
    village = device.premises.village_code
    return session.scalars(
        select(Station)
        .where(Station.region_code == village, Station.tier == Tier.VILLAGE, Station.active)
        .order_by(Station.id)
    ).first()


def _has_answered(assignment: Assignment, given: Answer) -> bool:
    at = {
        Answer.COMING: assignment.acknowledged_at,
        Answer.ENROUTE: assignment.enroute_at,
        Answer.ON_SCENE: assignment.on_scene_at,
    }
    return at[given] is not None
