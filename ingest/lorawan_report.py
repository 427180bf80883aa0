"""What the object says that a LoRaWAN device's codec made: its fields are read by name, at any depth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dispatch.values import EventKind
from ingest.lorawan_fields import (
    Field,
    Role,
    Trade,
    field_of,
    names_door,
    names_fire,
    names_in,
    names_tracker,
)
from ingest.lorawan_words import NOT_PRESSED, YES_AND_NO, meaning, openness, plain, tells_fire, truth
from ingest.reading import Condition, UndecodableError, percent

#: A cell of 3 V, as Dragino's manuals grade it (LHT65N: "ultra low" to 2.50 V, "good" from 2.65 V).
_LOW_V = 2.5
_GOOD_V = 2.65
#: More is no sensor's report; each is looked up, and a message has 10 ms.
_MAX_FIELDS = 256
_MAX_ITEMS = 16
_MAX_DEPTH = 6
_MAX_SAID_CHARACTERS = 40
_ALARMS = frozenset(
    {
        Condition.ALARM,
        Condition.SMOKE,
        Condition.HEAT,
        Condition.GAS,
        Condition.CARBON_MONOXIDE,
        Condition.SOS,
    }
)
_OF_ITSELF = frozenset({Condition.LOW_BATTERY})
_MEASURING = frozenset({Trade.METER, Trade.BOARD})
#: A field of this name inside another says what the outer one is about: {"smoke": {"status": "alarm"}}.
_INNER = frozenset({"value", "status", "state", "active", "alarm", "detected", "type"})
#: Objects in which names of alarms are settings.
_SETTINGS = frozenset(
    {"configuration", "config", "settings", "setting", "thresholds", "threshold", "parameters"}
)


#: Where a codec's object names the model.
_MODELS = ("Device", "Node_type", "model", "type", "device_type")


@dataclass(slots=True)
class Report:
    """What was found so far. Several fields may speak of one condition: any true wins."""

    names: str
    trades: set[Trade]
    conditions: dict[str, bool] = field(default_factory=dict)
    events: list[EventKind] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    battery: float | None = None
    button: str | None = None
    device_at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def mark(self, condition: Condition, active: bool | None) -> None:  # noqa: FBT001 - a condition's value
        """Note that a field says a condition is active, is not, or (None) says nothing."""
        if active:
            self.conditions[condition] = True
        elif active is False:
            self.conditions.setdefault(condition, False)

    def is_fire(self) -> bool:
        """Whether the device is known as a fire device, by a field of its report or by its name."""
        return Trade.FIRE in self.trades or names_fire(self.names)

    def alarm_counts(self) -> bool:
        """Whether a bare "alarm" is a fire: at a door it means left open, at a meter a threshold."""
        if Trade.FIRE in self.trades:
            return True
        if Trade.OTHER in self.trades or names_door(self.names):
            return False
        return self.trades.isdisjoint(_MEASURING) or names_fire(self.names)

    def is_carried(self) -> bool:
        """Whether a bare "alarm" is its button: a tracker's, which nobody has called a door."""
        is_tracker = Trade.TRACKER in self.trades or names_tracker(self.names)
        return is_tracker and not self.is_fire() and not names_door(self.names)

    def is_silent(self) -> bool:
        """Whether it says no more than how full a battery is."""
        return self.conditions.keys() <= _OF_ITSELF and not (self.events or self.button or self.unread)

    def settle(self) -> None:
        """An alarm field that cannot be read is a fault of the device, unless another field says alarm."""
        alarms = [active for condition, active in self.conditions.items() if condition in _ALARMS]
        if self.unread and not any(alarms):
            self.conditions[Condition.UNRELIABLE] = True
            self.data["reason"] = ", ".join(self.unread[:4])
        elif alarms or Condition.WINDOW_OPEN in self.conditions:
            self.conditions.setdefault(Condition.UNRELIABLE, False)


def describe(values: Mapping[str, Any], names: str) -> Report:
    """Read what a codec made of a device called `names`. Raises UndecodableError for too many fields."""
    fields = _fields(values)
    models = [values[name] for name in _MODELS if name in values]
    report = Report(names_in(names, *models) if models else names, {known.trade for known, _, _ in fields})
    for known, name, value in fields:
        if value is not None and value != "" and (reader := _READERS.get(known.role)):
            reader(report, known, name, value)
    return report


def _fields(values: Mapping[str, Any]) -> list[tuple[Field, str, Any]]:
    """Every field at every depth, but for settings. Raises UndecodableError for too many or too deep."""
    found: list[tuple[Field, str, Any]] = []
    waiting: list[tuple[Mapping[str, Any], str, int]] = [(values, "", 0)]
    left = _MAX_FIELDS
    while waiting:
        inside, outer, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise UndecodableError(f"more than {_MAX_DEPTH} objects inside one another in a report")
        left -= len(inside)
        if left < 0:
            raise UndecodableError(f"more than {_MAX_FIELDS} fields in one report")
        about_outer = outer != "" and field_of(outer).role != Role.NONE
        for key, value in inside.items():
            name = outer if about_outer and key.lower() in _INNER else key
            known = field_of(name)
            if not isinstance(value, (dict, list)):
                if known.is_known:
                    found.append((known, name, value))
                continue
            for item in value[:_MAX_ITEMS] if isinstance(value, list) else (value,):
                if not isinstance(item, dict):
                    found.append((known, name, item))
                elif field_of(key).key not in _SETTINGS:
                    waiting.append((item, key, depth + 1))
    return found


def _flag(report: Report, known: Field, name: str, value: object) -> None:
    condition = known.condition
    if condition is None:
        return
    active = truth(value, condition)
    if active is None and condition is Condition.FAULT and isinstance(value, int):
        active = True  # a mask of faults
    if active is None and condition in _ALARMS:
        if not _word(report, value):
            _unreadable(report, name, value)
        return
    report.mark(condition, active)


