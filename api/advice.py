"""Who would be sent to a place, and why the others would not."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from api import scope
from api.callers import Reader
from api.context import ServiceDep
from dispatch.errors import InvalidError
from dispatch.recommend import recommend
from dispatch.selection import Candidate
from dispatch.values import Tier
from geo.point import Point
from store.places import Station

router = APIRouter(tags=["stations"])


class RecommendedStation(BaseModel):
    """A station that would be sent."""

    station_id: str = Field(description="Id of the station")
    station_name: str = Field(description="Name of the station")
    tier: str = Field(description="village, town or district")
    travel_s: float | None = Field(description="Expected travel time, seconds; null without a position")
    distance_m: float | None = Field(description="Way to the place, metres; null without a position")
    method: str | None = Field(description="How travel was found: road or straight_line")
    not_by_road: str | None = Field(
        description="Why the way is not by road: place_off_road, station_off_road, unreachable, or "
        "not_ready while the table of the roads is being built; else null"
    )
    reason: str = Field(
        description="nearest; or why it ranks behind: committed: CODE of the open incident that holds it, "
        "nearest_nobody_on_duty, no_chief_reachable, too_far"
    )


class PassedOverStation(BaseModel):
    """A station that would not be sent."""

    station_id: str = Field(description="Id of the station")
    reason: str = Field(description="out_of_service: REASON, or too_far while enough others are near")


class RecommendationView(BaseModel):
    """Who would be sent, best first."""

    items: list[RecommendedStation] = Field(description="Stations, nearest tier first, best first")
    passed_over: list[PassedOverStation] = Field(description="Stations not considered, and why")


@router.get("/recommend")
def get_recommendation(
    caller: Reader,
    service: ServiceDep,
    lon: Annotated[float, Query(description="Longitude, degrees, WGS 84")],
    lat: Annotated[float, Query(description="Latitude, degrees, WGS 84")],
    tier: Annotated[Tier | None, Query(description="Only this tier; left out: all, nearest first")] = None,
) -> RecommendationView:
    """Who would be sent to a place, best first, and who would not and why."""
    try:
        point = Point(lon, lat)
    except ValueError as fault:
        raise InvalidError(str(fault)) from None
    with service.database.read() as session:
        found = recommend(session, service.setup, point, tier, now=service.clock.now())
        seen = set(session.scalars(select(Station.id).where(scope.stations(caller))))
    return RecommendationView(
        items=[_recommended(item) for item in found.items if item.station.id in seen],
        passed_over=[
            PassedOverStation(station_id=passed.station_id, reason=passed.reason)
            for passed in found.passed_over
            if passed.station_id in seen
        ],
    )


def _recommended(item: Candidate) -> RecommendedStation:
    travel = item.travel
    return RecommendedStation(
        station_id=item.station.id,
        station_name=item.station.name,
        tier=item.station.tier,
        travel_s=round(travel.travel_s, 1) if travel else None,
        distance_m=round(travel.distance_m, 1) if travel else None,
        method=travel.method if travel else None,
        not_by_road=item.not_by_road,
        reason=item.why,
    )
