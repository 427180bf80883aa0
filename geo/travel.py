"""How long stations need to a place.

`TravelTimes` is whoever can say it: the roads (`geo.roads`), or `StraightLine`, the rule that holds
without a road network (contract section 4): straight-line distance x 1.4 at 30 km/h.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from geo.point import Point, distances_m

DETOUR_FACTOR = 1.4  # contract section 4
SPEED_M_PER_S = 30 / 3.6  # contract section 4


class Travel(NamedTuple):
    """One journey: seconds, metres along the way, and how it was found (`road`, `straight_line`)."""

    travel_s: float
    distance_m: float
    method: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The journeys of the stations asked about to one place, by one yardstick.

    Attributes:
        travels: by station id, best first; those by straight line come after those by road.
        fallback: why the alarm is compared by straight line although there are roads; None when it is not.
        not_by_road: why single stations are not; empty where there are no roads.
    """

    travels: Mapping[str, Travel]
    fallback: str | None = None
    not_by_road: Mapping[str, str] = field(default_factory=dict)


class TravelTimes(Protocol):
    """Whoever can say how long stations need to a place."""

    def compare(
        self, place: Point, stations: Mapping[str, Point], *, place_id: str | None = None
    ) -> Comparison:
        """Compare the journeys of stations, given by id, to a place.

        `place_id` names the registered premises that stand there: their journeys may be ready.
        """


class StraightLine:
    """The rule without roads; every answer says so by its method."""

    def compare(
        self, place: Point, stations: Mapping[str, Point], *, place_id: str | None = None
    ) -> Comparison:
        """Estimate each journey by geodesic distance x 1.4 at 30 km/h."""
        del place_id
        metres = distances_m(place, list(stations.values()))
        ranked = sorted(zip(metres, stations, strict=True))
        return Comparison({station_id: _straight(far_m) for far_m, station_id in ranked})


def _straight(far_m: float) -> Travel:
    way_m = far_m * DETOUR_FACTOR
    return Travel(way_m / SPEED_M_PER_S, way_m, "straight_line")
