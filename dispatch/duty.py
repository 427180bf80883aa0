"""Who is on duty, by shifts in local time, days off and leave; and who of a station is called first. Pure."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dispatch.values import PersonRole

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CALL_ORDER = {role: place for place, role in enumerate(PersonRole)}


@dataclass(frozen=True, slots=True)
class ShiftTime:
    """One turn of duty in local time; past midnight when `end` is not after `start`."""

    start: time
    end: time
    weekday: str | None = None
    on_date: date | None = None

    def covers(self, local: datetime, days_off: AbstractSet[date] = frozenset()) -> bool:
        """Tell whether a local instant lies in this turn; the end itself is outside.

        On a day off no turn of a weekday begins, and one that began the evening before ends at midnight;
        a turn that names the same date stands: it says what is left of that day.
        """
        today, clock = local.date(), local.time()
        passes_midnight = self.end <= self.start
        if clock >= self.start and (passes_midnight or clock < self.end) and self._begins(today, days_off):
            return True
        yesterday = today - timedelta(days=1)
        runs_on = passes_midnight and clock < self.end and today not in days_off
        return runs_on and self._begins(yesterday, days_off)

    def _begins(self, day: date, days_off: AbstractSet[date]) -> bool:
        if self.on_date is not None:
            return day == self.on_date
        return _WEEKDAYS[day.weekday()] == self.weekday and day not in days_off


@dataclass(frozen=True, slots=True)
class Absence:
    """A person's leave; the end itself is outside."""

    from_at: datetime
    until_at: datetime

    def covers(self, now: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.from_at <= now < self.until_at


@dataclass(frozen=True, slots=True)
class Contact:
    """A person who can be told. `phone` is E.164.

    Who has no shifts is always on duty, except on days off (local dates) and on leave.
    """

    id: str
    name: str
    phone: str
    role: PersonRole
    rank: int
    language: str
    station_id: str | None = None
    region_code: str | None = None
    shifts: tuple[ShiftTime, ...] = ()
    days_off: frozenset[date] = frozenset()
    leave: tuple[Absence, ...] = ()

    def is_on_duty(self, now: datetime, zone: ZoneInfo) -> bool:
        """Tell whether this person is on duty at an instant."""
        if self.on_leave_until(now) is not None:
            return False
        local = now.astimezone(zone)
        if not self.shifts:
            return local.date() not in self.days_off
        return any(shift.covers(local, self.days_off) for shift in self.shifts)

    def on_leave_until(self, now: datetime) -> datetime | None:
        """When the leave ends that holds at an instant; None where none does."""
        return max((absence.until_at for absence in self.leave if absence.covers(now)), default=None)


def call_order(people: Iterable[Contact]) -> list[Contact]:
    """Chiefs first, then deputies, then members; within a role by rank, then id."""
    return sorted(people, key=lambda person: (_CALL_ORDER[person.role], person.rank, person.id))


def on_duty(people: Iterable[Contact], now: datetime, zone: ZoneInfo) -> list[Contact]:
    """Who of these is on duty, in call order."""
    return [person for person in call_order(people) if person.is_on_duty(now, zone)]


def first_called(people: list[Contact]) -> list[Contact]:
    """Who gets the first page: the chiefs; where there is none, whoever is called first."""
    chiefs = [person for person in people if person.role is PersonRole.CHIEF]
    return chiefs or people[:1]
