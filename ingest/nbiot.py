"""What the clouds' HTTP pushes have in common: who speaks, when, and contents of any shape. Pure.

`ctwing`, `onenet` and `huawei` differ in their envelopes. Inside there is the same: a device's fields
as JSON, the same in base64 or hexadecimal, or a frame that the cloud passes on unread.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic_core import from_json

from dispatch.values import EventKind
from ingest import gb26875, nbiot_frames
from ingest.nbiot_fields import DeviceReport, as_int, read_event, read_fields, shown
from ingest.reading import Condition, Message, Reading, UndecodableError

#: A batch has some ten fields for each of some ten devices; what has thousands costs time and says nothing.
_MAX_FIELDS = 600
_MAX_PARTS = 200
_LONGEST_NAME = 128
_GREATEST_NUMBER = 10**40
#: As a name, these say that there is none.
_NOBODY = frozenset({"undefined", "null", "none", "unknown", "-1"})
_IMEI_DIGITS = 15
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
#: A Unix time below this is in seconds: as milliseconds it would be before 1973.
_LEAST_MILLISECONDS = 100_000_000_000
#: A component's id holds its transmitter's address; a short one is no name on its own.
_SHORTEST_OWN_NAME = 16
#: Nothing that is pushed was kept by a broker.
_PUSHED = Message("POST", b"")
#: A transmitter's frame of GB/T 26875.3, passed on as it is.
_GB_START = b"@@"


class Sender(NamedTuple):
    """Who sent something, as its envelope has it: names with the surest first, none if it has none."""

    names: tuple[str, ...] = ()
    gateway: str | None = None
    device_at: datetime | None = None


def envelopes(message: Message) -> list[Mapping[str, Any]]:
    """The objects of a push, in order; none for a validation handshake. Raises UndecodableError."""
    if message.topic.startswith("GET"):
        return []
    _check_fields(message.payload)
    value = message.json_value()
    found = value if isinstance(value, list) else [value]
    if len(found) > _MAX_PARTS:
        raise UndecodableError(f"{len(found)} messages in one push, and {_MAX_PARTS} are allowed")
    for part in found:
        if not isinstance(part, dict):
            raise UndecodableError(f"a JSON {type(part).__name__}, not an object")
    return found


def imei(value: object) -> str | None:
    """A value as an IMEI; None for an implausible one, which other devices may have as well."""
    name = name_of(value)
    return name if name is not None and is_imei(name) else None


def names(*called: object) -> tuple[str, ...]:
    """A device's names of what it is called: plausible IMEIs first."""
    found = dict.fromkeys([name for value in called if value and (name := name_of(value))])
    return tuple(sorted(found, key=is_imei, reverse=True) if len(found) > 1 else found)


def is_imei(name: str) -> bool:
    """Whether a name is a plausible IMEI: 15 digits."""
    return len(name) == _IMEI_DIGITS and name.isdecimal() and name.isascii()


def name_of(value: object) -> str | None:
    """A value as a name: a string or a number that can be one; None for anything else."""
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < _GREATEST_NUMBER:
        text = str(value)
    else:
        return None
    return text if len(text) <= _LONGEST_NAME and _is_name(text) else None


@lru_cache(maxsize=4096)
def _is_name(text: str) -> bool:
    return text.strip("0") != "" and text.lower() not in _NOBODY and text.isprintable()


def instant(value: object) -> datetime | None:
    """An instant from Unix milliseconds or seconds, ISO 8601, or `20200401T182505Z`; None if impossible."""
    at: datetime | None = None
    try:
        number = as_int(value)
        if number is not None and not isinstance(value, bool):
            at = datetime.fromtimestamp(number / (1000 if abs(number) >= _LEAST_MILLISECONDS else 1), UTC)
        elif isinstance(value, str) and len(value) <= 40:
            parsed = datetime.fromisoformat(value)
            at = parsed.astimezone(UTC) if parsed.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
    return at if at is not None and _FIRST <= at <= _LAST else None


def read(content: object, sender: Sender) -> list[Reading]:
    """What a device's content says, as readings.

    Raises UndecodableError where the content cannot be read, or nobody is named in it or around it.
    """
    opened = _open(content)
    if isinstance(opened, bytes):
        return _read_frame(opened, sender)
    if isinstance(opened, list):
        return join([attempt(item, sender) for item in opened[:_MAX_PARTS]])
    if nbiot_frames.is_transmitter(opened):
        return _read_transmitter(opened, sender)
    report = DeviceReport()
    within = _opened_within(opened)
    read_fields({**opened, **within} if within else opened, report)
    return [reading(report, sender)]


def reading(report: DeviceReport, sender: Sender) -> Reading:
    """A report as a reading of its sender. Raises UndecodableError where neither has a name."""
    within = [
        name for name in report.names if name not in sender.names and (not sender.names or is_imei(name))
    ]
    known = names(*sender.names, *within) if within else sender.names
    if not known:
        raise UndecodableError("neither an IMEI nor a deviceId: nobody knows which device this is")
    return report.reading(
        known[0], _PUSHED, gateway=sender.gateway, aliases=known[1:], device_at=sender.device_at
    )


