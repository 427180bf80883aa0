"""The project's own format (contract section 5): explicit events, and a gateway's last will.

Topics end in `DEVICE_ID/event` (JSON, QoS 1, not retained) and `GATEWAY_ID/status` (`online` or
`offline` as plain text, retained). The device id is the registry's own. What became of an event is
published on `DEVICE_ID/ack`, so that a device can repeat it until then.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from pydantic import ValidationError as InvalidError

from dispatch.values import EventKind
from ingest.reading import (
    MAX_REPORT_BYTES,
    Condition,
    Fact,
    Message,
    Reading,
    Request,
    UndecodableError,
    check_size,
    is_low,
    percent,
)

_MAX_ID_CHARACTERS = 128
_RFC3339 = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
#: What an event leaves behind at the device; kinds that are not here leave nothing.
_LEAVES: Mapping[EventKind, Mapping[str, bool]] = {
    EventKind.ALARM: {Condition.ALARM: True},
    EventKind.FAULT: {Condition.FAULT: True},
    EventKind.TAMPER: {Condition.TAMPER: True},
    EventKind.LOW_BATTERY: {Condition.LOW_BATTERY: True},
    EventKind.WINDOW_OPENED: {Condition.WINDOW_OPEN: True},
    EventKind.WINDOW_CLOSED: {Condition.WINDOW_OPEN: False},
    EventKind.OFFLINE: {Condition.OFFLINE: True},
    EventKind.ONLINE: {Condition.OFFLINE: False},
    EventKind.RESTORE: {
        Condition.ALARM: False,
        Condition.FAULT: False,
        Condition.TAMPER: False,
        Condition.LOW_BATTERY: False,
    },
}


def _finite(data: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
    json.dumps(data, allow_nan=False)  # its ValueError says "Out of range float values ..."
    return data


class _Event(BaseModel):
    """The payload. Fields that the contract does not name are ignored: they may be newer than we are."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: str = Field(min_length=1, max_length=_MAX_ID_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]+$")
    kind: EventKind
    at: str | None = Field(default=None, pattern=_RFC3339)
    data: Annotated[dict[str, JsonValue] | None, AfterValidator(_finite)] = None


def decode(message: Message) -> list[Fact]:
    """Read one message. Raises UndecodableError saying what is wrong with it.

    An event asks for its acknowledgement on `DEVICE_ID/ack`; a heartbeat needs none.
    """
    levels = message.topic.split("/")
    if len(levels) < 2 or levels[-1] not in ("event", "status"):
        raise UndecodableError(f"topic {message.topic}: ends neither in /event nor in /status")
    device_id = levels[-2]
    if not 0 < len(device_id) <= _MAX_ID_CHARACTERS:
        raise UndecodableError(
            f"a device id of {len(device_id)} characters, and 1 to {_MAX_ID_CHARACTERS} are allowed"
        )
    if not message.payload and levels[-1] == "status":  # a retained message taken back
        return []
    if levels[-1] == "status":
        check_size(message.payload, MAX_REPORT_BYTES)
        return [_status(device_id, message)]
    ack_topic = message.topic.removesuffix("event") + "ack"
    try:
        check_size(message.payload, MAX_REPORT_BYTES)
        return _event(device_id, message, ack_topic)
    except UndecodableError as fault:
        raise UndecodableError(str(fault), Request(ack_topic, _refusal(None, str(fault)))) from None


def _status(gateway_id: str, message: Message) -> Reading:
    word = message.payload.strip().lower()
    if word not in (b"online", b"offline"):
        raise UndecodableError("a status that is neither online nor offline")
    return Reading(gateway_id, {Condition.OFFLINE: word == b"offline"})


def _event(device_id: str, message: Message, ack_topic: str) -> list[Fact]:
    event = _parse(message)
    at = _instant(event.at)
    data: dict[str, Any] = dict(event.data or {})
    battery = percent(data.get("battery"))
    if event.kind is EventKind.HEARTBEAT:
        low = is_low(battery)
        conditions: dict[str, bool] = {} if low is None else {Condition.LOW_BATTERY: low}
        # a broker repeats what it retains: that shows no life
        return [
            Reading(device_id, conditions, battery=battery, device_at=at, ends_offline=not message.retained)
        ]
    reading = Reading(
        device_id,
        _LEAVES.get(event.kind, {}),
        events=(event.kind,),
        battery=battery,
        device_at=at,
        dedup_key=event.id,
        live=not message.retained,  # an event is of its moment; nobody is to be called for an old one
        data=data,
    )
    committed = json.dumps({"id": event.id, "status": "committed"}).encode()
    return [reading, Request(ack_topic, committed, partial(_refusal, event.id))]


def _refusal(event_id: str | None, reason: str) -> bytes:
    return json.dumps({"id": event_id, "status": "refused", "reason": reason}, ensure_ascii=False).encode()


def _parse(message: Message) -> _Event:
    try:
        return _Event.model_validate_json(message.payload)
    except InvalidError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "json_invalid":
            message.json_object()  # says it better
        said = first["msg"].removeprefix("Value error, ")
        raise UndecodableError(f"{where}: {said}" if where else said) from None


def _instant(text: str | None) -> datetime | None:
    """The device's own time; None where it cannot be UTC (its clock is at year 1, say)."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        return None
    except ValueError as fault:
        raise UndecodableError(f"at: {fault}") from None
