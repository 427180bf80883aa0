"""How fast roads are read, searched and looked up, and what they change about the choice of a station.

    python -m benchmarks.roads [EXTRACT...] [--stations 60] [--places 2000]

For each extract: from the file to the table of journeys, a look-up of a registered and of a free place, a
closure; then how often the nearest station by road is another than by the straight line and what that
gains, and whether an independent search (networkx, on the uncut graph) gives the same seconds. Last a
network of at least 125,000 nodes: the first extract repeated side by side and joined. Stations (all with
an engine) and places are random nodes of streets, invented. Every time is the best of several: what else
the machine does only ever makes one slower.
"""

import argparse
import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from geo.point import Point, distance_m
from geo.roads import Ground, Mode, RoadNetwork, StationSite, TravelTable, read_roads, summarise
from geo.roads.costs import unpack, usable
from tests.road_maps import EXTRACTS, reference_graph, table_at_nodes

_RUNS = 5
_BIG_NODES = 125_000
_BIG_STATIONS = 155
_BESIDE_M = 60  # places are up to so far beside their road, each way
_SAMPLES = 2
_CLOSURES = 20


def main() -> None:
    """Print the figures of each extract, then of the big network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extracts", nargs="*", type=Path, default=sorted(EXTRACTS.glob("*.osm.pbf")))
    parser.add_argument("--stations", type=int, default=60)
    parser.add_argument("--places", type=int, default=2000)
    options = parser.parse_args()
    for extract in options.extracts:
        network = read_roads(extract)
        summary = summarise(network)
        print(f"\n{extract.name}: {summary.nodes:,} nodes, {summary.directed_edges:,} directed edges,")
        print(f"  {sum(summary.km_by_class.values()):,.0f} km, {summary.attribution}")
        read_s = _best(partial(read_roads, extract), 3)
        _times(network, options.stations, options.places, read_s)
        _choices(network, options.stations, options.places)
        _agreement(network, options.stations)
    big = _repeated(read_roads(options.extracts[0]))
    print(f"\nrepeated: {big.nodes:,} nodes, {big.directed_edges:,} directed edges, {_BIG_STATIONS} stations")
    _times(big, _BIG_STATIONS, options.places, None)


def _times(network: RoadNetwork, stations: int, places: int, read_s: float | None) -> None:
    chance = random.Random(135)
    sites, points = stations_on(network, stations, chance), places_beside(network, places, chance)
    named = {f"P-{n}": point for n, point in enumerate(points)}
    ground_s = _best(lambda: Ground(network, sites), 3)
    both_s = _best(lambda: TravelTable(Ground(network, sites)), 3)
    ground = Ground(network, sites)
    table_s = _best(lambda: TravelTable(ground, places=named), 3)
    streets = [int(network.start[chance.choice(_streets(network))]) for _ in range(_CLOSURES)]
    closures = [Point(float(network.lon[node]), float(network.lat[node])) for node in streets]
    closed_s = sorted(_best(partial(TravelTable, ground, [closure]), 2) for closure in closures)
    places_s = (table_s - _best(lambda: TravelTable(ground), 3)) / places
    table = TravelTable(ground, places=named)
    few, keys = points[:100], list(named)[:100]
    free_s = _best(lambda: [table.to(point) for point in few], 30) / len(few)
    ready_s = _best(lambda: [table.registered[key] for key in keys], 30) / len(keys)
    if read_s is not None:
        print(f"  file to table: {read_s + both_s:.2f} s (file {read_s:.2f} s)")
    print(
        f"  stations onto the roads {ground_s * 1000:.0f} ms, then the first table {both_s - ground_s:.2f} s"
    )
    median_s, worst_s = closed_s[len(closed_s) // 2], closed_s[-1]
    print(
        f"  closure of one of {_CLOSURES} streets: {median_s * 1000:.0f} ms, at most {worst_s * 1000:.0f} ms"
    )
    print(f"  and {places_s * 1e6:.0f} us a registered place")
    print(f"  look-up: registered {ready_s * 1e6:.2f} us, free point {free_s * 1e6:.0f} us")
    print(f"  table {table.nbytes / 1e6:.1f} MB, network kept as {len(network.to_bytes()) / 1e6:.1f} MB")


def _choices(network: RoadNetwork, stations: int, places: int) -> None:
    chance = random.Random(136)
    sites = stations_on(network, stations, chance)
    table = TravelTable(Ground(network, sites))
    gained, not_by_road = [], 0
    for point in places_beside(network, places, chance):
        journeys = table.to(point)
        straight = min(range(len(sites)), key=lambda n: distance_m(sites[n].point, point))
        if journeys.reason or journeys.travel_s[straight] == np.inf:
            not_by_road += 1
        else:
            gained.append(float(journeys.travel_s[straight] - journeys.travel_s.min()))
    differ = np.array(gained)
    print(
        f"  not the straight line's station: {100 * (differ > 0).mean():.1f} % of {len(differ)} places\n"
        f"  seconds gained: mean {differ.mean():.1f}, where it differs {differ[differ > 0].mean():.0f};"
        f" over 60 s: {100 * (differ > 60).mean():.1f} % of places; not by road: {not_by_road}"
    )


def _agreement(network: RoadNetwork, stations: int) -> None:
    """The greatest difference to networkx over all nodes of a sample of stations."""
    ground = Ground(network, stations_on(network, stations, random.Random(137)))
    table = TravelTable(ground)
    graph = reference_graph(ground, Mode.ENGINE, np.zeros(ground.network.segments, bool))
    said_s, _ = table_at_nodes(table)
    differences = []
    for column in range(_SAMPLES):
        start = ("drive", int(ground.station_nodes[column]))
        approach_s = unpack(ground.approaches)[0][column]
        expected = nx.single_source_dijkstra_path_length(graph, start, weight="s")
        reference = np.array([expected.get(("walk", n), np.inf) + approach_s for n in range(len(said_s))])
        both = np.isfinite(said_s[:, column]) | np.isfinite(reference)
        with np.errstate(invalid="ignore"):
            differences.append(np.abs(said_s[both, column] - reference[both]))
    worst_s = float(np.nanmax(np.concatenate(differences)))
    print(f"  networkx: {sum(map(len, differences)):,} journeys compared, differ by {worst_s:.4f} s at most")


def stations_on(network: RoadNetwork, count: int, chance: random.Random) -> list[StationSite]:
    """Invented stations on random streets, each with an engine."""
    streets = _streets(network)
    nodes = [int(network.start[chance.choice(streets)]) for _ in range(count)]
    return [
        StationSite(f"S-{n}", Point(network.lon[node], network.lat[node]), Mode.ENGINE)
        for n, node in enumerate(nodes)
    ]


def places_beside(network: RoadNetwork, count: int, chance: random.Random) -> list[Point]:
    """Up to 60 m east or west and north or south of a random node of a street."""
    streets = _streets(network)
    degrees = _BESIDE_M / 111_000
    return [
        Point(
            float(network.lon[node]) + chance.uniform(-degrees, degrees),
            float(network.lat[node]) + chance.uniform(-degrees, degrees),
        )
        for node in (network.start[chance.choice(streets)] for _ in range(count))
    ]


def _streets(network: RoadNetwork) -> NDArray[np.int64]:
    """The segments that engines use, without the tracks of fields and forests, where nobody lives."""
    tracks = [number for number, name in enumerate(network.class_names) if name == "track"]
    return np.flatnonzero(usable(network, Mode.ENGINE) & ~np.isin(network.road_class, tracks))


def _repeated(network: RoadNetwork) -> RoadNetwork:
    """Copies side by side, each joined to the next by a road between the same two nodes' copies."""
    copies = -(-_BIG_NODES // network.nodes)
    width = float(np.ptp(network.lon)) * 1.01
    shifts = np.arange(copies)
    links = shifts[:-1] * network.nodes + int(network.start[np.flatnonzero(usable(network, Mode.ENGINE))[0]])
    whole = network.chosen(np.append(np.tile(np.arange(network.segments), copies), np.zeros(copies - 1, int)))

    def ends(of: np.ndarray, linked: np.ndarray) -> np.ndarray:
        return np.append((of + shifts[:, None] * network.nodes).reshape(-1), linked)

    return replace(
        whole,
        lon=(network.lon + shifts[:, None] * width).reshape(-1),
        lat=np.tile(network.lat, copies),
        start=ends(network.start, links),
        end=ends(network.end, links + network.nodes),
    )


def _best(run: Callable[[], object], runs: int = _RUNS) -> float:
    """Seconds of the fastest of several runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    main()
