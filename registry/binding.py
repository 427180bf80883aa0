"""Hardware finds its place: one that spoke unregistered is bound, worn-out hardware is replaced."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, literal, update
from sqlalchemy.orm import Session

from registry.editing import patch_row, put_row
from registry.faults import DistrictDataError, Fault
from registry.version import bump_version, lock_registry
from store.places import Device
from store.signals import DeviceState, EventRecord
from store.upkeep import DeviceReplacement, Trouble

#: A gateway stays down until something is heard through it, whatever hardware it is.
_OUTLIVES_HARDWARE = "gateway_down"


def bind(session: Session, device: Device, values: Mapping[str, object], new_id: str | None = None) -> str:
    """Register a device that spoke before, with what it said; returns the id that it has now.

    Args:
        session: the transaction, which the caller commits.
        device: one that waits for commissioning.
        values: kind, premises_id, floor and room, by the columns of contract section 4.
        new_id: what it is to be called; without one it keeps its id, and a native device its address.

    Raises DistrictDataError with every fault as `column: message`.
    """
    source, external_id = device.source, device.external_id
    is_native = source == "native"
    wanted = new_id or (external_id if is_native else device.id)
    if is_native and wanted != external_id:
        raise _fault(
            "new_id", f"'{wanted}': a native device is known by its id '{external_id}'; leave it out"
        )
    if wanted != device.id and session.get(Device, wanted) is not None:
        raise _fault(
            "new_id",
            f"'{wanted}' is a device already; give it this hardware by POST /devices/{wanted}/replace",
        )
    address = {"source": source, "external_id": None if is_native else external_id}
    put_row(session, "devices", wanted, {**values, **address})
    bound = session.get_one(Device, wanted)
    if bound.external_id != external_id:
        raise _fault(
            "external_id", f"'{external_id}' is read as '{bound.external_id}'; bind it by PUT instead"
        )
    return wanted


def replace(
    session: Session,
    device_id: str,
    source: str,
    external_id: str | None,
    *,
    reason: str | None,
    actor: str,
    now: datetime,
) -> DeviceReplacement:
    """Put other hardware in a device's place, which keeps its id, place, events and incidents.

    The old hardware's address is free: what it says from now on is listed as unregistered. What the
    new one said before it was bound comes with it. Raises DistrictDataError with every fault as
    `column: message`, LookupError for an unknown device.
    """
    lock_registry(session)
    device = session.get(Device, device_id)
    if device is None:
        raise LookupError(f"devices: no row '{device_id}'")
    old = device.source, device.external_id
    row = DeviceReplacement(
        device_id=device_id,
        old_source=old[0],
        old_external_id=old[1],
        new_source=source,
        new_external_id=external_id or device_id,
        replaced_at=now,
        actor=actor,
        reason=reason,
    )
    session.add(row)
    session.flush()
    _forget_old_hardware(session, device_id, row.id, now)
    patch_row(session, "devices", device_id, {"source": source, "external_id": external_id})
    device = session.get_one(Device, device_id)
    new = device.source, device.external_id
    if new == old and source != "native":
        raise _fault("external_id", f"'{device.external_id}' is the hardware that it has")
    if source != old[0] and device.gateway_id is not None and not _was_heard(session, device_id):
        device.gateway_id = None  # the gateway of a format that it speaks no more
    row.new_external_id = device.external_id
    bump_version(session)  # native hardware is changed without a change of address
    return row


def _forget_old_hardware(session: Session, device_id: str, replacement_id: int, now: datetime) -> None:
    """What the old hardware was in, and how it numbered its events: the new one begins anew."""
    state = delete(DeviceState).where(DeviceState.device_id == device_id)
    numbered = literal(f"before {replacement_id}:") + EventRecord.dedup_key
    events = update(EventRecord).where(EventRecord.device_id == device_id).values(dedup_key=numbered)
    troubles = (
        update(Trouble)
        .where(Trouble.device_id == device_id, Trouble.ended_at.is_(None), Trouble.kind != _OUTLIVES_HARDWARE)
        .values(ended_at=now)
    )
    for statement in (state, events, troubles):
        session.execute(statement, execution_options={"synchronize_session": False})
    session.expire_all()


def _was_heard(session: Session, device_id: str) -> bool:
    return session.get(DeviceState, device_id) is not None


def _fault(column: str, message: str) -> DistrictDataError:
    return DistrictDataError([Fault(column, message)])
