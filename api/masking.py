"""Phone numbers are for those who have to ring: others see 138****8000.

A viewer never sees a whole number. On the page nobody sees one before he asks for it (`phones`); a
program with a token gets them as the registry has them. Every whole number that is shown is noted.
"""

import re
from collections.abc import Mapping
from typing import Any

from api.access import Role
from api.callers import Caller
from api.personal_data import Subject
from dispatch.values import Source

#: E.164, or a Chinese mobile as people write it; ids that merely hold digits are let alone.
_PHONE = re.compile(r"(?<![0-9A-Za-z])(\+\d{2,7}|1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z])")
#: Columns of the registry that hold a number.
_PHONE_COLUMNS = ("phone", "contact_phone", "key_holder_phone")


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
    """Columns to write: a number that comes back as the row's own was shown masked stays what it is."""
    kept = dict(given)
    for column in _PHONE_COLUMNS:
        now = getattr(row, column, None)
        if now and kept.get(column) == masked(now):
            kept[column] = now
    return kept
