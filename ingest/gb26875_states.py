"""What the state words and operation flags of GB/T 26875.3-2011 say, as conditions and events. Pure.

Bit 0 is no condition: by the standard 0 means "under test", real panels send fire with it, and one
vendor means the reverse. A fire that came with it is an alarm with `test` in its data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dispatch.values import EventKind
from ingest.reading import Condition

_Bits = Mapping[int, tuple[str, Condition | None]]

#: Clauses 8.2.1.1 and 8.2.1.2. What is disabled or supervisory is not ready; it is neither fire nor fault.
_COMMON: _Bits = {
    1: ("fire", Condition.ALARM),
    2: ("fault", Condition.FAULT),
    3: ("disabled", Condition.UNRELIABLE),
    4: ("supervisory", Condition.UNRELIABLE),
    5: ("started", None),
    6: ("feedback", None),
    7: ("delayed", None),
}
_SYSTEM: _Bits = {
    **_COMMON,
    8: ("mains_fault", Condition.MAINS_FAULT),
    9: ("backup_fault", Condition.BATTERY_DEFECT),
    10: ("bus_fault", Condition.FAULT),
    11: ("manual_mode", None),
    12: ("configuration_changed", None),
    13: ("reset", None),
}
#: Reserved by the standard; a vendor (Dahua) has offline, open, short, removed and sensor fault there.
_RESERVED: _Bits = {bit: (f"bit_{bit}", Condition.FAULT) for bit in range(9, 16)}
_COMPONENT: _Bits = {**_COMMON, 8: ("power_fault", Condition.MAINS_FAULT), **_RESERVED}
#: Clause 8.2.1.8, one byte.
_TRANSMITTER: _Bits = {
    1: ("fire", Condition.ALARM),
    2: ("fault", Condition.FAULT),
    3: ("mains_fault", Condition.MAINS_FAULT),
    4: ("backup_fault", Condition.BATTERY_DEFECT),
    5: ("centre_line_fault", Condition.FAULT),
    6: ("panel_line_fault", Condition.FAULT),
}
#: Clauses 8.2.1.4 and 8.2.1.9 in the order of the bits.
_OPERATIONS = ("reset", "mute", "manual_alarm", "clear", "self_test", "confirm", "test")
_OPERATION_EVENTS: Mapping[str, EventKind] = {
    "manual_alarm": EventKind.ALARM,
    "mute": EventKind.SILENCE,
    "test": EventKind.TEST,
}

#: Component types from here on mean what a vendor and its customers agreed; so does the state word.
VENDOR_COMPONENT = 128
_GAS = frozenset({10, 11, 12, 13, 74})
_HEAT = frozenset(range(30, 38))
_SMOKE = frozenset(range(40, 45))
#: State words known to be an enumeration, by component type: tags of a Bluetooth station.
_VENDOR: Mapping[int, Mapping[int, Mapping[str, bool]]] = {
    0xB2: {2: {Condition.TAMPER: True}, 5: {Condition.TAMPER: False}},
}
_VENDOR_IDLE = frozenset({0, 1})


@dataclass(frozen=True, slots=True)
class State:
    """What a state word says, and what is kept with the event."""

    conditions: Mapping[str, bool]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What someone did at a panel or a transmitter. `resets`: its alarms are over."""

    events: tuple[EventKind, ...]
    resets: bool
    data: Mapping[str, Any]


def fire_condition(component: int) -> Condition:
    """What the fire bit of a component type means; every type of the standard may have it."""
    if component in _SMOKE:
        return Condition.SMOKE
    if component in _HEAT:
        return Condition.HEAT
    return Condition.GAS if component in _GAS else Condition.ALARM


def read_system(word: int) -> State:
    """Read the state word of a system."""
    return _read(word, _SYSTEM)


def is_reset(word: int) -> bool:
    """Whether the state word of a system says that it was reset, and that nothing burns."""
    return bool(word >> 13 & 1) and not word >> 1 & 1


def read_component(component: int, word: int) -> State:
    """Read the state word of a component; a vendor's that nobody explained is a fault with its reason."""
    if component < VENDOR_COMPONENT:
        return _read(word, _component_bits(component))
    meant = _VENDOR.get(component, {}).get(word)
    data: dict[str, Any] = {"state": f"{word:#06x}"}
    if meant is None and word not in _VENDOR_IDLE:
        data["reason"] = f"component type {component:#04x} is a vendor's, and its state word is not explained"
        return State({Condition.FAULT: True}, data)
    return State({**(meant or {}), Condition.FAULT: False}, data)


def read_transmitter(byte: int) -> State:
    """Read the state byte of a transmitter."""
    return _read(byte, _TRANSMITTER)


def read_operation(flags: int) -> Operation:
    """Read the flags of an operation. A manual alarm is one whatever else was pressed."""
    done = [name for bit, name in enumerate(_OPERATIONS) if flags >> bit & 1]
    data: dict[str, Any] = {"operation": done}
    if "manual_alarm" in done:
        if "test" in done:
            data["test"] = True
        return Operation((EventKind.ALARM,), resets=False, data=data)
    events = tuple(_OPERATION_EVENTS[name] for name in done if name in _OPERATION_EVENTS)
    return Operation(events, resets="reset" in done or "clear" in done, data=data)


@cache
def _component_bits(component: int) -> _Bits:
    return {**_COMPONENT, 1: ("fire", fire_condition(component))}


def _read(word: int, bits: _Bits) -> State:
    conditions: dict[str, bool] = {}
    said: list[str] = []
    for bit, (name, condition) in bits.items():
        if word >> bit & 1:
            said.append(name)
            if condition is not None:
                conditions[condition] = True
        elif condition is not None:
            conditions.setdefault(condition, False)
    data: dict[str, Any] = {"state": f"{word:#06x}", "says": said}
    if "fire" in said and not word & 1:
        data["test"] = True
    return State(conditions, data)