def connection(sender: Sender, *, is_offline: bool) -> Reading:
    """A cloud's word that a device came or went."""
    report = DeviceReport()
    report.mark(Condition.OFFLINE, is_offline)
    return reading(report, sender)


def join(parts: Sequence[list[Reading] | UndecodableError]) -> list[Reading]:
    """What several contents of one push said, in order; what could not be read hides nothing else.

    A content that says nothing (a heartbeat) is left out beside others of the same device. Raises the
    first UndecodableError if there was nothing else; beside readings each is a fault with its reason.
    """
    readings = [found for part in parts if isinstance(part, list) for found in part]
    refusals = [part for part in parts if isinstance(part, UndecodableError)]
    if len(readings) == len(parts) == 1:
        return readings
    if refusals and not readings:
        raise refusals[0]
    if refusals:
        unread = {"unread": [str(refusal)[:200] for refusal in refusals[:5]]}
        readings.append(replace(readings[-1], conditions={}, events=(EventKind.FAULT,), data=unread))
    heard = {found.external_id for found in readings if _is_telling(found)}
    kept: list[Reading] = []
    for found in readings:
        if _is_telling(found) or found.external_id not in heard:
            kept.append(found)
            heard.add(found.external_id)
    return kept


def _is_telling(found: Reading) -> bool:
    return bool(found.conditions or found.events)


def attempt(content: object, sender: Sender) -> list[Reading] | UndecodableError:
    """`read`, with its refusal as a value for `join`."""
    try:
        return read(content, sender)
    except UndecodableError as refusal:
        return refusal


def event(name: object, content: object, sender: Sender) -> list[Reading] | UndecodableError:
    """What a named event of a device says; one that nobody understands is a fault, never silence."""
    report = DeviceReport()
    is_read = read_event(str(name), content, report)
    try:
        found = reading(report, sender)
    except UndecodableError as refusal:
        return refusal
    if is_read or found.events:
        return [found]
    return [replace(found, events=(EventKind.FAULT,), data={"unread": f"event {shown(name)}"})]


def _read_frame(frame: bytes, sender: Sender) -> list[Reading]:
    if frame.startswith(_GB_START):
        through = sender.names[0] if sender.names else None
        facts = gb26875.Decoder()(Message("", frame))
        found = [fact for fact in facts if isinstance(fact, Reading)]
        return [replace(each, gateway=through) for each in found] if through else found
    report = DeviceReport()
    nbiot_frames.read_pu(frame, report)
    return [reading(report, sender)]


def _read_transmitter(content: Mapping[str, Any], sender: Sender) -> list[Reading]:
    """Each component is a device of its own, `TRANSMITTER/COMPONENT`: one's rest ends no other's alarm."""
    code = as_int(content["c"]) or 0
    at = instant(content.get("tm")) or sender.device_at
    tid = content.get("tid")
    own = names(*sender.names, tid) if tid else sender.names
    found: list[Reading] = []
    for item in nbiot_frames.items_of(content)[:_MAX_PARTS]:
        report, called = DeviceReport(), name_of(item.get("id"))
        if code != nbiot_frames.COMPONENT_STATE:
            nbiot_frames.read_transmitter_state(code, item.get("v"), report)
            found.append(reading(report, Sender(names(*own, called), sender.gateway, at)))
            continue
        nbiot_frames.read_gb_state(item.get("v"), report)
        through = own[0] if own else None
        whole = f"{through}/{called}" if through and called else called or through
        aliases = called if called and len(called) >= _SHORTEST_OWN_NAME else None
        found.append(reading(report, Sender(names(whole, aliases), through, at)))
    return found or [reading(DeviceReport(), Sender(own, sender.gateway, at))]


def _open(content: object) -> dict[str, Any] | list[Any] | bytes:
    """A content as fields, a list, or a frame. Raises UndecodableError for one that nobody can read."""
    if isinstance(content, dict | list):
        return content
    if not isinstance(content, str) or not content.strip():
        raise UndecodableError(f"a content that is a JSON {type(content).__name__}: {str(content)[:40]!r}")
    text = content.strip()
    if text.startswith(("{", "[")):
        return _json(text.encode(errors="surrogatepass"), text)
    packed = _unpacked(text)
    if packed is not None and packed.lstrip().startswith((b"{", b"[")):
        return _json(packed, text)
    if packed is not None and (nbiot_frames.is_pu(packed) or packed.startswith(_GB_START)):
        return packed
    raise UndecodableError(f"a content of the maker's own that cannot be read: {text[:40]!r}")


def _unpacked(text: str) -> bytes | None:
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _json(data: bytes, text: str) -> dict[str, Any] | list[Any]:
    _check_fields(data)
    try:
        value = from_json(data, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        raise UndecodableError(f"a content that is no JSON: {text[:40]!r}") from None
    if not isinstance(value, dict | list):
        raise UndecodableError(f"a content that is a JSON {type(value).__name__}: {text[:40]!r}")
    return value


def _opened_within(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fields that are JSON as text, as some rule engines forward them, read as JSON."""
    opened: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, str) and value.startswith("{"):
            opened[name] = _json(value.encode(errors="surrogatepass"), value)
    return opened


def _check_fields(payload: bytes) -> None:
    if payload.count(b":") > _MAX_FIELDS:
        raise UndecodableError(f"more than {_MAX_FIELDS} fields in one push")
