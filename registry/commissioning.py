"""Devices change hands: one that spoke unregistered gets its place, hardware moves from one to another.

A device is recognised by its address, (source, external_id), of which there is only one in the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.orm import Session

from registry.batch import Batch, rows_of
from registry.difference import Change
from registry.world import DeviceFact, World
from store.incidents import Signal
from store.places import Device
from store.signals import DeviceState, EventRecord


@dataclass
class DeviceChange(Change):
    """The change of the devices, which first frees the addresses that go to another device."""

    #: New device id -> who has its address so far.
    owners: Mapping[str, DeviceFact] = field(default_factory=dict)

    def write(self, session: Session) -> None:
        """Free addresses, write the rows, then give what the unregistered knew to their successors."""
        left: dict[str, RowMapping] = {}
        for new_id, owner in self.owners.items():
            if owner.registered:
                _free_address(session, owner.id)
            else:
                left[new_id] = _take_apart(session, owner.id, new_id)
        super().write(session)
        renamed = {owner.id: new_id for new_id, owner in self.owners.items() if not owner.registered}
        for new_id, known in left.items():
            gateway_id = renamed.get(known["gateway_id"], known["gateway_id"])
            _inherit(session, new_id, known, gateway_id)


def owners_to_replace(batch: Batch, world: World) -> dict[str, DeviceFact]:
    """Whose address each device of a checked batch takes; without those that keep their own."""
    owners = {row.id: world.stored_devices.get(row.address) for row in rows_of(batch.devices)}
    return {new_id: owner for new_id, owner in owners.items() if owner is not None and owner.id != new_id}


def _free_address(session: Session, device_id: str) -> None:
    # its own row of the batch gives it another one in the same transaction
    freed = update(Device).where(Device.id == device_id).values(external_id=f"freed by {device_id}")
    session.execute(freed)


def _take_apart(session: Session, old_id: str, new_id: str) -> RowMapping:
    """Remove an unregistered device; its events and signals stay, under the new id."""
    own = (DeviceState.conditions, DeviceState.state, DeviceState.battery, DeviceState.last_seen_at)
    known = select(Device.gateway_id, *own).outerjoin(DeviceState, DeviceState.device_id == Device.id)
    left = session.execute(known.where(Device.id == old_id)).mappings().one()
    heard = select(EventRecord.dedup_key).where(EventRecord.device_id == new_id)
    for statement in (
        update(EventRecord)
        .where(EventRecord.device_id == old_id, EventRecord.dedup_key.not_in(heard))
        .values(device_id=new_id),
        update(Signal).where(Signal.device_id == old_id).values(device_id=new_id),
        update(Device).where(Device.gateway_id == old_id).values(gateway_id=new_id),
        delete(DeviceState).where(DeviceState.device_id == old_id),
        delete(Device).where(Device.id == old_id),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    return left


def _inherit(session: Session, new_id: str, known: RowMapping, gateway_id: str | None) -> None:
    session.execute(update(Device).where(Device.id == new_id).values(gateway_id=gateway_id))
    if known["state"] is not None:  # it had one
        state = {name: value for name, value in known.items() if name != "gateway_id"}
        session.execute(delete(DeviceState).where(DeviceState.device_id == new_id))
        session.execute(insert(DeviceState), [{"device_id": new_id, **state}])
