"""Shelly: Gen 1 (bare values below `shellies/ID`), Gen 2 and later (notifications, component states).

Decoded by component and attribute, not by model. Devices that run on a battery sleep: their last will
is no news. Traps and where they were found are in `docs/formats.md`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.reading import (
    MAX_REPORT_BYTES,
    Announcement,
    Condition,
    Fact,
    Message,
    Reading,
    UndecodableError,
    check_size,
    percent,
)
from ingest.report import MAX_PARTS, Report, flag, is_name

#: Before a clock is set `ts` counts the seconds since the device woke.
_FIRST_PLAUSIBLE_TS = 1e9
#: Models that sleep and wake once a day: "offline" is how they are meant to be.
_SLEEPER = re.compile(r"shelly(plus|pro)?(smoke|ht|dw|flood|motion|button|sense|trv)", re.IGNORECASE)

#: Components that raise an `alarm`. A flood is nobody's fire.
_ALARMS: Mapping[str, Condition] = {
    "smoke": Condition.SMOKE,
    "heat": Condition.HEAT,
    "gas": Condition.GAS,
    "co": Condition.CARBON_MONOXIDE,
}
_CONTACTS = frozenset({"window", "door", "opening"})
_COMPONENTS = frozenset({*_ALARMS, *_CONTACTS, "devicepower", "sys", "input"})
#: What a Bluetooth advertisement says in the words of BTHome, as Shelly's own script forwards it.
_BTHOME: Mapping[str, Condition] = {
    "smoke": Condition.SMOKE,
    "heat": Condition.HEAT,
    "gas": Condition.GAS,
    "carbon_monoxide": Condition.CARBON_MONOXIDE,
    "tamper": Condition.TAMPER,
    "battery_low": Condition.LOW_BATTERY,
    "window": Condition.WINDOW_OPEN,
    "door": Condition.WINDOW_OPEN,
    "opening": Condition.WINDOW_OPEN,
}
_OPEN: Mapping[object, bool] = {"open": True, "opened": True, "close": False, "closed": False}
#: A further zone of a device, `smoke:1`, is a device of its own: its rest must not end the alarm of another.
_ZONE = re.compile(rf"({'|'.join((*_ALARMS, *sorted(_CONTACTS)))}):0*[1-9]\d{{0,4}}")
_PUSHES = frozenset({"btn_down", "single_push", "double_push", "triple_push", "long_push"})
#: Gen 1 gas: `test` leaves the gas itself unsaid, as do `unknown` and warming up.
_GAS: Mapping[str, Mapping[str, bool]] = {
    "none": {Condition.GAS: False, Condition.TEST: False},
    "mild": {Condition.GAS: True},
    "heavy": {Condition.GAS: True},
    "test": {Condition.TEST: True},
    "unknown": {},
}


def decode(message: Message) -> list[Fact]:
    """Read one message; [] for commands, configuration and what is no Shelly's. Raises UndecodableError."""
    check_size(message.payload, MAX_REPORT_BYTES)
    if not message.payload.strip():
        return []
    levels = message.topic.split("/")
    if levels[-2:] == ["events", "rpc"]:
        return _rpc("/".join(levels[:-2]), message)
    if "status" in levels[1:]:
        at = levels.index("status", 1)
        return _status("/".join(levels[:at]), "/".join(levels[at + 1 :]), message)
    if levels[-1] == "online":
        return _online(_name(levels[:-1]), message)
    if "shellies" in levels:
        at = levels.index("shellies") + 1
        return _gen1(levels[at], levels[at + 1 :], message) if at < len(levels) else []
    return []


def _name(prefix: list[str]) -> str:
    """The Shelly id, if the topic prefix ends in one, else all of the prefix: it can be set to anything."""
    name = prefix[-1] if prefix and prefix[-1].lower().startswith("shelly") else "/".join(prefix)
    if not name:
        raise UndecodableError("a topic without a device")
    return name