def _flag_word(report: Report, known: Field, name: str, value: object) -> None:
    if isinstance(value, str):
        _flag(report, known, name, value)


def _inverse(report: Report, known: Field, _name: str, value: object) -> None:
    if known.condition is not None:
        active = truth(value, known.condition)
        is_state = isinstance(value, str) and plain(value) not in YES_AND_NO  # "installed" denies tamper
        report.mark(known.condition, active if active is None or is_state else not active)


def _alarm(report: Report, _known: Field, name: str, value: object) -> None:
    active = truth(value, Condition.ALARM)
    if active is not None:
        if report.is_carried():
            report.mark(Condition.SOS, active)
        elif report.alarm_counts() or (active and tells_fire(value)):
            report.mark(Condition.ALARM, active)
    elif not _word(report, value) and report.is_fire():
        _unreadable(report, name, value)


def _unlisted(report: Report, _known: Field, _name: str, value: object) -> None:
    report.mark(Condition.SMOKE, truth(value, Condition.SMOKE))


def _high_temperature(report: Report, _known: Field, name: str, value: object) -> None:
    if not report.is_fire():
        return
    active = truth(value, Condition.HEAT)
    report.mark(Condition.HEAT, active)
    if active is None:
        _unreadable(report, name, value)


def _event(report: Report, _known: Field, name: str, value: object) -> None:
    if not _word(report, value) and value not in (0, False) and report.is_fire():
        _unreadable(report, name, value)


def _status(report: Report, _known: Field, _name: str, value: object) -> None:
    _word(report, value)


def _word(report: Report, value: object) -> bool:
    """Take what a word for an event says; gives whether we know it."""
    said = meaning(value)
    if said is None:
        return False
    for condition, active in said.items():
        if not active:
            report.conditions.setdefault(condition, False)
        elif condition is Condition.TEST:
            report.events.append(EventKind.TEST)
        elif _counts(report, condition):
            report.conditions[condition] = True
    return True


def _counts(report: Report, condition: Condition) -> bool:
    if condition is Condition.ALARM:
        return report.alarm_counts()
    return condition is not Condition.HEAT or report.is_fire()


def _window(report: Report, _known: Field, name: str, value: object) -> None:
    is_open = openness(value)
    report.mark(Condition.WINDOW_OPEN, is_open)
    if is_open is None:
        _unreadable(report, name, value)


def _window_word(report: Report, _known: Field, _name: str, value: object) -> None:
    if isinstance(value, str):
        report.mark(Condition.WINDOW_OPEN, openness(value))


def _input(report: Report, _known: Field, _name: str, value: object) -> None:
    """`Door_status` is the spare input of a temperature probe, unless the device is called a door."""
    if Trade.BOARD not in report.trades or names_door(report.names):
        report.mark(Condition.WINDOW_OPEN, openness(value))


def _closed(report: Report, _known: Field, _name: str, value: object) -> None:
    is_closed = value if isinstance(value, bool) else None
    report.mark(Condition.WINDOW_OPEN, None if is_closed is None else not is_closed)


def _battery(report: Report, known: Field, name: str, value: object) -> None:
    """A percentage; but 3.05 is volts (The Things Stack's normalized payload)."""
    if isinstance(value, float) and value <= 5 and not value.is_integer():
        _volts(report, known, name, value)
    elif isinstance(value, str) and (low := truth(value, Condition.LOW_BATTERY)) is not None:
        report.mark(Condition.LOW_BATTERY, low)
    else:
        report.battery = percent(value)


def _volts(report: Report, _known: Field, _name: str, value: object) -> None:
    """Volts, or as a string what Netvox's codec says: "2.7(low battery)"."""
    if isinstance(value, str):
        report.mark(Condition.LOW_BATTERY, True if "low" in value.lower() else None)
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**53:
        volts = value / 1000 if value >= 100 else value
        report.data["battery_v"] = volts
        report.mark(Condition.LOW_BATTERY, True if volts <= _LOW_V else False if volts >= _GOOD_V else None)


def _button(report: Report, _known: Field, _name: str, value: object) -> None:
    if isinstance(value, str):
        word = plain(value)
        report.button = report.button if word in NOT_PRESSED else value[:_MAX_SAID_CHARACTERS]
    elif isinstance(value, bool | int) and value:
        report.button = str(int(value))


def _fact(report: Report, known: Field, _name: str, value: object) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53:
        report.data[known.key] = value


def _clock(report: Report, _known: Field, _name: str, value: object) -> None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**32:
        report.device_at = datetime.fromtimestamp(value, UTC)


def _unreadable(report: Report, name: str, value: object) -> None:
    report.unread.append(f"{name[:_MAX_SAID_CHARACTERS]} is {str(value)[:_MAX_SAID_CHARACTERS]!r}")


_READERS: Mapping[Role, Callable[[Report, Field, str, Any], None]] = {
    Role.FLAG: _flag,
    Role.FLAG_WORD: _flag_word,
    Role.INVERSE: _inverse,
    Role.ALARM: _alarm,
    Role.UNLISTED: _unlisted,
    Role.HIGH_TEMPERATURE: _high_temperature,
    Role.EVENT: _event,
    Role.STATUS: _status,
    Role.WINDOW: _window,
    Role.WINDOW_WORD: _window_word,
    Role.INPUT: _input,
    Role.CLOSED: _closed,
    Role.BATTERY: _battery,
    Role.VOLTS: _volts,
    Role.BUTTON: _button,
    Role.FACT: _fact,
    Role.CLOCK: _clock,
}
