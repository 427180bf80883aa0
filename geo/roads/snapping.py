"""From a point to the nearest road.

In degrees the nearest segment is the wrong one in 4 % of cases at 25 N, so everything is laid onto a
plane of metres first: equirectangular with the ellipsoid's own radii at the middle latitude, off by 0.13
% at most over a district.
"""

from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, radians, sin, sqrt
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.point import Point
from geo.roads.grid import NONE, Grid
from geo.roads.network import RoadNetwork

_AXIS_M = 6378137.0  # WGS 84
_ECCENTRICITY_2 = 0.00669437999014  # WGS 84, squared


class Spot(NamedTuple):
    """A place on a road: which segment, how far along it (0 to 1), and how far beside it in metres."""

    segment: int
    fraction: float
    off_m: float


class Spots(NamedTuple):
    """The same of many places, as arrays; segment -1 where there is none near enough."""

    segment: NDArray[np.int64]
    fraction: NDArray[np.float64]
    off_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a corner near by."""

    lon: float
    lat: float
    east_m: float
    north_m: float

    @classmethod
    def of(cls, network: RoadNetwork) -> "Plane":
        """The plane of a network, true at its middle latitude."""
        lat = float(network.lat.min() + network.lat.max()) / 2
        curve = 1 - _ECCENTRICITY_2 * sin(radians(lat)) ** 2
        north_m = radians(1) * _AXIS_M * (1 - _ECCENTRICITY_2) / curve**1.5
        east_m = radians(1) * _AXIS_M / sqrt(curve) * cos(radians(lat))
        return cls(float(network.lon.min()), float(network.lat.min()), east_m, north_m)

    def metres(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """Metres of degrees; numbers or arrays."""
        return (lon - self.lon) * self.east_m, (lat - self.lat) * self.north_m


class SegmentIndex:
    """The segments of a network that count, found by nearness: by a grid where one is near, else by a tree.

    Args:
        network: the network.
        counts: mask of its segments that may be found.
    """

    def __init__(self, network: RoadNetwork, counts: NDArray[np.bool_]) -> None:
        self._plane = Plane.of(network)
        self._segments = np.flatnonzero(counts)
        start, end = network.start[self._segments], network.end[self._segments]
        x, y = self._plane.metres(network.lon, network.lat)
        a, b = np.column_stack((x[start], y[start])), np.column_stack((x[end], y[end]))
        self._lines = np.hstack((a, b - a))

    @cached_property
    def _grid(self) -> Grid:
        start_x, start_y, along_x, along_y = self._lines.T
        return Grid(start_x + 1j * start_y, along_x + 1j * along_y)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        ends = np.stack((self._lines[:, :2], self._lines[:, :2] + self._lines[:, 2:]), axis=1)
        drawn: Any = shapely.linestrings(ends)
        return shapely.STRtree(drawn)

    def nearest(self, point: Point) -> Spot | None:
        """The nearest place on a segment that counts; None where there is none at all."""
        if not len(self._segments):
            return None
        x, y = self._plane.metres(point.lon, point.lat)
        hit = self._grid.nearest(x, y)
        return self._spot(hit if hit != NONE else int(self._tree.nearest(shapely.Point(x, y))), x, y)

    def nearest_of_many(self, lon: NDArray[np.float64], lat: NDArray[np.float64], reach_m: float) -> Spots:
        """The nearest place on a segment that counts for each of many points, as far as one is in reach."""
        if not len(self._segments):
            return Spots(np.full(len(lon), -1), np.zeros(len(lon)), np.full(len(lon), np.inf))
        x, y = self._plane.metres(lon, lat)
        hits = self._grid.nearest_of_many(x, y)
        far = np.flatnonzero(hits == NONE)
        if len(far):
            hits[far] = self._tree.nearest(shapely.points(x[far], y[far]))
        start_x, start_y, along_x, along_y = self._lines[hits].T
        off_x, off_y = x - start_x, y - start_y
        square = along_x * along_x + along_y * along_y
        fraction = (off_x * along_x + off_y * along_y) / np.where(square > 0, square, 1)
        fraction = np.clip(fraction, 0.0, 1.0)
        off_m = np.hypot(off_x - fraction * along_x, off_y - fraction * along_y)
        return Spots(np.where(off_m <= reach_m, self._segments[hits], -1), fraction, off_m)

    def within(self, point: Point, reach_m: float) -> list[Spot]:
        """The nearest place on each segment within reach, nearest first."""
        x, y = self._plane.metres(point.lon, point.lat)
        hits = self._tree.query(shapely.points(np.array((x, y))), predicate="dwithin", distance=reach_m)
        return sorted(
            (self._spot(int(hit), x, y) for hit in hits), key=lambda spot: (spot.off_m, spot.segment)
        )

    def _spot(self, hit: int, x: float, y: float) -> Spot:
        start_x, start_y, along_x, along_y = self._lines[hit].tolist()
        off_x, off_y = x - start_x, y - start_y
        square = along_x * along_x + along_y * along_y
        fraction = (off_x * along_x + off_y * along_y) / square if square else 0.0
        fraction = min(1.0, max(0.0, fraction))
        off_m = hypot(off_x - fraction * along_x, off_y - fraction * along_y)
        return Spot(self._segments.item(hit), fraction, off_m)


class Beside:
    """Where people come to places from: the nearest road of any kind, and the nearest street.

    The street is where an engine stops when the nearest road is a path.

    Args:
        network: the network.
        roads: mask of its segments that count.
        driven: mask of those that engines use.
    """

    def __init__(self, network: RoadNetwork, roads: NDArray[np.bool_], driven: NDArray[np.bool_]) -> None:
        self.roads = SegmentIndex(network, roads)
        self.streets = SegmentIndex(network, roads & driven)
        self._driven = driven

    def many(self, lon: NDArray[np.float64], lat: NDArray[np.float64], reach_m: float) -> tuple[Spots, Spots]:
        """The nearest road of each of many places in reach, and the street where that road is a path."""
        nearest = self.roads.nearest_of_many(lon, lat, reach_m)
        on_path = np.flatnonzero((nearest.segment >= 0) & ~self._driven[nearest.segment])
        street = Spots(np.full(len(lon), -1), np.zeros(len(lon)), np.zeros(len(lon)))
        found = self.streets.nearest_of_many(lon[on_path], lat[on_path], reach_m)
        for every, own in zip(street, found, strict=True):
            every[on_path] = own
        return nearest, street