def _online(name: str, message: Message) -> list[Fact]:
    if not name.lower().startswith("shelly"):
        return []  # some other system's topic, or a device of which nobody can tell whether it sleeps
    online = flag(message.payload.decode(errors="replace"))
    if online is None:
        raise UndecodableError(f"online is neither true nor false: {message.payload[:40]!r}")
    if not _SLEEPER.match(name):
        return [Report({Condition.OFFLINE: not online}).reading(name, message)]
    return [Report().reading(name, message)] if online else []


def _rpc(prefix: str, message: Message) -> list[Fact]:
    frame = message.json_object()
    source, params = frame.get("src"), frame.get("params")
    method = frame.get("method")
    if method not in ("NotifyStatus", "NotifyFullStatus", "NotifyEvent"):
        return []
    if not isinstance(params, dict):
        raise UndecodableError(f"{method} without an object of params")
    if len(params) > MAX_PARTS:
        raise UndecodableError(f"{len(params)} components, and {MAX_PARTS} are allowed")
    name = str(source) if is_name(source) else _name(prefix.split("/"))
    if method == "NotifyEvent":
        return _events(name, prefix, params, message)
    report, at = Report(), _at(params.get("ts"))
    zones: list[Fact] = []
    for key, values in params.items():
        is_zone = bool(_ZONE.fullmatch(key))
        about = Report() if is_zone else report
        _component(about, key, values, is_whole=method == "NotifyFullStatus")
        if is_zone:
            zones.append(_zone(about, name, key, message, at))
    return [report.reading(name, message, aliases=_aliases(name, prefix), device_at=at), *zones]


def _zone(report: Report, name: str, key: str, message: Message, at: datetime | None = None) -> Reading:
    return report.reading(f"{name}/{key}", message, gateway=name, device_at=at)


def _aliases(name: str, prefix: str) -> tuple[str, ...]:
    return (prefix,) if prefix and prefix != name else ()


