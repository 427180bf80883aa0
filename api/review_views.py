"""What the API says of a response review; what each figure means is in `docs/review.md`."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel, Field

from api.paging import Page
from api.review_question import Scope
from dispatch.distribution import Distribution
from dispatch.profiles import Interval, Profile
from dispatch.response_time import SMALL_BELOW, Figures, Reason
from dispatch.review import Period
from dispatch.review_screen import StationRow
from dispatch.values import Tier


class DivisionName(BaseModel):
    """A division as people call it."""

    level: str = Field(description="district, town or village")
    code: str
    name: str


class ScopeView(BaseModel):
    """Where the figures are from."""

    level: str = Field(description="all, district, town or village")
    code: str | None = Field(description="Null for all")
    name: str | None
    parents: list[DivisionName] = Field(description="Those above that the caller may see, outermost first")


class PeriodView(BaseModel):
    """When alarms were received."""

    start: datetime | None = Field(serialization_alias="from", description="From this instant on")
    end: datetime | None = Field(serialization_alias="to", description="Before this instant")


class FiguresView(BaseModel):
    """The figures of one tier."""

    tier: str = Field(description="Of the stations: village, town or district")
    n: int = Field(description="Records whose interval is measured")
    missing: int = Field(description="Records that lack a milestone of the interval")
    p50_s: float | None = Field(description="Median by nearest rank, seconds")
    p90_s: float | None = Field(description="90th percentile by nearest rank, seconds")
    within_n: int | None = Field(description="How many of n took no longer than the target")
    within_target: float | None = Field(description="The same as a share of n, 0 to 1")
    target_s: int | None = Field(description="Null where the profile sets none")
    small: bool = Field(description=f"n is below {SMALL_BELOW}: no ground for a judgement")


class TargetView(BaseModel):
    """A tier's target."""

    tier: str
    target_s: int | None
    source: str | None = Field(description="Who sets it")


class ChildView(BaseModel):
    """One row: a division right below."""

    code: str = Field(description="`unknown` for incidents whose division is not known")
    name: str | None
    figures: list[FiguresView]


class BinView(BaseModel):
    """What took longer than `from_s`, up to and including `to_s`."""

    from_s: int | None
    to_s: int | None
    n: int
    cumulative: float = Field(description="The share of all that took no longer than `to_s`")


class DistributionView(BaseModel):
    """How the interval of one tier is spread."""

    tier: str
    n: int
    target_s: int | None
    bins: list[BinView]


class MonthView(BaseModel):
    """One month, local."""

    month: str = Field(description="YYYY-MM")
    figures: list[FiguresView]


class HourView(BaseModel):
    """One hour of the day, local."""

    hour: int
    figures: list[FiguresView]


class StationChangeView(BaseModel):
    """A station, and how it did in the period before."""

    station_id: str
    name: str
    figures: FiguresView
    before: FiguresView | None
    change_p50_s: float | None = Field(description="Now minus before: negative is faster")
    change_p90_s: float | None
    change_within: float | None
    judgement: str | None = Field(description="better, worse, same, small; null where nothing was before")


class LeftOutView(BaseModel):
    """Records that are not in the figures, each counted once."""

    drill: int = Field(description="Assignments of drills")
    test: int = Field(description="Assignments of incidents closed as test")
    out_of_order: int = Field(description="Assignments with a milestone stamped before an earlier one")


class ReviewView(BaseModel):
    """Everything that one screen of the review shows."""

    scope: ScopeView
    period: PeriodView
    before: PeriodView | None = Field(description="What stations are compared with")
    timezone: str
    interval: str
    profile: str
    profiles: list[str]
    tier: str | None
    small_below: int
    targets: list[TargetView]
    totals: list[FiguresView]
    children_level: str
    children: list[ChildView]
    distributions: list[DistributionView]
    months: list[MonthView]
    hours: list[HourView]
    stations: list[StationChangeView]
    left_out: LeftOutView


class RecordView(BaseModel):
    """One station's part in one incident."""

    assignment_id: int
    incident_id: str
    code: str
    opened_at: datetime
    place: str
    address: str
    village_code: str | None
    village: str | None
    station_id: str
    station: str
    tier: str
    interval_s: float | None
    target_s: int | None
    over_target: bool | None
    missing: list[str] = Field(description="The milestones that the interval lacks")
    left_out: str | None = Field(description="Why it is in no figure")
    disposition: str | None


class RecordsPage(Page[RecordView]):
    """One page of the records behind a figure."""

    total: int = Field(description="How many there are on all pages: the figure")


def target_views(profile: Profile, interval: Interval) -> list[TargetView]:
    """The target of every tier, nearest first."""
    targets = [(tier, profile.target(tier, interval)) for tier in Tier]
    return [
        TargetView(tier=tier, target_s=one.seconds if one else None, source=one.source if one else None)
        for tier, one in targets
    ]


def left_out_view(counts: Mapping[Reason, int]) -> LeftOutView:
    """How many are in no figure."""
    return LeftOutView(**{reason.value: count for reason, count in counts.items()})


def scope_view(where: Scope) -> ScopeView:
    """Where one looks."""
    parents = [DivisionName(level=one.level, code=one.code, name=one.name) for one in where.parents]
    own = where.division
    return ScopeView(
        level=where.level, code=own.code if own else None, name=own.name if own else None, parents=parents
    )


def period_view(period: Period) -> PeriodView:
    """A period, in UTC."""
    start, end = (at and at.astimezone(UTC) for at in (period.start, period.end))
    return PeriodView(start=start, end=end)


def figures_view(one: Figures) -> FiguresView:
    """The figures of one tier."""
    return FiguresView(
        tier=one.tier,
        n=one.n,
        missing=one.missing,
        p50_s=one.p50_s,
        p90_s=one.p90_s,
        within_n=one.within_n,
        within_target=one.within_target,
        target_s=one.target.seconds if one.target else None,
        small=one.is_small,
    )


def distribution_view(one: Distribution) -> DistributionView:
    """The spread of one tier."""
    return DistributionView.model_validate(one, from_attributes=True)


def station_view(row: StationRow, name: str) -> StationChangeView:
    """A station and its change."""
    return StationChangeView(
        station_id=row.station_id,
        name=name,
        figures=figures_view(row.now),
        before=figures_view(row.before) if row.before else None,
        change_p50_s=row.change.p50_s,
        change_p90_s=row.change.p90_s,
        change_within=row.change.within,
        judgement=row.change.judgement,
    )
