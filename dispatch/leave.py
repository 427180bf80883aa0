"""A person's leave is taken and ended; who is left at his station, and whether the duty officer must know.

Thin verbs in the caller's transaction. The registry's version grows with each, so every process follows
with its next transaction.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import duty, leave_texts, outbox
from dispatch.duty import Absence, Contact
from dispatch.errors import InvalidError
from dispatch.leave_texts import Standing
from dispatch.outbox import Draft
from dispatch.roster import Roster
from dispatch.selection import StationCard
from dispatch.setup import DispatchSetup
from dispatch.values import Source
from registry.version import bump_version, lock_registry
from store.availability import Leave
from store.places import Person

#: The longest leave (ours): who is away for longer gets other shifts, or is taken off the list.
LONGEST = timedelta(days=14)
#: A caller's clock may lag behind ours by so much (ours).
_LEEWAY = timedelta(seconds=60)


def take(
    session: Session,
    setup: DispatchSetup,
    people: Sequence[Person],
    absence: Absence,
    *,
    source: Source,
    actor: str | None,
    now: datetime,
) -> list[Standing]:
    """Give people leave; what of theirs runs when it begins ends there, what begins later stays.

    Answers who is on duty at each of their stations once it has begun. Where that is nobody, and was
    somebody, the duty officer is told. Raises InvalidError for an end that is over or more than LONGEST
    after the beginning, and for a beginning in the past.
    """
    _check(absence, now)
    lock_registry(session)  # first, as a load does
    roster = setup.roster.get(session)  # as it was: see `_changed`
    begins_at = max(absence.from_at, now)
    ids = {person.id for person in people}
    for row in _running(session, ids, begins_at):
        row.until_at = begins_at
    rows = [
        Leave(
            person_id=person.id,
            from_at=begins_at,
            until_at=absence.until_at,
            created_at=now,
            source=source,
            created_by=actor,
        )
        for person in people
    ]
    session.add_all(rows)
    session.flush()
    bump_version(session)
    cards = _stations(roster, people)
    standings = _changed(
        cards, ids, lambda leave: (*leave, Absence(begins_at, absence.until_at)), setup, begins_at
    )
    if begins_at == now:
        for before, (after, left) in zip(cards, standings, strict=True):
            if not left and duty.on_duty(before.people, now, setup.zone):
                _tell(session, setup, roster, after, ids, absence.until_at, rows[0].id, now)
    return standings


def end(
    session: Session,
    setup: DispatchSetup,
    people: Sequence[Person],
    *,
    planned: bool,
    now: datetime,
) -> list[Standing] | None:
    """End the leave that runs, and with `planned` withdraw what has not begun; None where there is none.

    Answers who is on duty at each of their stations now.
    """
    lock_registry(session)
    roster = setup.roster.get(session)
    ids = {person.id for person in people}
    ended = list(_running(session, ids, now))
    for row in ended:
        row.until_at = now
    if planned:
        ahead = list(session.scalars(select(Leave).where(Leave.person_id.in_(ids), Leave.from_at > now)))
        for row in ahead:
            session.delete(row)
        ended += ahead
    if not ended:
        return None
    bump_version(session)
    cards = _stations(roster, people)
    return _changed(cards, ids, lambda leave: tuple(one for one in leave if not one.covers(now)), setup, now)


def is_away(session: Session, people: Sequence[Person], now: datetime) -> bool:
    """Whether any of these people is on leave."""
    return bool(_running(session, {person.id for person in people}, now))


def _check(absence: Absence, now: datetime) -> None:
    begins, ends = absence.from_at.isoformat(), absence.until_at.isoformat()
    if absence.from_at < now - _LEEWAY:
        raise InvalidError(f"from {begins}: already over; leave it out for now, or give an instant to come")
    if absence.until_at <= max(absence.from_at, now):
        raise InvalidError(f"until {ends}: not after the beginning; give a later instant")
    if absence.until_at - max(absence.from_at, now) > LONGEST:
        raise InvalidError(
            f"until {ends}: more than {LONGEST.days} days of leave; change the person's shifts instead"
        )


def _running(session: Session, ids: Collection[str], at: datetime) -> Sequence[Leave]:
    wanted = select(Leave).where(Leave.person_id.in_(ids), Leave.from_at <= at, Leave.until_at > at)
    return session.scalars(wanted.order_by(Leave.id)).all()


def _stations(roster: Roster, people: Sequence[Person]) -> list[StationCard]:
    """The active stations of these people, each once."""
    found = {person.station_id: roster.station(person.station_id) for person in people if person.station_id}
    return [card for card in found.values() if card is not None]


def _changed(
    cards: Sequence[StationCard],
    ids: Collection[str],
    change: Callable[[tuple[Absence, ...]], tuple[Absence, ...]],
    setup: DispatchSetup,
    at: datetime,
) -> list[Standing]:
    """Who is on duty with this change, which the roster of the transaction does not know yet."""

    def changed(person: Contact) -> Contact:
        return replace(person, leave=change(person.leave)) if person.id in ids else person

    return [(card, duty.on_duty(map(changed, card.people), at, setup.zone)) for card in cards]


def _tell(
    session: Session,
    setup: DispatchSetup,
    roster: Roster,
    card: StationCard,
    ids: Collection[str],
    until: datetime,
    leave_id: int,
    now: datetime,
) -> None:
    """One notice to the duty officers of the station's divisions; no incident is about it."""
    names = [person.name for person in card.people if person.id in ids]
    codes = (card.region_code, *roster.tree.ancestors(card.region_code))
    local = until.astimezone(setup.zone)
    for officer in roster.duty_officers(codes, now, setup.zone):
        body = leave_texts.nobody_left(card.name, names, local, officer.language)
        draft = Draft(to=officer, purpose="duty", body=body, key=f"nobody_left:{leave_id}:{card.id}")
        outbox.enqueue(session, setup, draft, now=now)
