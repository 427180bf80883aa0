"""Reports: how fast help came (contract section 9)."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.callers import Reader
from api.context import ServiceDep
from api.periods import PeriodDep
from api.review_question import IntervalQuery, ProfileQuery, profile_of, seen_records
from api.review_views import LeftOutView, left_out_view
from dispatch.names import division_names, station_names
from dispatch.profiles import DEFAULT_PROFILE, Interval
from dispatch.response_time import GroupBy, count_left_out, measured
from dispatch.review import Group, response_times

router = APIRouter(prefix="/reports", tags=["reports"])


class ResponseTimeItem(BaseModel):
    """The figures of one group and tier; each assignment is one record."""

    group: str = Field(description="The tier, division code, station id, or month YYYY-MM in local time")
    name: str = Field(description="The name of the group for people")
    tier: str = Field(description="Tier of the stations: village, town or district")
    n: int = Field(description="Records whose interval is measured")
    missing: int = Field(description="Records that lack a milestone of the interval")
    p50_s: float | None = Field(description="Median by nearest rank, seconds; null where n is 0")
    p90_s: float | None = Field(description="90th percentile by nearest rank, seconds; null where n is 0")
    within_target: float | None = Field(
        description="Share of n within the target, 0 to 1, the target itself included; null without either"
    )
    target_s: int | None = Field(description="The profile's target, seconds; null where it sets none")
    source: str | None = Field(description="Who sets the target")


class ResponseTimeReport(BaseModel):
    """Response times of one interval, judged by one profile."""

    profile: str = Field(description="The set of targets")
    interval: str = Field(description="The interval measured")
    items: list[ResponseTimeItem] = Field(description="One item per group and tier")
    left_out: LeftOutView = Field(description="What is not in the figures, and why")


@router.get("/response-times")
def get_response_times(
    caller: Reader,
    service: ServiceDep,
    period: PeriodDep,
    group_by: Annotated[GroupBy, Query(description="What a row stands for")] = GroupBy.TIER,
    interval: IntervalQuery = Interval.RESPONSE,
    profile: ProfileQuery = DEFAULT_PROFILE,
    region: Annotated[
        str | None, Query(description="Only incidents in this district, town or village: its code")
    ] = None,
) -> ResponseTimeReport:
    """How fast help came, by incidents opened in a period; loaded history is among them."""
    targets = profile_of(service, profile)
    table = service.records.get(service.database)  # before any session, as the review does
    with service.database.read() as session:
        marks = seen_records(session, caller, table) & period.marks(table)
        names = station_names(session) if group_by is GroupBy.STATION else division_names(session)
    if region:
        marks &= table.inside(region)
    table = table.take(marks)
    groups = response_times(measured(table, interval, targets), group_by, service.setup.zone, names)
    return ResponseTimeReport(
        profile=targets.name,
        interval=interval,
        items=[_item(group) for group in groups],
        left_out=left_out_view(count_left_out(table)),
    )


def _item(group: Group) -> ResponseTimeItem:
    figures, target = group.figures, group.figures.target
    return ResponseTimeItem(
        group=group.code,
        name=group.name,
        tier=figures.tier,
        n=figures.n,
        missing=figures.missing,
        p50_s=figures.p50_s,
        p90_s=figures.p90_s,
        within_target=figures.within_target,
        target_s=target.seconds if target else None,
        source=target.source if target else None,
    )
