"""ChirpStack v4: events as JSON on `application/APPLICATION/device/DEVEUI/event/KIND`.

The JSON is that of proto3, which leaves out what is zero, false or empty. Traps and where they were
found are in `docs/formats.md`.
"""

from collections.abc import Mapping
from typing import Any

from dispatch.values import EventKind
from ingest.lorawan import Uplink, counter, eui, gateways_in, port_of, read
from ingest.lorawan_fields import names_in
from ingest.reading import Condition, Fact, Message, Reading, UndecodableError, is_low, percent

_KINDS = frozenset({"up", "join", "status"})


def decode(message: Message) -> list[Fact]:
    """Read one event; [] for those that say nothing of a device's state. Raises UndecodableError."""
    levels = message.topic.split("/")
    if len(levels) < 4 or levels[-2] != "event" or levels[-4] != "device":
        raise UndecodableError(f"topic {message.topic[:200]}: does not end in device/DEVEUI/event/KIND")
    kind = levels[-1]
    if kind not in _KINDS or not message.payload:
        return []
    event = message.json_object()
    info = event.get("deviceInfo")
    info = info if isinstance(info, dict) else {}
    device = eui(info.get("devEui")) or eui(levels[-3])
    if device is None:
        raise UndecodableError(f"no devEUI, neither in deviceInfo nor in the topic {message.topic[:200]}")
    data = {"replayed": True} if message.retained else {}
    if kind == "join":
        return [_join(device, event, data)]
    return [_status(device, event, data) if kind == "status" else _up(device, info, event, data)]


def _up(device: str, info: Mapping[str, Any], event: Mapping[str, Any], data: Mapping[str, Any]) -> Reading:
    tags = info.get("tags")
    tags = tags.values() if isinstance(tags, dict) else ()
    return read(
        Uplink(
            device,
            names_in(info.get("deviceProfileName"), info.get("deviceName"), *tags),
            port_of(event.get("fPort")),
            event.get("data"),
            event.get("object"),
            counter(event.get("devAddr"), event.get("fCnt")),
            data={**data, **gateways_in(event.get("rxInfo"), lambda heard: heard.get("gatewayId"))},
        )
    )


def _join(device: str, event: Mapping[str, Any], data: Mapping[str, Any]) -> Reading:
    """A new session, in which frames are counted from 0 again."""
    session = event.get("devAddr")
    return Reading(
        device,
        {Condition.OFFLINE: False},
        events=(EventKind.ONLINE,),
        dedup_key=f"join:{session[:64]}" if isinstance(session, str) and session else None,
        data=data,
    )


def _status(device: str, event: Mapping[str, Any], data: Mapping[str, Any]) -> Reading:
    """The battery as the network asks for it. Without a level it is unknown: mains or not measured."""
    known = event.get("batteryLevelUnavailable") is not True and event.get("externalPowerSource") is not True
    battery = percent(event.get("batteryLevel")) if known else None
    low = is_low(battery)
    return Reading(device, {} if low is None else {Condition.LOW_BATTERY: low}, battery=battery, data=data)
