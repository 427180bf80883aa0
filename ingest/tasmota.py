"""Tasmota: telemetry and answers of a module, inputs that a rule names, and what its Zigbee bridge hears.

The device is the topic that stands beside `tele` or `stat`, in either order; behind a Zigbee bridge it is
what the bridge calls it. `Contact` is 0 when closed: the opposite of Zigbee2MQTT. Traps and where they
were found are in `docs/formats.md`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ingest.reading import (
    MAX_REPORT_BYTES,
    Condition,
    Fact,
    Message,
    Reading,
    UndecodableError,
    check_size,
    percent,
)
from ingest.registered import ZONE_ALARM
from ingest.report import MAX_PARTS, Report, flag, is_name

_PREFIXES = ("tele", "stat")
_RECEIVED = ("ZbReceived", "ZigbeeReceived")
#: Tasmota sends no message above 8 KiB; what holds more properties is none of its.
_MAX_PROPERTIES = 1024
_MAX_NAME_CHARACTERS = 64
_NO_LETTERS = re.compile(r"[^a-z]+")
_DIGITS = "0123456789"
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,8}")

#: Names of properties, of topics and of Zigbee attributes, compared without case, digits and punctuation.
_ALARMS: Mapping[str, Condition] = {
    **dict.fromkeys(("fire", "firealarm", "firedetected", "firedetector"), Condition.SMOKE),
    **dict.fromkeys(("smoke", "smokealarm", "smokestate", "smokedetected", "smokedetector"), Condition.SMOKE),
    **dict.fromkeys(("heat", "heatalarm"), Condition.HEAT),
    **dict.fromkeys(("gas", "gasalarm", "gasdetected"), Condition.GAS),
    **dict.fromkeys(("co", "coalarm", "carbonmonoxide"), Condition.CARBON_MONOXIDE),
    **dict.fromkeys(("sos", "panic", "emergency", "personalalarm", "callpoint"), Condition.SOS),
    "alarm": Condition.ALARM,
}
_FLAGS: Mapping[str, Condition] = {
    **dict.fromkeys(("tamper", "tampered"), Condition.TAMPER),
    **dict.fromkeys(("batterylow", "lowbattery"), Condition.LOW_BATTERY),
    **dict.fromkeys(("fault", "trouble"), Condition.FAULT),
    "test": Condition.TEST,
    **dict.fromkeys(("contact", "window", "door"), Condition.WINDOW_OPEN),
}
_OPEN: Mapping[str, bool] = {"open": True, "opened": True, "close": False, "closed": False}
#: IAS zone status (ZCL 8.2.2.2.1.3). Bits 0 and 1 are the alarm itself, whose kind another property names.
_ZONE_BITS: Mapping[int, Condition] = {
    2: Condition.TAMPER,
    3: Condition.LOW_BATTERY,
    6: Condition.FAULT,
    7: Condition.MAINS_FAULT,
    8: Condition.TEST,
    9: Condition.BATTERY_DEFECT,
}
#: IAS zone type -> what its alarm bits mean; motion, water, vibration and glass are none of ours.
_ZONE_TYPES: Mapping[int, Condition | None] = {
    0x000D: None,
    0x0015: Condition.WINDOW_OPEN,
    0x0016: Condition.WINDOW_OPEN,
    0x0028: Condition.SMOKE,
    0x002A: None,
    0x002B: Condition.CARBON_MONOXIDE,
    0x002C: Condition.SOS,
    0x002D: None,
    0x010F: Condition.SOS,
    0x0115: Condition.SOS,
    0x021D: Condition.SOS,
    0x0226: None,
}
#: Properties with which Tasmota names the kind of an IAS zone whose alarm is nothing to us.
_OTHER_ZONES = frozenset({"occupancy", "movement", "water", "glassbreak"})
#: IAS ACE commands of a keyfob: emergency, fire, panic (ZCL 8.3.2.4). They happen and do not last.
_EMERGENCIES = frozenset({"0501!02", "0501!03", "0501!04"})
_COMMAND = re.compile(r"[0-9A-F]{4}![0-9A-F]{2}")


def decode(message: Message) -> list[Fact]:
    """Read one message; [] for what says nothing of a device. Raises UndecodableError."""
    check_size(message.payload, MAX_REPORT_BYTES)
    if not message.payload.strip():
        return []
    device, prefix, last = _split(message.topic)
    if last == "LWT":
        return [Report({Condition.OFFLINE: _is_offline(message)}).reading(device, message)]
    if last == "LOGGING":
        return []
    if last in _RECEIVED:
        return _zigbee(device, message.json_object(), message)
    if last in ("SENSOR", "RESULT"):
        return _answer(device, message)
    if prefix == "stat":
        return [_input(device, last, message)]
    return [Report().reading(device, message)]


def _split(topic: str) -> tuple[str, str, str]:
    """Device, prefix and last level. `%topic%` may hold slashes, and may stand before `%prefix%`."""
    levels = topic.split("/")
    at = next((at for at, level in enumerate(levels[:-1]) if level in _PREFIXES), None)
    if at is None:
        raise UndecodableError(f"topic {topic}: has no level tele or stat")
    device = "/".join(levels[at + 1 : -1] or levels[:at])
    if not device:
        raise UndecodableError(f"topic {topic}: names no device")
    return device, levels[at], levels[-1]


def _is_offline(message: Message) -> bool:
    state = message.payload.decode(errors="replace").strip().lower()
    if state not in ("online", "offline"):
        raise UndecodableError(f"a last will that is neither Online nor Offline: {state[:40]!r}")
    return state == "offline"


def _input(device: str, last: str, message: Message) -> Reading:
    """Read `stat/DEVICE/NAME`: a rule's own topic for an input (FIRE), or a relay (POWER)."""
    last = last[:_MAX_NAME_CHARACTERS]
    report = Report()
    _property(report, last, _said(last, message))
    number = last[len(last.rstrip(_DIGITS)) :].lstrip("0")
    if report.conditions and number not in ("", "1"):
        # a second zone of a panel: its OFF must not end the alarm of the first
        return report.reading(f"{device}/{last}", message, gateway=device)
    return report.reading(device, message)


