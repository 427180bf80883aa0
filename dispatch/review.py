"""Look back: the rows of the record as response times, for the report and the response log.

Thin: what a row means is decided by the pure functions of `response_time`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from dispatch import response_time
from dispatch.errors import InvalidError
from dispatch.profiles import Interval, Profile
from dispatch.response_time import GroupBy, Record, Report
from dispatch.values import Disposition, Milestone, MilestoneTimes, Tier
from dispatch.wording import TIERS_ZH
from store.incidents import Assignment, Incident
from store.places import Region

_UNKNOWN = ("unknown", "未知")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: A `+` that nobody escaped in an address arrives as a space: `…T08:00:00 08:00`.
_LOST_PLUS = re.compile(r"(T\S+) (\d{2}:\d{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant up to, not including, another; None leaves that side open."""

    start: datetime | None = None
    end: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The incidents opened in it, as conditions of a query."""
        found = []
        if self.start is not None:
            found.append(Incident.opened_at >= self.start)
        if self.end is not None:
            found.append(Incident.opened_at < self.end)
        return found


def parse_period(start: str | None, end: str | None, zone: ZoneInfo) -> Period:
    """Read a period's ends: a date is its local midnight, anything else RFC 3339.

    Raises InvalidError that names the end (`from`, `to`).
    """
    return Period(_moment("from", start, zone), _moment("to", end, zone))


def _moment(name: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), zone)
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidError(
            f"{name} {text}: give a date such as 2026-03-02, or an instant such as 2026-03-02T15:12:00+08:00"
        )
    return moment


def assignments(session: Session, conditions: Sequence[ColumnElement[bool]]) -> Iterator[Assignment]:
    """Every assignment of the incidents that meet the conditions, oldest incident first."""
    return session.scalars(
        select(Assignment)
        .join(Assignment.incident)
        .where(*conditions)
        .order_by(Incident.opened_at, Assignment.id)
        .options(joinedload(Assignment.incident), joinedload(Assignment.station))
    ).yield_per(1000)


def region_names(session: Session) -> dict[str, str]:
    """The names of all divisions by code."""
    return {code: name for code, name in session.execute(select(Region.code, Region.name))}  # noqa: C416 - rows are no pairs to mypy


def times_of(assignment: Assignment) -> MilestoneTimes:
    """The milestones of an assignment."""
    return {milestone: getattr(assignment, milestone.column) for milestone in Milestone}


def response_times(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    *,
    interval: Interval,
    group_by: GroupBy,
    profile: Profile,
    zone: ZoneInfo,
) -> Report:
    """The report of contract section 9 over the incidents that meet the conditions.

    District, town and village are the incident's, not the station's; a month is local time in `zone`.
    """
    group_of = _grouping(group_by, region_names(session), zone)
    records = (_record(row, group_of(row)) for row in assignments(session, conditions))
    return response_time.summarise(records, interval, profile)


_Group = tuple[str, str]


def _grouping(group_by: GroupBy, names: Mapping[str, str], zone: ZoneInfo) -> Callable[[Assignment], _Group]:
    def region(code: str | None) -> _Group:
        return (code, names.get(code, code)) if code else _UNKNOWN

    def month(row: Assignment) -> _Group:
        name = row.incident.opened_at.astimezone(zone).strftime("%Y-%m")
        return name, name

    groupings: dict[GroupBy, Callable[[Assignment], _Group]] = {
        GroupBy.TIER: lambda row: (row.tier, TIERS_ZH[row.tier]),
        GroupBy.DISTRICT: lambda row: region(row.incident.district_code),
        GroupBy.TOWN: lambda row: region(row.incident.town_code),
        GroupBy.VILLAGE: lambda row: region(row.incident.village_code),
        GroupBy.STATION: lambda row: (row.station_id, row.station.name),
        GroupBy.MONTH: month,
    }
    return groupings[group_by]


def _record(row: Assignment, group: _Group) -> Record:
    return Record(
        group=group[0],
        name=group[1],
        tier=Tier(row.tier),
        received_at=row.incident.opened_at,
        times=times_of(row),
        is_drill=row.incident.drill,
        is_test=row.incident.disposition == Disposition.TEST,
    )
