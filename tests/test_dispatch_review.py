"""Periods as people and programs write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import InvalidError
from dispatch.review import Period, parse_period

_ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02", datetime(2026, 3, 1, 16, tzinfo=UTC)),
        ("2026-03-02T15:12:00+08:00", datetime(2026, 3, 2, 7, 12, tzinfo=UTC)),
        ("2026-03-02T15:12:00 08:00", datetime(2026, 3, 2, 7, 12, tzinfo=UTC)),  # a + that was not escaped
        ("2026-03-02T07:12:00Z", datetime(2026, 3, 2, 7, 12, tzinfo=UTC)),
        ("2026-03-02T07:12:00.5Z", datetime(2026, 3, 2, 7, 12, 0, 500000, tzinfo=UTC)),
    ],
)
def test_a_date_is_its_local_midnight_and_anything_else_an_instant(text: str, instant: datetime) -> None:
    assert parse_period(text, text, _ZONE) == Period(instant, instant)


@pytest.mark.parametrize("text", [None, ""])
def test_a_side_that_is_not_given_is_open(text: str | None) -> None:
    assert parse_period(text, text, _ZONE) == Period(None, None)
    assert Period().conditions() == []


@pytest.mark.parametrize("text", ["2026-02-30", "20260302", "2026-03-02T15:12:00", "now", "2026-03-02 "])
def test_what_is_neither_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidError, match=f"from {text}"):
        parse_period(text, None, _ZONE)
    with pytest.raises(InvalidError, match=f"to {text}"):
        parse_period(None, text, _ZONE)
