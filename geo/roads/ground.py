"""A road network with the stations put onto it: what stays the same while roads close and open."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from geo.point import Point
from geo.roads.arrivals import Arrivals
from geo.roads.building import SEGMENT_M
from geo.roads.classes import Mode, road_classes
from geo.roads.costs import LAYERS, lengths, off_road, ticks, usable
from geo.roads.errors import ClosureError
from geo.roads.network import Bools, Floats, Ints, RoadNetwork, split
from geo.roads.snapping import Beside, SegmentIndex, Spot, Spots

#: Farther from every road than this, a place or a station is not reached by road.
OFF_ROAD_M = 300.0
#: A closure farther from every road than this is refused.
CLOSURE_M = 50.0
#: Roads as near to a closure as the nearest one, give or take this, close with it: at a junction all of them.
_AS_NEAR_M = 1.0


class NotByRoad(StrEnum):
    """Why a journey is not by road."""

    PLACE_OFF_ROAD = "place_off_road"
    STATION_OFF_ROAD = "station_off_road"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class StationSite:
    """Where a station is and how its people travel."""

    id: str
    point: Point
    mode: Mode


class Ground:
    """Immutable after construction; make a new one when the network or a station changes.

    Args:
        network: the network.
        stations: the stations.
        within_s: what takes longer than this need not be found; a way of more may be told as none.

    Attributes:
        network: the network, cut where the stations come onto it.
        stations: as given.
        station_nodes: the node of each station; -1 where no road that it can use is within 300 m.
        approaches: the cost of each station's way to its road.
        length: of each segment, decimetres.
        ticks: of each segment along and back, [segments x layers].
    """

    def __init__(
        self, network: RoadNetwork, stations: Iterable[StationSite], within_s: float = np.inf
    ) -> None:
        self.stations: Sequence[StationSite] = tuple(stations)
        self.within_s = within_s
        spots = _station_spots(network, self.stations)
        cuts = [spot for spot in spots if spot is not None and 0 < spot.fraction < 1]
        self.network, cut_nodes = split(
            network,
            np.array([spot.segment for spot in cuts], dtype=np.int64),
            np.array([spot.fraction for spot in cuts]),
        )
        new = iter(cut_nodes.tolist())
        self.station_nodes = np.array([_node(network, spot, new) for spot in spots], dtype=np.int64)
        self.approaches = np.array(
            [_approach(site, spot) for site, spot in zip(self.stations, spots, strict=True)]
        )
        self.length = lengths(self.network)
        self.ticks = ticks(self.network)
        self._driven: Bools = np.isfinite(self.ticks[0][:, LAYERS.index(Mode.ENGINE)])
        self._beside = self.beside(np.asarray(np.isfinite(self.ticks[0]).any(axis=1)))
        self._roads, self._streets = self._beside.roads, self._beside.streets

    @cached_property
    def arrivals(self) -> Arrivals:
        """The stations' ways with all roads open: what takes long, done once."""
        return Arrivals(self)

    def beside(self, roads: Bools) -> Beside:
        """What finds places beside some of the roads only, given as a mask of segments."""
        return Beside(self.network, roads, self._driven)

    def snap(self, point: Point, closed: Bools | None) -> list[Spot]:
        """Where people come to a place from: the nearest road of any kind, and the nearest street.

        The street is where an engine stops when the nearest road is a path. Empty beyond 300 m. A place on a
        closed piece is come to from the open ones around it, whichever side is reached.
        """
        nearest = self._roads.nearest(point)
        if nearest is None or nearest.off_m > OFF_ROAD_M:
            return []
        if closed is not None and closed[nearest.segment]:
            return self._round_closure(point, nearest, closed)
        if self._driven[nearest.segment]:
            return [nearest]
        street = self._streets.nearest(point)
        if street is None or street.off_m > OFF_ROAD_M or (closed is not None and closed[street.segment]):
            return [nearest]
        return [nearest, street]

    def snap_many(self, lon: Floats, lat: Floats, closed: Bools | None) -> tuple[Spots, Spots, Ints]:
        """The same for many places: the nearest road of each, the street where that road is a path, and which
        places are on closed pieces, to be looked at one by one.
        """
        nearest, street = self._beside.many(lon, lat, OFF_ROAD_M)
        shut = np.zeros(self.network.segments, bool) if closed is None else closed
        street.segment[shut[street.segment]] = -1  # -1 itself may be shut: then it stays -1
        return nearest, street, np.flatnonzero((nearest.segment >= 0) & shut[nearest.segment])

    def closed(self, points: Iterable[Point]) -> Bools:
        """The segments that closures at these points close, both directions, as a mask.

        Raises ClosureError for a point with no road within 50 m.
        """
        mask = np.zeros(self.network.segments, bool)
        for point in points:
            near = self._roads.within(point, CLOSURE_M + _AS_NEAR_M)
            if not near or near[0].off_m > CLOSURE_M:
                far = self._roads.nearest(point)
                told = "there is none" if far is None else f"the nearest is {far.off_m:.0f} m away"
                raise ClosureError(
                    f"no road within {CLOSURE_M:.0f} m of {point.lon}, {point.lat}: {told}; "
                    "give a point on the road that is closed"
                )
            mask[[spot.segment for spot in near if spot.off_m <= near[0].off_m + _AS_NEAR_M]] = True
        return mask

    def _round_closure(self, point: Point, on_closed: Spot, closed: Bools) -> list[Spot]:
        """The open pieces about a closed one (at most `SEGMENT_M` long); else the nearest open one."""
        near = [spot for spot in self._roads.within(point, OFF_ROAD_M) if not closed[spot.segment]]
        return [spot for spot in near if spot.off_m <= on_closed.off_m + SEGMENT_M] or near[:1]


def _station_spots(network: RoadNetwork, stations: Sequence[StationSite]) -> list[Spot | None]:
    indexes = {mode: SegmentIndex(network, usable(network, mode)) for mode in {s.mode for s in stations}}
    spots = [indexes[station.mode].nearest(station.point) for station in stations]
    return [spot if spot is not None and spot.off_m <= OFF_ROAD_M else None for spot in spots]


def _node(network: RoadNetwork, spot: Spot | None, new: Iterator[int]) -> int:
    if spot is None:
        return -1
    if 0 < spot.fraction < 1:
        return next(new)
    ends = network.end if spot.fraction else network.start
    return int(ends[spot.segment])


def _approach(site: StationSite, spot: Spot | None) -> float:
    """A yard is driven like a service road."""
    if spot is None:
        return float("inf")
    speeds = road_classes().speed_kmh["service"]
    return off_road(spot.off_m, speeds[site.mode])
