"""Zigbee2MQTT: states as JSON on `BASE/FRIENDLY NAME`, availability, and the bridge's own topics.

Decoded by what a message says, not by which model sends it: the field names are those that
zigbee-herdsman-converters gives to 4,500 models. A friendly name may hold slashes, blanks and Chinese.
Traps and where they were found are in `docs/formats.md`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from dispatch.values import EventKind
from ingest.reading import Condition, Fact, Hint, Message, Reading, UndecodableError, is_low, percent
from ingest.report import flag

#: `bridge/devices` describes every device with all it can do: some 10 kB each.
_MAX_BRIDGE_BYTES = 16 * 1024 * 1024
_COMMANDS = frozenset({"set", "get"})
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{16}")
_WORD = re.compile(r"[a-z]+")

#: Properties that say true while something is so. `alarm` is none of them: it switches a siren.
_ALARMS: Mapping[str, Condition] = {
    **dict.fromkeys(("smoke", "smoke_alarm", "fire", "fire_alarm"), Condition.SMOKE),
    **dict.fromkeys(("heat", "heat_alarm"), Condition.HEAT),
    "gas": Condition.GAS,
    "carbon_monoxide": Condition.CARBON_MONOXIDE,
    "sos": Condition.SOS,
}
#: Change with each message and are never its reason.
_PASSING = frozenset({"linkquality", "last_seen", "smoke_state"})
_FLAGS: Mapping[str, Condition] = {
    **_ALARMS,
    "tamper": Condition.TAMPER,
    "tamper_alarm": Condition.TAMPER,
    "battery_low": Condition.LOW_BATTERY,
    "test": Condition.TEST,
    "silence": Condition.SILENCE,
    "hush": Condition.SILENCE,
    "hush_active": Condition.SILENCE,
    "muffling": Condition.SILENCE,
    "mute": Condition.SILENCE,
    "buzzer_manual_mute": Condition.SILENCE,
    "fault": Condition.FAULT,
    "device_fault": Condition.FAULT,
    "fault_alarm": Condition.FAULT,
    "sensor_fault": Condition.FAULT,
    "malfunction": Condition.FAULT,
    "trouble": Condition.FAULT,
    "end_of_life": Condition.FAULT,
    "ac_status": Condition.MAINS_FAULT,  # IAS bit 7: true is the fault
    "battery_defect": Condition.BATTERY_DEFECT,
}
_NO_FAULTS = frozenset({"", "normal", "none", "no_fault"})
#: One contact of several: `contact_l1`, `contact_left`.
_CONTACT = re.compile(r"contact_[a-z0-9]{1,16}")
_OPEN: Mapping[str, bool] = {"open": True, "tilted": True, "closed": False}
#: Buttons made for an emergency say so in their action; any other button is the registry's to explain.
_EMERGENCIES = frozenset({"emergency", "sos", "panic", "fire"})


@dataclass(slots=True)
class _Report:
    """What was found so far in one report. Several properties may speak of one condition: any true wins."""

    conditions: dict[str, bool] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def mark(self, condition: Condition, active: bool | None) -> None:  # noqa: FBT001 - a condition's value
        """Note that a property says a condition is active, is not, or (None) says nothing."""
        if active:
            self.conditions[condition] = True
        elif active is False:
            self.conditions.setdefault(condition, False)


def decode(message: Message) -> list[Fact]:
    """Read one message; [] for commands, configuration and removed devices. Raises UndecodableError."""
    if not message.base or not message.topic.startswith(message.base + "/"):
        raise UndecodableError(f"topic {message.topic}: not below the base topic {message.base!r}")
    name = message.topic[len(message.base) + 1 :]
    gateway = f"{message.base}/bridge"
    if name.startswith("bridge/"):
        return _bridge(name, gateway, message)
    levels = name.split("/")
    if not _COMMANDS.isdisjoint(levels[1:][-2:]) or not message.payload.strip():
        return []
    if levels[-1] == "availability" and len(levels) > 1:
        offline = _is_offline(message)
        return [Reading(name.removesuffix("/availability"), {Condition.OFFLINE: offline}, gateway=gateway)]
    if not name:
        raise UndecodableError(f"topic {message.topic}: no device name after the base topic")
    return [_report(name, gateway, message)]


def _bridge(name: str, gateway: str, message: Message) -> list[Fact]:
    if not message.payload.strip():
        return []
    if name == "bridge/state":
        return [Reading(gateway, {Condition.OFFLINE: _is_offline(message)})]
    if name == "bridge/devices":
        return _names(gateway, message)
    return []


def _names(gateway: str, message: Message) -> list[Fact]:
    devices = message.json_value(_MAX_BRIDGE_BYTES)
    if not isinstance(devices, list):
        raise UndecodableError("bridge/devices is no list")
    return [
        Hint(gateway, device["friendly_name"], device["ieee_address"].lower())
        for device in devices
        if isinstance(device, dict)
        and device.get("type") != "Coordinator"
        and isinstance(device.get("friendly_name"), str)
        and _is_address(device.get("ieee_address"))
    ]


def _is_offline(message: Message) -> bool:
    """Read `{"state": "online"}`, or the bare word that it was before Zigbee2MQTT 1.29."""
    bare = message.payload.strip()
    state = message.json_object().get("state") if bare.startswith(b"{") else bare.decode(errors="replace")
    if state not in ("online", "offline"):
        raise UndecodableError(f"a state that is neither online nor offline: {str(state)[:40]!r}")
    return state == "offline"


def _report(name: str, gateway: str, message: Message) -> Reading:
    values = message.json_object()
    report = _Report()
    for key, value in values.items():
        condition = _FLAGS.get(key)
        if condition is not None:
            active = flag(value)
            report.mark(condition, active)
            if value is not None and key in _ALARMS:
                report.mark(Condition.UNRELIABLE, active is None)
                if active is None:
                    report.unread.append(key)
        elif isinstance(value, bool) and _CONTACT.fullmatch(key):
            report.mark(Condition.WINDOW_OPEN, not value)
    _read_contact(report, values)
    _read_words(report, values)
    battery = percent(values.get("battery"))
    report.mark(Condition.LOW_BATTERY, is_low(battery))
    button = values.get("action")
    button = button if isinstance(button, str) and button else None
    is_emergency = button is not None and not _EMERGENCIES.isdisjoint(_WORD.findall(button.lower()))
    is_alarm = is_emergency or any(map(report.conditions.get, _ALARMS.values()))
    said = ", ".join(f"{key} is {str(values[key])[:40]!r}" for key in report.unread)
    if report.unread == ["contact"] and not is_alarm:
        raise UndecodableError(f"{said}: neither true nor false")
    data: dict[str, Any] = {"unread": said} if said else {}
    return Reading(
        name,
        report.conditions,
        events=(EventKind.ALARM,) if is_emergency else (),
        gateway=gateway,
        aliases=_aliases(values),
        battery=battery,
        button=button,
        device_at=_last_seen(values.get("last_seen")),
        digest=_digest(values) if any(map(report.conditions.get, _ALARMS.values())) else None,
        data={**data, "replayed": True} if message.retained else data,
    )


def _digest(values: Mapping[str, Any]) -> str:
    """All that a report says beside its alarms, its reception and its time: a cache repeats the alarms."""
    rest = {key: value for key, value in values.items() if key not in _ALARMS and key not in _PASSING}
    return sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:16]


def _read_contact(report: _Report, values: Mapping[str, Any]) -> None:
    """Contact is true when closed. As "ON" or "OFF" it is a float switch (POK003), and no window."""
    contact = values.get("contact")
    if isinstance(contact, bool):
        report.mark(Condition.WINDOW_OPEN, not contact)
    elif contact not in (None, "ON", "OFF"):
        report.unread.append("contact")


def _read_words(report: _Report, values: Mapping[str, Any]) -> None:
    """Read the properties whose value is a word."""
    smoke = values.get("smoke_state")
    if smoke in ("alarm", "normal"):
        report.mark(Condition.SMOKE, smoke == "alarm")
    faults = values.get("fault_state")
    if isinstance(faults, str):  # "over_temperature | sensor_fault"
        report.mark(
            Condition.FAULT, any(name.strip().lower() not in _NO_FAULTS for name in faults.split("|"))
        )
    for key in ("opening_state", "position"):  # of a window, or of its handle; a blind's is a number
        word = values.get(key)
        if isinstance(word, str):
            report.mark(Condition.WINDOW_OPEN, _OPEN.get(word.lower()))
    if "battery_state" in values:
        report.mark(Condition.LOW_BATTERY, values["battery_state"] == "low")
    reliability = values.get("reliability")
    if isinstance(reliability, str) and reliability:
        report.mark(Condition.UNRELIABLE, reliability != "no_fault_detected")
    for key in ("self_test", "self_test_result"):
        outcome = values.get(key)
        if isinstance(outcome, str) and outcome:
            report.mark(Condition.TEST, outcome in ("checking", "testing", "running", "ON"))
            report.mark(Condition.SELF_TEST_FAILED, "fail" in outcome or "fault" in outcome)
        elif isinstance(outcome, bool):
            report.mark(Condition.TEST, outcome)


def _aliases(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The IEEE address, where the bridge is set to include it or did so in 2018."""
    device = values.get("device")
    if not isinstance(device, dict):
        return ()
    return tuple(device[key].lower() for key in ("ieeeAddr", "ieee_address") if _is_address(device.get(key)))


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def _last_seen(value: object) -> datetime | None:
    """Read `last_seen`: ISO 8601 with an offset, or Unix milliseconds; None for anything else."""
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            return at.astimezone(UTC) if at.tzinfo else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
