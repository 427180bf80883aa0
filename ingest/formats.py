"""The formats, their own conventional topics, and which format a topic speaks (FIRE135_SOURCES)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from paho.mqtt.matcher import MQTTMatcher

from ingest import (
    chirpstack,
    ctwing,
    gb26875,
    homeassistant,
    huawei,
    native,
    onenet,
    shelly,
    sparkplug,
    tasmota,
    tts,
    zigbee2mqtt,
)
from ingest.reading import Fact, Message

_ALL = "all"


class SourcesError(ValueError):
    """FIRE135_SOURCES cannot be used; the message says what is wrong with it, on one line."""


#: Makes facts of one message or raises UndecodableError.
Decode = Callable[[Message], Sequence[Fact]]


def _as_text(payload: Any) -> bytes:
    """A capture's payload on the wire: a string as it stands, null as nothing, anything else as JSON."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass") if payload is not None else b""


@dataclass(frozen=True, slots=True)
class Format:
    """A way in which devices speak.

    `new_decoder` gives the function that decodes; one that remembers (what a birth named, say) is made
    anew for each connection. `filters` are its MQTT topics, none for what comes by HTTP or TCP. `hints`
    are topics below the base that tell of devices without being their reports; retained, and wanted
    whole by every process. `wire` makes the bytes of a captured message's payload (`fire135 decode`);
    it raises ValueError for one that is none.
    """

    name: str
    filters: tuple[str, ...]
    new_decoder: Callable[[], Decode]
    hints: tuple[str, ...] = ()
    wire: Callable[[Any], bytes] = _as_text


FORMATS: Mapping[str, Format] = {
    made.name: made
    for made in (
        Format("chirpstack", ("application/+/device/+/event/+",), lambda: chirpstack.decode),
        Format("ctwing", (), lambda: ctwing.decode),
        Format("gb26875", (), gb26875.Decoder, wire=gb26875.wire),
        Format("huawei", (), lambda: huawei.decode),
        Format("native", ("fire135/v1/+/event", "fire135/v1/+/status"), lambda: native.decode),
        Format("onenet", (), lambda: onenet.decode),
        # every process hears all of Sparkplug: what data means is in the births, what is lost in the sequence
        Format("sparkplug", ("spBv1.0/#",), sparkplug.Decoder, hints=("#",), wire=sparkplug.wire),
        Format("tts", ("v3/+/devices/+/up", "v3/+/devices/+/join"), lambda: tts.decode),
        Format("zigbee2mqtt", ("zigbee2mqtt/#",), lambda: zigbee2mqtt.decode, hints=("bridge/devices",)),
        # the broad ones last, so that they take nothing from the others
        Format(
            "homeassistant",
            ("homeassistant/#",),
            homeassistant.Decoder,
            hints=("+/+/config", "+/+/+/config"),
        ),
        Format("tasmota", ("tele/#", "stat/#", "+/tele/#", "+/stat/#"), lambda: tasmota.decode),
        Format("shelly", ("shellies/+/#", "+/events/rpc", "+/status/#", "+/online"), lambda: shelly.decode),
    )
}


@dataclass(frozen=True, slots=True)
class Route:
    """Topics that match `filter` speak `format`; of two routes for a topic the lower `order` wins."""

    order: int
    filter: str
    format: Format
    decoder: Decode

    def decode(self, message: Message) -> Sequence[Fact]:
        """Read a message on a matching topic. Raises UndecodableError."""
        depth = _base_levels(self.filter)
        base = "/".join(message.topic.split("/", depth)[:depth])
        return self.decoder(Message(message.topic, message.payload, message.retained, base))


@cache
def _base_levels(pattern: str) -> int:
    """How many levels of a topic stand before the devices' own: all before a final #, or the literal ones."""
    levels = pattern.split("/")
    if levels[-1] == "#":
        return len(levels) - 1
    return max(1, next((at for at, level in enumerate(levels) if level == "+"), len(levels) - 1))


class Routes:
    """Which format each topic speaks. Where two filters match, the one named first wins."""

    def __init__(self, pairs: Sequence[tuple[Format, str]]) -> None:
        decoders = {spoken.name: spoken.new_decoder() for spoken, _ in pairs}
        self._routes = [
            Route(order, pattern, spoken, decoders[spoken.name])
            for order, (spoken, pattern) in enumerate(pairs)
        ]
        self._matcher = MQTTMatcher()  # type: ignore[no-untyped-call]
        for route in reversed(self._routes):  # so that of two equal filters the first stays
            self._matcher[route.filter] = route

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters to subscribe to."""
        return tuple(dict.fromkeys(route.filter for route in self._routes))

    @property
    def hint_filters(self) -> tuple[str, ...]:
        """Topics of which every process needs its own copy, however the load is shared."""
        return tuple(
            f"{route.filter.removesuffix('/#')}/{hint}"
            for route in self._routes
            if route.filter.endswith("/#")
            for hint in route.format.hints
        )

    def decoder_of(self, spoken: Format) -> Decode | None:
        """The decoder that all routes of a format share; None where it has no route."""
        return next((route.decoder for route in self._routes if route.format is spoken), None)

    def match(self, topic: str) -> Route | None:
        """The route of a topic, or None where no filter matches."""
        matching: list[Route] = list(self._matcher.iter_match(topic))  # type: ignore[no-untyped-call]
        return min(matching, key=lambda route: route.order, default=None)


def parse_sources(text: str) -> Routes:
    """Read FIRE135_SOURCES: `all`, or comma-separated `FORMAT` (its own topics) and `FORMAT:FILTER`.

    Raises SourcesError naming the first part that is wrong.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()] or [_ALL]
    pairs: list[tuple[Format, str]] = []
    for part in parts:
        name, colon, pattern = part.partition(":")
        if part == _ALL:
            pairs += [(spoken, own) for spoken in FORMATS.values() for own in spoken.filters]
            continue
        spoken = FORMATS.get(name)
        if spoken is None:
            raise SourcesError(f"FIRE135_SOURCES: {name!r} is no format; name all, {', '.join(FORMATS)}")
        if colon and not spoken.filters:
            raise SourcesError(f"FIRE135_SOURCES: {part!r}: {name} does not come by MQTT; leave it out")
        if colon and not _is_filter(pattern):
            raise SourcesError(
                f"FIRE135_SOURCES: {part!r}: {pattern!r} is no MQTT topic filter, such as {spoken.filters[0]}"
            )
        pairs += [(spoken, pattern)] if colon else [(spoken, own) for own in spoken.filters]
    return Routes(pairs)


def _is_filter(text: str) -> bool:
    levels = text.split("/")
    whole = all(level in ("+", "#") or not set("+#\x00") & set(level) for level in levels)
    return bool(text) and whole and "#" not in levels[:-1] and levels[0] != "$share"
