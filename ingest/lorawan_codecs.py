"""What a LoRaWAN device's own bytes say, where the network server has no codec for it.

Each reader gives the object that the vendor's codec would give. It is chosen by what the device is
called (profile, model, tags, name), or where the name says nothing by a shape that is its alone.

Layouts: Milesight-IoT/SensorDecoders (GS524N; channel, type, value of WS301, WS101, GS101), and
TheThingsNetwork/lorawan-devices (dragino/lds02.js, lds03a.js; netvox/payload/ra02a.js).
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ingest.reading import UndecodableError

Values = dict[str, Any]
_Channels = Mapping[tuple[int, int], tuple[int, str | None, Mapping[int, str]]]
_Reader = Callable[[int, bytes], Values | None]

_GS524N_EVENTS: Mapping[int, str] = {
    1: "alarm",
    2: "silent",
    4: "low battery",
    5: "failover",
    7: "normal",
    10: "removed",
    11: "installed",
    14: "testing alarm with normal battery",
    15: "testing alarm with low battery",
}
_NETVOX_MODELS: Mapping[int, tuple[str, str]] = {0x0A: ("RA02A", "FireAlarm"), 0x11: ("RA02C", "COAlarm")}
#: (channel, type): length, field, words of a value. A field of None is passed over.
_MILESIGHT: _Channels = {
    (0x01, 0x75): (1, "battery", {}),
    (0x03, 0x00): (1, "magnet_status", {0: "close", 1: "open"}),
    (0x04, 0x00): (1, "tamper_status", {0: "installed", 1: "uninstalled"}),
    (0x05, 0x8E): (1, "gas_status", {0: "normal", 1: "alarm"}),
    (0x06, 0x01): (1, None, {}),
    (0x07, 0x01): (1, None, {}),
    (0x08, 0x90): (4, None, {}),
    (0xFF, 0x01): (1, None, {}),
    (0xFF, 0x08): (6, None, {}),
    (0xFF, 0x09): (2, None, {}),
    (0xFF, 0x0A): (2, None, {}),
    (0xFF, 0x0B): (1, None, {}),
    (0xFF, 0x0F): (1, None, {}),
    (0xFF, 0x16): (8, None, {}),
    (0xFF, 0x2E): (1, "button_event", {1: "short press", 2: "long press", 3: "double press"}),
    (0xFF, 0x3F): (
        1,
        "alarm",
        {
            0: "power off",
            1: "power on",
            2: "device fault",
            3: "device fault recovered",
            4: "device will be invalid soon",
            5: "device invalid",
        },
    ),
    (0xFF, 0xFE): (1, None, {}),
    (0xFF, 0xFF): (2, None, {}),
}
#: The door sensor that measures temperature and humidity has its own channels.
_EM300_MCS: _Channels = {
    **_MILESIGHT,
    (0x03, 0x67): (2, None, {}),
    (0x04, 0x68): (1, None, {}),
    (0x06, 0x00): _MILESIGHT[0x03, 0x00],
}


def read_bytes(names: str, port: int, data: bytes) -> Values | None:
    """The object that a codec would give, or None where we have none for this device or port.

    Raises UndecodableError where the device is known and its message is not.
    """
    for pattern, reader in _READERS:
        if pattern.search(names):
            return reader(port, data)
    if port == 85 and len(data) == 6 and data[1] >> 4 == 1 and sum(data) % 256 == 0:
        return _gs524n(port, data)
    if port == 6 and len(data) == 11 and data[0] == 1 and data[1] in _NETVOX_MODELS:
        return _netvox(port, data)
    return None


def _gs524n(_port: int, data: bytes) -> Values | None:
    """Six bytes that add up to a multiple of 256: versions, type and event, battery, smoke, temperature."""
    if len(data) != 6:
        raise UndecodableError(f"GS524N: {len(data)} bytes, not 6")
    event = _GS524N_EVENTS.get(data[1] & 0x0F)
    if event is None:
        raise UndecodableError(f"GS524N: message type {data[1] & 0x0F} is unknown")
    return {
        "type": "smoke sensor",
        "event": event,
        "battery": data[2],
        "concentration": data[3],
        "temperature": int.from_bytes(data[4:5], signed=True),
    }


def _milesight(_port: int, data: bytes, channels: _Channels = _MILESIGHT) -> Values | None:
    """Channel, type and value, again and again; what follows an unknown channel cannot be read."""
    values: Values = {}
    at = 0
    while at + 2 < len(data) and (known := channels.get((data[at], data[at + 1]))):
        length, name, words = known
        if name:
            values[name] = words.get(data[at + 2], data[at + 2])
        at += 2 + length
    return values or None


def _dragino_door(port: int, data: bytes) -> Values | None:
    if port == 10 and len(data) == 10:
        values: Values = {"BAT_V": (int.from_bytes(data[:2]) & 0x3FFF) / 1000}
        return {**values, "DOOR_OPEN_STATUS": data[0] >> 7} if data[2] in (1, 3) else values
    if port == 2 and len(data) == 11:  # LDS03A and DS03A
        return {"DOOR_OPEN_STATUS": data[0] & 1}
    return None


def _netvox(port: int, data: bytes) -> Values | None:
    """Report (port 6): version, model, kind, volts, alarm, high temperature, temperature."""
    if len(data) < 8 or data[1] not in _NETVOX_MODELS or port not in (6, 7):
        return None
    model, alarm = _NETVOX_MODELS[data[1]]
    if port == 7 or data[2] != 1:  # an answer to a command, or a version report
        return {"Device": model}
    volts = (data[3] & 0x7F) / 10
    values: Values = {
        "Device": model,
        "Volt": f"{volts}(low battery)" if data[3] & 0x80 else volts,
        alarm: "Alarm" if data[4] else "No Alarm",
        "HighTempAlarm": "Alarm" if data[5] else "No Alarm",
    }
    if model == "RA02A":
        values["Temp"] = int.from_bytes(data[6:8], signed=True) / 10
    return values


#: `_` is part of a word for \b, and common in names.
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(rf"(?<![a-z0-9])({models})", re.IGNORECASE), reader)
    for models, reader in (
        ("gs524", _gs524n),
        ("em300-mcs", partial(_milesight, channels=_EM300_MCS)),
        ("ws301|ws101|gs101", _milesight),
        ("lds0|ds03a|lwl0", _dragino_door),
        ("ra02|netvox", _netvox),
    )
)
