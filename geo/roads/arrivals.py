"""How long each station's people need to each junction: with all roads open, and with some closed.

A closed road is not searched for anew. What a station came to over it is found by the sums that its ways are
made of (whole numbers, so a way over a road shows in them exactly), and only that is searched for again, from
all around it: the same seconds and metres as anew, in a fraction of the time.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array
from scipy.sparse.csgraph import dijkstra

from geo.roads.chains import chain
from geo.roads.classes import Mode
from geo.roads.costs import LAYERS, TICKS_PER_S, pack
from geo.roads.grid import counted
from geo.roads.network import Bools, Floats, Ints

if TYPE_CHECKING:
    from geo.roads.ground import Ground

FOOT = LAYERS.index(Mode.FOOT)
#: Sums beyond 2**53 are rounded; what may be a way over a closed road counts as one.
_ROUNDED = 1 - 1e-12
#: Where more than this share of the junctions is to be sought again, all are: that is no slower.
_MUCH = 0.15
_Edges = tuple[Ints, Ints, Floats]  # from, to, cost


class Arrivals:
    """Immutable. Junctions driving, then the same junctions walking, with a change one way.

    The last junction of each of the two stands for every dead end: nothing is ever come to from there.

    Args:
        ground: the network and the stations.

    Attributes:
        chains: of the network, all roads open.
        open: the cost of each station's way to each junction, all roads open, [2 x junctions, stations].
        columns: the stations of each mode that stand at a road.
    """

    def __init__(self, ground: "Ground") -> None:
        along, back = ground.ticks
        nodes = ground.station_nodes
        ends = (ground.network.start, ground.network.end)
        self.chains = chain(ends, along, back, ground.length, np.unique(nodes[nodes >= 0]))
        everything = np.ones(len(self.chains.first), bool)
        modes = [station.mode for station in ground.stations]
        self.columns: Mapping[Mode, Sequence[int]] = {
            mode: [i for i, own in enumerate(modes) if own is mode and nodes[i] >= 0] for mode in set(modes)
        }
        self._graphs = {mode: self._graph(mode, everything) for mode in self.columns}
        self._ground = ground
        self.open = self._searched()

    def without(self, closed: Bools) -> Floats:
        """The same where some segments of the network are closed to everybody."""
        shut = self._shut(closed)
        arrivals = self.open.copy()
        for mode, columns in self.columns.items():
            late = self._over(mode, columns, shut)
            much = late.sum(axis=0)
            if not much.any():
                continue
            graph = self._graph(mode, ~shut)
            anew = much > len(late) * _MUCH
            for number in np.flatnonzero(anew).tolist():
                arrivals[:, columns[number]] = self._way(graph, mode, columns[number])
            little = np.flatnonzero(~anew & (much > 0))
            into, together = csc_array(graph), np.cumsum(much[little]) // len(late)
            for some in np.split(little, np.flatnonzero(np.diff(together)) + 1):
                if len(some):
                    some_columns = [columns[number] for number in some.tolist()]
                    arrivals[:, some_columns] = _again(into, self.open[:, some_columns], late[:, some])
        return arrivals

    def come_to(self, mode: Mode, closed: Bools | None) -> Bools:
        """The junctions that any station of a mode comes to, however late."""
        graph = self._graphs[mode] if closed is None else self._graph(mode, ~self._shut(closed))
        starts = [self._start(mode, column) for column in self.columns[mode]]
        if not starts:
            return np.zeros(graph.shape[0], bool)
        come_to: Bools = np.isfinite(dijkstra(graph, indices=starts, min_only=True))
        return come_to

    def _shut(self, closed: Bools) -> Bools:
        """The chains that closed segments are on."""
        shut = np.zeros(len(self.chains.first), bool)
        chains = self.chains.of_segment[closed]
        shut[chains[chains >= 0]] = True
        return shut

    def _start(self, mode: Mode, column: int) -> int:
        junction = int(np.searchsorted(self.chains.nodes, self._ground.station_nodes[column]))
        return junction + (len(self.chains.nodes) + 1 if mode is Mode.FOOT else 0)

    def _searched(self) -> Floats:
        """One search at a time: scipy holds the interpreter in each, and an alarm must not wait for all."""
        stations = self._ground.stations
        arrivals = np.full((2 * (len(self.chains.nodes) + 1), len(stations)), np.inf)
        for mode, columns in self.columns.items():
            for column in columns:
                arrivals[:, column] = self._way(self._graphs[mode], mode, column)
        return arrivals

    def _way(self, graph: csr_array, mode: Mode, column: int) -> Floats:
        """One station's costs to each junction, by one search."""
        limit = pack(np.ceil(self._ground.within_s * TICKS_PER_S) + 1, 0)
        way = dijkstra(graph, indices=[self._start(mode, column)], limit=limit)[0]
        cost: Floats = way + self._ground.approaches[column]
        return cost

    def _over(self, mode: Mode, columns: Sequence[int], shut: Bools) -> Bools:
        """What stations come to over chains that are shut, [2 x junctions, columns]."""
        cost, graph = self.open[:, columns], self._graphs[mode]
        late = np.zeros(cost.shape, bool)
        start, node, weight = self._edges(mode, shut)
        edge, station = np.nonzero(np.isfinite(cost[node]) & _leads(cost[start], weight[:, None], cost[node]))
        node = node[edge]
        while len(node):
            node, station = np.divmod(np.unique(node * len(columns) + station), len(columns))
            late[node, station] = True
            count = graph.indptr[node + 1] - graph.indptr[node]
            edge = np.repeat(graph.indptr[node], count) + counted(count)
            before, station = np.repeat(node, count), np.repeat(station, count)
            node = graph.indices[edge].astype(np.int64)
            known = cost[node, station]
            onward = ~late[node, station] & _leads(cost[before, station], graph.data[edge], known)
            node, station = node[onward], station[onward]
        return late

    def _edges(self, mode: Mode, chosen: Bools) -> _Edges:
        """The chains chosen, driven and walked, both ways; without dead ends."""
        chains, dead_end = self.chains, len(self.chains.nodes)
        found = []
        for layer, offset in ((LAYERS.index(mode), 0), (FOOT, dead_end + 1)):
            if layer == FOOT and offset == 0:
                continue  # people on foot have nothing to drive
            for start, end, ticks in (
                (chains.first, chains.last, chains.along[:, layer]),
                (chains.last, chains.first, chains.back[:, layer]),
            ):
                open_ = chosen & np.isfinite(ticks) & (start != dead_end) & (end != dead_end)
                cost = pack(ticks[open_], chains.length[open_])
                found.append((start[open_] + offset, end[open_] + offset, cost))
        start, end, cost = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return start, end, cost

    def _graph(self, mode: Mode, chosen: Bools) -> csr_array:
        """These chains as a graph, with the change from driving to walking."""
        start, end, cost = self._edges(mode, chosen)
        change, junctions = np.arange(len(self.chains.nodes)), len(self.chains.nodes) + 1
        start, end = np.concatenate((start, change)), np.concatenate((end, change + junctions))
        return _cheapest(start, end, np.concatenate((cost, np.zeros(len(change)))), 2 * junctions)


