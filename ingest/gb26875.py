"""GB/T 26875.3-2011: what user information transmitters report of fire panels and their components.

A message is one or more frames (`gb26875_frames`). A device is `TRANSMITTER/COMPONENT` in hex, the bytes
in the order of the wire: the frame's source (6), then system type, system address, component type and
component address (1, 1, 1, 4). A system is the first two of these; the transmitter stands alone.
Traps and where they were found are in `docs/formats.md`.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from hashlib import blake2s
from typing import Any

from dispatch.values import EventKind
from ingest.gb26875_frames import VENDOR_COMMAND, Command, Frame, Splitter, read_frame, read_time
from ingest.gb26875_states import (
    VENDOR_COMPONENT,
    fire_condition,
    is_reset,
    read_component,
    read_operation,
    read_system,
    read_transmitter,
)
from ingest.reading import Condition, Fact, Message, Reading, UndecodableError, check_size

#: Almost four of the longest frames in one message.
_MAX_MESSAGE_BYTES = 4 * 1024
_TIME_BYTES = 6
_SYSTEM_BYTES = 4
_COMPONENT_BYTES = 40
_OPERATION_BYTES = 4
_TRANSMITTER_OPERATION_BYTES = 2
#: Of a component object up to its state word: what one vendor's shorter objects still hold.
_COMPONENT_HEAD_BYTES = 9
#: Of a text that holds a vendor's device id: what the registry takes as a name.
_ID_BYTES = 16
#: A clock before the year of the standard was never set: nothing can be told apart by it.
_FIRST_YEAR = 2011
#: Components in alarm, over all transmitters, that a reset would end.
_MAX_ALARMED = 10_000


class _Type(IntEnum):
    """Types of an ADU (table 3) that say something of a device's state."""

    SYSTEM = 1
    COMPONENT = 2
    OPERATION = 4
    TRANSMITTER = 21
    TRANSMITTER_OPERATION = 24


#: Values, versions, configurations, times; 60 is a vendor's login: signs of life, no more.
_SIGNS_OF_LIFE = frozenset({3, 5, 6, 7, 8, 25, 26, 28, 60})
#: Sent by a centre, not by a transmitter.
_DOWNLINK = frozenset(range(61, 92))
_NOT_A_REPORT = frozenset({Command.CONTROL, Command.CONFIRM, Command.REQUEST, Command.DENY})


class Decoder:
    """Reads messages. Remembers which components are in alarm, because a panel's reset does not name them.

    Not thread-safe.
    """

    def __init__(self) -> None:
        self._alarmed: dict[str, tuple[str, Condition]] = {}

    def __call__(self, message: Message) -> list[Fact]:
        """Read the frames of a message; [] for requests and confirmations. Raises UndecodableError."""
        check_size(message.payload, _MAX_MESSAGE_BYTES)
        frames = [read_frame(piece.data) for piece in Splitter().feed(message.payload) if piece.is_frame]
        if not frames:
            raise UndecodableError(f"no whole frame (40 40 ... 23 23) in {len(message.payload)} bytes")
        facts: list[Fact] = []
        faults: list[UndecodableError] = []
        for frame in frames:
            try:
                facts += self._read(frame)
            except UndecodableError as fault:
                faults.append(fault)
        if faults and not facts:
            raise faults[0]
        return facts

    def _read(self, frame: Frame) -> list[Reading]:
        if frame.fault is not None:
            raise UndecodableError(frame.fault)
        if frame.command in _NOT_A_REPORT:
            return []
        if frame.command >= VENDOR_COMMAND:
            raise UndecodableError(f"command {frame.command} is a vendor's")
        report = _Report(frame)
        if frame.command not in (Command.SEND, Command.REPLY) or len(frame.adu) <= 1:
            return [report.transmitter()]  # keep-alives: commands 0 and 7, or a single byte
        readings: list[Reading] | None = self._read_adu(report, frame.adu)
        return [report.transmitter()] if readings is None else readings

    def _read_adu(self, report: "_Report", adu: bytes) -> list[Reading] | None:
        """The readings of an ADU; None for a mere sign of life."""
        kind = adu[0]
        if kind == _Type.COMPONENT:
            return [self._component(report, *part) for part in _objects(adu, _COMPONENT_BYTES)] or None
        if kind == _Type.SYSTEM:
            parts = _objects(adu, _SYSTEM_BYTES)
            return [reading for part in parts for reading in self._system(report, *part)] or None
        if kind == _Type.OPERATION:
            parts = _objects(adu, _OPERATION_BYTES)
            return [reading for part in parts for reading in self._operation(report, *part)] or None
        if kind == _Type.TRANSMITTER:
            parts = _objects(adu, 1)[:1]
            return [_transmitter_state(report, *part) for part in parts] or None
        if kind == _Type.TRANSMITTER_OPERATION:
            parts = _objects(adu, _TRANSMITTER_OPERATION_BYTES)[:1]
            return [_transmitter_operation(report, *part) for part in parts] or None
        if kind in _DOWNLINK:
            return []
        if kind not in _SIGNS_OF_LIFE:
            raise UndecodableError(f"ADU type {kind} is reserved or a vendor's")
        return None

    def _component(self, report: "_Report", body: bytes, at: datetime | None) -> Reading:
        component, text = body[2], body[_COMPONENT_HEAD_BYTES:]
        state = read_component(component, int.from_bytes(body[7:9], "little"))
        external_id = f"{report.name}/{_component_name(body, component, text)}"
        is_alarmed = state.conditions.get(fire_condition(component), False)
        self._alarmed.pop(external_id, None)
        if is_alarmed:
            self._alarmed[external_id] = (report.system(body), fire_condition(component))
            if len(self._alarmed) > _MAX_ALARMED:
                del self._alarmed[next(iter(self._alarmed))]
        data = {"component_type": component, **state.data, **_text(text)}
        return report.reading(external_id, conditions=state.conditions, at=at, data=data)

    def _system(self, report: "_Report", body: bytes, at: datetime | None) -> list[Reading]:
        word = int.from_bytes(body[2:4], "little")
        state = read_system(word)
        system = report.system(body)
        data = {**state.data, "summary": True}  # its components say the same one by one
        reading = report.reading(system, conditions=state.conditions, at=at, data=data)
        return [reading, *(self._reset(report, system, at) if is_reset(word) else ())]

    def _operation(self, report: "_Report", body: bytes, at: datetime | None) -> list[Reading]:
        operation = read_operation(body[2])
        system = report.system(body)
        over: dict[str, bool] = {Condition.ALARM: False} if operation.resets else {}
        reading = report.reading(system, conditions=over, events=operation.events, at=at, data=operation.data)
        return [reading, *(self._reset(report, system, at) if operation.resets else ())]

    def _reset(self, report: "_Report", system: str, at: datetime | None) -> list[Reading]:
        """The end of every alarm of a system that was reset; what still burns is reported anew."""
        over = {name: condition for name, (owner, condition) in self._alarmed.items() if owner == system}
        for name in over:
            del self._alarmed[name]
        return [
            report.reading(name, conditions={condition: False}, at=at, data={"reset": True})
            for name, condition in over.items()
        ]


