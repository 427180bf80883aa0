"""One message into the record and into dispatch, in one transaction."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from dispatch.receive import receive_event
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind, Fate, Outcome, SensorEvent
from ingest import devices, gateways, order
from ingest.devices import Held
from ingest.directory import NATIVE, Known
from ingest.edges import Edge, derive, most_urgent
from ingest.order import Heard, Place
from ingest.reading import Announcement, Counter, Fact, Hint, Reading
from ingest.registered import as_registered
from store.places import PROBE_DEVICE, Device
from store.signals import DeviceName, DeviceState, RejectedMessage

#: Tells the sender that the effect of its message is committed.
Ack = Callable[[], object]

_KEPT_PAYLOAD_BYTES = 64 * 1024
_KEPT_REASON_CHARACTERS = 500
#: The same button within this time is the same press: a message delivered twice, or a nervous hand.
_ONE_PRESS_S = 10
#: What commissioning is shown of a device's newest message.
_HEARD_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it arrived: by whose clock when, from where, and how to acknowledge it.

    `ack` is None where the sender cannot repeat it (QoS 0).
    """

    source: str
    address: str  # MQTT topic, URL path or TCP peer
    payload: bytes
    received_at: datetime
    ack: Ack | None = None


@dataclass(slots=True)
class Taken:
    """What a message led to: events by kind, devices as they are now, and whether someone is to be told."""

    held: Held = field(default_factory=Held)
    kinds: list[EventKind] = field(default_factory=list)
    devices: list[tuple[Device, Known]] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    #: Behind which something was heard.
    gateway_ids: set[str] = field(default_factory=set)
    refusals: int = 0
    has_effect: bool = False


def take(
    session: Session,
    setup: DispatchSetup,
    arrival: Arrival,
    facts: Iterable[Fact],
    *,
    now: datetime,
    held: Held | None = None,
) -> Taken:
    """Take what one message says. Nothing is written unless the caller's transaction commits.

    `held` is what the transaction holds of several messages. Raises dispatch.errors.DispatchError where
    dispatch refuses an event.
    """
    taken = Taken(held or Held())
    for fact in facts:
        if isinstance(fact, Hint):
            session.merge(DeviceName(source=arrival.source, **_columns(fact)))
            taken.hints.append(fact)
        elif isinstance(fact, Announcement):
            _take_announcement(session, arrival, fact)
        elif isinstance(fact, Reading):
            is_probe = arrival.source == NATIVE and fact.external_id == PROBE_DEVICE
            take_reading = _take_probe if is_probe else _take_reading
            take_reading(session, setup, arrival, fact, taken, now)
    gateways.hear(session, taken.gateway_ids, arrival.received_at)
    return taken


def reject(session: Session, arrival: Arrival, reason: str) -> None:
    """Keep a message that was refused, with the reason."""
    session.add(
        RejectedMessage(
            received_at=arrival.received_at,
            source=arrival.source,
            address=arrival.address.replace("\x00", "\ufffd"),  # PostgreSQL's text holds no NUL
            reason=reason.replace("\x00", "\ufffd")[:_KEPT_REASON_CHARACTERS],
            payload=arrival.payload[:_KEPT_PAYLOAD_BYTES],
            payload_bytes=len(arrival.payload),
        )
    )


def _take_probe(
    session: Session, setup: DispatchSetup, arrival: Arrival, reading: Reading, taken: Taken, now: datetime
) -> None:
    """The service's own detector has no row and no state: each alarm is an edge, and nobody counts it."""
    edges = derive({}, reading).edges
    for edge in edges:
        event = _event(arrival, PROBE_DEVICE, reading, edge, len(edges))
        taken.has_effect |= receive_event(session, setup, event, now=now).fate is Fate.INFORMED


def _take_reading(
    session: Session, setup: DispatchSetup, arrival: Arrival, reading: Reading, taken: Taken, now: datetime
) -> None:
    device = devices.find(session, arrival.source, reading)
    if device is None:
        device = devices.list_new(session, arrival.source, reading)
        reject(session, arrival, f"unknown device: listed as {device.id} for commissioning")
        taken.refusals += 1
    devices.note_gateway(session, arrival.source, device, reading)
    state = devices.hold_state(session, device, taken.held)
    where = order.place(_heard(state), reading, arrival.received_at)
    if where in (Place.REPEATED, Place.LATE):
        _note_out_of_order(session, arrival, reading, where, taken)
    else:
        _take_in_order(session, setup, arrival, device, state, reading, where, taken, now)
    if reading.live:
        state.battery = state.battery if reading.battery is None else reading.battery
        state.last_seen_at = max(arrival.received_at, state.last_seen_at or arrival.received_at)
        taken.gateway_ids.update(filter(None, [device.gateway_id]))
    state.check_at = now  # supervision looks at it with its next round
    taken.devices.append((device, Known(device.id, state.conditions)))


