"""How long a station needs to a place.

`TravelTime` is the interface that road times will fill; `StraightLine` is the rule that holds
without a road network (contract section 4): straight-line distance x 1.4 at 30 km/h.
"""

from dataclasses import dataclass
from typing import Protocol

from geo.point import Point, distance_m

DETOUR_FACTOR = 1.4  # contract section 4
SPEED_M_PER_S = 30 / 3.6  # contract section 4


@dataclass(frozen=True, slots=True)
class Travel:
    """One journey: seconds, metres along the way, and how it was found (`road`, `straight_line`)."""

    travel_s: float
    distance_m: float
    method: str


class TravelTime(Protocol):
    """Whoever can say how long a station needs to a place."""

    def to(self, station_id: str, station: Point, place: Point) -> Travel:
        """Estimate the journey from a station to a place."""


class StraightLine:
    """The rule without roads; every answer says so by its method."""

    def to(self, station_id: str, station: Point, place: Point) -> Travel:
        """Estimate by geodesic distance x 1.4 at 30 km/h."""
        del station_id
        way_m = distance_m(station, place) * DETOUR_FACTOR
        return Travel(travel_s=way_m / SPEED_M_PER_S, distance_m=way_m, method="straight_line")
