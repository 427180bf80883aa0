"""Where a station could stand, and which places it would reach in time from there. Pure.

By road a candidate is a node of the network near a place that nobody reaches; without roads, and for places
off the roads, it is such a place itself. Candidates are thinned by a grid so that their number stays bounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.spatial import KDTree

from geo.coverage import Positions
from geo.point import Point
from geo.roads.classes import Mode
from geo.roads.costs import usable
from geo.roads.ground import Ground, StationSite
from geo.roads.network import RoadNetwork
from geo.roads.table import TravelTable
from geo.travel import DETOUR_FACTOR, SPEED_M_PER_S

Ints = NDArray[np.integer[Any]]
#: So many sites are compared at most.
MOST_CANDIDATES = 2_000
#: By road fewer on large networks: candidates x nodes, some 20 s of shortest paths.
_MOST_SEARCHED = 80_000_000
#: Junctions x candidates that one table holds: some 128 MB.
_TABLE_SIZE = 16_000_000
_NEAR_M = 500.0
_SITES_AT_A_TIME = 100  # what is found is lists at first
_FINEST_M = 20.0
_COARSER = 1.25
#: Makes one number of a square's three: along each axis the earth has less than 2**20 of them.
_ONE_NUMBER = np.array((2**40, 2**20, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Sites, and `reaches` [sites x places]: 1 where a site reaches a place in time."""

    positions: Positions
    reaches: csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """By what a new station's people would travel."""

    ground: Ground
    closures: Sequence[Point]
    mode: Mode


def candidates(unreached: Positions, within_s: float, roads: Roads | None) -> Candidates:
    """Find sites for places that nobody reaches.

    Args:
        unreached: these places.
        within_s: how soon a site must reach a place, seconds.
        roads: None where there are none.
    """
    if roads is None:
        positions = unreached.chosen(thinned(unreached, MOST_CANDIDATES))
        return Candidates(positions, _by_straight_line(positions, unreached, within_s))
    is_beside = roads.ground.snap_many(unreached.lon, unreached.lat, None)[0].segment >= 0
    beside = _nodes_near(roads, unreached.chosen(is_beside))
    aside = unreached.chosen(~is_beside)
    aside = aside.chosen(thinned(aside, MOST_CANDIDATES))
    found = Positions(np.concatenate((beside.lon, aside.lon)), np.concatenate((beside.lat, aside.lat)))
    by_road = [_by_road(roads, part, unreached, within_s) for part in _batches(roads.ground.network, beside)]
    return Candidates(
        found, csr_array(vstack([*by_road, _by_straight_line(aside, unreached, within_s)], format="csr"))
    )


def thinned(places: Positions, most: int) -> Ints:
    """The numbers of some places, spread evenly: the first in each square of a grid."""
    if not len(places):
        return np.arange(0)
    spots = places.on_earth_m()
    cell = _FINEST_M
    while True:
        square = np.floor((spots - spots.min(axis=0)) / cell).astype(np.int64)
        _, first = np.unique(square @ _ONE_NUMBER, return_index=True)
        if len(first) <= most:
            return np.sort(first)
        cell *= _COARSER


def _nodes_near(roads: Roads, places: Positions) -> Positions:
    """The nodes of roads that the station could use, near any of the places."""
    network = roads.ground.network
    used = usable(network, roads.mode)
    nodes = np.unique(np.concatenate((network.start[used], network.end[used])))
    every = Positions(network.lon[nodes], network.lat[nodes])
    if not len(places) or not len(nodes):
        return every.chosen(np.arange(0))
    metres, _ = KDTree(places.on_earth_m()).query(every.on_earth_m(), distance_upper_bound=_NEAR_M)
    near = every.chosen(np.isfinite(metres))
    return near.chosen(thinned(near, min(MOST_CANDIDATES, max(1, _MOST_SEARCHED // network.nodes))))


def _batches(network: RoadNetwork, sites: Positions) -> Iterable[Positions]:
    degree = np.bincount(network.start, minlength=network.nodes)
    degree += np.bincount(network.end, minlength=network.nodes)
    junctions = int((degree != 2).sum())
    batch = max(1, min(MOST_CANDIDATES, _TABLE_SIZE // (2 * (junctions + MOST_CANDIDATES))))
    for first in range(0, len(sites), batch):
        yield sites.chosen(np.arange(first, min(first + batch, len(sites))))


def _by_road(roads: Roads, sites: Positions, places: Positions, within_s: float) -> csr_array:
    stations = [
        StationSite(str(number), Point(lon, lat), roads.mode)
        for number, (lon, lat) in enumerate(zip(sites.lon.tolist(), sites.lat.tolist(), strict=True))
    ]
    table = TravelTable(Ground(roads.ground.network, stations, within_s), roads.closures)
    parts, straight = [], _by_straight_line(sites, places, within_s)
    for part, beside, seconds in table.to_many(places.lon, places.lat):
        by_road = csr_array(((seconds <= within_s) & beside[:, None]).astype(np.int8))
        aside = straight[:, part].T.multiply((~beside)[:, None].astype(np.int8))
        parts.append(by_road + csr_array(aside))
    return csr_array(vstack(parts, format="csr").transpose())


def _by_straight_line(sites: Positions, places: Positions, within_s: float) -> csr_array:
    """Chords of the ellipsoid stand for the ways over it: 1 mm at 10 km."""
    if not len(sites) or not len(places):
        return csr_array(np.zeros((len(sites), len(places)), np.int8))
    reach_m = within_s * SPEED_M_PER_S / DETOUR_FACTOR
    from_sites, to_places = sites.on_earth_m(), KDTree(places.on_earth_m())
    near: list[Ints] = []
    for first in range(0, len(sites), _SITES_AT_A_TIME):
        some = KDTree(from_sites[first : first + _SITES_AT_A_TIME])
        near += [np.array(sorted(found), np.int32) for found in some.query_ball_tree(to_places, reach_m)]
    ends = np.concatenate(([0], np.cumsum([len(found) for found in near])))
    reached = np.concatenate(near)
    return csr_array((np.ones(len(reached), np.int8), reached, ends), shape=(len(sites), len(places)))
