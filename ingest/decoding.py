"""`fire135 decode`: the canonical events that ingest would take from captured messages. No database.

A capture is a JSON file `{"topic": …, "payload": …, "retain": …, "format": …}`; the payload is a JSON
value, or a string that is sent as it stands. State is kept from file to file, as it is from message
to message, so that a repeated active state is no new event.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dispatch.values import EventKind
from ingest import order
from ingest.edges import Edge
from ingest.formats import FORMATS, Decode, Format, Route, parse_sources
from ingest.order import Heard, Place
from ingest.reading import Fact, Message, Reading, UndecodableError

#: Folders of captures that are called otherwise than their format.
_FOLDERS = {"ha_discovery": "homeassistant"}
#: Captures do not say when they were received.
_ONE_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


class CaptureError(Exception):
    """A file is no captured message; the text says why."""


def decode_files(
    paths: Iterable[str], write: Callable[[str], object], complain: Callable[[str], object]
) -> int:
    """Write one JSON line `{"file", "format", "events"}` per captured message, in order.

    Each event is `{"kind", "device", "at", "live"}`: `device` as its format calls it, `at` by the
    device's clock, RFC 3339, or null. A message that cannot be decoded has no events and an `error`.
    A file that is no capture is one line for `complain`. Gives the exit code: 1 if there was one.
    """
    decoder, exit_code = _Decoder(), 0
    for path in paths:
        try:
            capture = _read(Path(path))
            line = {"file": path, **decoder.decode(capture, folder=Path(path).absolute().parent.name)}
        except CaptureError as fault:
            complain(f"{path}: {fault}")
            exit_code = 1
        else:
            write(json.dumps(line, ensure_ascii=False))
    return exit_code


class _Decoder:
    """Decodes captures one after the other, remembering what each device last said."""

    def __init__(self) -> None:
        self._routes = parse_sources("all")
        self._decoders: dict[str, Decode] = {}
        self._conditions: dict[tuple[str, str | None, str], Mapping[str, bool]] = {}
        self._heard: dict[tuple[str, str | None, str], Heard] = {}
        self._taken: set[tuple[str, str, str]] = set()

    def decode(self, capture: dict[str, Any], folder: str) -> dict[str, Any]:
        """What one capture says. Raises CaptureError where its format cannot be found."""
        route = self._route(capture, folder)
        message = _message(capture, route.format)
        try:
            facts = route.decode(message)
        except UndecodableError as fault:
            return {"format": route.format.name, "events": [], "error": str(fault)}
        return {"format": route.format.name, "events": self._events(route.format.name, facts)}

    def _route(self, capture: dict[str, Any], folder: str) -> Route:
        """By the capture's own word, by the folder that it lies in, or by its topic."""
        topic = capture["topic"]
        spoken = FORMATS.get(str(capture.get("format"))) or FORMATS.get(_FOLDERS.get(folder, folder))
        route = self._routes.match(topic)
        if spoken is not None and (route is None or route.format is not spoken):
            one_level = "+/#"  # a base of any name
            return Route(0, one_level, spoken, self._decoder_of(spoken))
        if route is None:
            known = ", ".join(FORMATS)
            raise CaptureError(f'topic {topic}: no format listens there; add "format", one of {known}')
        return route

    def _decoder_of(self, spoken: Format) -> Decode:
        """One decoder a format for all files, wherever they lie: what it remembers it needs for the next."""
        own = self._routes.decoder_of(spoken)
        return own or self._decoders.setdefault(spoken.name, spoken.new_decoder())

    def _events(self, source: str, facts: Sequence[Fact]) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        for reading in facts:
            if isinstance(reading, Reading) and not self._is_repeated(source, reading):
                events += [_event(edge.kind, reading) for edge in self._edges(source, reading)]
        return events

    def _edges(self, source: str, reading: Reading) -> Sequence[Edge]:
        """The news in a reading as ingest would find it, if all files had come in one instant."""
        key = (source, reading.gateway, reading.external_id)
        heard, before = self._heard.get(key, Heard()), self._conditions.get(key, {})
        where = order.place(heard, reading, _ONE_INSTANT)
        if where is Place.REPEATED:  # files need not come in the order of their messages: none is late
            return ()
        derived = order.news(before, heard, reading, where, _ONE_INSTANT, lambda: None)
        has_sounded = any(edge.kind is EventKind.ALARM for edge in derived.edges)
        self._conditions[key] = derived.conditions
        if reading.live:
            self._heard[key] = order.remember(heard, reading, _ONE_INSTANT, has_sounded=has_sounded)
        return derived.edges or (Edge(EventKind.HEARTBEAT),)

    def _is_repeated(self, source: str, reading: Reading) -> bool:
        if reading.dedup_key is None:
            return False
        key = (source, reading.external_id, reading.dedup_key)
        is_repeated = key in self._taken
        self._taken.add(key)
        return is_repeated


def _event(kind: EventKind, reading: Reading) -> dict[str, Any]:
    at = reading.device_at.isoformat().replace("+00:00", "Z") if reading.device_at else None
    return {"kind": kind, "device": reading.external_id, "at": at, "live": reading.live}


def _read(path: Path) -> dict[str, Any]:
    try:
        capture = json.loads(path.read_bytes())
    except OSError as fault:
        raise CaptureError(fault.strerror or str(fault)) from None
    except (ValueError, RecursionError) as fault:
        raise CaptureError(f"no JSON: {fault}") from None
    if not isinstance(capture, dict) or not isinstance(capture.get("topic"), str):
        raise CaptureError('no captured message: a JSON object with "topic" and "payload" is needed')
    if "payload" not in capture:
        raise CaptureError('no "payload"')
    return capture


def _message(capture: dict[str, Any], spoken: Format) -> Message:
    try:
        payload = spoken.wire(capture["payload"])
    except (ValueError, TypeError, KeyError) as fault:
        raise CaptureError(f'"payload" is none of {spoken.name}: {fault}') from None
    return Message(capture["topic"], payload, retained=capture.get("retain") is True)