def _take_in_order(
    session: Session,
    setup: DispatchSetup,
    arrival: Arrival,
    device: Device,
    state: DeviceState,
    reading: Reading,
    where: Place,
    taken: Taken,
    now: datetime,
) -> None:
    heard = _heard(state)
    reading = as_registered(device.kind, reading)
    bridge_at = partial(_bridge_came_online_at, session, arrival.source, reading)
    derived = order.news(state.conditions, heard, reading, where, arrival.received_at, bridge_at)
    outcomes = [
        receive_event(session, setup, _event(arrival, device.id, reading, edge, len(derived.edges)), now=now)
        for edge in derived.edges
    ]
    _note_repetition(session, arrival, reading, outcomes, taken)
    if not _is_repetition(outcomes):
        state.conditions = dict(derived.conditions)
        state.state = most_urgent(derived.conditions)
    kinds = [edge.kind for edge in derived.edges]
    if reading.live:
        has_sounded = EventKind.ALARM in kinds
        _remember(state, order.remember(heard, reading, arrival.received_at, has_sounded=has_sounded))
    if EventKind.ONLINE in kinds:
        state.came_online_at = arrival.received_at
    state.heard = _readable(arrival.payload[:_HEARD_BYTES])
    taken.kinds += kinds or [EventKind.HEARTBEAT]
    taken.has_effect |= any(outcome.fate not in (Fate.RECORDED, Fate.DUPLICATE) for outcome in outcomes)


def _readable(payload: bytes) -> str:
    """A message for people: as text where it is text, else in hex."""
    text = payload.decode(errors="ignore")
    return text if text.replace("\n", "").isprintable() and text else payload.hex(" ")


def _heard(state: DeviceState) -> Heard:
    counter = None
    if state.counter_session is not None and state.counter is not None:
        counter = Counter(state.counter_session, state.counter)
    return Heard(counter, state.counted_at, state.alarm_said_at, state.digest)


def _remember(state: DeviceState, heard: Heard) -> None:
    if heard.counter is not None:
        state.counter_session, state.counter = heard.counter.session, heard.counter.number
    state.counted_at, state.alarm_said_at = heard.counted_at, heard.alarm_said_at
    state.digest = heard.digest


def _bridge_came_online_at(session: Session, source: str, reading: Reading) -> datetime | None:
    """When the bridge of a cached report last came back; asked only where an alarm depends on it."""
    if reading.digest is None or reading.gateway is None:
        return None
    bridge = devices.find(session, source, Reading(reading.gateway))
    state = session.get(DeviceState, bridge.id) if bridge else None
    return state.came_online_at if state else None


def _note_out_of_order(
    session: Session, arrival: Arrival, reading: Reading, where: Place, taken: Taken
) -> None:
    number = reading.counter.number if reading.counter else "?"
    reason = (
        f"repeated: message {number} of {reading.external_id} had its effect before"
        if where is Place.REPEATED
        else f"late: message {number} of {reading.external_id} came after a newer one, which counts"
    )
    reject(session, arrival, reason)
    taken.refusals += 1


def _take_announcement(session: Session, arrival: Arrival, said: Announcement) -> None:
    """A described device that nobody knows waits for commissioning, with what it says of itself."""
    reading = Reading(said.external_id, gateway=said.gateway)
    device = devices.find(session, arrival.source, reading)
    device = device or devices.list_new(session, arrival.source, reading)
    devices.note_gateway(session, arrival.source, device, reading)
    if not device.registered:
        state = devices.hold_state(session, device, Held())
        state.heard = json.dumps(said.details, ensure_ascii=False)[:_HEARD_BYTES].replace("\x00", "")


def _event(arrival: Arrival, device_id: str, reading: Reading, edge: Edge, edges: int) -> SensorEvent:
    data: dict[str, Any] = {**reading.data, **edge.data}
    if reading.button:
        data["button"] = reading.button
    return SensorEvent(
        device_id=device_id,
        kind=edge.kind,
        dedup_key=_dedup_key(arrival, reading, edge, edges),
        source=arrival.source,
        received_at=arrival.received_at,
        device_at=reading.device_at,
        live=reading.live,
        data=data,
    )


def _dedup_key(arrival: Arrival, reading: Reading, edge: Edge, edges: int) -> str:
    """What makes an event one: the device's own id, the press, or the edge (which cannot come twice)."""
    if reading.dedup_key is not None:
        return reading.dedup_key if edges == 1 else f"{reading.dedup_key}:{edge.kind}"
    if reading.button and not edge.data.get("conditions"):
        return f"press:{reading.button}:{int(arrival.received_at.timestamp()) // _ONE_PRESS_S}"
    return f"edge:{uuid4().hex}"


def _is_repetition(outcomes: list[Outcome]) -> bool:
    return bool(outcomes) and all(outcome.fate is Fate.DUPLICATE for outcome in outcomes)


def _note_repetition(
    session: Session, arrival: Arrival, reading: Reading, outcomes: list[Outcome], taken: Taken
) -> None:
    if _is_repetition(outcomes):
        what = reading.dedup_key or f"button {reading.button}"
        reject(session, arrival, f"replayed: {what} of this device had its effect before")
        taken.refusals += 1


def _columns(hint: Hint) -> dict[str, str]:
    return {"gateway": hint.gateway, "name": hint.name, "address": hint.address}
