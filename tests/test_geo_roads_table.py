"""Travel tables against two slow references, and what a journey is."""

from itertools import product
from math import inf, nan

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.point import Point
from geo.roads.classes import Mode
from geo.roads.errors import ClosureError
from geo.roads.ground import Ground, StationSite
from geo.roads.reading import read_roads
from geo.roads.table import TravelTable
from tests.road_maps import (
    EXTRACTS,
    at,
    drawn,
    reference_edges,
    reference_graph,
    road,
    station,
    table_at_nodes,
)

DRIVE_M_PER_S = 30 / 3.6


@pytest.mark.parametrize(("extract", "other"), [("andorra", Mode.MOTORCYCLE), ("liechtenstein", Mode.FOOT)])
def test_on_real_networks_every_node_agrees_with_networkx(extract: str, other: Mode) -> None:
    network = read_roads(EXTRACTS / f"{extract}.osm.pbf")
    chance = np.random.default_rng(135)
    modes = [Mode.ENGINE, other]
    picked = chance.integers(0, network.nodes, len(modes))
    sites = [
        StationSite(f"S-{n}", Point(network.lon[node], network.lat[node]), mode)
        for n, (node, mode) in enumerate(zip(picked, modes, strict=True))
    ]
    closures = [Point(network.lon[n], network.lat[n]) for n in chance.integers(0, network.nodes, 5)]
    found = TravelTable(Ground(network, sites), closures)
    travel_s, metres = table_at_nodes(found)
    closed = found.ground.closed(closures)
    for column, (site, node) in enumerate(zip(sites, found.ground.station_nodes, strict=True)):
        graph = reference_graph(found.ground, site.mode, closed)
        start = ("walk" if site.mode is Mode.FOOT else "drive", int(node))
        approach_s = found.ground.approaches[column] // 2**22 / 100_000
        before, expected = nx.dijkstra_predecessor_and_distance(graph, start, weight="s")
        known = {n: s + approach_s for (layer, n), s in expected.items() if layer == "walk"}
        reference = np.array([known.get(n, inf) for n in range(found.ground.network.nodes)])
        on_open_road = ~np.isnan(travel_s[:, column])
        assert np.allclose(travel_s[on_open_road, column], reference[on_open_road], atol=0.02, rtol=0)
        assert np.isinf(np.delete(reference, node)[~np.delete(on_open_road, node)]).all()
        for sample in chance.choice(np.flatnonzero(on_open_road & np.isfinite(reference)), 50):
            way_m, at_node = found.ground.approaches[column] % 2**22 / 10, ("walk", int(sample))
            while at_node != start:
                way_m += graph[before[at_node][0]][at_node]["m"]
                at_node = before[at_node][0]
            assert metres[sample, column] == pytest.approx(way_m, rel=1e-3, abs=5)


CLASSES = st.sampled_from(["road", "primary", "footway", "motorway", "steps", "residential"])
SPOTS = list(product(range(0, 900, 300), range(0, 1200, 300)))
ROADS = st.builds(
    road,
    st.sampled_from(SPOTS),
    st.sampled_from(SPOTS),
    road_class=CLASSES,
    one_way=st.booleans(),
    speed_kmh=st.sampled_from([nan, nan, 20.0]),
    limit_kmh=st.sampled_from([nan, 15.0]),
    width_m=st.sampled_from([nan, nan, 2.0, 0.5]),
    barred=st.sampled_from([0, 0, 0, Mode.ENGINE.bit, Mode.FOOT.bit]),
)


@given(
    roads=st.lists(ROADS, min_size=4, max_size=14).filter(lambda rs: any(c[0] != c[1] for c, _ in rs)),
    where=st.lists(st.tuples(st.sampled_from(SPOTS), st.sampled_from(list(Mode))), min_size=1, max_size=3),
    shut=st.lists(st.sampled_from(SPOTS), max_size=2),
)
@settings(deadline=None, max_examples=150)
def test_on_invented_networks_every_node_agrees_with_floyd_and_warshall(
    roads: list[tuple[tuple[tuple[float, float], ...], dict[str, object]]],
    where: list[tuple[tuple[float, float], Mode]],
    shut: list[tuple[float, float]],
) -> None:
    network = drawn(*roads)
    sites = [station(x + 40, y, mode, f"S-{n}") for n, ((x, y), mode) in enumerate(where)]
    ground = Ground(network, sites)
    closures = []
    for corner in shut:
        try:
            ground.closed([at(*corner)])
        except ClosureError:
            continue
        closures.append(at(*corner))
    closed = ground.closed(closures)
    travel_s, _ = table_at_nodes(TravelTable(ground, closures))
    for column, (site, node) in enumerate(zip(sites, ground.station_nodes, strict=True)):
        layer = 1 if site.mode is Mode.FOOT else 0
        on_open_road = ~np.isnan(travel_s[:, column])
        said = travel_s[on_open_road, column]
        if node < 0:
            assert np.isinf(said).all()
            continue
        on_open_road[node] = False  # a station at the head of a one-way road without pavement is not on it
        approach_s = ground.approaches[column] // 2**22 / 100_000
        reference = _floyd_warshall(ground, site.mode, closed)[layer * ground.network.nodes + node]
        walked = reference[ground.network.nodes :] + approach_s
        assert np.allclose(travel_s[on_open_road, column], walked[on_open_road], atol=0.02, rtol=0)


def _floyd_warshall(ground: Ground, mode: Mode, closed: np.ndarray) -> np.ndarray:
    nodes = ground.network.nodes
    number = {"drive": 0, "walk": nodes}
    times = np.full((2 * nodes, 2 * nodes), inf)
    np.fill_diagonal(times, 0)
    for (layer, start), (other, end), travel_s, _ in reference_edges(ground, mode, closed):
        row, column = number[layer] + start, number[other] + end
        times[row, column] = min(times[row, column], travel_s)
    for via in range(2 * nodes):
        np.minimum(times, times[:, via, None] + times[None, via], out=times)
    return times
