"""Coverage as the API shows it: GeoJSON (RFC 7946) with foreign members for what was counted."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.fields import Body, Degrees, Name
from dispatch.values import Tier


class PointGeometry(BaseModel):
    """A GeoJSON point."""

    type: Literal["Point"] = Field(default="Point", description="Point")
    coordinates: tuple[float, float] = Field(description="Longitude and latitude, degrees, WGS 84")


class Summary(BaseModel):
    """What was counted."""

    premises: int = Field(description="Premises whose position is known")
    residents: int = Field(description="Their residents, as far as they are known")
    not_reached: int = Field(description="Premises that no station of the tier in service reaches in time")
    residents_not_reached: int = Field(description="Known residents there")
    residents_unknown: int = Field(description="Premises whose residents are not known; counted as none")
    without_position: int = Field(description="Premises without a position, of which nothing can be said")
    stations: int = Field(description="Stations of the tier in service whose position is known")
    tier: str = Field(description="Tier of the stations")
    within_s: int = Field(description="The limit for the way to the place, seconds")
    method: str = Field(description="road where a road network is loaded, else straight_line")
    by_straight_line: int = Field(
        description="Premises judged by straight line x 1.4 at 30 km/h; with roads, those far from any"
    )
    attribution: str | None = Field(description="Whose road data it is; to be shown with it")
    left_out: int = Field(default=0, description="Features beyond `limit` that are not in the answer")


class FirstThere(BaseModel):
    """Which station is first at a place."""

    best_station_id: str | None = Field(
        description="The station that is first there; null where none has a way or you may not see it"
    )
    travel_s: float | None = Field(description="Its way there, seconds; null where no station has a way")
    method: str = Field(description="How the way was found: road or straight_line")


class UnreachedPremises(FirstThere):
    """Premises that no station reaches in time."""

    id: str = Field(description="Id of the premises")
    name: str = Field(description="Name")
    village_code: str = Field(description="Code of the village")
    residents: int | None = Field(description="How many live there; null where not known")


class UnreachedPremisesFeature(BaseModel):
    """Premises on the map."""

    type: Literal["Feature"] = Field(default="Feature", description="Feature")
    geometry: PointGeometry = Field(description="Where they stand")
    properties: UnreachedPremises = Field(description="What is known of them")


class UnreachedVillage(FirstThere):
    """A village of which some premises, or without any its centre, are not reached in time.

    The station and its travel time are those of the village's centre.
    """

    id: str = Field(description="Code of the village")
    name: str = Field(description="Name")
    village_code: str = Field(description="Code of the village")
    premises: int = Field(description="Premises whose position is known")
    residents: int = Field(description="Their known residents")
    not_reached: int = Field(description="Premises that are not reached in time")
    residents_not_reached: int = Field(description="Known residents there")


class UnreachedVillageFeature(BaseModel):
    """A village on the map."""

    type: Literal["Feature"] = Field(default="Feature", description="Feature")
    geometry: dict[str, Any] | None = Field(
        description="The village's boundary, else its centre; null where neither is known"
    )
    properties: UnreachedVillage = Field(description="What is known of it")


class PremisesReport(BaseModel):
    """A GeoJSON FeatureCollection, what is farthest out of reach first."""

    type: Literal["FeatureCollection"] = Field(default="FeatureCollection", description="FeatureCollection")
    features: list[UnreachedPremisesFeature] = Field(description="Premises that are not reached in time")
    summary: Summary = Field(description="What was counted")


class VillagesReport(BaseModel):
    """A GeoJSON FeatureCollection, most residents out of reach first."""

    type: Literal["FeatureCollection"] = Field(default="FeatureCollection", description="FeatureCollection")
    features: list[UnreachedVillageFeature] = Field(
        description="Villages that are not wholly reached in time"
    )
    summary: Summary = Field(description="What was counted")


class Place(Body):
    """A point."""

    lon: Degrees = Field(description="Longitude, degrees, WGS 84")
    lat: Degrees = Field(description="Latitude, degrees, WGS 84")


class AddedStation(Place):
    """A station that there is not."""

    name: Name | None = Field(default=None, description="What to call it")


class MovedStation(Place):
    """A station elsewhere."""

    station_id: Name = Field(description="Id of a station of the tier in service")


class WhatIf(Body):
    """What is thought of; nothing of it is stored."""

    tier: Tier = Field(default=Tier.VILLAGE, description="Tier of the stations")
    within_s: int | None = Field(
        default=None,
        gt=0,
        le=86_400,
        description="The limit, seconds; left out: the plan's target of the tier",
    )
    region: str | None = Field(default=None, description="Only premises in this division: its code")
    add: list[AddedStation] = Field(default=[], max_length=50, description="Stations added")
    move: list[MovedStation] = Field(default=[], max_length=50, description="Stations moved")
    close_stations: list[Name] = Field(default=[], max_length=500, description="Ids of stations closed")
    close_roads: list[Place] = Field(
        default=[], max_length=100, description="Points on roads that are closed, beside what is closed now"
    )


class Difference(BaseModel):
    """Premises and known residents."""

    premises: int = Field(description="Premises")
    residents: int = Field(description="Their known residents")


class ChangedPremises(FirstThere):
    """Premises that would be reached in time and are not, or the other way round.

    The station and its travel time are those that there would be; one that is added is called `new-1`,
    `new-2` and so on, in the order given.
    """

    id: str = Field(description="Id of the premises")
    name: str = Field(description="Name")
    village_code: str = Field(description="Code of the village")
    residents: int | None = Field(description="How many live there; null where not known")
    change: Literal["gained", "lost"] = Field(description="gained: reached only then; lost: only now")
    travel_before_s: float | None = Field(description="The way as it is now, seconds; null without one")


class ChangedPremisesFeature(BaseModel):
    """Premises on the map."""

    type: Literal["Feature"] = Field(default="Feature", description="Feature")
    geometry: PointGeometry = Field(description="Where they stand")
    properties: ChangedPremises = Field(description="What would change")


class WhatIfReport(BaseModel):
    """A GeoJSON FeatureCollection of the premises that change, and what is counted now and then."""

    type: Literal["FeatureCollection"] = Field(default="FeatureCollection", description="FeatureCollection")
    features: list[ChangedPremisesFeature] = Field(description="The premises that change")
    before: Summary = Field(description="As it is now")
    after: Summary = Field(description="As it would be")
    gained: Difference = Field(description="Reached in time only then")
    lost: Difference = Field(description="Reached in time only now")


class SiteView(BaseModel):
    """A place for a station, and what it adds to those before it."""

    lon: float = Field(description="Longitude, degrees, WGS 84")
    lat: float = Field(description="Latitude, degrees, WGS 84")
    village_code: str | None = Field(description="Code of the village it lies in; null where none is known")
    village_name: str | None = Field(description="Name of that village")
    gain: Difference = Field(description="What it brings within reach that those before it do not")
    cumulative: Difference = Field(description="What it and those before it bring")


class BestSitesReport(BaseModel):
    """Sites, best first."""

    sites: list[SiteView] = Field(description="Fewer than asked for when no further one adds anything")
    method: str = Field(description="greedy, or solver where the solver found better sites")
    optimal: bool = Field(description="Proved: no choice among the candidates brings more")
    candidates: int = Field(description="How many places were compared")
    before: Summary = Field(description="As it is now")


class BoundaryProperties(BaseModel):
    """Whose boundary it is."""

    code: str = Field(description="Code of the division")
    name: str = Field(description="Name")
    level: str = Field(description="district, town or village")


class BoundaryFeature(BaseModel):
    """A boundary on the map."""

    type: Literal["Feature"] = Field(default="Feature", description="Feature")
    geometry: dict[str, Any] = Field(description="Polygon or MultiPolygon, simplified to some 10 m")
    properties: BoundaryProperties = Field(description="Whose boundary it is")


class CoverageMap(BaseModel):
    """All premises column by column, for drawing: small enough for a phone."""

    lon: list[float] = Field(description="Longitude of each of the premises, degrees, WGS 84")
    lat: list[float] = Field(description="Latitude of each, degrees, WGS 84")
    reached: list[bool] = Field(description="Whether each is reached in time")
    boundaries: list[BoundaryFeature] = Field(description="Boundaries, as far as they are loaded")
    closures: list[Place] = Field(description="Where roads are closed now")
    summary: Summary = Field(description="What was counted")
