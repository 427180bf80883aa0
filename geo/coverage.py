"""Which places a station reaches in time, and what changes when stations or roads do. Pure.

Arrays throughout: a quarter of a million places against all stations takes seconds. By road where both
ends are beside one, else by the straight-line rule, pair by pair: a place that roads were closed around, more
than 300 m from every road still reached, is reached by nobody, and no rule of thumb may say that it is. (An
alarm's ranking is stricter: it holds all its stations against one yardstick.)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from geo.point import WGS84, Point
from geo.roads.table import TravelTable
from geo.travel import DETOUR_FACTOR, SPEED_M_PER_S

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
NOBODY = -1
_AXIS_M = 6378137.0  # WGS 84
_ECCENTRICITY_2 = 0.00669437999014  # WGS 84, squared


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Points as arrays of degrees, WGS 84."""

    lon: Floats
    lat: Floats

    @classmethod
    def of(cls, points: Iterable[Point]) -> Self:
        """The positions of points, in their order."""
        pairs = np.array([(point.lon, point.lat) for point in points], dtype=float).reshape(-1, 2)
        return cls(pairs[:, 0], pairs[:, 1])

    def __len__(self) -> int:
        return len(self.lon)

    def chosen(self, which: NDArray[np.generic]) -> Self:
        """Some of them, by a mask or by indices."""
        return type(self)(self.lon[which], self.lat[which])

    def on_earth_m(self) -> Floats:
        """Metres from the middle of the earth along three axes, [points x 3].

        A straight line between two of them is shorter than the way over the ground by 1 mm at 10 km.
        """
        lon, lat = np.radians(self.lon), np.radians(self.lat)
        curve = _AXIS_M / np.sqrt(1 - _ECCENTRICITY_2 * np.sin(lat) ** 2)
        across = curve * np.cos(lat)
        up = curve * (1 - _ECCENTRICITY_2) * np.sin(lat)
        return np.column_stack((across * np.cos(lon), across * np.sin(lon), up))


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """For each place the station that is there first.

    Attributes:
        station: its number; NOBODY where none has a way.
        travel_s: its seconds; infinite there.
        by_road: whether they are by road; True, too, where roads end before the place.
    """

    station: NDArray[np.int64]
    travel_s: NDArray[np.float32]
    by_road: Bools

    def within(self, seconds: float) -> Bools:
        """Which places are reached in time."""
        within: Bools = self.travel_s <= seconds
        return within

    def or_faster(self, other: "Reach") -> "Reach":
        """Of both the faster at each place, this one where they are equal."""
        faster = other.travel_s < self.travel_s
        return Reach(
            np.where(faster, other.station, self.station),
            np.where(faster, other.travel_s, self.travel_s),
            np.where(faster, other.by_road, self.by_road),
        )

    def numbered_from(self, first: int) -> "Reach":
        """The same with stations that are counted from another number than 0."""
        station = np.where(self.station == NOBODY, NOBODY, self.station + first)
        return Reach(station, self.travel_s, self.by_road)


def nobody(places: int, *, by_road: bool = False) -> Reach:
    """What no station at all reaches."""
    return Reach(np.full(places, NOBODY), np.full(places, np.inf, np.float32), np.full(places, by_road))


def by_straight_line(stations: Positions, places: Positions) -> Reach:
    """Who is there first by the rule without roads; of stations at one point the first counts."""
    if not len(stations) or not len(places):
        return nobody(len(places))
    spots, first = np.unique(stations.on_earth_m(), axis=0, return_index=True)
    _, nearest = KDTree(spots).query(places.on_earth_m())
    station = first[nearest]
    _, _, metres = WGS84.inv(stations.lon[station], stations.lat[station], places.lon, places.lat)
    seconds = np.asarray(metres) * DETOUR_FACTOR / SPEED_M_PER_S
    return Reach(station, seconds.astype(np.float32), np.zeros(len(places), bool))


@dataclass(frozen=True, slots=True)
class Stations:
    """Stations that would be sent, and the table that knows their journeys by road.

    Attributes:
        positions: of all of them.
        table: None where there are no roads.
        columns: of each station in the table; NOBODY for one that the table does not know.
    """

    positions: Positions
    table: TravelTable | None = None
    columns: Sequence[int] = ()

    def reach(self, places: Positions) -> Reach:
        """Who of them is first at each place."""
        if self.table is None:
            return by_straight_line(self.positions, places)
        columns = np.array(self.columns, dtype=np.int64)
        on_road = columns != NOBODY
        on_road[on_road] = self.table.ground.station_nodes[columns[on_road]] >= 0
        near = self._by_road(self.table, places, np.flatnonzero(on_road), columns)
        off_road = self._straight(np.flatnonzero(~on_road), places)
        found = near.or_faster(off_road)
        apart = np.flatnonzero(~near.by_road)  # no road near by: whoever they are, by straight line
        if len(apart):
            straight = by_straight_line(self.positions, places.chosen(apart))
            found.station[apart] = straight.station
            found.travel_s[apart] = straight.travel_s
            found.by_road[apart] = False
        return found

    def _by_road(
        self, table: TravelTable, places: Positions, stations: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> Reach:
        found = nobody(len(places))
        for part, beside, seconds in table.to_many(places.lon, places.lat):
            found.by_road[part] = beside
            if len(stations):
                mine = seconds[:, columns[stations]]
                first = mine.argmin(axis=1)
                travel_s = mine[np.arange(len(mine)), first]
                found.travel_s[part] = travel_s
                found.station[part] = np.where(np.isfinite(travel_s), stations[first], NOBODY)
        return found

    def _straight(self, stations: NDArray[np.int64], places: Positions) -> Reach:
        found = by_straight_line(self.positions.chosen(stations), places)
        if not len(stations):
            return found
        return Reach(stations[found.station], found.travel_s, found.by_road)


@dataclass(frozen=True, slots=True)
class Tally:
    """Places counted, and the people who live there as far as it is known."""

    premises: int
    residents: int


def tally(which: Bools, residents: NDArray[np.int64]) -> Tally:
    """Count some of the places; unknown residents are 0 in their array."""
    return Tally(int(which.sum()), int(residents[which].sum()))


def changed(before: Reach, after: Reach, within_s: float) -> tuple[Bools, Bools]:
    """Which places are reached in time only after, and which only before."""
    was, is_now = before.within(within_s), after.within(within_s)
    return is_now & ~was, was & ~is_now
