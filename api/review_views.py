"""What the API says of a response review; what each figure means is in `docs/review.md`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from api.masking import masked
from api.paging import Page
from api.review_question import Scope
from dispatch.distribution import Distribution
from dispatch.profiles import Interval, Profile
from dispatch.response_time import SMALL_BELOW, Figures, Reason
from dispatch.review import Period
from dispatch.review_screen import StationRow
from dispatch.values import Tier
from geo.regions import DivisionTree
from store.incidents import Incident


class DivisionName(BaseModel):
    """A division as people call it."""

    level: str = Field(description="district, town or village")
    code: str = Field(description="Code of the division")
    name: str = Field(description="What people call it")


class ScopeView(BaseModel):
    """Where the figures are from."""

    level: str = Field(description="all, district, town or village")
    code: str | None = Field(description="Null for all")
    name: str | None = Field(description="Null for all")
    parents: list[DivisionName] = Field(description="Those above that the caller may see, outermost first")


class PeriodView(BaseModel):
    """When alarms were received."""

    start: datetime | None = Field(
        serialization_alias="from", description="From this instant on, RFC 3339 UTC; null: from the beginning"
    )
    end: datetime | None = Field(
        serialization_alias="to", description="Before this instant, RFC 3339 UTC; null: until now"
    )


class FiguresView(BaseModel):
    """The figures of one tier."""

    tier: str = Field(description="Of the stations: village, town or district")
    n: int = Field(description="Records whose interval is measured")
    missing: int = Field(description="Records that lack a milestone of the interval")
    p50_s: float | None = Field(description="Median by nearest rank, seconds")
    p90_s: float | None = Field(description="90th percentile by nearest rank, seconds")
    within_n: int | None = Field(description="How many of n took no longer than the target")
    within_target: float | None = Field(description="The same as a share of n, 0 to 1")
    target_s: int | None = Field(description="The profile's target, seconds; null where it sets none")
    small: bool = Field(description=f"n is below {SMALL_BELOW}: no ground for a judgement")


class TargetView(BaseModel):
    """A tier's target."""

    tier: str = Field(description="village, town or district")
    target_s: int | None = Field(description="The profile's target, seconds; null where it sets none")
    source: str | None = Field(description="Who sets it")


class ChildView(BaseModel):
    """One row: a division right below."""

    code: str = Field(description="`unknown` for incidents whose division is not known")
    name: str | None = Field(description="Null where the code is `unknown`")
    figures: list[FiguresView] = Field(description="One entry a tier with records, nearest tier first")


class BinView(BaseModel):
    """What took longer than `from_s`, up to and including `to_s`."""

    from_s: int | None = Field(description="Longer than this, seconds; null for the first")
    to_s: int | None = Field(description="Up to and including this, seconds; null for the last")
    n: int = Field(description="How many took so long")
    cumulative: float = Field(description="The share of all that took no longer than `to_s`")


class DistributionView(BaseModel):
    """How the interval of one tier is spread."""

    tier: str = Field(description="Of the stations: village, town or district")
    n: int = Field(description="How many are measured")
    target_s: int | None = Field(description="The profile's target, seconds; null where it sets none")
    bins: list[BinView] = Field(description="In order, without holes")


class MonthRow(BaseModel):
    """One month, local."""

    month: str = Field(description="YYYY-MM")
    figures: list[FiguresView] = Field(description="One entry a tier with records, nearest tier first")


class HourRow(BaseModel):
    """One hour of the day, local."""

    hour: int = Field(description="0 to 23")
    figures: list[FiguresView] = Field(description="One entry a tier with records, nearest tier first")


class StationChangeView(BaseModel):
    """A station, and how it did in the period before."""

    station_id: str = Field(description="Id of the station")
    name: str = Field(description="What people call it")
    figures: FiguresView = Field(description="In the period")
    before: FiguresView | None = Field(description="In the period before; null where there was none")
    change_p50_s: float | None = Field(description="Now minus before, seconds: negative is faster")
    change_p90_s: float | None = Field(description="The same of the 90th percentile, seconds")
    change_within: float | None = Field(description="The same of the share within the target")
    judgement: str | None = Field(description="better, worse, same, small; null where nothing was before")


class LeftOutView(BaseModel):
    """Records that are not in the figures, each counted once."""

    drill: int = Field(description="Assignments of drills")
    test: int = Field(description="Assignments of incidents closed as test")
    out_of_order: int = Field(description="Assignments with a milestone stamped before an earlier one")


class ReviewView(BaseModel):
    """Everything that one screen of the review shows."""

    scope: ScopeView = Field(description="Where the figures are from")
    period: PeriodView = Field(description="When the alarms were received")
    before: PeriodView | None = Field(description="What stations are compared with")
    timezone: str = Field(description="Whose months, hours and dates these are")
    interval: str = Field(description="What is measured")
    profile: str = Field(description="The set of targets")
    profiles: list[str] = Field(description="Every set of targets that there is")
    tier: str | None = Field(description="The one asked for; null for all")
    small_below: int = Field(description="Under so many records a figure is marked as small")
    targets: list[TargetView] = Field(description="One a tier")
    totals: list[FiguresView] = Field(description="One entry a tier with records, nearest tier first")
    children_level: str = Field(description="What the rows are: district, town, village, or incident")
    children: list[ChildView] = Field(description="The divisions right below, in order of their codes")
    distributions: list[DistributionView] = Field(description="One a tier with measured records")
    months: list[MonthRow] = Field(description="Without holes from the first to the last")
    hours: list[HourRow] = Field(description="All 24")
    stations: list[StationChangeView] = Field(description="By name")
    left_out: LeftOutView = Field(description="What is in no figure, and why")


class IncidentBehind(BaseModel):
    """The incident behind a figure, as every list of them shows it."""

    incident_id: str = Field(description="Id of the incident")
    code: str = Field(description="What people say and type; `-` for loaded history")
    opened_at: datetime = Field(description="When the alarm was received, RFC 3339 UTC")
    place: str = Field(description="Name of the place")
    address: str = Field(description="Its address")
    village_code: str | None = Field(description="Code of its village, where known")
    village: str | None = Field(description="Name of its village")


class RecordView(IncidentBehind):
    """One station's part in one incident."""

    assignment_id: int = Field(description="Id of the assignment")
    station_id: str = Field(description="Id of the station")
    station: str = Field(description="Name of the station")
    tier: str = Field(description="Of the stations: village, town or district")
    interval_s: float | None = Field(description="The interval, seconds; null where a milestone is missing")
    target_s: int | None = Field(description="The profile's target, seconds; null where it sets none")
    over_target: bool | None = Field(
        description="Whether it took longer than the target; null without an interval or a target"
    )
    missing: list[str] = Field(description="The milestones that the interval lacks")
    left_out: str | None = Field(description="Why it is in no figure")
    disposition: str | None = Field(description="What the incident was closed as")


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


def incident_behind(row: Incident, tree: DivisionTree) -> dict[str, Any]:
    """The fields of `IncidentBehind`; numbers that somebody typed into a place stay masked."""
    return {
        "incident_id": row.id,
        "code": row.code,
        "opened_at": row.opened_at,
        "place": masked(row.place_name),
        "address": masked(row.address),
        "village_code": row.village_code,
        "village": tree.name_of(row.village_code),
    }


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
