"""Who is on duty: shifts in local time, and in which order a station's people are called. Pure."""

from collections.abc import Iterable
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

    def covers(self, local: datetime) -> bool:
        """Tell whether a local instant lies in this turn; the end itself is outside."""
        if self.end > self.start:
            return self._begins_on(local.date()) and self.start <= local.time() < self.end
        evening = self._begins_on(local.date()) and local.time() >= self.start
        morning = self._begins_on(local.date() - timedelta(days=1)) and local.time() < self.end
        return evening or morning

    def _begins_on(self, day: date) -> bool:
        return day == self.on_date if self.on_date else _WEEKDAYS[day.weekday()] == self.weekday


@dataclass(frozen=True, slots=True)
class Contact:
    """A person who can be told. `phone` is E.164; who has no shifts is always on duty."""

    id: str
    name: str
    phone: str
    role: PersonRole
    rank: int
    language: str
    station_id: str | None = None
    region_code: str | None = None
    shifts: tuple[ShiftTime, ...] = ()

    def is_on_duty(self, now: datetime, zone: ZoneInfo) -> bool:
        """Tell whether this person is on duty at an instant."""
        local = now.astimezone(zone)
        return not self.shifts or any(shift.covers(local) for shift in self.shifts)


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
