"""Travel times from every station to every junction, and from them to any place: the look-up of an alarm.

One shortest-path search a station over two layers of the same junctions: driving, and walking on from
where the vehicle stops (a one-way change). A place takes the best of both, from both ends of its road.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from geo.point import Point
from geo.roads.chains import chain
from geo.roads.classes import Mode
from geo.roads.costs import LAYERS, PER_TICK, off_road, pack, unpack
from geo.roads.ground import OFF_ROAD_M, Ground, NotByRoad
from geo.roads.network import Bools, Floats, Ints
from geo.roads.snapping import Beside, Spot, Spots

_FOOT = LAYERS.index(Mode.FOOT)
_AHEAD, _BEHIND = range(len(LAYERS)), range(len(LAYERS), 2 * len(LAYERS))
_AT_A_TIME = 1000  # places; some megabytes of arrivals
_NO_WAY = 2 * len(LAYERS)  # the column of a cost that is always infinite


@dataclass(frozen=True, slots=True, eq=False)
class Journeys:
    """All stations' journeys to one place, in the order of `TravelTable.ground.stations`.

    Attributes:
        travel_s: seconds; infinite where there is no way by road.
        distance_m: metres along the way, likewise.
        order: the columns of the stations, fastest first.
        reason: why none is by road; None when some are.
    """

    travel_s: NDArray[np.float32]
    distance_m: NDArray[np.float32]
    order: NDArray[np.int16]
    reason: NotByRoad | None


class TravelTable:
    """Immutable: when a road closes or opens, make another and swap it.

    Args:
        ground: the network and the stations.
        closures: points at which roads are closed to everybody.
        places: registered places, whose journeys are kept ready.

    Raises ClosureError for a closure with no road within 50 m.
    """

    def __init__(
        self, ground: Ground, closures: Iterable[Point] = (), places: Mapping[str, Point] | None = None
    ) -> None:
        self.ground = ground
        shut = ground.closed(closures)
        self._closed: Bools | None = shut if shut.any() else None
        along, back = ground.ticks
        if self._closed is not None:
            along, back = (np.where(shut[:, None], np.inf, ticks) for ticks in (along, back))
        stations = np.unique(ground.station_nodes[ground.station_nodes >= 0])
        ends = (ground.network.start, ground.network.end)
        self._chains = chain(ends, along, back, ground.length, stations)
        self._near, self._span, self._metres = self._entries(along, back)
        self._arrivals = self._searched()
        self._rows = self._chain_rows()
        self._columns = self._cost_columns()
        #: The journeys to the registered places, by their ids.
        self.registered = self._ready(places or {})

    def _ready(self, places: Mapping[str, Point]) -> Mapping[str, Journeys]:
        lon, lat = (np.array([p.lon for p in places.values()]), np.array([p.lat for p in places.values()]))
        said = (
            self._journeys(bool(on), row)
            for _, by_road, cost in self._costs(lon, lat)
            for on, row in zip(by_road, cost, strict=True)
        )
        return dict(zip(places, said, strict=True))

    @property
    def nbytes(self) -> int:
        """The bytes of its arrays, without the ground's and the registered places'."""
        chains = self._chains
        parts = (getattr(chains, name) for name in chains.__slots__)
        own = (self._arrivals, self._near, self._span, self._metres, self._rows)
        return sum(int(part.nbytes) for part in (*parts, *own))

    @property
    def segments_in_use(self) -> Ints:
        """The segments of the ground's network that somebody may use, closures counted."""
        return np.flatnonzero(self._chains.of_segment >= 0)

    def to(self, place: Point) -> Journeys:
        """The journeys of all stations to a place."""
        spots = self.ground.snap(place, self._closed)
        found = self._journeys(bool(spots), self._cheapest_of(spots))
        if found.reason is not NotByRoad.UNREACHABLE:
            return found
        onward = self._from_reached(np.array([place.lon]), np.array([place.lat]))[0]
        return self._journeys(bool(spots), onward)

    def _journeys(self, by_road: bool, cost: Floats) -> Journeys:  # noqa: FBT001
        order = cost.argsort(kind="stable").astype(np.int16)
        seconds, metres = unpack(cost)
        reason = None if by_road else NotByRoad.PLACE_OFF_ROAD
        if by_road and not (len(order) and cost[order[0]] < np.inf):
            reason = NotByRoad.UNREACHABLE
        return Journeys(seconds.astype(np.float32), metres.astype(np.float32), order, reason)

    def _cheapest_of(self, spots: Sequence[Spot]) -> Floats:
        if not spots:
            return np.full(len(self.ground.stations), np.inf)
        cost = self.cost_at(spots[0])
        for spot in spots[1:]:
            cost = np.minimum(cost, self.cost_at(spot))
        return cost

    def cost_at(self, spot: Spot) -> Floats:
        """The cost of every station's journey to a place beside a road, on foot from there."""
        segment = spot.segment
        run = self._chains.of_segment[segment]
        if run < 0:
            return np.full(len(self.ground.stations), np.inf)
        onward = 1 - spot.fraction if self._chains.flipped[segment] else spot.fraction
        length = float(self.ground.length[segment])
        part = onward * length // 1
        beside = off_road(spot.off_m)
        near, span = self._near[segment].tolist(), self._span[segment].tolist()
        to_first, to_last = self._metres[segment].tolist()
        ahead, behind = to_first + part + beside, to_last + length - part + beside
        costs = [(near[i] + onward * span[i] // 1) * PER_TICK + ahead for i in _AHEAD]
        costs += [(near[i] + (1 - onward) * span[i] // 1) * PER_TICK + behind for i in _BEHIND]
        costs.append(np.inf)
        arrivals = self._arrivals.take(self._rows[run], axis=0)
        arrivals += np.array(costs).take(self._columns)
        best: Floats = arrivals.min(axis=0)
        return best

    def to_many(self, lon: Floats, lat: Floats) -> Iterator[tuple[slice, Bools, NDArray[np.float32]]]:
        """The same seconds for many places, some at a time so that memory stays small.

        Yields which of the places, whether each is beside a road, and their seconds [places x stations].
        """
        for part, by_road, cost in self._costs(lon, lat):
            yield part, by_road, unpack(cost)[0].astype(np.float32)

    def _costs(self, lon: Floats, lat: Floats) -> Iterator[tuple[slice, Bools, Floats]]:
        for first in range(0, len(lon), _AT_A_TIME):
            part = slice(first, first + _AT_A_TIME)
            nearest, street, singly = self.ground.snap_many(lon[part], lat[part], self._closed)
            by_road, cost = nearest.segment >= 0, self._cheaper_of(nearest, street)
            for index in singly.tolist():
                place = Point(float(lon[part][index]), float(lat[part][index]))
                spots = self.ground.snap(place, self._closed)
                by_road[index], cost[index] = bool(spots), self._cheapest_of(spots)
            lost = np.flatnonzero(by_road & ~(cost < np.inf).any(axis=1))
            if len(lost):
                cost[lost] = self._from_reached(lon[part][lost], lat[part][lost])
            yield part, by_road, cost

    def _cheaper_of(self, nearest: Spots, street: Spots) -> Floats:
        """The costs from the nearest road, or from the street where that is cheaper."""
        cost, again = self._costs_at(nearest), np.flatnonzero(street.segment >= 0)
        if len(again):
            segment, fraction, off_m = street
            by_street = self._costs_at(Spots(segment[again], fraction[again], off_m[again]))
            cost[again] = np.minimum(cost[again], by_street)
        return cost

    def _from_reached(self, lon: Floats, lat: Floats) -> Floats:
        """The costs to places beside roads that no station reaches: on foot from the nearest one reached."""
        return self._cheaper_of(*self._beside_reached.many(lon, lat, OFF_ROAD_M))

    @cached_property
    def _beside_reached(self) -> Beside:
        """Made when it is first asked for, in less than 0.1 s: on most networks few places need it."""
        chains, columns = self._chains, self._columns
        near = np.column_stack((self._near, np.full(len(self._near), np.inf)))
        reached = np.zeros(len(near), bool)
        for way, rows in enumerate(self._rows.T):
            for column in np.unique(columns[way]):
                arrived = np.asarray((self._arrivals[:, columns[way] == column] < np.inf).any(axis=1))
                reached |= arrived[rows][chains.of_segment] & (near[:, column] < np.inf)
        return self.ground.beside(reached & (chains.of_segment >= 0))

    def _costs_at(self, spots: Spots) -> Floats:
        """`cost_at` for many spots at once, [spots x stations]."""
        segment, fraction = spots.segment, spots.fraction
        run = np.where(segment >= 0, self._chains.of_segment[segment], -1)
        onward = np.where(self._chains.flipped[segment], 1 - fraction, fraction)
        length = self.ground.length[segment]
        part = np.floor(onward * length)
        beside = np.array([off_road(metres) for metres in np.where(run >= 0, spots.off_m, 0).tolist()])
        near, span, metres = self._near[segment], self._span[segment], self._metres[segment]
        ahead = near[:, _AHEAD] + np.floor(onward[:, None] * span[:, _AHEAD])
        behind = near[:, _BEHIND] + np.floor((1 - onward)[:, None] * span[:, _BEHIND])
        costs = np.column_stack(
            (
                ahead * PER_TICK + (metres[:, 0] + part + beside)[:, None],
                behind * PER_TICK + (metres[:, 1] + length - part + beside)[:, None],
                np.full(len(segment), np.inf),
            )
        )
        arrivals = self._arrivals[self._rows[run]]
        arrivals += costs[:, self._columns]
        best: Floats = arrivals.min(axis=1)
        best[run < 0] = np.inf
        return best

    def _entries(self, along: Floats, back: Floats) -> tuple[Floats, Floats, Floats]:
        """What a place on each segment costs from the first and from the last junction of its chain.

        Ticks to the segment and over it, [segments x 2 layers], first all layers from the first junction; and
        decimetres to it, [segments x 2].
        """
        chains, flipped = self._chains, self._chains.flipped[:, None]
        over = np.hstack((np.where(flipped, back, along), np.where(flipped, along, back)))
        return (
            np.hstack((chains.before, chains.behind)),
            np.where(np.isfinite(over), over, 0),  # what is infinite is so in the first array
            np.column_stack((chains.length_before, chains.length_behind)),
        )

    def _searched(self) -> Floats:
        """The cost of each station's way to each node, driving and then walking: [2 x nodes, stations].

        The last node of a layer stands for every dead end: nothing is ever come to from there.

        One search at a time: scipy holds the interpreter during each, and an alarm must not wait for all.
        """
        ground, junctions = self.ground, len(self._chains.nodes) + 1
        graphs = {mode: self._graph(mode) for mode in {station.mode for station in ground.stations}}
        arrivals = np.full((2 * junctions, len(ground.stations)), np.inf)
        for column, (station, node) in enumerate(zip(ground.stations, ground.station_nodes, strict=True)):
            if node >= 0:
                start = int(np.searchsorted(self._chains.nodes, node))
                start += junctions if station.mode is Mode.FOOT else 0
                way = dijkstra(graphs[station.mode], indices=[start])[0]
                arrivals[:, column] = way + ground.approaches[column]
        return arrivals

    def _graph(self, mode: Mode) -> csr_array:
        """Junctions driving, the same junctions walking, and the change between; costs as weights."""
        chains, dead_end = self._chains, len(self._chains.nodes)
        junctions = dead_end + 1
        starts, ends, costs = [], [], []
        for layer, offset in ((LAYERS.index(mode), 0), (_FOOT, junctions)):
            if layer == _FOOT and offset == 0:
                continue  # people on foot have nothing to drive
            for start, end, ticks in (
                (chains.first, chains.last, chains.along[:, layer]),
                (chains.last, chains.first, chains.back[:, layer]),
            ):
                open_ = np.isfinite(ticks) & (start != dead_end) & (end != dead_end)
                starts.append(start[open_] + offset)
                ends.append(end[open_] + offset)
                costs.append(pack(ticks[open_], chains.length[open_]))
        change = np.arange(dead_end)
        starts.append(change)
        ends.append(change + junctions)
        costs.append(np.zeros(dead_end))
        return _cheapest(np.concatenate(starts), np.concatenate(ends), np.concatenate(costs), 2 * junctions)

    def _chain_rows(self) -> NDArray[Any]:
        """For each chain the four rows of `_arrivals` from which a place on it is come to."""
        first, last, junctions = self._chains.first, self._chains.last, len(self._chains.nodes) + 1
        return np.column_stack((first, last, junctions + first, junctions + last))

    def _cost_columns(self) -> NDArray[Any]:
        """For each way into a chain (first and last driving, first and last walking) and each station, which
        column of costs counts.
        """
        layers = np.array([LAYERS.index(station.mode) for station in self.ground.stations], dtype=np.int64)
        driven = layers != _FOOT
        ahead = np.where(driven, layers, _NO_WAY)
        behind = np.where(driven, layers + _FOOT + 1, _NO_WAY)
        walked = np.full_like(layers, _FOOT)
        return np.stack((ahead, behind, walked, walked + _FOOT + 1))


def _cheapest(start: NDArray[Any], end: NDArray[Any], cost: Floats, nodes: int) -> csr_array:
    """The graph of these edges; of parallel ones the cheapest (scipy would add them up)."""
    order = np.lexsort((cost, end, start))
    start, end, cost = start[order], end[order], cost[order]
    new = np.ones(len(start), bool)
    new[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    return coo_array((cost[new], (start[new], end[new])), shape=(nodes, nodes)).tocsr()
