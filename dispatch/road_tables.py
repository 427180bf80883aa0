"""Build the roads that alarms are compared by; pure, but slow: off the alarm's path, see `road_keeper`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from geo.point import Point
from geo.roads import ClosureError, Ground, RoadNetwork, RoadTravel, StationSite, TravelTable
from geo.travel import Comparison


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a table is to show: which network, stations, registered premises and closures by id."""

    network_id: int
    sites: tuple[StationSite, ...]
    places: Mapping[str, Point]
    closures: Mapping[int, Point]


@dataclass(frozen=True)
class RoadsInUse:
    """A table with what it was built from, immutable.

    `closures_off` tells of closures that close no road of this network, one line each.
    """

    wanted: Wanted
    network: RoadNetwork
    ground: Ground
    table: TravelTable
    closures_off: tuple[str, ...]

    @cached_property
    def _travel(self) -> RoadTravel:
        return RoadTravel(self.table)

    def compare(
        self, place: Point, stations: Mapping[str, Point], *, place_id: str | None = None
    ) -> Comparison:
        """Compare stations; premises that have moved since count as any other point."""
        stands_there = place_id is not None and self.wanted.places.get(place_id) == place
        return self._travel.compare(place, stations, place_id=place_id if stands_there else None)

    def check_closure(self, point: Point) -> None:
        """Raise geo.roads.ClosureError, a ValueError, for a point with no road within 50 m."""
        self.ground.closed([point])


def build(wanted: Wanted, network: RoadNetwork, before: RoadsInUse | None) -> RoadsInUse:
    """Build what is wanted, on the ground of before where neither network nor stations have changed."""
    if (
        before is not None
        and before.wanted.network_id == wanted.network_id
        and before.wanted.sites == wanted.sites
    ):
        ground = before.ground
    else:
        ground = Ground(network, wanted.sites)
    off = {key: fault for key, point in wanted.closures.items() if (fault := _why_no_closure(ground, point))}
    closures = [point for key, point in wanted.closures.items() if key not in off]
    told = tuple(f"road closure {key} is without effect: {fault}" for key, fault in off.items())
    return RoadsInUse(wanted, network, ground, TravelTable(ground, closures, wanted.places), told)


def _why_no_closure(ground: Ground, point: Point) -> str | None:
    try:
        ground.closed([point])
    except ClosureError as fault:
        return str(fault)
    return None
