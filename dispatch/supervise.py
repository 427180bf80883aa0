"""Rounds of supervision: whose time to be looked at has come, what is wrong there, what has passed.

Every device has an instant at which it is looked at next (`device_states.check_at`), found by an index:
the moment from which its silence would count, or at once when ingest hears news. So a round reads a
handful of rows however many devices there are, a heartbeat costs nothing, and nothing lives in
memory that a restart would lose. A device that is heard again is found from its open trouble.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from dispatch import darkness, digest, examining, troubles
from dispatch.setup import DispatchSetup
from dispatch.supervision import (
    MISSED,
    SILENT,
    TroubleKind,
    interval_s,
)
from registry.version import read_version
from store.database import Database
from store.places import Device
from store.signals import DeviceState
from store.upkeep import Trouble

log = logging.getLogger(__name__)

#: Devices in one transaction: an alarm may have to wait for it.
BATCH = 400
#: Transactions in one round; after a blackout the rest follows with the next one.
_MOST_BATCHES = 20
_TRY_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class Memory:
    """What a process remembers between rounds; without it a round does more, never something else."""

    #: Before this we could not hear anybody.
    listening_since: datetime
    registry_version: int | None = None
    digest_on: date | None = None


def run(database: Database, setup: DispatchSetup, memory: Memory, *, now: datetime) -> bool:
    """One round. Any number of processes may do it; returns whether something is to be sent."""
    expect_devices(database, memory, now=now)
    done: set[str] = set()
    for _ in range(_MOST_BATCHES):
        device_ids = _to_examine(database, done, now)
        if not device_ids:
            break
        _examine_all(database, device_ids, memory.listening_since, now)
        done.update(device_ids)
    is_told = darkness.run(database, setup, now=now)
    today = digest.due_on(setup.zone, now)
    if today is not None and today != memory.digest_on:
        is_told |= digest.run(database, setup, today, now=now)
        memory.digest_on = today
    return is_told


def expect_devices(database: Database, memory: Memory, *, now: datetime) -> None:
    """Expect every registered device to be heard from now on; only when the registry has changed."""
    with database.read() as session:
        version = read_version(session)
    if version == memory.registry_version:
        return
    after: str | None = ""
    while after is not None:
        with database.begin() as session:
            troubles.take_turn(session)
            after = _expect_some(session, after, now)
    with database.begin() as session:
        troubles.take_turn(session)
        _shorten_waits(session, now)
    memory.registry_version = version


def _expect_some(session: Session, after: str, now: datetime) -> str | None:
    """Expect the next of those that have no state yet, by id; returns the last of them, if any."""
    unheard = (
        select(Device.id, Device.kind, Device.heartbeat_s)
        .outerjoin(DeviceState, DeviceState.device_id == Device.id)
        .where(Device.registered, DeviceState.device_id.is_(None), Device.id > after)
        .order_by(Device.id)
        .limit(BATCH)
    )
    rows = [
        {
            "device_id": device_id,
            "conditions": {},
            "state": "unknown",
            "expected_since": now,
            "check_at": now + timedelta(seconds=MISSED * interval_s(kind, heartbeat_s)),
        }
        for device_id, kind, heartbeat_s in session.execute(unheard)
    ]
    if not rows:
        return None
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(DeviceState).on_conflict_do_nothing(), rows)
    return str(rows[-1]["device_id"])


def _shorten_waits(session: Session, now: datetime) -> None:
    """Look at once at what was registered since, and where an interval has become shorter.

    Rightly, nothing is ever looked at later than three of its intervals from now.
    """
    registered, interval = select(Device.id).where(Device.registered), troubles.INTERVAL_S
    waits: list[tuple[ColumnElement[bool], Select[str]]] = [(DeviceState.check_at.is_(None), registered)]
    for seconds in session.scalars(select(interval).distinct()):
        latest = now + timedelta(seconds=MISSED * seconds)
        waits.append((DeviceState.check_at > latest, registered.where(interval == seconds)))
    for condition, whose in waits:
        _look_again(session, and_(condition, DeviceState.device_id.in_(whose)), now)


def _look_again(session: Session, which: ColumnElement[bool], at: datetime) -> None:
    session.execute(
        update(DeviceState).where(which).values(check_at=at),
        execution_options={"synchronize_session": False},
    )


def _to_examine(database: Database, done: Collection[str], now: datetime) -> list[str]:
    """Whose time has come, and who has been heard since it was said to be silent; BATCH at most."""
    due = select(DeviceState.device_id).where(DeviceState.check_at <= now).order_by(DeviceState.check_at)
    is_heard = (troubles.OPEN, Trouble.kind.in_(SILENT), DeviceState.last_seen_at >= Trouble.began_at)
    itself = select(Trouble.device_id).join(DeviceState, DeviceState.device_id == Trouble.device_id)
    through_it = (
        select(Trouble.device_id)
        .join(Device, Device.gateway_id == Trouble.device_id)
        .join(DeviceState, DeviceState.device_id == Device.id)
        .where(Trouble.kind == TroubleKind.GATEWAY_DOWN)
    )
    found: dict[str | None, None] = {}
    with database.read() as session:
        for query in (itself, through_it):
            # who insists on being offline while it speaks must not hide who has just come back
            newest = query.where(*is_heard).order_by(DeviceState.last_seen_at.desc()).limit(BATCH)
            found.update(dict.fromkeys(id_ for id_ in session.scalars(newest) if id_ not in done))
        found.update(dict.fromkeys(session.scalars(due.limit(BATCH))))
    return [device_id for device_id in found if device_id][:BATCH]


def _examine_all(
    database: Database, device_ids: Collection[str], listening_since: datetime, now: datetime
) -> None:
    """In one transaction; where that fails one by one, so that one fault never blocks the others."""
    try:
        with database.begin() as session:
            examining.examine(session, device_ids, listening_since, now=now)
    except Exception:
        if len(device_ids) == 1:
            log.exception("device %s could not be examined; it is tried again", *device_ids)
            with database.begin() as session:
                _look_again(session, DeviceState.device_id.in_(device_ids), now + _TRY_AGAIN_AFTER)
            return
        for device_id in device_ids:
            _examine_all(database, [device_id], listening_since, now)
