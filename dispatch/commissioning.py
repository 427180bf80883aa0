"""Vouch for a device for a while: open a witnessed test, set a mode, and see to what they leave behind.

When a test or mode ends and an alarm that was raised in it still stands, the device is in alarm and
nobody vouches for it any more: that is an alarm of this moment, as on a panel that leaves its test
mode. Who needs longer opens another test or mode before.
"""

import logging
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import modes, opening, receive, witness
from dispatch.errors import ConflictError, InvalidError, NotFoundError
from dispatch.modes import Mode
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind, SensorEvent
from store.database import Database
from store.places import Device
from store.signals import DeviceState, EventRecord
from store.upkeep import DeviceMode, DeviceTest

log = logging.getLogger(__name__)
_Row = TypeVar("_Row", DeviceTest, DeviceMode)


def open_test(session: Session, device_id: str, lasts: timedelta, *, actor: str, now: datetime) -> DeviceTest:
    """Wait for the device's word from now on; an earlier window of the device ends with it.

    Raises NotFoundError for an unknown device; ConflictError for one without a place, whose chief
    nobody knows; InvalidError for a window that is too long.
    """
    if not timedelta() < lasts <= modes.LONGEST_TEST:
        longest = modes.LONGEST_TEST // timedelta(minutes=1)
        raise InvalidError(f"minutes: a test window lasts from 1 to {longest}")
    device = _registered(session, device_id)
    if device.premises_id is None:
        raise ConflictError(f"device {device_id}: stands in no premises, so no chief can witness a test")
    earlier = witness.open_test_of(session, device_id)
    if earlier is not None:
        earlier.ended_at = min(now, earlier.until_at)
        session.flush()
    test = DeviceTest(device_id=device_id, asked_by=actor, began_at=now, until_at=now + lasts)
    session.add(test)
    session.flush()
    return test


def end_test(session: Session, setup: DispatchSetup, device_id: str, *, now: datetime) -> None:
    """The device's alarms page again from now on.

    Raises NotFoundError where no window is open, ConflictError while the tested alarm still stands: its
    end by hand would call people to a test. When the time is up the alarm pages all the same.
    """
    _lock_place(session, _registered(session, device_id))
    test = witness.open_test_of(session, device_id)
    if test is None:
        raise NotFoundError(f"device {device_id}: no test window is open")
    if _unpaged_alarm(session, device_id) is not None:
        raise ConflictError(
            f"device {device_id}: its alarm still stands and would page the stations; wait for its restore"
        )
    _end(session, setup, test, now)


def set_mode(
    session: Session, device_id: str, mode: Mode, until: datetime, reason: str, *, actor: str, now: datetime
) -> DeviceMode:
    """Put a device in a mode until an instant; an earlier mode ends with it.

    Raises NotFoundError for an unknown device, ConflictError for one that is not registered yet,
    InvalidError for an end that has passed or is too far away.
    """
    fault = modes.why_not_until(mode, until, now)
    if fault is not None:
        raise InvalidError(fault)
    _registered(session, device_id)
    earlier = witness.open_mode_of(session, device_id)
    if earlier is not None:
        earlier.ended_at = min(now, earlier.until_at)
        session.flush()
    row = DeviceMode(device_id=device_id, mode=mode, owner=actor, reason=reason, began_at=now, until_at=until)
    session.add(row)
    session.flush()
    return row


def end_mode(session: Session, setup: DispatchSetup, device_id: str, *, now: datetime) -> None:
    """The device's alarms page again from now on. Raises NotFoundError where it is in no mode."""
    _lock_place(session, _registered(session, device_id))
    mode = witness.open_mode_of(session, device_id)
    if mode is None:
        raise NotFoundError(f"device {device_id}: in no mode")
    _end(session, setup, mode, now)


def see_to_ended(database: Database, setup: DispatchSetup, *, now: datetime) -> int:
    """Close what has run out, each in its own transaction; returns how many alarms still stood."""
    return _close_all(database, setup, DeviceTest, now) + _close_all(database, setup, DeviceMode, now)


def _close_all(database: Database, setup: DispatchSetup, table: type[_Row], now: datetime) -> int:
    over = select(table.id).where(table.ended_at.is_(None), table.until_at <= now).order_by(table.id)
    with database.read() as session:
        ids = session.scalars(over).all()
    standing = 0
    for row_id in ids:
        try:
            with database.begin() as session:
                standing += _close(session, setup, table, row_id, now)
        except Exception:
            log.exception("%s %s could not be closed; it is tried again", table.__tablename__, row_id)
    return standing


def _close(session: Session, setup: DispatchSetup, table: type[_Row], row_id: int, now: datetime) -> bool:
    mine = select(Device).join(table, table.device_id == Device.id).where(table.id == row_id)
    device = session.scalar(mine)
    if device is not None:
        _lock_place(session, device)
    row = session.scalar(select(table).where(table.id == row_id, table.ended_at.is_(None)).with_for_update())
    return row is not None and _end(session, setup, row, now)


def _end(session: Session, setup: DispatchSetup, row: DeviceTest | DeviceMode, now: datetime) -> bool:
    """End a test or mode; an alarm that was raised in one and still stands pages now. True if it does."""
    row.ended_at = min(now, row.until_at)
    session.flush()
    device = session.get(Device, row.device_id)
    raised = _unpaged_alarm(session, row.device_id)
    if device is None or raised is None or _is_covered(session, device.id, now):
        return False
    event = SensorEvent(
        device_id=device.id,
        kind=EventKind.ALARM,
        dedup_key=f"stands:{row.__tablename__}:{row.id}",
        source=device.source,
        received_at=now,
        data={"stands_since": raised.received_at.isoformat(), "after": raised.data[modes.TAKEN_AS]},
    )
    receive.receive_event(session, setup, event, now=now)
    return True


def _unpaged_alarm(session: Session, device_id: str) -> EventRecord | None:
    """The device's last alarm, if it stands and was taken as a test or as maintenance."""
    state = session.get(DeviceState, device_id)
    if state is None or state.state != EventKind.ALARM:
        return None
    last = session.scalar(
        select(EventRecord)
        .where(EventRecord.device_id == device_id, EventRecord.kind == EventKind.ALARM, EventRecord.live)
        .order_by(EventRecord.id.desc())
        .limit(1)
    )
    return last if last is not None and modes.TAKEN_AS in last.data else None


def _is_covered(session: Session, device_id: str, now: datetime) -> bool:
    others = witness.open_test_of(session, device_id), witness.open_mode_of(session, device_id)
    return any(other is not None and now < other.until_at for other in others)


def _lock_place(session: Session, device: Device) -> None:
    """An incident is locked before what belongs to its place: the order in which an event does it."""
    opening.find_open(session, opening.place_key_of(device), drill=False)


def _registered(session: Session, device_id: str) -> Device:
    """A device of the registry, locked: it has one test and one mode at a time."""
    device = session.get(Device, device_id, with_for_update={"key_share": True})
    if device is None:
        raise NotFoundError(f"device {device_id}: not in the registry")
    if not device.registered:
        raise ConflictError(f"device {device_id}: not registered yet; bind it to its premises first")
    return device
