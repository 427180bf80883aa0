"""Which device a reading speaks of, and what we know of it, held until the end of the transaction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.values import DeviceKind
from ingest.directory import NATIVE, names_of
from ingest.reading import Reading
from store.places import Device
from store.signals import DeviceName, DeviceState

#: An alarm needs the place of its device, and should not have to ask twice.
_WITH_PLACE = joinedload(Device.premises)


@dataclass(slots=True)
class Held:
    """Devices of several messages with their states, read and held in one go; a state may not exist yet."""

    devices: dict[str, Device] = field(default_factory=dict)
    states: dict[str, DeviceState] = field(default_factory=dict)
    by_name: dict[tuple[str, str], Device] = field(default_factory=dict)

    def named(self, source: str, external_id: str) -> Device | None:
        """The device of a source's name; None where it is not held, or where nobody has placed it."""
        device = self.by_name.get((source, external_id))
        return device if device is not None and device.registered else None


def hold(session: Session, readings: Iterable[tuple[str, Reading]]) -> Held:
    """Hold the devices that these readings name as we do, each with its source; `find` has the others."""
    names: dict[str, set[str]] = defaultdict(set)
    for source, reading in readings:
        names[source].add(reading.external_id)
    held = Held()
    for source, wanted in names.items():
        name = Device.id if source == NATIVE else Device.external_id
        known = select(Device).where(Device.source == source, name.in_(wanted)).options(_WITH_PLACE)
        for device in session.scalars(known):
            held.devices[device.id] = device
            held.by_name[source, device.id if source == NATIVE else device.external_id] = device
    theirs = select(DeviceState).where(DeviceState.device_id.in_(held.devices))
    in_order = theirs.order_by(DeviceState.device_id).with_for_update()
    held.states.update((state.device_id, state) for state in session.scalars(in_order))
    return held


def find(session: Session, source: str, reading: Reading) -> Device | None:
    """The device that a reading speaks of; a registered one before one that waits to be."""
    if source == NATIVE and (device := session.get(Device, reading.external_id, options=[_WITH_PLACE])):
        return device
    address = None
    if reading.gateway is not None:
        named = session.get(DeviceName, (source, reading.gateway, reading.external_id))
        address = named.address if named else None
    names = names_of(reading, address)
    known = select(Device).where(Device.source == source, Device.external_id.in_(names))
    rows = session.scalars(known.options(_WITH_PLACE))
    return min(rows, key=lambda row: (not row.registered, names.index(row.external_id)), default=None)


def list_new(session: Session, source: str, reading: Reading) -> Device:
    """List a device that the registry does not know; it waits for commissioning."""
    device = Device(
        id=f"{source}:{reading.external_id}",
        kind=DeviceKind.UNKNOWN,
        source=source,
        external_id=reading.external_id,
        registered=False,
    )
    session.add(device)
    session.flush()
    return device


def note_gateway(session: Session, source: str, device: Device, reading: Reading) -> None:
    """What a gateway is down for, and where a device that nobody has placed stands: behind its gateway."""
    if device.gateway_id is not None or reading.gateway is None:
        return
    gateway = find(session, source, Reading(reading.gateway))
    device.gateway_id = gateway.id if gateway else None


def hold_state(session: Session, device: Device, held: Held) -> DeviceState:
    """The device's state, held until the end of the transaction: two processes may hear one device."""
    state = held.states.get(device.id)
    if state is None and device.id not in held.devices:
        state = session.get(DeviceState, device.id, with_for_update=True)
    if state is None:
        state = DeviceState(device_id=device.id, conditions={})
        session.add(state)
    held.states[device.id] = state
    return state
