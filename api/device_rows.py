"""Devices for a caller: their state and mode, what they said, and what hardware they were before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from api import scope
from api.callers import Caller
from api.registry_rows import Found, Rows
from api.registry_views import DeviceView, ModeView, ReplacementView, SaidView
from dispatch.modes import Mode
from store.places import Device
from store.signals import DeviceState, EventRecord
from store.upkeep import DeviceMode, DeviceReplacement, DeviceTest

#: How much of what a device said is shown with it.
_EVENTS = 10

#: A device in any mode, a test window among them; and in one of the two. For queries of `devices`.
IN_A_MODE = or_(DeviceMode.id.is_not(None), DeviceTest.id.is_not(None))
IN_MODE = {
    Mode.TEST: or_(DeviceMode.mode == Mode.TEST, DeviceTest.id.is_not(None)),
    Mode.MAINTENANCE: DeviceMode.mode == Mode.MAINTENANCE,
}


def devices(now: datetime) -> Rows[DeviceView]:
    """The devices as they are at an instant; a mode that has run out is none."""
    query = select(Device, DeviceState, DeviceMode, DeviceTest).outerjoin(
        DeviceState, DeviceState.device_id == Device.id
    )
    for table in (DeviceMode, DeviceTest):
        is_open = and_(table.device_id == Device.id, table.ended_at.is_(None), table.until_at > now)
        query = query.outerjoin(table, is_open)
    texts = (Device.id, Device.external_id, Device.room)
    return Rows("devices", Device, Device.id, query, scope.devices, _view, texts)


def with_events(session: Session, views: Sequence[DeviceView]) -> list[DeviceView]:
    """The same devices with their last events."""
    newest = func.row_number().over(partition_by=EventRecord.device_id, order_by=EventRecord.id.desc())
    ids = [view.id for view in views]
    numbered = select(EventRecord, newest.label("n")).where(EventRecord.device_id.in_(ids)).subquery()
    record = aliased(EventRecord, numbered)
    said: dict[str, list[SaidView]] = {id_: [] for id_ in ids}
    for row in session.scalars(select(record).where(numbered.c.n <= _EVENTS).order_by(record.id.desc())):
        said[row.device_id].append(SaidView.model_validate(row))
    return [view.model_copy(update={"events": said[view.id]}) for view in views]


def with_history(session: Session, view: DeviceView) -> DeviceView:
    """The same device with its last events and the hardware it was before."""
    mine = select(DeviceReplacement).where(DeviceReplacement.device_id == view.id)
    replaced = session.scalars(mine.order_by(DeviceReplacement.id.desc()))
    replacements = [ReplacementView.model_validate(row) for row in replaced]
    (shown,) = with_events(session, [view])
    return shown.model_copy(update={"replacements": replacements})


def _view(row: Found, _: Caller) -> DeviceView:
    device, known, mode, test = row
    state = known.state if known else "unknown"
    return DeviceView(
        id=device.id,
        kind=device.kind,
        premises_id=device.premises_id or device.station_id,
        floor=device.floor,
        room=device.room,
        source=device.source,
        external_id=device.external_id,
        heartbeat_s=device.heartbeat_s,
        gateway_id=device.gateway_id,
        station_id=device.station_id,
        registered=device.registered,
        state=state if device.registered else "unregistered",
        battery=known.battery if known else None,
        last_seen_at=known.last_seen_at if known else None,
        heard=known.heard if known else None,
        mode=_mode(mode, test),
    )


def _mode(mode: DeviceMode | None, test: DeviceTest | None) -> ModeView | None:
    if mode is not None:
        return ModeView(
            mode=mode.mode,
            owner=mode.owner,
            reason=mode.reason,
            began_at=mode.began_at,
            until=mode.until_at,
        )
    if test is not None:
        return ModeView(
            mode=Mode.TEST, owner=test.asked_by, reason=None, began_at=test.began_at, until=test.until_at
        )
    return None
