"""What comes back by SMS, voice key and station terminal; all of it ends in `assignments.answer`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dispatch import duty, journal, messages, outbox, paging
from dispatch.assignments import Answerer, answer, mark_answered
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.replies import parse_reply
from dispatch.setup import DispatchSetup
from dispatch.values import (
    Answer,
    EventKind,
    Fate,
    Outcome,
    PersonRole,
    SensorEvent,
    Source,
    Tier,
)
from store.incidents import Assignment, Incident, Notification, Reply
from store.places import Device, Person, Premises, Station

#: The short help goes out at most this often to one phone (contract section 7).
HELP_EVERY_S = 60

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


def receive_sms(session: Session, setup: DispatchSetup, sms: IncomingSms, *, now: datetime) -> None:
    """Take a text once per carrier message id; what is not understood gets the short help."""
    reply = _store_once(session, sms, now)
    if reply is None:
        return
    parsed = parse_reply(sms.body)
    people = list(session.scalars(select(Person).where(Person.phone == sms.phone)))
    incidents = _open_incidents_of(session, people)
    codes = sorted({incident.code for incident in incidents})
    if parsed.code is not None:
        incidents = [incident for incident in incidents if incident.code == parsed.code]
    if parsed.answer is None or len(incidents) != 1:
        known = bool(people) or _is_contact(session, sms.phone)
        reply.result = _send_help(session, setup, sms, people, codes, now) if known else "ignored"
        return
    reply.result = "accepted"
    for person in people:
        _answer_as(session, setup, incidents[0], person, parsed.answer, Source.SMS, now)


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
    _answer_as(session, setup, notice.incident, person, parsed.answer, Source.VOICE, now)
    return True


def _answer_as(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    person: Person,
    given: Answer,
    source: Source,
    now: datetime,
) -> None:
    """A person answers for his station; a duty officer without one only says that he has read it."""
    own = [a for a in incident.assignments if a.station_id == person.station_id]
    if own:
        first = duty.first_called(paging.contacts_of(session, setup, own[0], now))
        speaks = person.id in {contact.id for contact in first}
        by = Answerer(source, person.name, person.id, speaks_for_station=speaks)
        answer(session, setup, own[0], given, by, now=now)
        return
    mark_answered(session, incident, person.id, given, now)
    if given is Answer.FALSE_ALARM:
        incident.called_false_at = incident.called_false_at or now
    journal.record(
        session,
        incident.id,
        "duty_officer_answered",
        at=now,
        recorded_at=now,
        source=source,
        actor=person.name,
        answer=given,
    )


def _store_once(session: Session, sms: IncomingSms, now: datetime) -> Reply | None:
    row = Reply(
        carrier=sms.carrier,
        carrier_message_id=sms.carrier_message_id,
        phone=sms.phone,
        body=sms.body[:1000],
        received_at=now,
        result="ignored",
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row


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
    """These incidents, oldest first, held until the commit (see `dispatch.locking`)."""
    return list(session.scalars(wanted.order_by(Incident.opened_at).with_for_update(key_share=True)))


def _is_contact(session: Session, phone: str) -> bool:
    return session.scalar(select(Premises.id).where(Premises.contact_phone == phone).limit(1)) is not None


def _send_help(
    session: Session,
    setup: DispatchSetup,
    sms: IncomingSms,
    people: Sequence[Person],
    codes: Sequence[str],
    now: datetime,
) -> str:
    """The short help, at most once a minute, so that two robots cannot loop."""
    since = now - timedelta(seconds=HELP_EVERY_S)
    recent = select(Reply.id).where(
        Reply.phone == sms.phone, Reply.result == "help_sent", Reply.received_at > since
    )
    if session.scalar(recent.limit(1)) is not None:
        return "ignored"
    language = people[0].language if people else "zh"
    to = Contact(
        id=people[0].id if people else f"phone:{sms.phone}",
        name=people[0].name if people else sms.phone,
        phone=sms.phone,
        role=PersonRole.MEMBER,
        rank=1,
        language=language,
    )
    body = messages.help_text(language, codes=codes)
    key = f"help:{sms.carrier}:{sms.carrier_message_id}"
    outbox.enqueue(session, setup, Draft(to=to, purpose="help", body=body, key=key), now=now)
    return "help_sent"


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