def _at(ts: object) -> datetime | None:
    if not isinstance(ts, int | float) or ts < _FIRST_PLAUSIBLE_TS:
        return None
    try:
        return datetime.fromtimestamp(ts, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _status(prefix: str, component: str, message: Message) -> list[Fact]:
    name = _name(prefix.split("/"))
    kind = component.partition(":")[0]
    if kind not in _COMPONENTS:
        return [Report().reading(name, message)] if name.lower().startswith("shelly") else []
    report = Report()
    _component(report, component, message.json_value(), is_whole=True)
    if _ZONE.fullmatch(component):
        return [_zone(report, name, component, message)]
    return [report.reading(name, message)]


def _component(report: Report, key: str, values: object, *, is_whole: bool) -> None:
    """Read the state of one component. In a partial state what is absent is unchanged."""
    kind = key.partition(":")[0]
    if kind not in _COMPONENTS:
        return
    if not isinstance(values, dict):
        if kind in _ALARMS:
            report.alarm(_ALARMS[kind], key, values)
        return
    if kind in _ALARMS:
        report.alarm(_ALARMS[kind], f"{key} alarm", values.get("alarm"))
        report.mark(Condition.SILENCE, flag(values.get("mute")))
        if is_whole or "errors" in values:  # firmware shows `errors` only while there are some
            report.mark(Condition.FAULT, bool(values.get("errors")))
    elif kind in _CONTACTS:
        report.mark(Condition.WINDOW_OPEN, _opened(values))
    elif kind == "devicepower":
        battery = values.get("battery")
        report.power(percent(battery.get("percent")) if isinstance(battery, dict) else None)
    elif kind == "sys":
        reason = values.get("wakeup_reason")
        report.is_test |= isinstance(reason, dict) and reason.get("cause") == "alarm_test"


def _opened(values: Mapping[str, Any]) -> bool | None:
    state = values.get("state")
    return _OPEN.get(state.lower()) if isinstance(state, str) else flag(values.get("open"))


def _events(name: str, prefix: str, params: Mapping[str, Any], message: Message) -> list[Fact]:
    """Read a NotifyEvent: the device's own events, and what it forwards of Bluetooth devices."""
    events = params.get("events")
    if not isinstance(events, list):
        raise UndecodableError("NotifyEvent without a list of events")
    if len(events) > MAX_PARTS:
        raise UndecodableError(f"{len(events)} events, and {MAX_PARTS} are allowed")
    report = Report()
    forwarded: list[Fact] = []
    zones: dict[str, Report] = {}
    for event in events:
        if not isinstance(event, dict):
            continue
        component = str(event.get("component"))
        kind = component.partition(":")[0]
        data = event.get("data")
        if isinstance(data, dict) and is_name(data.get("address")):
            forwarded.append(_bluetooth(name, data, message))
        elif kind in _ALARMS:
            about = zones.setdefault(component, Report()) if _ZONE.fullmatch(component) else report
            _alarm_event(about, _ALARMS[kind], event)
        elif kind == "input" and event.get("event") in _PUSHES:
            report.button = event["event"]
    at = _at(params.get("ts"))
    forwarded += [_zone(about, name, component, message, at) for component, about in zones.items()]
    own = report.reading(name, message, aliases=_aliases(name, prefix), device_at=at)
    said_nothing = not (own.conditions or own.events or own.button)
    return forwarded if forwarded and said_nothing else [own, *forwarded]


def _alarm_event(report: Report, condition: Condition, event: Mapping[str, Any]) -> None:
    word = event.get("event")
    if word == "alarm_test":
        report.is_test = True
    elif word in ("alarm", "alarm_off"):
        report.mark(condition, active=word == "alarm")
    elif word in ("mute", "alarm_mute"):
        report.mark(Condition.SILENCE, active=True)
    elif word != "config_changed":
        report.unread(f"an event of {condition}", word)


def _bluetooth(gateway: str, values: Mapping[str, Any], message: Message) -> Reading:
    """A BTHome advertisement: `window` is 1 when open."""
    report = Report()
    for key, condition in _BTHOME.items():
        if condition in _ALARMS.values():
            report.alarm(condition, key, values.get(key))
        else:
            report.mark(condition, flag(values.get(key)))
    report.power(percent(values.get("battery")))
    button = values.get("button")
    report.button = str(button)[:40] if isinstance(button, int) and button > 0 else None
    return report.reading(values["address"].lower(), message, gateway=gateway)


def _gen1(name: str, levels: list[str], message: Message) -> list[Fact]:
    if name == "announce" or levels == ["announce"]:
        return _announcement(message)
    if not name or not levels or "command" in levels:
        return []
    report = Report()
    text = message.payload.decode(errors="replace").strip()
    if levels[0] == "sensor" and len(levels) == 2:
        _sensor(report, levels[1], text)
    elif levels[0] == "input_event":
        pressed = message.json_object().get("event")
        report.button = pressed if is_name(pressed) else None
    return [report.reading(name, message)]


def _sensor(report: Report, sensor: str, text: str) -> None:
    word = text.lower()
    if sensor == "gas" and word in _GAS:
        report.conditions.update(_GAS[word])
        report.mark(Condition.UNRELIABLE, active=False)
    elif sensor in _ALARMS:
        report.alarm(_ALARMS[sensor], f"sensor/{sensor}", text)
    elif sensor == "state":
        report.mark(Condition.WINDOW_OPEN, _OPEN.get(word))
    elif sensor == "battery":
        report.power(percent(text))
    elif sensor == "operation" and word in ("fault", "normal"):
        report.mark(Condition.FAULT, word == "fault")
    elif sensor == "self_test":
        report.mark(Condition.TEST, word == "running")
    elif sensor == "error":
        report.mark(Condition.FAULT, word != "0")


def _announcement(message: Message) -> list[Fact]:
    values = message.json_object()
    name = values.get("id")
    if not is_name(name):
        raise UndecodableError("an announcement without an id")
    details = {key: values[key] for key in ("model", "mac", "fw_ver") if is_name(values.get(key))}
    return [Announcement(str(name), details)]
