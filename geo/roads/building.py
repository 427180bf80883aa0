"""From ways as a file tells them to a road network: merged, cut into short pieces, rid of scraps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.point import WGS84, Point
from geo.roads.errors import RoadFileError
from geo.roads.network import Floats, Ints, Origin, RoadNetwork, split
from geo.roads.snapping import SegmentIndex

#: Longer segments are cut, so that a closure closes no more than this.
SEGMENT_M = 100.0
#: A part that hangs together with nothing else and has less road is a scrap of drawing, no island.
SCRAP_M = 1000.0
#: No road runs straight on for so long: somewhere in it a position is wrong.
LONGEST_M = 100_000.0
#: A loose end this near to the middle of another line was meant to join it.
JOIN_M = 1.0
_PER_DEGREE = 10**7  # OpenStreetMap's own resolution, about 1 cm


@dataclass(frozen=True, slots=True)
class Way:
    """One line of a file: the nodes it passes (indices) and what holds along it; see `RoadNetwork`."""

    nodes: Sequence[int]
    road_class: str
    one_way: bool = False
    speed_kmh: float = nan
    limit_kmh: float = nan
    width_m: float = nan
    barred: int = 0


@dataclass(slots=True)
class Drawing:
    """A file as read: positions of its nodes in degrees, its ways, the barriers on nodes (mask of modes).

    A node whose position the file does not hold has NaN. `left_out` counts by reason. Where lines are drawn
    without a vertex at each junction, `joins_loose_ends` joins what ends on the middle of another line.
    """

    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    barriers: dict[int, int] = field(default_factory=dict)
    joins_loose_ends: bool = False
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, reason: str, count: int = 1) -> None:
        """Count what is left out."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count


def build(drawing: Drawing, source: str, attribution: str) -> RoadNetwork:
    """Make the network of a drawing.

    Raises RoadFileError when no road is left.
    """
    lon, lat = np.array(drawing.lon, dtype=float), np.array(drawing.lat, dtype=float)
    merged = _merged_nodes(lon, lat, drawing)
    start, end, way = _pairs(drawing.ways)
    known = np.isfinite(lon[start] + lat[start] + lon[end] + lat[end])
    drawing.leave_out("segments to nodes that the file does not hold", int((~known).sum()))
    start, end = merged[start], merged[end]
    loops = known & (start == end)
    drawing.leave_out("segments without length", int(loops.sum()))
    kept = known & ~loops
    length_m = np.zeros(len(start))
    length_m[kept] = WGS84.inv(lon[start[kept]], lat[start[kept]], lon[end[kept]], lat[end[kept]])[2]
    drawing.leave_out("segments longer than 100 km", int((length_m > LONGEST_M).sum()))
    kept &= length_m <= LONGEST_M
    if not kept.any():
        raise RoadFileError(source, "holds no road", "give an extract or lines of a district with its roads")
    segments = start[kept], end[kept], way[kept]
    network = _network(drawing, (lon, lat), segments, length_m[kept], source, attribution)
    if drawing.joins_loose_ends:
        network = _joined(network)
    network = _without_scraps(_stopped_at_barriers(network, drawing.barriers, merged, drawing), drawing)
    pieces = np.ceil(network.length_m / SEGMENT_M).astype(np.int64)
    long = np.repeat(np.arange(network.segments), np.maximum(pieces - 1, 0))
    nth = np.arange(len(long)) - np.searchsorted(long, long) + 1
    network, _ = split(network, long, nth / pieces[long])
    return replace(network, origin=Origin(source, attribution, dict(drawing.left_out)))


def _merged_nodes(lon: Floats, lat: Floats, drawing: Drawing) -> Ints:
    """For each node the first one at the same position: drawn twice, they are one junction."""
    known = np.isfinite(lon + lat)
    east, north = (np.rint(np.where(known, of, 0) * _PER_DEGREE).astype(np.int64) for of in (lon, lat))
    position = np.where(
        known, (east + 180 * _PER_DEGREE) * 360 * _PER_DEGREE + north, -1 - np.arange(len(lon))
    )
    _, first, inverse = np.unique(position, return_index=True, return_inverse=True)
    merged: Ints = first[inverse]
    drawing.leave_out("nodes drawn twice, taken as one", int((merged[known] != np.flatnonzero(known)).sum()))
    return merged


def _pairs(ways: Sequence[Way]) -> tuple[Ints, Ints, Ints]:
    """Start, end and way of each segment."""
    counts = np.array([len(way.nodes) for way in ways], dtype=np.int64)
    nodes = np.fromiter((node for way in ways for node in way.nodes), np.int64, int(counts.sum()))
    way = np.repeat(np.arange(len(ways)), counts)
    inside = way[1:] == way[:-1]
    return nodes[:-1][inside], nodes[1:][inside], way[:-1][inside]