def _said(last: str, message: Message) -> object:
    """The payload as text, or what it says of this input where it is an object: `{"FIRE": "ON"}`."""
    text = message.payload.decode(errors="replace").strip()
    if text.startswith("{"):
        try:
            values = message.json_object()
        except UndecodableError:
            return text  # of an alarm that is a fault, of anything else a sign of life
        return next((value for name, value in values.items() if name.lower() == last.lower()), text)
    return text


def _answer(device: str, message: Message) -> list[Fact]:
    values = message.json_object()
    received = [values[key] for key in _RECEIVED if isinstance(values.get(key), dict)]
    if received:
        return [reading for devices in received for reading in _zigbee(device, devices, message)]
    if len(values) > MAX_PARTS:
        raise UndecodableError(f"{len(values)} properties, and {MAX_PARTS} are allowed")
    report = Report()
    for name, value in values.items():
        action = value.get("Action") if isinstance(value, dict) else None
        if action is not None:
            _pressed(report, name, action)
        elif isinstance(value, bool | str) or value in (0, 1):  # any other number is a measurement
            _property(report, name, value)
    return [report.reading(device, message)]


def _pressed(report: Report, name: str, action: object) -> None:
    """A Switch tells both edges (ON, OFF), a Button each press (SINGLE, HOLD, …)."""
    if is_name(action) and flag(action) is not False and action != "CLEAR":
        report.button = f"{name} {action}"[:40]


def _property(report: Report, name: str, value: object) -> str:
    """Note a property by its name; gives the name as compared."""
    plain = _plain(name[:_MAX_NAME_CHARACTERS])
    if plain in _ALARMS:
        report.alarm(_ALARMS[plain], name, value)
    elif plain in _FLAGS:
        word = value.strip().lower() if isinstance(value, str) else ""
        report.mark(_FLAGS[plain], _OPEN[word] if word in _OPEN else flag(value))
    return plain


@lru_cache(maxsize=4096)  # devices say the same few names day and night
def _plain(name: str) -> str:
    return _NO_LETTERS.sub("", name.lower())


def _zigbee(bridge: str, devices: Mapping[str, Any], message: Message) -> list[Fact]:
    """One reading per device; SetOption119 takes the device's key away and leaves its properties."""
    if len(devices) > MAX_PARTS:
        raise UndecodableError(f"{len(devices)} devices in one message, and {MAX_PARTS} are allowed")
    properties = sum(len(values) for values in devices.values() if isinstance(values, dict))
    if properties > _MAX_PROPERTIES:
        raise UndecodableError(f"{properties} properties in one message, and {_MAX_PROPERTIES} are allowed")
    if is_name(devices.get("Device")):
        return [_device(bridge, devices["Device"], devices, message)]
    return [
        _device(bridge, name, values, message)
        for name, values in devices.items()
        if isinstance(values, dict) and is_name(name)
    ]


def _device(bridge: str, key: str, values: Mapping[str, Any], message: Message) -> Reading:
    """A short address is only unique behind its bridge, so `BRIDGE/NAME` is a further name and the surest."""
    given = [str(values[name]).strip() for name in ("Name", "Device") if is_name(values.get(name))]
    name = key.strip() or key
    above, _, last = bridge.rpartition("/")
    if above and last in (key, name, *given, *(address.removeprefix("0x") for address in given)):
        bridge = above  # SetOption89 gives each device a topic of its own below the bridge's
    names = [other for other in dict.fromkeys((*given, name)) if other]
    aliases = (*(f"{bridge}/{other}" for other in names), *(other for other in names if other != name))
    return _zigbee_report(values).reading(name, message, gateway=bridge, aliases=aliases)


def _zigbee_report(values: Mapping[str, Any]) -> Report:
    report = Report()
    named: set[str] = set()
    for key, value in values.items():
        if key in _EMERGENCIES:
            report.is_pressed = True
        elif _COMMAND.fullmatch(key):
            report.button = key
        elif isinstance(value, int) and value in (2, 3):  # both alarm bits of a zone
            named.add(_property(report, key, True))  # noqa: FBT003 - a property's value
        elif isinstance(value, bool | str) or value in (0, 1):
            named.add(_property(report, key, value))
    report.power(percent(values.get("BatteryPercentage")))
    for key in ("ZoneStatusChange", "ZoneStatus"):
        bits = _number(values.get(key))
        if isinstance(bits, int) and 0 <= bits <= 0xFFFF:
            _zone_status(report, bits, _number(values.get("ZoneType")), named)
    return report


def _number(value: object) -> object:
    """The number that `"0x0028"` is; any other value as it is."""
    return int(value, 16) if isinstance(value, str) and _HEX.fullmatch(value) else value


def _zone_status(report: Report, bits: int, zone_type: object, named: set[str]) -> None:
    for bit, flagged in _ZONE_BITS.items():
        report.mark(flagged, bool(bits >> bit & 1))
    is_active = bool(bits & 0b11)
    if isinstance(zone_type, int) and zone_type in _ZONE_TYPES:
        condition = _ZONE_TYPES[zone_type]
        if condition is not None:
            report.mark(condition, is_active)
    elif named.isdisjoint((*_ALARMS, *_FLAGS, *_OTHER_ZONES)):
        report.data[ZONE_ALARM] = is_active  # the registry may know what the zone is
        if is_active:
            report.unread("the alarm of a zone of unknown kind", bits)