def _leads(before: Floats, cost: Floats, behind: Floats) -> Bools:
    """Whether one comes to what is behind by what is before."""
    leads: Bools = behind >= (before + cost) * _ROUNDED
    return leads


def _again(graph: csc_array, arrivals: Floats, late: Bools) -> Floats:
    """Some stations' costs, [junctions x stations], with the late ones anew from what is around them.

    One search for all: each late pair of junction and station is a node of its own.
    """
    junction, station = np.nonzero(late)
    pairs = np.arange(len(junction))
    inside = np.full(late.shape, -1)
    inside[junction, station] = pairs
    count = graph.indptr[junction + 1] - graph.indptr[junction]
    edge, pair = np.repeat(graph.indptr[junction], count) + counted(count), np.repeat(pairs, count)
    before, cost = (graph.indices[edge], station[pair]), graph.data[edge]
    around = inside[before] < 0
    first = np.full(len(pairs), np.inf)
    np.minimum.at(first, pair[around], (arrivals[before] + cost)[around])
    come_to, source = np.flatnonzero(np.isfinite(first)), len(pairs)
    start = np.concatenate((inside[before][~around], np.full(len(come_to), source)))
    end = np.concatenate((pair[~around], come_to))
    weight = np.concatenate((cost[~around], first[come_to]))
    small = coo_array((weight, (start, end)), shape=(source + 1, source + 1)).tocsr()
    anew = arrivals.copy()
    anew[junction, station] = dijkstra(small, indices=[source])[0][:source]
    return anew


def _cheapest(start: NDArray[Any], end: NDArray[Any], cost: Floats, nodes: int) -> csr_array:
    """The graph of these edges; of parallel ones the cheapest (scipy would add them up)."""
    order = np.lexsort((cost, end, start))
    start, end, cost = start[order], end[order], cost[order]
    new = np.ones(len(start), bool)
    new[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    return coo_array((cost[new], (start[new], end[new])), shape=(nodes, nodes)).tocsr()
