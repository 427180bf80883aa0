"""Invented road maps drawn in metres, and a slow, plain reference for what the fast tables must say."""

from collections.abc import Iterable, Mapping
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from geo.point import Point
from geo.roads.building import Drawing, Way, build
from geo.roads.classes import Mode, road_classes
from geo.roads.costs import unpack
from geo.roads.ground import Ground, StationSite
from geo.roads.network import RoadNetwork
from geo.roads.snapping import Spots
from geo.roads.table import TravelTable

EXTRACTS = Path(__file__).parent / "data" / "roads"
WALK_M_PER_S = 5 / 3.6

#: One metre in degrees at the corner of the invented map.
EAST, NORTH = 1 / 101_160, 1 / 110_760


def at(east_m: float, north_m: float) -> Point:
    """A place by its metres from the corner of the map."""
    return Point(118.15 + east_m * EAST, 24.70 + north_m * NORTH)


def road(*corners: tuple[float, float], **properties: Any) -> tuple[tuple[tuple[float, float], ...], Any]:
    """One line by its corners in metres; the other arguments are those of `Way`."""
    return corners, {"road_class": "road"} | properties


def drawn(*roads: tuple[tuple[tuple[float, float], ...], Mapping[str, Any]]) -> RoadNetwork:
    """The network of these lines; they join where they share a corner."""
    drawing, numbers = Drawing(), dict[tuple[float, float], int]()
    for corners, properties in roads:
        for corner in corners:
            if corner not in numbers:
                numbers[corner] = len(numbers)
                drawing.lon.append(at(*corner).lon)
                drawing.lat.append(at(*corner).lat)
        drawing.ways.append(Way([numbers[corner] for corner in corners], **properties))
    return build(drawing, "drawn", "")


def station(east_m: float, north_m: float, mode: Mode = Mode.ENGINE, name: str = "S-1") -> StationSite:
    """An invented station."""
    return StationSite(name, at(east_m, north_m), mode)


def table(network: RoadNetwork, *stations: StationSite, closures: Iterable[Point] = ()) -> TravelTable:
    """The table of these stations."""
    return TravelTable(Ground(network, stations), closures)


def seconds(network: RoadNetwork, site: StationSite, place: Point, closures: Iterable[Point] = ()) -> float:
    """How long one station needs; infinite where not by road."""
    return float(table(network, site, closures=closures).to(place).travel_s[0])


def reference_edges(ground: Ground, mode: Mode, closed: Any) -> Iterable[tuple[Any, Any, float, float]]:
    """Every directed edge of driving and walking on: from, to, seconds, metres; anew from the rules."""
    network, rules = ground.network, road_classes()
    for segment in range(network.segments):
        if closed[segment]:
            continue
        start, end = int(network.start[segment]), int(network.end[segment])
        metres = float(network.length_m[segment])
        of_class = rules.speed_kmh[network.class_names[network.road_class[segment]]]
        barred, width = int(network.barred[segment]), float(network.width_m[segment])
        if of_class[Mode.FOOT] > 0 and not barred & Mode.FOOT.bit:
            on_foot = metres / (of_class[Mode.FOOT] / 3.6)
            yield ("walk", start), ("walk", end), on_foot, metres
            yield ("walk", end), ("walk", start), on_foot, metres
        fits = isnan(width) or width >= rules.need_width_m[mode]
        if mode is not Mode.FOOT and of_class[mode] > 0 and fits and not barred & mode.bit:
            limit, told = float(network.limit_kmh[segment]), float(network.speed_kmh[segment])
            kmh = min(of_class[mode], inf if isnan(limit) else limit) if isnan(told) else told
            yield ("drive", start), ("drive", end), metres / (kmh / 3.6), metres
            if not network.one_way[segment]:
                yield ("drive", end), ("drive", start), metres / (kmh / 3.6), metres
    for node in range(network.nodes):
        yield ("drive", node), ("walk", node), 0.0, 0.0


def reference_graph(ground: Ground, mode: Mode, closed: Any) -> "nx.DiGraph[Any]":
    """The same as a networkx graph; of parallel edges the fastest."""
    graph: nx.DiGraph[Any] = nx.DiGraph()
    for start, end, travel_s, metres in reference_edges(ground, mode, closed):
        if not graph.has_edge(start, end) or graph[start][end]["s"] > travel_s:
            graph.add_edge(start, end, s=travel_s, m=metres)
    return graph


def table_at_nodes(found: TravelTable) -> tuple[Any, Any]:
    """What a table says at every node: seconds and metres, [nodes x stations], NaN where no road is open."""
    network = found.ground.network
    travel_s = np.full((network.nodes, len(found.ground.stations)), nan)
    metres = travel_s.copy()
    for part in np.array_split(found.segments_in_use, 1 + len(found.segments_in_use) // 5000):
        for nodes, fraction in ((network.start[part], 0.0), (network.end[part], 1.0)):
            spots = Spots(part, np.full(len(part), fraction), np.zeros(len(part)))
            said_s, said_m = unpack(found._costs_at(spots))
            for node, node_s, node_m in zip(nodes.tolist(), said_s, said_m, strict=True):
                better = ~(travel_s[node] <= node_s)
                travel_s[node, better], metres[node, better] = node_s[better], node_m[better]
    return travel_s, metres