def _network(
    drawing: Drawing,
    positions: tuple[Floats, Floats],
    segments: tuple[Ints, Ints, Ints],
    length_m: Floats,
    source: str,
    attribution: str,
) -> RoadNetwork:
    start, end, way = segments
    names = tuple(sorted({drawn.road_class for drawn in drawing.ways}))
    number = {name: index for index, name in enumerate(names)}

    def of_ways(values: Iterable[float]) -> Floats:
        return np.array(list(values), dtype=float)[way]

    return RoadNetwork(
        *positions,
        start=start,
        end=end,
        length_m=length_m,
        road_class=of_ways(number[w.road_class] for w in drawing.ways).astype(np.uint8),
        speed_kmh=of_ways(w.speed_kmh for w in drawing.ways),
        limit_kmh=of_ways(w.limit_kmh for w in drawing.ways),
        width_m=of_ways(w.width_m for w in drawing.ways),
        one_way=of_ways(w.one_way for w in drawing.ways).astype(bool),
        barred=of_ways(w.barred for w in drawing.ways).astype(np.uint8),
        class_names=names,
        origin=Origin(source, attribution, {}),
    )


def _joined(network: RoadNetwork) -> RoadNetwork:
    """Join each loose end to the line whose middle it lies on; a bridge passes over and does not end."""
    index = SegmentIndex(network, np.ones(network.segments, bool))
    ends = np.concatenate((network.start, network.end))
    loose = np.flatnonzero(np.bincount(ends, minlength=network.nodes) == 1)
    met = {}
    for node in loose.tolist():
        near = index.within(Point(float(network.lon[node]), float(network.lat[node])), JOIN_M)
        met[node] = next((s for s in near if 0 < s.fraction < 1 and network.end[s.segment] != node), None)
    joined = {node: spot for node, spot in met.items() if spot is not None}
    segments = np.array([spot.segment for spot in joined.values()], dtype=np.int64)
    network, cuts = split(network, segments, np.array([spot.fraction for spot in joined.values()]))
    same = np.arange(network.nodes)
    same[list(joined)] = cuts
    return replace(network, start=same[network.start], end=same[network.end])


def _stopped_at_barriers(
    network: RoadNetwork, barriers: Mapping[int, int], merged: Ints, drawing: Drawing
) -> RoadNetwork:
    """Bar what a bollard stops from the shorter of the two segments beside it.

    A barrier on a junction of three does not say which of the roads it closes: it is left out.
    """
    ends = np.concatenate((network.start, network.end))
    order = np.argsort(ends, kind="stable")
    ends, beside = ends[order], np.tile(np.arange(network.segments), 2)[order]
    barred = network.barred.copy()
    for node, modes in barriers.items():
        low, high = np.searchsorted(ends, merged[node]), np.searchsorted(ends, merged[node], side="right")
        if 1 <= high - low <= 2:
            near = beside[low:high]
            barred[near[np.argmin(network.length_m[near])]] |= modes
        else:
            drawing.leave_out("barriers on junctions", int(high > low))
    return replace(network, barred=barred)


def _without_scraps(network: RoadNetwork, drawing: Drawing) -> RoadNetwork:
    """Leave out parts too small to be an island, except the largest; then nodes without a segment."""
    part = parts(network, np.ones(network.segments, bool), both_ways=False)[network.start]
    metres = np.bincount(part, weights=network.length_m)
    kept = (metres >= SCRAP_M) | (metres == metres.max())
    lost = network.length_m[~kept[part]]
    drawing.leave_out("segments of scraps that hang together with nothing", len(lost))
    network = network.chosen(kept[part])
    used, renumbered = np.unique(np.concatenate((network.start, network.end)), return_inverse=True)
    start, end = renumbered.reshape(2, -1)
    return replace(network, lon=network.lon[used], lat=network.lat[used], start=start.copy(), end=end.copy())


def parts(network: RoadNetwork, usable: NDArray[np.bool_], *, both_ways: bool) -> NDArray[np.int32]:
    """The part that each node is in, by usable segments.

    Args:
        network: the network.
        usable: of each segment.
        both_ways: one-way roads count as their direction only, and a part is where one can go there and back;
            else it is whatever hangs together.
    """
    start, end = network.start[usable], network.end[usable]
    if both_ways:
        back = ~network.one_way[usable]
        start, end = np.concatenate((start, end[back])), np.concatenate((end, start[back]))
    shape = (network.nodes, network.nodes)
    graph = coo_array((np.ones(len(start), np.int8), (start, end)), shape=shape).tocsr()
    _, part = connected_components(graph, directed=both_ways, connection="strong")
    return np.asarray(part)
