"""Phone numbers are for those who have to ring: others see 138****8000.

A viewer never sees a whole number. On the page nobody sees one before he asks for it (`phones`); a
program with a token gets them as the registry has them. Every whole number that is shown is noted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.access import Role
from api.callers import Caller
from api.personal_data import Subject
from dispatch.values import Source

#: E.164, or a Chinese mobile as people write it; ids that merely hold digits are let alone.
_PHONE = re.compile(r"(?<![0-9A-Za-z])(\+\d{2,7}|1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z])")


def for_caller(caller: Caller, value: Any, of: Subject) -> Any:
    """A JSON value as a caller may see it; a number shown whole is noted as `of`'s."""
    shown = masked(value)
    if caller.role is Role.VIEWER or caller.source is not Source.API or shown == value:
        return shown
    caller.shown.subjects.add(of)
    return value


def on_purpose(caller: Caller, value: Any, of: Subject) -> Any:
    """For what is opened in order to ring, on the page too: dispatchers and admins see it whole."""
    shown = masked(value)
    if caller.role not in (Role.DISPATCHER, Role.ADMIN) or shown == value:
        return shown
    caller.shown.subjects.add(of)
    return value


def masked(value: Any) -> Any:
    """A JSON value with the middle of every phone number in it struck out."""
    match value:
        case str():
            return _PHONE.sub(r"\1****\2", value)
        case list():
            return [masked(part) for part in value]
        case dict():
            return {key: masked(part) for key, part in value.items()}
        case _:
            return value


def without_masks(given: Mapping[str, Any], row: object) -> dict[str, Any]:
    """Columns to write: a number that comes back as it was shown masked stays the whole one of the row.

    Also one within a text, which may have been changed around it. `row` None: there is none yet.
    """
    numbers = [number for column in given for number in _numbers(getattr(row, column, None))]
    return {column: _unmasked(value, numbers) for column, value in given.items()}


def _unmasked(value: Any, numbers: Iterable[str]) -> Any:
    if isinstance(value, str):
        for number in numbers:
            value = value.replace(masked(number), number)
    return value


def _numbers(value: Any) -> Iterator[str]:
    """Every phone number in a JSON value."""
    match value:
        case str():
            yield from (found[0] for found in _PHONE.finditer(value))
        case list():
            for part in value:
                yield from _numbers(part)
        case dict():
            yield from _numbers(list(value.values()))
