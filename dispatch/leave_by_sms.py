"""Leave that a person takes, or ends, by text; the answer says until when and who is on duty meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import leave, leave_texts, short_help
from dispatch.duty import Absence
from dispatch.leave_words import leave_end, says_back
from dispatch.setup import DispatchSetup
from dispatch.values import IncidentStatus, Source
from store.incidents import Assignment, Incident, Reply
from store.places import Person


def take(
    session: Session,
    setup: DispatchSetup,
    reply: Reply,
    people: Sequence[Person],
    *,
    now: datetime,
) -> bool:
    """Take a text that asks for leave or ends it; False where it does neither.

    It is never an answer: what waits for one goes on waiting and escalating.
    """
    ends_at = leave_end(reply.body, now, setup.zone)
    if not people or (ends_at is None and not says_back(reply.body)):
        return False
    stationed = [person for person in people if person.station_id is not None]
    if ends_at is None:
        return _end(session, setup, reply, stationed, now)
    language = people[0].language
    if not stationed:
        _refuse(session, setup, reply, people, leave_texts.no_station(language), now)
    elif ends_at - now > leave.LONGEST:
        _refuse(session, setup, reply, people, leave_texts.too_long(leave.LONGEST.days, language), now)
    else:
        absence = Absence(now, ends_at)
        actor = stationed[0].name
        standings = leave.take(session, setup, stationed, absence, source=Source.SMS, actor=actor, now=now)
        waiting = _waiting(session, stationed)
        body = leave_texts.on_leave(ends_at.astimezone(setup.zone), standings, waiting, language)
        _confirm(session, setup, reply, people, body, now)
    return True


def _end(
    session: Session, setup: DispatchSetup, reply: Reply, people: Sequence[Person], now: datetime
) -> bool:
    """Who is not on leave may mean that he is back from a fire: that gets the short help."""
    if not leave.is_away(session, people, now):
        return False
    standings = leave.end(session, setup, people, planned=False, now=now) or []
    _confirm(session, setup, reply, people, leave_texts.back(standings, people[0].language), now)
    return True


def _waiting(session: Session, people: Sequence[Person]) -> list[str]:
    """Codes of open incidents that have had no answer from a station of these people."""
    unanswered = (
        select(Incident.code)
        .join(Assignment, Assignment.incident_id == Incident.id)
        .where(
            Incident.status == IncidentStatus.OPEN,
            Assignment.station_id.in_({person.station_id for person in people}),
            Assignment.acknowledged_at.is_(None),
            Assignment.declined_at.is_(None),
        )
    )
    return sorted(set(session.scalars(unanswered)))


def _confirm(
    session: Session, setup: DispatchSetup, reply: Reply, people: Sequence[Person], body: str, now: datetime
) -> None:
    reply.result = "accepted"
    short_help.text_back(session, setup, reply, people, "leave", body, now=now)


def _refuse(
    session: Session, setup: DispatchSetup, reply: Reply, people: Sequence[Person], body: str, now: datetime
) -> None:
    if short_help.say(session, setup, reply, people, body, now=now):
        reply.result = "help_sent"
