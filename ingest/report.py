"""What is found in one message about one device, property by property. For decoders of named properties.

Several properties may speak of one condition (two zones, a battery's flag and its percentage): any
that says it is active wins. A value of an alarm property that cannot be read is a fault of the device,
never silence and never an invented alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.values import EventKind
from ingest.reading import Condition, Message, Reading, is_low

#: The most devices, components or properties that one message may name; what names more is no device.
MAX_PARTS = 256
_MAX_NAME_CHARACTERS = 128
_WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "on", "1", "yes", "alarm", "active", "triggered", "detected"), True),
    **dict.fromkeys(("false", "off", "0", "no", "normal", "inactive", "clear", "cleared", "idle"), False),
    **dict.fromkeys(("none", "ok", "safe"), False),
}
_BURNING = (
    Condition.SMOKE,
    Condition.HEAT,
    Condition.GAS,
    Condition.CARBON_MONOXIDE,
    Condition.SOS,
    Condition.ALARM,
)


def flag(value: object) -> bool | None:
    """Read a boolean, 0 or 1, or a word for either in any case; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _WORDS.get(value.strip().lower())
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None


def is_name(value: object) -> bool:
    """Whether a value can name something: a string that is neither empty, long nor unprintable."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME_CHARACTERS and value.isprintable()


@dataclass(slots=True)
class Report:
    """Collects what a message says; `reading` makes it one reading."""

    conditions: dict[str, bool] = field(default_factory=dict)
    #: A test that happens and is over; one that lasts is `Condition.TEST`.
    is_test: bool = False
    #: Something like a call point was pressed: an alarm that does not last.
    is_pressed: bool = False
    battery: float | None = None
    button: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def mark(self, condition: str, active: bool | None) -> None:  # noqa: FBT001 - a condition's value
        """Note that a property says a condition is active, is not, or (None) says nothing."""
        if active is not None:
            self.conditions[condition] = active or self.conditions.get(condition, False)

    def alarm(self, condition: Condition, name: str, value: object) -> None:
        """Note the value of an alarm property; null says nothing."""
        if value is None:
            return
        active = flag(value)
        if active is None:
            self.unread(name, value)
        else:
            self.mark(condition, active)
            self.mark(Condition.UNRELIABLE, active=False)

    def unread(self, name: str, value: object) -> None:
        """Note an alarm property whose value cannot be read: a fault, with the reason in its data."""
        self.mark(Condition.UNRELIABLE, active=True)
        self.data["unread"] = f"{name[:80]} is {str(value)[:40]!r}"

    def power(self, battery: float | None) -> None:
        """Note a battery level in percent; of several the lowest counts."""
        if battery is not None:
            self.battery = battery if self.battery is None else min(self.battery, battery)
            self.mark(Condition.LOW_BATTERY, is_low(battery))

    def reading(self, external_id: str, message: Message, **more: Any) -> Reading:
        """All of it. What was pressed or tested before we listened (a retained message) happens no more."""
        is_alarm = self.is_pressed or any(map(self.conditions.get, _BURNING))
        events = (EventKind.ALARM,) if self.is_pressed else ()
        if self.is_test and is_alarm:
            self.data["test"] = True
        elif self.is_test:
            events = (EventKind.TEST,)
        return Reading(
            external_id,
            self.conditions,
            events=() if message.retained else events,
            battery=self.battery,
            button=None if message.retained else self.button,
            data={**self.data, "replayed": True} if message.retained else self.data,
            **more,
        )
