"""What the fields of an NB-IoT device's report mean, whichever cloud brings it. Pure.

There is no common vocabulary: a smoke detector says `Alarm_Status: 1`, `smoke_state: 1`, `devState: 1`
or `fireAlarm: "true"`. So a name is taken apart into words and read by them, and a value is looked
up in the table of its name. An alarm property with a value that no table has is a fault that names
the code: never silence, and never an invented alarm.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

from ingest import nbiot_words as words
from ingest.reading import Condition, percent
from ingest.report import Report

_MAX_DEPTH = 6
_LONGEST_NAME = 48
_NESTED = (dict, list)
_HOTTEST_C = 125
#: What is measured is less; infinity and numbers of a thousand digits are no measurements.
_GREATEST = 1_000_000
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[\u4e00-\u9fff]+")


@dataclass(slots=True)
class DeviceReport(Report):
    """Collects what a device says, and what it calls itself."""

    names: list[str] = field(default_factory=list)

    def take(self, effect: words.Effect) -> None:
        """Note what a code means. A pressed test key is an event: the next press is one, too."""
        for condition, active in effect.items():
            if not active:
                self.conditions.setdefault(condition, False)
            elif condition is Condition.TEST:
                self.is_test = True
            else:
                self.conditions[condition] = True
        self.conditions.setdefault(Condition.UNRELIABLE, False)


def read_fields(values: Mapping[str, Any], report: DeviceReport, depth: int = 0) -> None:
    """Read every field of a report, also those within objects and lists in it."""
    for name, given in values.items():
        # {"value": 1, "time": …}, as OneNET Studio has it
        value = given["value"] if type(given) is dict and "value" in given else given
        if isinstance(value, _NESTED):
            for item in value if type(value) is list else (value,):
                if type(item) is dict and depth < _MAX_DEPTH:
                    typed = _typed(name, item)
                    read_fields({**item, **typed} if typed else item, report, depth + 1)
        elif len(name) <= _LONGEST_NAME:
            reader = _reader(name)
            if reader is not None and value is not None and value != "":
                reader(name, value, report)


def _typed(name: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """An item of a list of alarms, {"type": "smoke", "status": 1}, as the field it stands for."""
    kind = item.get("type")
    if not isinstance(kind, str) or "alarm" not in name.lower():
        return {}
    said = [item[key] for key in words.EVENT_VALUES if key in item]
    return {kind: said[0]} if said else {}


def read_event(name: str, content: object, report: DeviceReport) -> bool:
    """Read an event by its name: that it happened is the news, unless its value or name says it is over.

    Gives whether anything was understood.
    """
    values = content if isinstance(content, dict) else {"value": content}
    read_fields(values, report)
    listed = {word.lower() for word in _WORD.findall(name[:_LONGEST_NAME])}
    _, condition = _words_of(name)
    if condition is None and listed & {"alarm", "alert"} and not listed - words.BARE_EVENT:
        condition = Condition.ALARM
    if condition is None:
        return bool(report.conditions)
    is_told = condition in report.conditions or (
        condition in words.ALARMS and any(report.conditions.get(each) for each in words.ALARMS)
    )
    if not is_told:
        said = [words.ON.get(_plain(values[key])) for key in words.EVENT_VALUES if key in values]
        is_over = bool(listed & words.OVER) or (False in said and True not in said)
        report.take({condition: not is_over})
    return True


def _celsius(value: float) -> float:
    """万林 sends tenths: 219 is 21.9 °C, and nothing that reports is at 219 °C."""
    return value / 10 if abs(value) > _HOTTEST_C else value


#: Takes the name and value of a field, and notes what they say.
_Reader = Callable[[str, Any, DeviceReport], None]


@lru_cache(maxsize=4096)
def _reader(name: str) -> _Reader | None:
    """What reads a field of this name, which is not long; None where the name means nothing."""
    short, condition = _words_of(name)
    if short in words.CODES:
        return partial(_read_code, words.CODES[short])
    if short in words.BATTERIES:
        return _read_battery
    if short in words.NAMES:
        return _read_name
    if short in words.FACTS:
        return partial(_read_fact, words.FACTS[short])
    return None if condition is None else partial(_read_flag, condition)


def _read_battery(_name: str, value: object, report: DeviceReport) -> None:
    report.power(percent(value))


def _read_name(_name: str, value: object, report: DeviceReport) -> None:
    report.names.append(str(value))


def _read_fact(fact: str, _name: str, value: object, report: DeviceReport) -> None:
    if isinstance(value, int | float) and abs(value) < _GREATEST:
        report.data[fact] = _celsius(value) if fact == "temperature" else value


def _read_code(codes: Mapping[int, words.Effect], name: str, value: object, report: DeviceReport) -> None:
    number = as_int(value)
    effect = words.STATE_WORDS.get(_plain(value)) if number is None else codes.get(number)
    if effect is None:
        report.unread(name, value)
    else:
        report.take(effect)


def _read_flag(condition: Condition, name: str, value: object, report: DeviceReport) -> None:
    said = _plain(value)
    active = words.ON.get(said)
    if active is None:
        active = words.ALSO.get(condition, {}).get(said)
    if active is None and condition is Condition.FAULT:
        active = True  # an error code, or its name
        report.data["fault"] = shown(value)
    if active is not None:
        report.mark(condition, active)
        if condition in words.ALARMS:
            report.mark(Condition.UNRELIABLE, active=False)
    elif condition in words.ALARMS and not isinstance(value, float):  # a fraction is a concentration
        effect = words.STATE_WORDS.get(said)
        if effect is None:
            report.unread(name, value)
        else:
            report.take(effect)


def _words_of(name: str) -> tuple[str, Condition | None]:
    """A name without its punctuation, and the condition that its words speak of."""
    if len(name) > _LONGEST_NAME:
        return "", None
    listed = [word.lower() for word in _WORD.findall(name)]
    short, parts = "".join(listed), frozenset(listed)
    pairs = parts | {first + second for first, second in pairwise(listed)}
    if not short.isascii():
        if any(sign in short for sign in words.CHINESE_MEASURES):
            return short, None
        pairs |= {telling for sign, telling in words.CHINESE.items() if sign in short}
    if pairs & words.LOW_VOLTAGE:
        return short, Condition.LOW_BATTERY
    if parts & words.MEASURES or short in words.BATTERIES:
        return short, None
    if parts & words.OPENINGS:
        speaks = parts & {"open", "opened", "state", "status"} and "fire" not in parts
        return short, Condition.WINDOW_OPEN if speaks else None
    if {"manual", "alarm"} <= parts:
        return short, Condition.SOS
    found = next((condition for telling, condition in words.SUBJECTS if pairs & telling), None)
    if found is None and parts & words.QUALIFIED:
        found = next((condition for word, condition in words.MEASURED.items() if word in pairs), None)
    return short, found


def _plain(value: object) -> str:
    """A value as the tables have it: `True`, `1`, `1.0` and `" TRUE "` are what they look like."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().lower().replace(" ", "_").replace("-", "_")
    return text.lstrip("0") or "0" if text.startswith("0") and text.isdecimal() else text


def shown(value: object) -> str:
    """A value as it may be kept and shown: short, and without control characters, which databases refuse."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in str(value)[:_LONGEST_NAME])


def as_int(value: object) -> int | None:
    """A whole number, or a string of one; None for anything else."""
    if isinstance(value, int):
        return int(value)  # true is 1
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and len(value) <= 20 and value.strip().lstrip("-").isdecimal():
        try:
            return int(value)
        except ValueError:
            return None
    return None
