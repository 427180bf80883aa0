"""Everything that one screen of the response review shows of some records. Pure (`docs/review.md`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dispatch.distribution import Distribution, distributions
from dispatch.profiles import Interval, Profile
from dispatch.record_table import RecordTable, local_times, month_name
from dispatch.response_time import Figures, Measured, Reason, count_left_out, figures_by, measured, totals
from dispatch.review import UNKNOWN, Period
from dispatch.station_change import Change, change
from dispatch.values import Tier

_HOURS = 24


@dataclass(frozen=True, slots=True)
class StationRow:
    """One station's figures in the period and in the one before."""

    station_id: str
    now: Figures
    before: Figures | None
    change: Change


@dataclass(frozen=True, slots=True)
class Screen:
    """The figures; lists of them hold one entry a tier that has records.

    Attributes:
        divisions: by code of the level asked for, `unknown` among them; only those with records.
        months: by `YYYY-MM`, without holes.
        hours: from 0 to 23.
    """

    totals: Sequence[Figures]
    divisions: Mapping[str, Sequence[Figures]]
    distributions: Sequence[Distribution]
    months: Mapping[str, Sequence[Figures]]
    hours: Sequence[Sequence[Figures]]
    stations: Sequence[StationRow]
    left_out: Mapping[Reason, int]


def screen(
    table: RecordTable,
    interval: Interval,
    profile: Profile,
    *,
    period: Period,
    before: Period | None,
    level: str | None,
    zone: ZoneInfo,
) -> Screen:
    """Count the records of a period.

    Args:
        table: what the caller may see and asks for, of all times.
        interval: what is measured.
        profile: what it is judged by.
        period: the one that is looked at.
        before: what its stations are compared with; None: with nothing.
        level: the divisions that are told apart; None: none.
        zone: whose months and hours.
    """
    own = table.take(period.marks(table))
    found = measured(own, interval, profile)
    earlier = measured(table.take(before.marks(table)), interval, profile) if before else None
    local = local_times(found.table.rows["received"], zone)
    by_hour = figures_by(found, local.hour)
    return Screen(
        totals=totals(found),
        divisions=by_division(found, level) if level else {},
        distributions=tuple(distributions(found, interval)),
        months=_without_holes(figures_by(found, local.month)),
        hours=[by_hour.get(hour, []) for hour in range(_HOURS)],
        stations=_stations(found, earlier),
        left_out=count_left_out(own),
    )


def by_division(found: Measured, level: str) -> dict[str, Sequence[Figures]]:
    """The figures of each `district`, `town` or `village` by its code."""
    name = found.table.divisions.text
    by_number = figures_by(found, found.table.rows[level])
    return {name(number) or UNKNOWN: figures for number, figures in by_number.items()}


def _without_holes(by_month: Mapping[int, Sequence[Figures]]) -> dict[str, Sequence[Figures]]:
    if not by_month:
        return {}
    span = range(min(by_month), max(by_month) + 1)
    return {month_name(month): by_month.get(month, []) for month in span}


def _stations(found: Measured, earlier: Measured | None) -> list[StationRow]:
    known: dict[tuple[int, Tier], Figures] = {}
    if earlier is not None:
        by_station = figures_by(earlier, earlier.table.rows["station"])
        known = {(number, one.tier): one for number, several in by_station.items() for one in several}
    rows = []
    for number, several in figures_by(found, found.table.rows["station"]).items():
        for one in several:
            before = known.get((number, one.tier))
            rows.append(StationRow(found.table.stations.texts[number], one, before, change(one, before)))
    return rows