def wire(payload: Any) -> bytes:
    """The bytes of a capture: a string of hex digits, blanks allowed. Raises ValueError, TypeError."""
    return bytes.fromhex(payload)


class _Report:
    """A frame that reports: makes its readings."""

    def __init__(self, frame: Frame) -> None:
        self.name = frame.source.hex()
        self._sent_at = frame.sent_at
        self._made = 0
        self._key = None
        if self._sent_at is not None and self._sent_at.year >= _FIRST_YEAR:
            said = frame.serial.to_bytes(2, "little") + frame.sent + frame.adu
            self._key = blake2s(said, digest_size=10).hexdigest()

    def system(self, body: bytes) -> str:
        """The system that an object begins with."""
        return f"{self.name}/{body[:2].hex()}"

    def transmitter(self) -> Reading:
        """A sign of life."""
        return Reading(self.name, device_at=self._sent_at)

    def reading(
        self,
        external_id: str,
        *,
        conditions: Mapping[str, bool],
        at: datetime | None,
        data: Mapping[str, Any],
        events: tuple[EventKind, ...] = (),
    ) -> Reading:
        """What the frame says of one device. A retransmission repeats serial, time and content."""
        self._made += 1
        return Reading(
            external_id,
            conditions,
            events,
            gateway=None if external_id == self.name else self.name,
            # without a clock to tell two apart, presses within seconds are one
            button="manual alarm" if EventKind.ALARM in events else None,
            device_at=at or self._sent_at,
            dedup_key=f"{self._key}:{self._made}" if self._key else None,
            data=data,
        )


def _transmitter_state(report: _Report, body: bytes, at: datetime | None) -> Reading:
    state = read_transmitter(body[0])
    return report.reading(report.name, conditions=state.conditions, at=at, data=state.data)


def _transmitter_operation(report: _Report, body: bytes, at: datetime | None) -> Reading:
    operation = read_operation(body[0])
    return report.reading(report.name, conditions={}, events=operation.events, at=at, data=operation.data)


def _objects(adu: bytes, size: int) -> list[tuple[bytes, datetime | None]]:
    """The objects of an ADU, each with its time or None. Raises UndecodableError where none fits.

    `size` is an object's by the standard, without its time. The count is believed where the length
    agrees; else the length is, so that no object is lost.
    """
    count, body = adu[1], adu[2:]
    if not body:
        return []
    step = _step(len(body), count, size)
    if len(body) < step:
        raise UndecodableError(f"an object of {len(body)} bytes in ADU type {adu[0]}, and {step} are needed")
    return [_timed(body[at : at + step], size) for at in range(0, len(body) - step + 1, step)]


def _step(length: int, count: int, size: int) -> int:
    """How long an object is with what belongs to it: with its time, without, or a vendor's shorter one."""
    sizes = (size + _TIME_BYTES, size)
    for step in sizes:
        if length == count * step:
            return step
    for step in sizes:
        if length % step == 0:
            return step
    if (
        size == _COMPONENT_BYTES
        and count
        and length % count == 0
        and length // count >= _COMPONENT_HEAD_BYTES
    ):
        return length // count
    return size if length < sizes[0] else sizes[0]


def _timed(part: bytes, size: int) -> tuple[bytes, datetime | None]:
    """An object and its time, which one vendor sends before it."""
    if len(part) != size + _TIME_BYTES:
        return part[:size], None
    at = read_time(part[size:])
    # the bytes of an object without a time can look like one: then no component type would follow
    if at is None and (size != _COMPONENT_BYTES or part[_TIME_BYTES + 2]):
        first = read_time(part[:_TIME_BYTES])
        if first is not None:
            return part[_TIME_BYTES:], first
    return part[:size], at


def _component_name(body: bytes, component: int, text: bytes) -> str:
    """Type and address; where a vendor leaves the address empty, its device's id stands in the text."""
    name = body[:7]
    if component >= VENDOR_COMPONENT and not any(body[3:7]):
        name += text.rstrip(b"\x00")[:_ID_BYTES]
    return name.hex()


def _text(raw: bytes) -> dict[str, str]:
    """The description of a component for people: GB 18030 with NULs in its midst."""
    decoded = raw.replace(b"\x00", b"").decode("gb18030", "ignore")
    text = "".join(character for character in decoded if character.isprintable())
    return {"text": text} if text else {}
