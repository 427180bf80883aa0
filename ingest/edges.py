"""What is news in a reading: compare it with what the device last said. Pure.

Devices repeat themselves: Zigbee2MQTT sends its whole cache with every message and again at start-up,
gateways retain, radios retransmit. So an alarm is the *edge* from inactive to active, never a message.

- A condition that becomes active gives its event; an alarm swallows a test that begins with it.
- A window or a connection speaks at both edges, and at first sight when nothing louder is said.
- When a condition ends and nothing new begins: what is still active is said again, marked `restated`
  (kept, without effect in dispatch); an alarm that goes on is never said again; with nothing left
  active it is a `restore`. `cleared` in the event's data names what ended, whatever the event, and
  `alarm_over` says that no alarm condition is left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dispatch.values import EventKind
from ingest.reading import Condition, Reading

#: What a condition says when it becomes active, the most urgent first; events come in this order.
KINDS: Mapping[str, EventKind] = {
    Condition.ALARM: EventKind.ALARM,
    Condition.SMOKE: EventKind.ALARM,
    Condition.HEAT: EventKind.ALARM,
    Condition.GAS: EventKind.ALARM,
    Condition.CARBON_MONOXIDE: EventKind.ALARM,
    Condition.SOS: EventKind.ALARM,
    Condition.WINDOW_OPEN: EventKind.WINDOW_OPENED,
    Condition.FAULT: EventKind.FAULT,
    Condition.UNRELIABLE: EventKind.FAULT,
    Condition.SELF_TEST_FAILED: EventKind.FAULT,
    Condition.MAINS_FAULT: EventKind.FAULT,
    Condition.BATTERY_DEFECT: EventKind.FAULT,
    Condition.OFFLINE: EventKind.OFFLINE,
    Condition.TAMPER: EventKind.TAMPER,
    Condition.LOW_BATTERY: EventKind.LOW_BATTERY,
    Condition.TEST: EventKind.TEST,
    Condition.SILENCE: EventKind.SILENCE,
}
#: Conditions whose end is an event of its own.
_ENDS: Mapping[str, EventKind] = {
    Condition.WINDOW_OPEN: EventKind.WINDOW_CLOSED,
    Condition.OFFLINE: EventKind.ONLINE,
}
#: What a condition counts as before it was ever mentioned: inactive, unless both its edges speak.
_UNHEARD: Mapping[str, bool | None] = {name: None if name in _ENDS else False for name in KINDS}
#: Their end is no recovery of the device, nor are they said again beside one.
_APART = frozenset({EventKind.SILENCE, EventKind.OFFLINE})
#: Upkeep goes on whatever ends: it does not hide that an alarm or a tamper is over.
_UPKEEP = frozenset({EventKind.LOW_BATTERY, EventKind.FAULT})
#: What `device_states.state` shows, the most urgent first.
_STATES = (
    EventKind.ALARM,
    EventKind.FAULT,
    EventKind.OFFLINE,
    EventKind.TAMPER,
    EventKind.LOW_BATTERY,
    EventKind.TEST,
)


@dataclass(frozen=True, slots=True)
class Edge:
    """One canonical event, and what belongs to it."""

    kind: EventKind
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """The events of a reading in order, and the device's conditions after it."""

    edges: tuple[Edge, ...]
    conditions: Mapping[str, bool]
    #: False: a heartbeat, that moves nothing but the time at which the device was last seen.
    is_news: bool


def derive(before: Mapping[str, bool], reading: Reading) -> Derived:
    """Find the news in a reading. `before`: condition name -> active, as after the last reading."""
    if reading.ends_offline and before.get(Condition.OFFLINE):
        reading = replace(reading, conditions={**reading.conditions, Condition.OFFLINE: False})
    said = reading.conditions
    if not reading.live:  # what happened once says nothing about now, nor now about it
        edges = _begun({}, reading)
        return Derived(edges, before, is_news=bool(edges))
    if not reading.events and all(
        before.get(name, _UNHEARD[name]) is active for name, active in said.items()
    ):
        return Derived((), before, is_news=False)
    cleared = [name for name, active in said.items() if not active and before.get(name)]
    edges = _begun(before, reading) or _first_closed(before, said) or _left(before, said, cleared)
    after = {**before, **said}
    if cleared:
        ended = {"cleared": cleared, **_alarm_over(cleared, after)}
        edges = tuple(Edge(edge.kind, {**edge.data, **ended}) for edge in edges)
    moved = bool(cleared) or any(active and not before.get(name) for name, active in said.items())
    return Derived(edges, after, is_news=bool(edges) or moved)


def most_urgent(conditions: Mapping[str, bool]) -> str:
    """The state to show for a device: alarm, fault, offline, tamper, low_battery, test or normal."""
    active = {KINDS.get(name) for name, is_active in conditions.items() if is_active}
    return next((kind.value for kind in _STATES if kind in active), "normal")


def _begun(before: Mapping[str, bool], reading: Reading) -> tuple[Edge, ...]:
    """What happened, what became active, and what closed or came back."""
    causes: dict[EventKind, list[str]] = {kind: [] for kind in reading.events}
    for name in _in_order(reading.conditions):
        if reading.conditions[name] and not before.get(name):
            causes.setdefault(KINDS[name], []).append(name)
        elif before.get(name) and not reading.conditions[name] and name in _ENDS:
            causes.setdefault(_ENDS[name], []).append(name)
    is_test_too = EventKind.ALARM in causes and reading.conditions.get(Condition.TEST, False)
    if is_test_too:
        causes.pop(EventKind.TEST, None)
    return tuple(
        Edge(kind, _data(names, is_test=is_test_too and kind is EventKind.ALARM))
        for kind, names in causes.items()
    )


def _first_closed(before: Mapping[str, bool], said: Mapping[str, bool]) -> tuple[Edge, ...]:
    """A window that is closed, or a device that is online, when we first hear of it."""
    return tuple(
        Edge(kind, _data([name]))
        for name, kind in _ENDS.items()
        if said.get(name) is False and name not in before
    )


def _left(before: Mapping[str, bool], said: Mapping[str, bool], cleared: Iterable[str]) -> tuple[Edge, ...]:
    """What is to be said when something ended and nothing began."""
    if all(KINDS.get(name) in _APART for name in cleared):
        return ()
    after = {**before, **said}
    left: dict[EventKind, list[str]] = {}
    for name in _in_order(after):
        if after[name] and KINDS[name] not in _APART | _UPKEEP:
            left.setdefault(KINDS[name], []).append(name)
    if EventKind.ALARM in left:
        return ()
    if left:
        return tuple(Edge(kind, {**_data(names), "restated": True}) for kind, names in left.items())
    return (Edge(EventKind.RESTORE),)


def _alarm_over(cleared: Iterable[str], after: Mapping[str, bool]) -> dict[str, bool]:
    """Say that the device's alarm has ended, also where something else is the louder news."""
    alarms = {name for name, kind in KINDS.items() if kind is EventKind.ALARM}
    ended = any(name in alarms for name in cleared)
    return {"alarm_over": True} if ended and not any(after.get(name) for name in alarms) else {}


def _in_order(conditions: Mapping[str, bool]) -> Iterable[str]:
    return (name for name in KINDS if name in conditions)


def _data(names: list[str], *, is_test: bool = False) -> dict[str, Any]:
    data: dict[str, Any] = {"conditions": names} if names else {}
    return {**data, "test": True} if is_test else data
