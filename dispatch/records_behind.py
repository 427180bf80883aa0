"""The records behind a figure: every count of the review is as long as the list that it opens.

`docs/review.md` says which list belongs to which figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.profiles import Interval, Profile
from dispatch.record_table import NOWHERE, Integers, Marks, RecordTable, local_times, month_number
from dispatch.response_time import MICROSECONDS, Measured, Reason, intervals, left_out, measured
from dispatch.review import UNKNOWN
from store.incidents import Assignment

#: When its alarm was received (microseconds since 1970), and the assignment: the order of the list.
Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of the records is wanted; None leaves it open.

    Attributes:
        level: of the divisions that `group` is one of.
        group: a division's code, or `unknown`.
        station: id.
        month: `YYYY-MM`, local.
        hour: 0 to 23, local.
        missing: only those without the interval, or only those with it.
        over_target: only those slower than their target, or only those within it.
        from_s: those that took longer.
        to_s: those that took no longer.
        min_s: those that took at least so long.
        left_out: those in no figure for this reason; None: only those in figures.
    """

    level: str | None = None
    group: str | None = None
    station: str | None = None
    month: str | None = None
    hour: int | None = None
    missing: bool | None = None
    over_target: bool | None = None
    from_s: float | None = None
    to_s: float | None = None
    min_s: float | None = None
    left_out: Reason | None = None


def behind(
    table: RecordTable, interval: Interval, profile: Profile, wanted: Narrowed, zone: ZoneInfo
) -> Measured:
    """The records that are wanted, measured, newest first."""
    found = _measured(table, interval, profile, wanted.left_out)
    found = _take(found, _marks(found, wanted, zone))
    newest_first = np.lexsort((-found.table.rows["assignment"], -found.table.rows["received"]))
    return _take(found, newest_first)


def slowest(found: Measured, count: int) -> Measured:
    """The records that took longest, the longest first."""
    places = np.flatnonzero(found.is_measured)[::-1]
    return _take(found, places[:count])


def page(found: Measured, after: Position | None, limit: int) -> Measured:
    """So many of `behind` after a position, None: from the beginning."""
    rows, start = found.table.rows, 0
    if after is not None:
        received, assignment = after
        passed = (rows["received"] > received) | (
            (rows["received"] == received) & (rows["assignment"] >= assignment)
        )
        start = int(np.count_nonzero(passed))
    return _take(found, np.arange(start, min(start + limit, len(rows))))


def load(session: Session, found: Measured) -> list[Assignment]:
    """The rows of the record, with their incidents and stations, in the same order."""
    ids = found.table.rows["assignment"].tolist()
    query = select(Assignment).where(Assignment.id.in_(ids))
    several = session.scalars(query.options(joinedload(Assignment.incident), joinedload(Assignment.station)))
    by_id: Mapping[int, Assignment] = {row.id: row for row in several}
    return [by_id[id_] for id_ in ids]


def _measured(table: RecordTable, interval: Interval, profile: Profile, reason: Reason | None) -> Measured:
    if reason is None:
        return measured(table, interval, profile)
    own = table.take(left_out(table, reason))
    return Measured(own, intervals(own, interval), profile.targets_of(interval))


def _take(found: Measured, which: Marks | Integers) -> Measured:
    return Measured(found.table.take(which), found.took[which], found.targets)


def _of_group(table: RecordTable, wanted: Narrowed) -> Marks | bool:
    """What a village holds are its records, no groups: none is of one."""
    if wanted.group is None or wanted.level is None:
        return False
    number = NOWHERE if wanted.group == UNKNOWN else table.divisions.number(wanted.group)
    return table.rows[wanted.level] == number if number is not None else False


def _marks(found: Measured, wanted: Narrowed, zone: ZoneInfo) -> Marks:
    table, took = found.table, found.took
    marks = np.ones(len(table), dtype=bool)
    if wanted.group is not None:
        marks &= _of_group(table, wanted)
    if wanted.station is not None:
        marks &= table.at_stations([wanted.station])
    if wanted.month is not None or wanted.hour is not None:
        local = local_times(table.rows["received"], zone)
        if wanted.hour is not None:
            marks &= local.hour == wanted.hour
        if wanted.month is not None:
            marks &= local.month == month_number(wanted.month)
    if wanted.missing is not None:
        marks &= found.is_measured != wanted.missing
    if wanted.over_target is not None:
        marks &= found.is_over if wanted.over_target else found.is_within
    for limit_s, keeps in (
        (wanted.from_s, np.greater),
        (wanted.to_s, np.less_equal),
        (wanted.min_s, np.greater_equal),
    ):
        if limit_s is not None:
            marks &= found.is_measured & keeps(took, round(limit_s * MICROSECONDS))
    return marks
