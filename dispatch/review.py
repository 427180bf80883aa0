"""Look back: the period that a question is about, and the report of contract section 9 on measured records.

What a record means is decided by `response_time`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import ColumnElement

from dispatch.errors import InvalidError
from dispatch.record_table import Integers, Marks, RecordTable, local_times, microseconds, month_name
from dispatch.response_time import Figures, GroupBy, Measured, figures_by
from dispatch.values import Tier
from dispatch.wording import TIERS_ZH
from store.incidents import Incident

#: The group of incidents whose division is not known.
UNKNOWN = "unknown"
_UNKNOWN_ZH = "未知"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Earlier and later instants are taken as these: at the ends of the calendar not all have a UTC.
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
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

    def marks(self, table: RecordTable) -> Marks:
        """The records of the incidents opened in it."""
        received = table.rows["received"]
        found = np.ones(len(table), dtype=bool)
        if self.start is not None:
            found &= received >= microseconds(self.start)
        if self.end is not None:
            found &= received < microseconds(self.end)
        return found

    def is_over(self, now: datetime) -> bool:
        """Whether its end has passed."""
        return self.end is not None and self.end <= now

    def before(self, now: datetime) -> "Period | None":
        """The period of equal length that ends where this one begins; an open end is now."""
        if self.start is None:
            return None
        length = (self.end or now) - self.start
        is_told = timedelta() < length <= self.start - _EARLIEST
        return Period(self.start - length, self.start) if is_told else None


def parse_period(start: str | None, end: str | None, zone: ZoneInfo) -> Period:
    """Read a period's ends: a date is its local midnight, anything else RFC 3339.

    Raises InvalidError that names the end (`from`, `to`), or both where one comes after the other.
    """
    found = Period(_moment("from", start, zone), _moment("to", end, zone))
    if found.start is not None and found.end is not None and found.start > found.end:
        raise InvalidError(f"from {start} comes after to {end}: exchange them")
    return found


def _moment(name: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text), time(), zone)
        else:
            moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidError(
            f"{name} {text}: give a date such as 2026-03-02, or an instant such as 2026-03-02T15:12:00+08:00"
        )
    return min(max(moment, _EARLIEST), _LATEST)


@dataclass(frozen=True, slots=True)
class Group:
    """One row of the report of contract section 9."""

    code: str
    name: str
    figures: Figures


def response_times(
    found: Measured, group_by: GroupBy, zone: ZoneInfo, names: Mapping[str, str]
) -> list[Group]:
    """The rows of the report over records that were measured, by group and then nearest tier first.

    District, town and village are the incident's, not the station's; a month is local time in `zone`.
    `names` are those of divisions and stations.
    """
    numbers, code_of = _grouping(found.table, group_by, zone)
    groups = [
        Group(code, _name(group_by, code, names), figures)
        for number, of_tiers in figures_by(found, numbers).items()
        for code, figures in ((code_of(number), one) for one in of_tiers)
    ]
    # tiers have no order but their own, in which they are already
    return groups if group_by is GroupBy.TIER else sorted(groups, key=lambda group: group.code)


def _grouping(table: RecordTable, group_by: GroupBy, zone: ZoneInfo) -> tuple[Integers, Callable[[int], str]]:
    """The number of each record's group, and what a number stands for."""
    match group_by:
        case GroupBy.TIER:
            tiers = list(Tier)
            return table.rows["tier"], lambda number: tiers[number]
        case GroupBy.MONTH:
            return local_times(table.rows["received"], zone).month, month_name
        case GroupBy.STATION:
            return table.rows["station"], lambda number: table.stations.texts[number]
        case _:
            return table.rows[group_by], lambda number: table.divisions.text(number) or UNKNOWN


def _name(group_by: GroupBy, code: str, names: Mapping[str, str]) -> str:
    if group_by is GroupBy.TIER:
        return TIERS_ZH[code]
    return _UNKNOWN_ZH if code == UNKNOWN else names.get(code, code)
