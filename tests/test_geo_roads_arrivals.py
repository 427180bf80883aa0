"""A closure is reckoned from what was known before, and says what reckoning anew would say."""

from itertools import product
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.point import Point
from geo.roads.classes import Mode
from geo.roads.errors import ClosureError
from geo.roads.ground import Ground, StationSite
from geo.roads.network import RoadNetwork
from geo.roads.reading import read_roads
from geo.roads.snapping import Spots
from geo.roads.table import TravelTable
from tests.road_maps import EXTRACTS, at, drawn, road, station

_CORNERS = list(product(range(0, 900, 300), range(0, 1200, 300)))
_ROADS = st.builds(
    road,
    st.sampled_from(_CORNERS),
    st.sampled_from(_CORNERS),
    road_class=st.sampled_from(["road", "primary", "footway", "motorway", "residential"]),
    one_way=st.booleans(),
    width_m=st.sampled_from([nan, nan, 2.0, 0.5]),
)


def _costs(table: TravelTable, segments: Any, fraction: float) -> Any:
    return table._costs_at(Spots(segments, np.full(len(segments), fraction), np.full(len(segments), 3.0)))


def _anew(ground: Ground, closures: list[Point]) -> TravelTable:
    """A table of roads that have been closed from the beginning: their ticks are infinite."""
    shut = ground.closed(closures)
    other = Ground(ground.network, ground.stations)
    other.station_nodes, other.approaches = ground.station_nodes, ground.approaches
    other.network, other.length = ground.network, ground.length
    along, back = ground.ticks
    other.ticks = (np.where(shut[:, None], np.inf, along), np.where(shut[:, None], np.inf, back))
    return TravelTable(other)


def _closes(ground: Ground, point: Point) -> bool:
    try:
        ground.closed([point])
    except ClosureError:
        return False
    return True


@given(
    roads=st.lists(_ROADS, min_size=4, max_size=16).filter(lambda rs: any(c[0] != c[1] for c, _ in rs)),
    where=st.lists(st.tuples(st.sampled_from(_CORNERS), st.sampled_from(list(Mode))), min_size=1, max_size=3),
    shut=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 900)), min_size=1, max_size=4),
)
@settings(deadline=None, max_examples=200)
def test_on_invented_networks_random_closures_are_what_they_are_anew(
    roads: list[Any], where: list[tuple[tuple[float, float], Mode]], shut: list[tuple[float, float]]
) -> None:
    sites = [station(x + 40, y, mode, f"S-{n}") for n, ((x, y), mode) in enumerate(where)]
    ground = Ground(drawn(*roads), sites)
    closures = [at(*place) for place in shut if _closes(ground, at(*place))]
    _is_the_same(ground, closures)


@pytest.mark.parametrize("extract", ["andorra", "liechtenstein"])
def test_on_real_networks_closures_are_what_they_are_anew(extract: str) -> None:
    network = read_roads(EXTRACTS / f"{extract}.osm.pbf")
    chance = np.random.default_rng(7)
    modes = [Mode.ENGINE, Mode.MOTORCYCLE, Mode.FOOT, Mode.ENGINE]
    sites = [
        StationSite(f"S-{n}", _node(network, int(chance.integers(network.nodes))), mode)
        for n, mode in enumerate(modes)
    ]
    ground = Ground(network, sites)
    for count in (1, 1, 1, 30):
        _is_the_same(
            ground, [_node(network, node) for node in chance.integers(0, network.nodes, count).tolist()]
        )


def test_closures_of_one_table_leave_the_next_alone() -> None:
    ground = Ground(drawn(road((0, 0), (1000, 0), (2000, 0))), [station(0, 0)])
    before = TravelTable(ground).to(at(1900, 0)).travel_s.tolist()
    assert TravelTable(ground, [at(1000, 0)]).to(at(1900, 0)).travel_s.tolist() != before
    assert TravelTable(ground).to(at(1900, 0)).travel_s.tolist() == before


def _is_the_same(ground: Ground, closures: list[Point]) -> None:
    table, anew = TravelTable(ground, closures), _anew(ground, closures)
    everywhere = np.arange(ground.network.segments)
    for fraction in (0.0, 0.37, 1.0):
        assert np.array_equal(_costs(table, everywhere, fraction), _costs(anew, everywhere, fraction))


def _node(network: RoadNetwork, node: int) -> Point:
    return Point(float(network.lon[node]), float(network.lat[node]))
