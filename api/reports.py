"""Reports: how fast help came (contract section 9)."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api import scope
from api.callers import Reader
from api.context import ServiceDep
from api.periods import PeriodDep
from dispatch.errors import InvalidError
from dispatch.profiles import DEFAULT_PROFILE, Interval, profile_named, profile_names
from dispatch.response_time import GroupBy
from dispatch.review import response_times

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


class LeftOutView(BaseModel):
    """Records that are not in the figures, each counted once."""

    drill: int = Field(description="Assignments of drills")
    test: int = Field(description="Assignments of incidents closed as test")
    out_of_order: int = Field(description="Assignments with a milestone stamped before an earlier one")


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
    interval: Annotated[Interval, Query(description="What is measured")] = Interval.RESPONSE,
    profile: Annotated[str, Query(description=f"One of {', '.join(profile_names())}")] = DEFAULT_PROFILE,
    region: Annotated[
        str | None, Query(description="Only incidents in this district, town or village: its code")
    ] = None,
) -> ResponseTimeReport:
    """How fast help came, by incidents opened in a period; loaded history is among them."""
    targets = profile_named(profile, service.setup.plan)
    if targets is None:
        raise InvalidError(f"profile {profile}: not known; choose one of {', '.join(profile_names())}")
    conditions = [scope.incidents(caller), *period.conditions()]
    if region:
        conditions.append(scope.in_region(region))
    with service.database.read() as session:
        report = response_times(
            session,
            conditions,
            interval=interval,
            group_by=group_by,
            profile=targets,
            zone=service.setup.zone,
        )
    return ResponseTimeReport.model_validate(asdict(report))
