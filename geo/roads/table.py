"""Travel times from every station to every junction, and from them to any place: the look-up of an alarm.

One shortest-path search a station over two layers of the same junctions: driving, and walking on from
where the vehicle stops (a one-way change). A place takes the best of both, from both ends of its road.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.point import Point
from geo.roads.arrivals import FOOT
from geo.roads.chains import Chains
from geo.roads.costs import LAYERS, PER_TICK, off_road, off_roads, unpack
from geo.roads.ground import OFF_ROAD_M, Ground, NotByRoad
from geo.roads.network import Bools, Floats, Ints
from geo.roads.snapping import Beside, Spot, Spots

_AHEAD, _BEHIND = range(len(LAYERS)), range(len(LAYERS), 2 * len(LAYERS))
_AT_A_TIME = 1000  # places; some megabytes of arrivals
_NO_WAY = 2 * len(LAYERS)  # the column of a cost that is always infinite
#: In a row of `_entries`: from what is to come to a segment to what is over it; the decimetres to it.
_OVER, _TO_FIRST, _TO_LAST = 2 * len(LAYERS), 4 * len(LAYERS), 4 * len(LAYERS) + 1


class Journeys(NamedTuple):
    """All stations' journeys to one place, in the order of `TravelTable.ground.stations`.

    Attributes:
        travel_s: seconds; infinite where there is no way by road.
        distance_m: metres along the way, likewise.
        reason: why none is by road; None when some are.
    """

    travel_s: NDArray[np.float32]
    distance_m: NDArray[np.float32]
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
        self._chains = ground.arrivals.chains
        self._entries = _entries(self._chains, *ground.ticks)
        self._arrivals = ground.arrivals.open
        if self._closed is not None:
            self._arrivals = ground.arrivals.without(shut)
            _shut_entries(self._entries, self._chains, shut)
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
        """The bytes of its arrays and of the arrivals it was made from, without the registered places'."""
        chains = self._chains
        parts = (getattr(chains, name) for name in chains.__slots__)
        closed = () if self._closed is None else (self._arrivals, self._closed)
        own = (self.ground.arrivals.open, *closed, self._entries, self._rows)
        return sum(int(part.nbytes) for part in (*parts, *own))

    @property
    def segments_in_use(self) -> Ints:
        """The segments of the ground's network that somebody may use, closures counted."""
        used = self._chains.of_segment >= 0
        return np.flatnonzero(used if self._closed is None else used & ~self._closed)

    def to(self, place: Point) -> Journeys:
        """The journeys of all stations to a place."""
        spots = self.ground.snap(place, self._closed)
        found = self._journeys(bool(spots), self._cheapest_of(spots))
        if found.reason is not NotByRoad.UNREACHABLE:
            return found
        onward = self._from_reached(np.array([place.lon]), np.array([place.lat]))[0]
        return self._journeys(bool(spots), onward)

    def _journeys(self, by_road: bool, cost: Floats) -> Journeys:  # noqa: FBT001
        seconds, metres = unpack(cost)
        reason = None if by_road else NotByRoad.PLACE_OFF_ROAD
        if by_road and not (len(cost) and cost.item(cost.argmin()) < np.inf):
            reason = NotByRoad.UNREACHABLE
        return Journeys(seconds.astype(np.float32), metres.astype(np.float32), reason)

    def _cheapest_of(self, spots: Sequence[Spot]) -> Floats:
        if not spots:
            return np.full(len(self.ground.stations), np.inf)
        cost = self.cost_at(spots[0])
        for spot in spots[1:]:
            cost = np.minimum(cost, self.cost_at(spot))
        return cost

    def cost_at(self, spot: Spot) -> Floats:
        """The cost of every station's journey to a place beside a road, on foot from there."""
        run = self._chains.of_segment.item(spot.segment)
        entry, length = self._entries[spot.segment].tolist(), self.ground.length.item(spot.segment)
        along, rest = spot.fraction, 1 - spot.fraction
        part = along * length // 1
        left = length - part
        if self._chains.flipped.item(spot.segment):
            along, rest, part, left = rest, along, left, part
        beside = off_road(spot.off_m)
        ahead, behind = entry[_TO_FIRST] + part + beside, entry[_TO_LAST] + left + beside
        costs = [(entry[i] + along * entry[i + _OVER] // 1) * PER_TICK + ahead for i in _AHEAD]
        costs += [(entry[i] + rest * entry[i + _OVER] // 1) * PER_TICK + behind for i in _BEHIND]
        costs.append(np.inf)
        arrivals = self._arrivals.take(self._rows[run], axis=0)
        arrivals += np.array(costs).take(self._columns)
        best: Floats = np.minimum.reduce(arrivals)
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
            lost = by_road & ~(cost < np.inf).any(axis=1)
            if lost.any() and self.ground.within_s < np.inf:  # too far for all, or with no way at all?
                lost[singly] = False
                lost &= ~self._reached[nearest.segment]
                lost &= (street.segment < 0) | ~self._reached[street.segment]
            if lost.any():
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
        """Made when it is first asked for, in less than 0.2 s: on most networks few places need it."""
        return self.ground.beside(self._reached)

    @cached_property
    def _reached(self) -> Bools:
        """The segments that any station comes to."""
        arrivals, run = self.ground.arrivals, self._chains.of_segment
        reached = np.zeros(len(run), bool)
        for mode, columns in arrivals.columns.items():
            come_to = arrivals.come_to(mode, self._closed)
            for rows, column in zip(self._rows.T, self._columns[:, columns[:1]].T.reshape(-1), strict=False):
                if column != _NO_WAY:
                    reached |= come_to[rows][run] & (self._entries[:, column] < np.inf)
        return reached

    def _costs_at(self, spots: Spots) -> Floats:
        """`cost_at` for many spots at once, [spots x stations]."""
        segment, fraction = spots.segment, spots.fraction
        run = np.where(segment >= 0, self._chains.of_segment[segment], -1)
        flipped, length = self._chains.flipped[segment], self.ground.length[segment]
        part = np.floor(fraction * length)
        along, rest = np.where(flipped, 1 - fraction, fraction), np.where(flipped, fraction, 1 - fraction)
        part, left = np.where(flipped, length - part, part), np.where(flipped, part, length - part)
        beside = off_roads(np.where(run >= 0, spots.off_m, 0))
        entry = self._entries[segment]
        near, span = entry[:, :_OVER], entry[:, _OVER : 2 * _OVER]
        ahead = near[:, _AHEAD] + np.floor(along[:, None] * span[:, _AHEAD])
        behind = near[:, _BEHIND] + np.floor(rest[:, None] * span[:, _BEHIND])
        costs = np.column_stack(
            (
                ahead * PER_TICK + (entry[:, _TO_FIRST] + part + beside)[:, None],
                behind * PER_TICK + (entry[:, _TO_LAST] + left + beside)[:, None],
                np.full(len(segment), np.inf),
            )
        )
        arrivals = self._arrivals[self._rows[run]]
        arrivals += costs[:, self._columns]
        best: Floats = arrivals.min(axis=1)
        return best

    def _chain_rows(self) -> NDArray[Any]:
        """For each chain the four rows of `_arrivals` from which a place on it is come to.

        The last is for what lies on no chain: dead ends, which nobody comes from.
        """
        dead_end = len(self._chains.nodes)
        first, last = np.append(self._chains.first, dead_end), np.append(self._chains.last, dead_end)
        return np.column_stack((first, last, dead_end + 1 + first, dead_end + 1 + last))

    def _cost_columns(self) -> NDArray[Any]:
        """For each way into a chain (first and last driving, first and last walking) and each station, which
        column of costs counts.
        """
        layers = np.array([LAYERS.index(station.mode) for station in self.ground.stations], dtype=np.int64)
        driven = layers != FOOT
        ahead = np.where(driven, layers, _NO_WAY)
        behind = np.where(driven, layers + FOOT + 1, _NO_WAY)
        walked = np.full_like(layers, FOOT)
        return np.stack((ahead, behind, walked, walked + FOOT + 1))


def _entries(chains: Chains, along: Floats, back: Floats) -> Floats:
    """What a place on each segment costs from the first and from the last junction of its chain.

    Ticks to the segment [segments x 2 layers], first all layers from the first junction; ticks over it,
    likewise; and decimetres to it from both.
    """
    flipped = chains.flipped[:, None]
    over = np.hstack((np.where(flipped, back, along), np.where(flipped, along, back)))
    return np.hstack(
        (
            chains.before,
            chains.behind,
            np.where(np.isfinite(over), over, 0),  # what is infinite is so in the ticks to it
            chains.length_before[:, None],
            chains.length_behind[:, None],
        )
    )


def _shut_entries(entries: Floats, chains: Chains, shut: Bools) -> None:
    """To what is closed on a chain, and beyond, nobody comes from its first junction; so from its last."""
    closed = np.flatnonzero(shut & (chains.of_segment >= 0))
    runs, order = chains.of_segment[closed], chains.order[closed]
    first, last = np.full(len(chains.first), len(shut)), np.full(len(chains.first), -1)
    np.minimum.at(first, runs, order)
    np.maximum.at(last, runs, order)
    on = np.flatnonzero(chains.of_segment >= 0)
    run, order = chains.of_segment[on], chains.order[on]
    entries[on[order >= first[run]], : len(LAYERS)] = np.inf
    entries[on[order <= last[run]], len(LAYERS) : 2 * len(LAYERS)] = np.inf
