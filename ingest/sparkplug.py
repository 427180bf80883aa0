"""Sparkplug B: births, data and deaths of edge nodes and their devices, in protobuf.

A birth names every metric and gives its present value; data then speaks by alias alone. So this decoder
remembers each node's births, and asks the node for new ones (`Node Control/Rebirth`) where it missed some.
What a metric means is in `sparkplug_metrics`; traps and where they were found are in `docs/formats.md`.
"""

import base64
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ingest.reading import Announcement, Condition, Fact, Message, Reading, Request, UndecodableError
from ingest.sparkplug_payload import Metric, Payload, read_payload, rebirth_command
from ingest.sparkplug_report import Aliases, Entry, Report, Standing, entry_of, reports_of, resolve

_NAMESPACE = "spBv1.0"
_TYPES = frozenset({"NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"})
_COMMANDS = frozenset({"NCMD", "DCMD"})
_MAX_ID_CHARACTERS = 250
#: Aliases, devices and nodes remembered, some 100 MB; beyond it the node heard longest ago is forgotten.
_MAX_REMEMBERED = 500_000
#: A node that does not answer our request for a birth is asked again after so many messages that need one.
_ASK_EVERY = 32
_MAX_DEVICES = 2000
_DETAILS = {"make": "manufacturer", "manufacturer": "manufacturer", "model": "model"}
_SEQUENCE = 256
#: A sequence number so little behind the last one is a message that came twice or late, and no gap.
_LATE = 16


@dataclass(slots=True)
class _Device:
    """What a birth said of a device (or of the node itself)."""

    aliases: Aliases | None = None  # None: no birth was heard, or it holds no longer
    is_unread: bool = False
    standing: Standing = field(default_factory=Standing)


@dataclass(slots=True)
class _Node:
    devices: dict[str | None, _Device] = field(default_factory=dict)  # None is the node itself
    seq: int | None = None
    bd_seq: int | None = None
    waiting: int = 0  # messages that needed a birth since the last one
    size: int = 1  # units of memory, see _MAX_REMEMBERED

    def device(self, name: str | None) -> _Device:
        """The device of this name, from now on remembered."""
        if name not in self.devices:
            if len(self.devices) >= _MAX_DEVICES:
                raise UndecodableError(f"more than {_MAX_DEVICES} devices below one node")
            self.devices[name] = _Device()
            self.size += 1
        return self.devices[name]

    def reports(
        self, device: _Device, metrics: Iterable[tuple[Metric, Entry]]
    ) -> tuple[list[Report], list[Report]]:
        """What historical metrics of a device say, and what the others say beside what stands."""
        before = device.standing.size
        reports = reports_of(metrics, device.standing)
        self.size += device.standing.size - before
        return reports

    def learn(self, device: _Device, aliases: Aliases | None) -> None:
        """A birth gives a device its aliases; None takes them away."""
        self.size += len(aliases or ()) - len(device.aliases or ())
        device.aliases = aliases
        device.is_unread = device.is_unread and aliases is None


class _Address(NamedTuple):
    """Whose message it is. `root` is the topic up to the namespace."""

    root: str
    group: str
    kind: str
    node: str
    device: str | None

    @property
    def gateway(self) -> str:
        return f"{self.group}/{self.node}"

    @property
    def external_id(self) -> str:
        return self.gateway if self.device is None else self.id_of(self.device)

    def id_of(self, device: str) -> str:
        return f"{self.gateway}/{device}"


class Decoder:
    """Reads messages in the order in which they come, and remembers the births. Not thread-safe."""

    def __init__(self) -> None:
        self._nodes: OrderedDict[tuple[str, str], _Node] = OrderedDict()
        self._size = 0

    def __call__(self, message: Message) -> list[Fact]:
        """Read one message; [] for commands and hosts' states. Raises UndecodableError."""
        address = _address(message.topic)
        if address is None:
            return []
        payload = read_payload(message.payload)
        key = (address.root, address.gateway)
        node = self._nodes.pop(key, None) or _Node(size=0)
        before = node.size
        try:
            return _decode(address, node, payload, message)
        finally:
            self._nodes[key] = node
            self._size += node.size - before
            while self._size > _MAX_REMEMBERED:
                self._size -= self._nodes.popitem(last=False)[1].size


def wire(payload: Any) -> bytes:
    """The bytes of a captured payload, `{"base64": …}`. Raises ValueError, KeyError or TypeError."""
    return base64.b64decode(payload["base64"], validate=True)


def _address(topic: str) -> _Address | None:
    """Read a topic; None for commands and hosts' states."""
    levels = topic.split("/")
    if _NAMESPACE not in levels:
        raise UndecodableError(f"topic {topic[:100]}: no level {_NAMESPACE}")
    start = levels.index(_NAMESPACE) + 1
    root, rest = "/".join(levels[:start]), levels[start:]
    if rest[:1] == ["STATE"] or (len(rest) > 1 and rest[1] in _COMMANDS):
        return None
    is_device = len(rest) > 1 and rest[1].startswith("D")
    if len(rest) != (4 if is_device else 3) or rest[1] not in _TYPES or not all(rest):
        raise UndecodableError(
            f"topic {topic[:100]}: not {_NAMESPACE}/GROUP/TYPE/NODE or {_NAMESPACE}/GROUP/TYPE/NODE/DEVICE"
        )
    if len(topic) > _MAX_ID_CHARACTERS:
        raise UndecodableError(f"a topic of {len(topic)} characters, and {_MAX_ID_CHARACTERS} are allowed")
    return _Address(root, rest[0], rest[1], rest[2], rest[3] if is_device else None)


