"""Who can come: turns, days off, leave."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.duty import Absence, Contact, ShiftTime
from dispatch.values import PersonRole

ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY, SATURDAY, SUNDAY = date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3)
NIGHTS = tuple(ShiftTime(time(22), time(6), weekday=day) for day in ("thu", "fri", "sat"))


def guard(*shifts: ShiftTime, off: date | None = None, leave: tuple[Absence, ...] = ()) -> Contact:
    days_off = frozenset({off} if off else ())
    given = {"shifts": shifts, "days_off": days_off, "leave": leave}
    return Contact("g", "g", "+8613800138000", PersonRole.MEMBER, 1, "zh", **given)  # type: ignore[arg-type]


def is_on(person: Contact, day: date, clock: str) -> bool:
    return person.is_on_duty(datetime.combine(day, time.fromisoformat(clock), ZONE), ZONE)


def test_a_day_off_lasts_from_midnight_to_midnight_for_who_is_always_on_duty() -> None:
    person = guard(off=FRIDAY)
    assert is_on(person, FRIDAY - timedelta(days=1), "23:59")
    assert not is_on(person, FRIDAY, "00:00")
    assert not is_on(person, FRIDAY, "23:59")
    assert is_on(person, SATURDAY, "00:00")


def test_a_night_that_runs_into_a_day_off_ends_at_midnight() -> None:
    person = guard(*NIGHTS, off=FRIDAY)
    assert is_on(person, FRIDAY - timedelta(days=1), "23:59")
    assert not is_on(person, FRIDAY, "00:00")
    dated = guard(ShiftTime(time(22), time(6), on_date=FRIDAY - timedelta(days=1)), off=FRIDAY)
    assert is_on(dated, FRIDAY - timedelta(days=1), "22:00")
    assert not is_on(dated, FRIDAY, "05:59")


def test_a_night_that_would_begin_on_a_day_off_does_not_happen() -> None:
    person = guard(*NIGHTS, off=FRIDAY)
    assert not is_on(person, FRIDAY, "22:00")
    assert not is_on(person, SATURDAY, "05:00")
    assert is_on(person, SATURDAY, "22:00")
    assert is_on(person, SUNDAY, "05:59")


def test_a_turn_of_the_same_date_is_what_is_left_of_the_day_off() -> None:
    person = guard(*NIGHTS, ShiftTime(time(8), time(12), on_date=FRIDAY), off=FRIDAY)
    assert is_on(person, FRIDAY, "08:00")
    assert not is_on(person, FRIDAY, "12:00")
    assert not is_on(person, FRIDAY, "22:00")


@pytest.mark.parametrize("shifts", [(), (ShiftTime(time(0), time(0), weekday="fri"),)])
def test_who_is_on_leave_is_not_on_duty_until_its_end(shifts: tuple[ShiftTime, ...]) -> None:
    begins, ends = datetime(2026, 5, 1, 2, tzinfo=UTC), datetime(2026, 5, 1, 4, tzinfo=UTC)
    person = guard(*shifts, leave=(Absence(begins, ends),))
    assert person.is_on_duty(begins - timedelta(seconds=1), ZONE)
    assert not person.is_on_duty(begins, ZONE)
    assert person.on_leave_until(begins) == ends
    assert person.is_on_duty(ends, ZONE)
    assert person.on_leave_until(ends) is None
