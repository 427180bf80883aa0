"""One cell of district data: from what a CSV, a worksheet or JSON holds to a checked value.

Every check raises ValueError in words that make sense after `file:row:column: `.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType
from pydantic import AfterValidator, BeforeValidator, Field

_MAX_TEXT = 2_000
#: Control characters, and what decoding leaves where bytes were not readable.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd]")
_WHOLE = re.compile(r"[+-]?\d{1,9}(\.0+)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(:00)?")
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def text_of(value: object) -> str | None:
    """The text of a cell, trimmed; None when it is empty.

    Excel keeps phones and codes as floats (13800138000.0) and dates as dates: they come back as a
    person typed them. Raises ValueError for what is no single readable value.
    """
    match value:
        case str():
            text = value.strip()
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case float():
            text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            text = value.isoformat() if value.time() != time() or value.tzinfo else value.date().isoformat()
        case timedelta():
            minutes, seconds = divmod(int(value.total_seconds()), 60)
            text = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        case int() | date() | time():
            text = str(value)
        case _:
            raise ValueError(f"{value!r} is not one value")
    if len(text) > _MAX_TEXT:
        raise ValueError(f"'{text[:40]}…' is longer than {_MAX_TEXT} characters")
    if _UNREADABLE.search(text):
        raise ValueError(f"'{text}' has unreadable characters; save the file as UTF-8")
    return text or None


def _one_line(text: str) -> str:
    if not text.isprintable() and any(mark in text for mark in "\t\n\r"):
        raise ValueError(f"'{text[:40]}' has a line break or a tab; write it on one line")
    return text


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"'{text}' is no whole number")
    return int(text.partition(".")[0])


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"'{text}' is no number")
    return float(text)


def _yes_or_no(text: str) -> bool:
    answer = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(text.lower())
    if answer is None:
        raise ValueError(f"'{text}' is neither yes nor no")
    return answer


@lru_cache(maxsize=4096)
def _mobile(text: str) -> str:
    wish = "write it as E.164, such as +8613800138000"
    if not text.startswith("+"):
        raise ValueError(f"'{text}' has no + and country code; {wish}")
    try:
        number = phonenumbers.parse(text)
    except NumberParseException:
        raise ValueError(f"'{text}' is no phone number; {wish}") from None
    if phonenumbers.number_type(number) not in _MOBILE:  # UNKNOWN when not valid
        if phonenumbers.is_valid_number(number):
            raise ValueError(f"'{text}' is no mobile number; it must be able to receive SMS")
        raise ValueError(f"'{text}' is no valid phone number; {wish}")
    if phonenumbers.format_number(number, PhoneNumberFormat.E164) != text:
        raise ValueError(f"'{text}' has more than + and digits; {wish}")
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"'{text}' is no date; write it as 2026-03-02") from None


def _clock_time(text: str) -> str:
    found = _CLOCK.fullmatch(text)
    if not found or int(found[1]) > 23:
        raise ValueError(f"'{text}' is no time of day; write it as 08:00")
    return f"{int(found[1]):02}:{found[2]}"


def _end_time(text: str) -> str:
    return "00:00" if text == "24:00" else _clock_time(text)


def _instant(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no time; write it as 2026-03-02T15:12:00+08:00") from None
    if given.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone; write it as 2026-03-02T15:12:00+08:00")
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"'{text}' is outside the calendar") from None


#: A name of something in the registry: short, on one line.
Id = Annotated[str, Field(max_length=100), AfterValidator(_one_line)]
Line = Annotated[str, AfterValidator(_one_line)]
Number = Annotated[float, BeforeValidator(_number)]
Count = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=100_000)]
Rank = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=99)]
#: Seconds between two heartbeats, at most a month.
Seconds = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=31 * 86_400)]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
#: E.164, able to receive SMS.
Mobile = Annotated[str, AfterValidator(_mobile)]
#: `2026-03-02`.
Day = Annotated[str, AfterValidator(_day)]
#: `08:00`.
ClockTime = Annotated[str, AfterValidator(_clock_time)]
#: `18:00`; midnight as `24:00` is kept as `00:00`.
EndTime = Annotated[str, AfterValidator(_end_time)]
#: An instant with its offset, in UTC.
Instant = Annotated[datetime, BeforeValidator(_instant)]
