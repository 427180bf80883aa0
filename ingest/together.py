"""Several messages in one transaction, where that holds up nobody: what a storm of alarms is made of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from dispatch.opening import open_places, place_key_of
from dispatch.setup import DispatchSetup
from ingest import devices, intake
from ingest.intake import Arrival, Taken
from ingest.reading import Fact, Reading, Request
from store.signals import EventRecord


def take(
    session: Session,
    setup: DispatchSetup,
    messages: Sequence[tuple[Arrival, Sequence[Fact]]],
    *,
    now: datetime,
) -> dict[int, Taken]:
    """Take what holds up nobody: repetitions, and the first message of each place where nothing is open.

    All of them or, if one is refused, none. Gives what they led to, by their position. The places come in
    one order, and only incidents are held that nobody else can see yet: so no two processes wait for each
    other. The others are to be taken one by one.
    """
    said = [(at, arrival.source, _only_reading(facts)) for at, (arrival, facts) in enumerate(messages)]
    readings = [(at, source, reading) for at, source, reading in said if reading is not None]
    held = devices.hold(session, [(source, reading) for _, source, reading in readings])
    known = [(at, held.named(source, reading.external_id), reading) for at, source, reading in readings]
    placed = [(at, device, reading) for at, device, reading in known if device is not None]
    stored = _stored(session, [(device.id, reading.dedup_key) for _, device, reading in placed])
    again = [at for at, device, reading in placed if (device.id, reading.dedup_key) in stored]
    first: dict[str, int] = {}
    for at, device, _ in placed:
        if at not in again:
            first.setdefault(place_key_of(device), at)
    for place in open_places(session, first):
        del first[place]
    in_order = again + [at for _, at in sorted(first.items())]
    return {at: intake.take(session, setup, *messages[at], now=now, held=held) for at in in_order}


def _stored(session: Session, events: Sequence[tuple[str, str | None]]) -> set[tuple[str, str]]:
    """Which of these events, by device and its own id, have been taken before."""
    event = tuple_(EventRecord.device_id, EventRecord.dedup_key)
    named = [(device_id, key) for device_id, key in events if key is not None]
    known = select(EventRecord.device_id, EventRecord.dedup_key).where(event.in_(named))
    return {(device_id, key) for device_id, key in session.execute(known)} if named else set()


def _only_reading(facts: Sequence[Fact]) -> Reading | None:
    """The reading of a message that says one and nothing else; a request for an answer does not count."""
    said = [fact for fact in facts if not isinstance(fact, Request)]
    return said[0] if len(said) == 1 and isinstance(said[0], Reading) else None
