"""The words of the field as types: kinds, tiers, grades, milestones, events. No behaviour, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What a device can say: the canonical kinds of contract section 5."""

    ALARM = "alarm"
    RESTORE = "restore"
    TEST = "test"
    FAULT = "fault"
    LOW_BATTERY = "low_battery"
    TAMPER = "tamper"
    WINDOW_OPENED = "window_opened"
    WINDOW_CLOSED = "window_closed"
    HEARTBEAT = "heartbeat"
    ONLINE = "online"
    OFFLINE = "offline"
    SILENCE = "silence"
    # What a station terminal says:
    ACKNOWLEDGE = "acknowledge"
    ENROUTE = "enroute"
    ON_SCENE = "on_scene"


class DeviceKind(StrEnum):
    """What a device is; only the registry knows."""

    SMOKE = "smoke"
    HEAT = "heat"
    CALL_POINT = "call_point"
    ESCAPE_WINDOW = "escape_window"
    GATEWAY = "gateway"
    STATION_TERMINAL = "station_terminal"
    UNKNOWN = "unknown"  # spoke before it was registered


class Tier(StrEnum):
    """The three tiers, nearest first."""

    VILLAGE = "village"
    TOWN = "town"
    DISTRICT = "district"


class Grade(StrEnum):
    """How sure we are that it burns."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"


class IncidentStatus(StrEnum):
    """Only a person closes an incident."""

    OPEN = "open"
    CLOSED = "closed"


class Disposition(StrEnum):
    """What it was, said by the person who closes."""

    FIRE = "fire"
    FALSE_ALARM = "false_alarm"
    TEST = "test"
    DUPLICATE = "duplicate"
    OTHER = "other"


class Milestone(StrEnum):
    """The instants of an assignment, in the order in which they should happen."""

    NOTIFIED = "notified"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    ENROUTE = "enroute"
    ON_SCENE = "on_scene"
    CLEARED = "cleared"

    @property
    def column(self) -> str:
        """The assignment's column that holds it."""
        return f"{self.value}_at"


class AssignmentStatus(StrEnum):
    """How far a station is; derived from its milestones, kept for lists."""

    ASSIGNED = "assigned"
    NOTIFIED = "notified"
    DECLINED = "declined"
    ACKNOWLEDGED = "acknowledged"
    ENROUTE = "enroute"
    ON_SCENE = "on_scene"
    CLEARED = "cleared"


class Answer(StrEnum):
    """What a person says to a page, whatever the channel: digits 1 to 5 of the contract."""

    COMING = "coming"
    CANNOT = "cannot"
    ON_SCENE = "on_scene"
    FALSE_ALARM = "false_alarm"
    NEED_HELP = "need_help"
    ENROUTE = "enroute"  # a station terminal's third button


class Source(StrEnum):
    """How a fact reached us; kept with every timeline entry."""

    DEVICE = "device"
    SMS = "sms"
    VOICE = "voice"
    TERMINAL = "terminal"
    PAGE = "page"
    API = "api"
    CARRIER = "carrier"
    CENTRE = "centre"  # the 119 centre
    SYSTEM = "system"


class PersonRole(StrEnum):
    """What a person is, in the order in which a station's people are called."""

    CHIEF = "chief"
    DEPUTY = "deputy"
    MEMBER = "member"
    DUTY_OFFICER = "duty_officer"
    BUILDING_LEADER = "building_leader"


class HandoverStatus(StrEnum):
    """How far the hand-over to the 119 centre is (contract section 8)."""

    NONE = "none"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DISPATCHED = "dispatched"
    ON_SCENE = "on_scene"
    CLOSED = "closed"


class Fate(StrEnum):
    """What became of an event: every one has a visible fate."""

    OPENED = "opened"  # a new incident
    JOINED = "joined"  # one more signal of an open incident
    INFORMED = "informed"  # recorded, and someone who looks after the place was told
    ANSWERED = "answered"  # a station terminal's answer
    RECORDED = "recorded"  # kept; nothing to do
    DUPLICATE = "duplicate"  # had its effect before


@dataclass(frozen=True, slots=True)
class SensorEvent:
    """One canonical event of one device of the registry.

    `device_id` names an existing row of `devices` (which may be unregistered). `dedup_key` is
    unique per device: the device's own event id or sequence. `live` is False for what is
    historical or simulated: kept and shown, never paged. `received_at` is our clock and the only
    one that drives response times; `device_at` is the device's own.
    """

    device_id: str
    kind: EventKind
    dedup_key: str
    source: str
    received_at: datetime
    device_at: datetime | None = None
    live: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonReport:
    """A person's report of a fire, at premises or at a point (WGS 84 degrees) with an address."""

    received_at: datetime
    caller: str
    note: str = ""
    premises_id: str | None = None
    lon: float | None = None
    lat: float | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a received event or report led to."""

    fate: Fate
    incident_id: str | None = None
    #: `test` or `maintenance`, where somebody vouched for the device: no signal of a fire.
    taken_as: str | None = None


#: The instants of one assignment; None where nobody recorded it.
MilestoneTimes = Mapping[Milestone, datetime | None]
