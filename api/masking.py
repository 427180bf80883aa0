"""Phone numbers are for those who have to ring: a viewer sees 138****8000."""

import re
from typing import Any

from api.access import Role
from api.callers import Caller

#: E.164, or a Chinese mobile as people write it; ids that merely hold digits are let alone.
_PHONE = re.compile(r"(?<![0-9A-Za-z])(\+\d{2,7}|1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z])")


def for_caller(caller: Caller, value: Any) -> Any:
    """A JSON value as a caller may see it: every phone number in it masked for a viewer."""
    return _masked(value) if caller.role is Role.VIEWER else value


def _masked(value: Any) -> Any:
    match value:
        case str():
            return _PHONE.sub(r"\1****\2", value)
        case list():
            return [_masked(part) for part in value]
        case dict():
            return {key: _masked(part) for key, part in value.items()}
        case _:
            return value
