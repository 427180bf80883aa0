"""The figures of one month, beside those of the month before and of the same month a year ago."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from dispatch.false_alarms import REAL, Conditions
from dispatch.profiles import Interval, Profile, Target
from dispatch.record_table import RecordTable, month_name, month_number
from dispatch.records_behind import slowest
from dispatch.response_time import Figures, Measured, Reason, count_left_out, figures_by, measured, totals
from dispatch.review import Period
from dispatch.review_screen import by_division
from dispatch.values import Disposition, IncidentStatus, Tier
from store.incidents import Incident

_WORST = 10
_YEAR = 12
Value = TypeVar("Value")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Spans(Generic[Value]):
    """One thing of the month, of the month before, and of the same month a year ago."""

    month: Value
    month_before: Value
    year_before: Value

    def each(self, what: Callable[[Value], Other]) -> "Spans[Other]":
        """The same of all three."""
        return Spans(what(self.month), what(self.month_before), what(self.year_before))

    def values(self) -> tuple[Value, Value, Value]:
        """All three."""
        return self.month, self.month_before, self.year_before


@dataclass(frozen=True, slots=True)
class Counts:
    """Real incidents opened in a month: no drills, nothing closed as a test or a duplicate."""

    n: int = 0
    fire: int = 0
    false_alarm: int = 0
    other: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A station with records that lack a milestone of the interval."""

    station_id: str
    tier: Tier
    missing: int
    records: int


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """What the records of the month come to.

    Attributes:
        tiers: those with records in any of the three months, nearest first.
        divisions: the same by code, of the level asked for.
        worst: the slowest records of the month.
        gaps: most missing first.
    """

    tiers: Sequence[Spans[Figures]]
    divisions: Mapping[str, Sequence[Spans[Figures]]]
    worst: Measured
    gaps: Sequence[Gap]
    left_out: Mapping[Reason, int]


def spans_of(month: str, zone: ZoneInfo) -> Spans[Period]:
    """The three months, `YYYY-MM` in local time."""
    number = month_number(month)
    return Spans(number, number - 1, number - _YEAR).each(lambda one: _period(one, zone))


def last_over(now: datetime, zone: ZoneInfo) -> str:
    """The last month that is over, local."""
    return month_name(month_number(now.astimezone(zone).strftime("%Y-%m")) - 1)


def month_figures(
    table: RecordTable, spans: Spans[Period], interval: Interval, profile: Profile, level: str | None
) -> MonthFigures:
    """Count the records of the three months; `level` says which divisions are told apart, None: none."""
    own = table.take(spans.month.marks(table))
    found = spans.each(lambda span: measured(table.take(span.marks(table)), interval, profile))
    targets = found.month.targets
    by_code = found.each(lambda one: by_division(one, level) if level else {})
    codes = sorted({code for one in by_code.values() for code in one})
    return MonthFigures(
        tiers=_beside(found.each(totals), targets),
        divisions={code: _beside(by_code.each(partial(_of_code, code)), targets) for code in codes},
        worst=slowest(found.month, _WORST),
        gaps=_gaps(found.month),
        left_out=count_left_out(own),
    )


def count_incidents(session: Session, conditions: Conditions) -> Counts:
    """The incidents that meet the conditions."""
    is_open = Incident.status == IncidentStatus.OPEN
    kinds = [
        func.count(),
        func.count().filter(and_(~is_open, Incident.disposition == Disposition.FIRE)),
        func.count().filter(and_(~is_open, Incident.disposition == Disposition.FALSE_ALARM)),
        func.count().filter(is_open),
    ]
    row = session.execute(select(*kinds).select_from(Incident).where(REAL, *conditions)).one()
    n, fire, false_alarm, still_open = list(row)
    return Counts(n, fire, false_alarm, n - fire - false_alarm - still_open, still_open)


def _period(number: int, zone: ZoneInfo) -> Period:
    first, after = (datetime.fromisoformat(f"{month_name(one)}-01") for one in (number, number + 1))
    return Period(first.replace(tzinfo=zone), after.replace(tzinfo=zone))


def _of_code(code: str, by_code: Mapping[str, Sequence[Figures]]) -> Sequence[Figures]:
    return by_code.get(code, ())


def _beside(spans: Spans[Sequence[Figures]], targets: Mapping[Tier, Target]) -> list[Spans[Figures]]:
    """The same tiers of all three; one without records has n 0."""
    found = spans.each(lambda several: {one.tier: one for one in several})
    known = {tier for one in found.values() for tier in one}
    return [found.each(partial(_of_tier, tier, targets.get(tier))) for tier in Tier if tier in known]


def _of_tier(tier: Tier, target: Target | None, by_tier: Mapping[Tier, Figures]) -> Figures:
    return by_tier.get(tier) or Figures(tier, target=target)


def _gaps(found: Measured) -> list[Gap]:
    names = found.table.stations.texts
    gaps = [
        Gap(names[number], one.tier, one.missing, one.n + one.missing)
        for number, several in figures_by(found, found.table.rows["station"]).items()
        for one in several
        if one.missing
    ]
    return sorted(gaps, key=lambda gap: (-gap.missing, gap.station_id))
