"""What one message says of one device: the words that every decoder speaks. Stateless.

A decoder turns one message into facts: `Reading`s (a device reports), and `Hint`s (a gateway says
what it calls a device). What is news in a reading is for `ingest.edges` to find, not for a decoder.
A `Message`, `Counter` and `Reading` are made for every message and never changed. They are not frozen
because a frozen dataclass takes four times as long to make: some 4 µs, a tenth of all decoding.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic_core import from_json

from dispatch.values import EventKind

#: A device's report is small; what is larger is an attack or a mistake.
MAX_REPORT_BYTES = 64 * 1024
#: Policy, not physics: 10 % of a lithium cell is some weeks. Above 15 % a battery is no longer low.
LOW_BATTERY_PERCENT = 10
RECOVERED_BATTERY_PERCENT = 15


class UndecodableError(Exception):
    """A message that cannot be understood; the text says what was wrong. It is kept, never dropped.

    `request` is what to publish once the refusal is kept: the sender hears of it, or is asked again.
    """

    def __init__(self, reason: str, request: "Request | None" = None) -> None:
        super().__init__(reason)
        self.request = request


class Condition(StrEnum):
    """What can be active at a device for a while."""

    # something burns, or someone says so
    SMOKE = "smoke"
    HEAT = "heat"
    GAS = "gas"
    CARBON_MONOXIDE = "carbon_monoxide"
    SOS = "sos"
    ALARM = "alarm"  # for formats that do not say of what
    # the device is not as it should be
    FAULT = "fault"
    UNRELIABLE = "unreliable"
    SELF_TEST_FAILED = "self_test_failed"
    MAINS_FAULT = "mains_fault"
    BATTERY_DEFECT = "battery_defect"
    TAMPER = "tamper"
    LOW_BATTERY = "low_battery"
    # neither good nor bad
    WINDOW_OPEN = "window_open"
    SILENCE = "silence"
    TEST = "test"
    OFFLINE = "offline"


@dataclass(slots=True)
class Message:
    """One MQTT message. `base` is the part of the topic before the device's own, without a slash."""

    topic: str
    payload: bytes
    retained: bool = False
    base: str = ""

    def json_value(self, max_bytes: int = MAX_REPORT_BYTES) -> Any:
        """The payload as a JSON value. Raises UndecodableError saying why it is none."""
        check_size(self.payload, max_bytes)
        try:
            return from_json(self.payload, allow_inf_nan=False, cache_strings="keys")
        except ValueError as fault:
            raise UndecodableError(_not_json(self.payload, fault)) from None

    def json_object(self) -> dict[str, Any]:
        """The payload as a JSON object. Raises UndecodableError saying why it is none."""
        value = self.json_value()
        if not isinstance(value, dict):
            raise UndecodableError(f"a JSON {type(value).__name__}, not an object")
        return value


@dataclass(slots=True)
class Counter:
    """A device's own count of its messages: it grows within a session (a join, a birth) and then restarts."""

    session: str
    number: int


@dataclass(slots=True)
class Reading:
    """What one message says of one device.

    `conditions` holds only what the message speaks of; what it leaves out is unchanged. `events` are
    things that happened and do not last (a button, a native event). `dedup_key` is the device's own
    sequence or event id, which a repetition repeats. `live` is False for what is historical or
    simulated: kept, never paged, and no part of the present state. `gateway` is the external id of
    the device through which it came, `aliases` are further names of the same device. `counter` is the
    device's own count, where the format has one: it tells a duplicate and a late message from news.
    `digest` is given where a message repeats a cache: it stands for everything that the message says
    beside its alarms, so that of two messages with one digest nothing else can have been the reason.
    `ends_offline` is for what only a device that is there can say: that it was said to be offline is over.
    """

    external_id: str
    conditions: Mapping[str, bool] = field(default_factory=dict)
    events: tuple[EventKind, ...] = ()
    gateway: str | None = None
    aliases: tuple[str, ...] = ()
    battery: float | None = None  # percent
    #: What a button said; at a registered call point every press is an alarm.
    button: str | None = None
    device_at: datetime | None = None
    dedup_key: str | None = None
    counter: Counter | None = None
    digest: str | None = None
    live: bool = True
    ends_offline: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hint:
    """A gateway calls the device with this address by this name; no report of the device."""

    gateway: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """A device is described (by discovery or a birth) without reporting: a hint for commissioning.

    `details` is what it says of itself, such as {"name": …, "model": …, "device_class": …}.
    """

    external_id: str
    details: Mapping[str, Any]
    gateway: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Something to publish by MQTT, QoS 1, once the message it follows from is committed.

    `if_refused` makes the payload, from the reason, where the message is refused instead.
    """

    topic: str
    payload: bytes
    if_refused: Callable[[str], bytes] | None = None


Fact = Reading | Hint | Announcement | Request


def check_size(payload: bytes, max_bytes: int) -> None:
    """Raise UndecodableError for a payload that is too long."""
    if len(payload) > max_bytes:
        raise UndecodableError(f"{len(payload)} bytes, and {max_bytes} are allowed")


def percent(value: object) -> float | None:
    """A battery level from 0 to 100, from a number or a numeric string; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 100 else None


def is_low(battery: float | None) -> bool | None:
    """Whether a battery level is low; None in between, where it stays what it was."""
    if battery is None:
        return None
    if battery <= LOW_BATTERY_PERCENT:
        return True
    return False if battery >= RECOVERED_BATTERY_PERCENT else None


def _not_json(payload: bytes, fault: ValueError) -> str:
    try:
        payload.decode()
    except UnicodeDecodeError as coding:
        return f"not UTF-8 at byte {coding.start}"
    return f"no JSON: {fault}"
