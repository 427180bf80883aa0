"""When nobody will come: gaps in the cover of stations and villages, and who is on duty when. Pure.

Nothing is sampled. Whether a person is on duty can change only where a local clock passes midnight or an end
of one of his turns, where the clocks change, and where leave begins or ends; between two such instants it
stays as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from dispatch.duty import Contact, call_order
from dispatch.selection import Place, StationCard, nearest
from geo.regions import DivisionTree
from geo.travel import TravelTimes

#: The night that is looked at unless somebody asks for another window (ours), local time.
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)
#: The longest window (ours): shifts are rarely written for longer.
LONGEST = timedelta(days=14)
_DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why a station could not come."""

    OUT_OF_SERVICE = "out_of_service"
    NOBODY_ON_DUTY = "nobody_on_duty"


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant to a later one, which is outside; UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Gap(Window):
    """A part of the window in which a station could not come."""

    reason: Reason

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Turn(Window):
    """A part of the window in which a person is on duty."""

    person: Contact


def coming_night(now: datetime, zone: ZoneInfo) -> Window:
    """The night that comes, or what is left of the one that runs."""
    local = now.astimezone(zone)
    evening = local.date() if local.time() >= NIGHT_ENDS else local.date() - _DAY
    begins = datetime.combine(evening, NIGHT_BEGINS, zone).astimezone(UTC)
    ends = datetime.combine(evening + _DAY, NIGHT_ENDS, zone).astimezone(UTC)
    return Window(max(begins, now.astimezone(UTC)), ends)


def gaps(card: StationCard, window: Window, zone: ZoneInfo) -> list[Gap]:
    """When a station could not come, in order; neighbours of one reason are one gap."""
    found: list[Gap] = []
    for start, end in pairwise(_changes(card.people, window, zone, [card.out_until])):
        reason = _reason(card, start, zone)
        if reason is None:
            continue
        if found and found[-1].end == start and found[-1].reason is reason:
            start = found.pop().start  # noqa: PLW2901 - it goes on
        found.append(Gap(start, end, reason))
    return found


def covered(
    tree: DivisionTree, stations: Sequence[StationCard], travel: TravelTimes
) -> dict[str, StationCard | None]:
    """The villages that have no village station of their own, and whose covers each: its nearest one.

    Args:
        tree: the divisions.
        stations: the active village stations.
        travel: who knows how long each needs to the village's centre.
    """
    own = {card.region_code for card in stations}
    found = {}
    for code in tree.codes_of_level("village"):
        if code not in own:
            place = Place(tree.point_of(code), (code, *tree.ancestors(code)))
            found[code] = nearest(stations, place, travel)
    return found


def turns(card: StationCard, window: Window, zone: ZoneInfo) -> list[Turn]:
    """Who of a station is on duty when; in call order, each person's turns in order."""
    return [turn for person in call_order(card.people) for turn in _turns(person, window, zone)]


def _turns(person: Contact, window: Window, zone: ZoneInfo) -> Iterator[Turn]:
    began_at: datetime | None = None
    for instant in _changes([person], window, zone):
        is_on = instant < window.end and person.is_on_duty(instant, zone)
        if is_on and began_at is None:
            began_at = instant
        elif not is_on and began_at is not None:
            yield Turn(began_at, instant, person)
            began_at = None


def _reason(card: StationCard, at: datetime, zone: ZoneInfo) -> Reason | None:
    if not card.is_in_service(at):
        return Reason.OUT_OF_SERVICE
    if not any(person.is_on_duty(at, zone) for person in card.people):
        return Reason.NOBODY_ON_DUTY
    return None


def _changes(
    people: Sequence[Contact],
    window: Window,
    zone: ZoneInfo,
    others: Iterable[datetime | None] = (),
) -> list[datetime]:
    """The instants of a window, both its ends among them, between which nothing changes."""
    found = {at for at in others if at is not None}
    found.update(at for person in people for leave in person.leave for at in (leave.from_at, leave.until_at))
    clocks = {clock for person in people for turn in person.shifts for clock in (turn.start, turn.end)}
    if clocks or any(person.days_off for person in people):
        found.update(_passings(clocks | {time.min}, window, zone))
        found.update(_clock_changes(window, zone))
    inside = {at.astimezone(UTC) for at in found if window.start < at < window.end}
    return [window.start, *sorted(inside), window.end]


def _passings(clocks: Iterable[time], window: Window, zone: ZoneInfo) -> Iterator[datetime]:
    """When local clocks show these times of day; twice where they are set back."""
    clocks = list(clocks)
    day, last = window.start.astimezone(zone).date() - _DAY, window.end.astimezone(zone).date() + _DAY
    while day <= last:
        for clock in clocks:
            shown = datetime.combine(day, clock, zone)
            yield shown
            yield shown.replace(fold=1)
        day += _DAY


def _clock_changes(window: Window, zone: ZoneInfo) -> Iterator[datetime]:
    """When the clocks of a zone are changed: hours that hold a change are halved down to the second."""
    hour, second = timedelta(hours=1), timedelta(seconds=1)
    before = window.start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while before < window.end:
        low, high = before, before + hour
        if _offset(low, zone) != _offset(high, zone):
            while high - low > second:
                middle = low + second * ((high - low) // second // 2)
                low, high = (middle, high) if _offset(middle, zone) == _offset(low, zone) else (low, middle)
            yield high
        before += hour


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