def _decode(address: _Address, node: _Node, payload: Payload, message: Message) -> list[Fact]:
    if address.kind == "NDEATH":
        return _node_death(address, node, payload)
    is_gap = not message.retained and _is_gap(node, address.kind, payload.seq)
    if address.kind == "DDEATH":
        node.learn(node.device(address.device), None)
        facts: list[Fact] = [Reading(address.external_id, {Condition.OFFLINE: True}, gateway=address.gateway)]
    elif address.kind in ("NBIRTH", "DBIRTH"):
        facts = _birth(address, node, payload, message)
    else:
        return _data(address, node, payload, message, is_gap=is_gap)
    return facts + (_ask(address, node, payload) if is_gap else [])


def _is_gap(node: _Node, kind: str, seq: int | None) -> bool:
    """Follow the node's sequence number; whether messages before this one were lost."""
    if kind == "NBIRTH":
        node.seq = seq or 0
        return False
    if seq is None:
        return False
    last, node.seq = node.seq, seq
    if last is None:
        return False
    if (last - seq) % _SEQUENCE < _LATE:
        node.seq = last
        return False
    return (seq - last) % _SEQUENCE != 1


def _ask(address: _Address, node: _Node, payload: Payload) -> list[Fact]:
    """A request for the node's births; only one, unless the node goes on without them."""
    node.waiting += 1
    if (node.waiting - 1) % _ASK_EVERY:
        return []
    topic = f"{address.root}/{address.group}/NCMD/{address.node}"
    return [Request(topic, rebirth_command(payload.at_ms))]


def _node_death(address: _Address, node: _Node, payload: Payload) -> list[Fact]:
    """The node's last will, which stands for all that is below it: no death of a device follows.

    One fault, not one a device: supervision names what the node carries.
    """
    bd_seq = _bd_seq(payload)
    if bd_seq is not None and node.bd_seq is not None:
        is_stale = 0 < (node.bd_seq - bd_seq) % _SEQUENCE < _SEQUENCE // 2
        if is_stale:  # the will of a connection before the one that gave birth
            return []
    for device in node.devices.values():
        node.learn(device, None)
    node.seq = None
    return [Reading(address.gateway, {Condition.OFFLINE: True})]


def _bd_seq(payload: Payload) -> int | None:
    found = (metric.value for metric in payload.metrics if metric.name == "bdSeq")
    value = next(found, None)
    return value if isinstance(value, int) else None


def _birth(address: _Address, node: _Node, payload: Payload, message: Message) -> list[Fact]:
    """A birth names all metrics and gives their present values: what it says is readable again."""
    if address.device is None:
        node.bd_seq, node.waiting = _bd_seq(payload), 0
        for held in node.devices.values():
            node.learn(held, None)
    named = [(metric, entry_of(metric.name)) for metric in payload.metrics]
    aliases = {metric.alias: entry for metric, entry in named if metric.alias is not None}
    device = node.device(address.device)
    node.learn(device, aliases)
    before = device.standing.size
    device.standing.keep({metric.name for metric in payload.metrics})
    node.size += device.standing.size - before
    past, live = node.reports(device, named)
    live = live or [Report()]
    for report in live:
        report.is_birth = True
        report.mark({Condition.OFFLINE: False, Condition.UNRELIABLE: False})
    return [*_announcement(address, payload), *_readings(address, payload, message, past, live)]


def _data(address: _Address, node: _Node, payload: Payload, message: Message, *, is_gap: bool) -> list[Fact]:
    """Data says what has changed. What no birth has named is a fault until one does."""
    device = node.device(address.device)
    known, unknown = resolve(payload.metrics, device.aliases or {})
    past, live = node.reports(device, known)
    needs_birth = is_gap or device.aliases is None or bool(unknown)
    asked = _ask(address, node, payload) if needs_birth else []
    if unknown:
        reason = f"alias {', '.join(map(str, unknown[:5]))}: no birth of {address.external_id} has named it"
        if device.is_unread and not (asked or past or live):
            raise UndecodableError(f"{reason}; a rebirth is requested")
        device.is_unread = True
        live = live or [Report()]
        live[-1].unread.append(reason)
    elif not past:
        live = live or [Report()]
    for report in live:
        if report.hears_alarm and not device.is_unread:
            report.mark({Condition.UNRELIABLE: False})
    return [*_readings(address, payload, message, past, live), *asked]


def _readings(
    address: _Address, payload: Payload, message: Message, past: Iterable[Report], live: Iterable[Report]
) -> Iterator[Reading]:
    gateway = address.gateway if address.device is not None else None
    for reports, is_live in ((past, False), (live, True)):
        for report in reports:
            yield report.reading(address.external_id, gateway, message, payload.at_ms, live=is_live)


def _announcement(address: _Address, payload: Payload) -> list[Announcement]:
    """The make and model that a birth tells, for whoever puts the device into service."""
    details: dict[str, Any] = {}
    for metric in payload.metrics:
        what = _DETAILS.get(metric.name.rpartition("/")[2].lower().removeprefix("hardware "))
        if what and isinstance(metric.value, str):
            details[what] = metric.value[:100]
    gateway = address.gateway if address.device is not None else None
    return [Announcement(address.external_id, details, gateway)] if details else []
