"""One cell: what a CSV, a sheet or JSON holds becomes a checked value."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.cells import text_of

TAIPEI = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", None),
        ("  \t", None),
        ("　五显镇 ", "五显镇"),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        (13800138000.0, "13800138000"),
        (350212110212.0, "350212110212"),
        (118.19, "118.19"),
        (-0.5, "-0.5"),
        (float("nan"), "nan"),
        (1e300, "1e+300"),
        ("00123", "00123"),
        (dt.date(2026, 5, 1), "2026-05-01"),
        (dt.datetime.fromisoformat("2026-05-01"), "2026-05-01"),
        (dt.datetime.fromisoformat("2026-05-01T08:30"), "2026-05-01T08:30:00"),
        (dt.datetime(2026, 5, 1, tzinfo=TAIPEI), "2026-05-01T00:00:00+08:00"),
        (dt.time(8, 30), "08:30:00"),
        (dt.timedelta(hours=24), "24:00:00"),
    ],
)
def test_a_cell_comes_back_as_a_person_typed_it(value: object, text: str | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [[], {"a": 1}, b"bytes", object()])
def test_what_is_not_one_value_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not one value"):
        text_of(value)


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x7f", "�", "\ud800"])
def test_what_no_person_typed_is_refused(mark: str) -> None:
    with pytest.raises(ValueError, match="unreadable"):
        text_of(f"五显{mark}镇")


def test_a_cell_does_not_hold_a_book() -> None:
    assert text_of("字" * 2000) == "字" * 2000
    with pytest.raises(ValueError, match="longer than 2000"):
        text_of("字" * 2001)


@given(
    st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes(), st.times(), st.dates())
)
def test_any_value_is_a_trimmed_text_or_refused(value: object) -> None:
    try:
        text = text_of(value)
    except ValueError:
        return
    assert text is None or (text == text.strip() != "")
