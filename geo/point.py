"""Points on the WGS 84 ellipsoid and the distance between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin

from pyproj import Geod

WGS84 = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Point:
    """A place in WGS 84 degrees; refuses what is not on the earth (ValueError)."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):  # also refuses NaN
            raise ValueError(f"no place on earth: lon {self.lon}, lat {self.lat} (degrees, WGS 84)")


def distance_m(start: Point, end: Point) -> float:
    """The geodesic distance in metres."""
    _, _, metres = WGS84.inv(start.lon, start.lat, end.lon, end.lat)
    return float(metres)


def distances_m(start: Point, ends: Sequence[Point]) -> list[float]:
    """The geodesic distance to each of these, in metres; in one call, which costs less than single ones."""
    lons, lats = [end.lon for end in ends], [end.lat for end in ends]
    _, _, metres = WGS84.inv([start.lon] * len(ends), [start.lat] * len(ends), lons, lats)
    return [float(each) for each in metres]


def offset_m(start: Point, end: Point) -> tuple[float, float]:
    """How far the end lies east and north of the start, metres along the geodesic between them."""
    azimuth, _, metres = WGS84.inv(start.lon, start.lat, end.lon, end.lat)
    return float(metres) * sin(radians(azimuth)), float(metres) * cos(radians(azimuth))
