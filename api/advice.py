"""Who would be sent to a place, and who is in service."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StrictBool
from sqlalchemy import select

from api import scope
from api.callers import Dispatcher, Reader
from api.context import ServiceDep
from api.fields import Body, Instant, Note
from dispatch import lifecycle
from dispatch.duty import on_duty
from dispatch.errors import InvalidError, NotFoundError
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
    reason: str = Field(description="Why it ranks where it does")


class PassedOverStation(BaseModel):
    """A station that would not be sent."""

    station_id: str = Field(description="Id of the station")
    reason: str = Field(description="Why not")


class RecommendationView(BaseModel):
    """Who would be sent, best first."""

    items: list[RecommendedStation] = Field(description="Stations, nearest tier first, best first")
    passed_over: list[PassedOverStation] = Field(description="Stations not considered, and why")


class OnDuty(BaseModel):
    """Someone who is on duty now."""

    person_id: str = Field(description="Id of the person")
    name: str = Field(description="The person's name")
    role: str = Field(description="chief, deputy, member, duty_officer or building_leader")


class AvailabilityView(BaseModel):
    """Whether a station can be sent now, and who would answer."""

    in_service: bool = Field(description="It can be sent now")
    until: datetime | None = Field(description="When its absence ends by itself, UTC; null otherwise")
    reason: str | None = Field(description="Why it is out of service; null otherwise")
    on_duty: list[OnDuty] = Field(description="Who is on duty now, in the order of calling")


class AvailabilityChange(Body):
    """Put a station in or out of service."""

    in_service: StrictBool = Field(description="Whether it can be sent")
    until: Instant | None = Field(default=None, description="End of the absence, RFC 3339; left out: open")
    reason: Note | None = Field(default=None, description="Why it is out of service")


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


@router.get("/stations/{station_id}/availability")
def get_availability(station_id: str, caller: Reader, service: ServiceDep) -> AvailabilityView:
    """Whether a station can be sent now, and who is on duty."""
    with service.database.read() as session:
        scope.check_station(session, caller, station_id)
        card = service.setup.roster.get(session).station(station_id)
    if card is None:
        raise NotFoundError(f"station {station_id}: retired; set active in the registry to use it again")
    now = service.clock.now()
    in_service = card.is_in_service(now)
    people = on_duty(card.people, now, service.setup.zone)
    return AvailabilityView(
        in_service=in_service,
        until=None if in_service else card.out_until,
        reason=None if in_service else card.out_reason,
        on_duty=[OnDuty(person_id=person.id, name=person.name, role=person.role) for person in people],
    )


@router.put("/stations/{station_id}/availability")
def set_availability(
    station_id: str, body: AvailabilityChange, caller: Dispatcher, service: ServiceDep
) -> AvailabilityView:
    """Put a station in or out of service; the next alarm follows it."""
    with service.database.begin() as session:
        scope.check_station(session, caller, station_id)
        lifecycle.set_availability(
            session,
            station_id,
            body.in_service,
            until=body.until,
            reason=body.reason,
            now=service.clock.now(),
        )
    return get_availability(station_id, caller, service)


def _recommended(item: Candidate) -> RecommendedStation:
    travel = item.travel
    return RecommendedStation(
        station_id=item.station.id,
        station_name=item.station.name,
        tier=item.station.tier,
        travel_s=round(travel.travel_s, 1) if travel else None,
        distance_m=round(travel.distance_m, 1) if travel else None,
        method=travel.method if travel else None,
        reason=item.reason,
    )
