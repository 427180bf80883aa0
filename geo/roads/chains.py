"""Chains: runs of segments between junctions, so that shortest paths are sought among few nodes.

Most nodes of a road network only bend a road. Where exactly two segments meet that the same modes may use
in the same directions, nobody has anything to decide; such a run becomes one edge. What is exact stays exact:
each segment knows its chain, and what it costs to come to it from either end of the chain.
"""

from dataclasses import dataclass

import numpy as np

from geo.roads.network import Bools, Floats, Ints

_NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Chains over the segments of a network. Ticks and lengths as in `costs`.

    Attributes:
        nodes: the junctions, by their node numbers, ascending; without dead ends, which lead nowhere.
        first: the junction each chain starts at, an index into `nodes`; `len(nodes)` for a dead end.
        last: likewise where it ends.
        along: ticks of each chain, [chains x layers], from first to last.
        back: from last to first.
        length: of each chain.
        of_segment: the chain of each segment; -1 where no one can go, or no junction is.
        flipped: the segment runs against its chain.
        order: of the segments of a chain those nearer to its first junction have smaller numbers.
        before: ticks from the chain's first junction to where it comes to the segment, [segments x layers].
        behind: ticks from the chain's last junction to where it comes to the segment.
        length_before: from the chain's first junction to the segment.
        length_behind: from its last junction.
    """

    nodes: Ints
    first: Ints
    last: Ints
    along: Floats
    back: Floats
    length: Floats
    of_segment: Ints
    flipped: Bools
    order: Ints
    before: Floats
    behind: Floats
    length_before: Floats
    length_behind: Floats


def chain(
    ends: tuple[Ints, Ints],
    along: Floats,
    back: Floats,
    length: Floats,
    stops: Ints,
) -> Chains:
    """Join segments to chains.

    Args:
        ends: the nodes where each segment starts and ends.
        along: ticks of each segment in its direction, [segments x layers]; infinite where closed to a layer.
        back: against its direction.
        length: of each segment.
        stops: nodes that must stay junctions.
    """
    start, end = ends
    leaving, beginnings = _runs(_continued(start, end, along, back, stops))
    segment, against = leaving >> 1, (leaving & 1).astype(bool)
    count = np.diff(np.append(beginnings, len(leaving)))
    of_run = np.repeat(np.arange(len(beginnings)), count)
    of_segment = np.full(len(start), _NONE)
    of_segment[segment] = of_run
    flipped = np.zeros(len(start), bool)
    flipped[segment] = against
    order = np.full(len(start), _NONE)
    order[segment] = np.arange(len(segment))

    swap = against[:, None]
    forward = np.where(swap, back[segment], along[segment])
    backward = np.where(swap, along[segment], back[segment])
    before, whole_along = _running(forward, beginnings, of_run)
    reach, whole_back = _running(backward, beginnings, of_run)
    length_before, whole_length = _running(length[segment][:, None], beginnings, of_run)
    behind = whole_back[of_run] - reach - np.where(np.isinf(backward), 0, backward)
    length_behind = whole_length[of_run] - length_before - length[segment][:, None]
    shut_along, shut_back = np.isinf(forward), np.isinf(backward)
    before[shut_along], behind[shut_back] = np.inf, np.inf
    whole_along[shut_along[beginnings]], whole_back[shut_back[beginnings]] = np.inf, np.inf

    first = np.where(against, end[segment], start[segment])[beginnings]
    tail = beginnings + count - 1
    last = np.where(against, start[segment], end[segment])[tail]
    nodes, first, last = _junctions(first, last, stops)
    return Chains(
        nodes,
        first,
        last,
        whole_along,
        whole_back,
        whole_length[:, 0],
        of_segment,
        flipped,
        order,
        _spread(before, segment, len(start)),
        _spread(behind, segment, len(start)),
        _spread(length_before, segment, len(start))[:, 0],
        _spread(length_behind, segment, len(start))[:, 0],
    )


def _continued(start: Ints, end: Ints, along: Floats, back: Floats, stops: Ints) -> Ints:
    """For each segment end (2 x segment, + 1 for its `end`) the end it is joined to; -1 at a junction.

    Segments that no one may use are not there at all.
    """
    bits = 1 << np.arange(along.shape[1])
    onward, backward = np.isfinite(along) @ bits, np.isfinite(back) @ bits
    arriving = np.column_stack((backward, onward)).reshape(-1)  # who may come to this end over its segment
    departing = np.column_stack((onward, backward)).reshape(-1)
    node = np.column_stack((start, end)).reshape(-1)
    living = np.flatnonzero(arriving | departing)
    order = living[np.argsort(node[living], kind="stable")]
    at = node[order]
    degree = np.bincount(at)
    degree[stops[stops < len(degree)]] = 0
    one = np.flatnonzero((degree[at[:-1]] == 2) & (at[:-1] == at[1:]))
    here, there = order[one], order[one + 1]
    alike = (arriving[here] == departing[there]) & (departing[here] == arriving[there])
    here, there = here[alike], there[alike]
    partner = np.full(len(node), _NONE)
    partner[here], partner[there] = there, here
    dead = np.ones(len(node), bool)
    dead[living] = False
    partner[dead] = _NONE - 1
    return partner


def _runs(continued: Ints) -> tuple[Ints, Ints]:
    """The segment ends from which each run leaves, in the order of travel, and where each run begins.

    A ring that nothing joins has no junction, so that no one ever comes to it: it is no run.
    """
    partner = continued.tolist()
    used = bytearray(len(continued) // 2)
    leaving: list[int] = []
    beginnings: list[int] = []
    for beginning in np.flatnonzero(continued == _NONE).tolist():
        if used[beginning >> 1]:
            continue
        beginnings.append(len(leaving))
        side = beginning
        while side >= 0:
            used[side >> 1] = 1
            leaving.append(side)
            side = partner[side ^ 1]
    return np.array(leaving, dtype=np.int64), np.array(beginnings, dtype=np.int64)


def _junctions(first: Ints, last: Ints, stops: Ints) -> tuple[Ints, Ints, Ints]:
    """The nodes that paths are sought among, and the chains' ends numbered among them.

    What lies on a dead end is come to from its other end, so its tip needs no search: in villages that
    halves the nodes.
    """
    nodes, numbered, met = np.unique(
        np.concatenate((first, last, stops, stops)), return_inverse=True, return_counts=True
    )
    through = met > 1  # stops were given twice
    number = np.where(through, np.cumsum(through) - 1, through.sum())
    runs = len(first)
    return nodes[through], number[numbered[:runs]], number[numbered[runs : 2 * runs]]


def _running(cost: Floats, beginnings: Ints, of_run: Ints) -> tuple[Floats, Floats]:
    """What comes before each segment in its run, and the whole of each run; what is infinite counts 0."""
    if not len(cost):
        return cost.copy(), cost.copy()
    finite = np.where(np.isinf(cost), 0, cost)
    total = np.cumsum(finite, axis=0) - finite  # whole numbers far below 2**53: exact
    before = total - total[beginnings][of_run]
    return before, np.add.reduceat(finite, beginnings, axis=0)


def _spread(values: Floats, segment: Ints, segments: int) -> Floats:
    """Values of the segments in runs as an array over all segments, infinite for the others."""
    spread = np.full((segments, values.shape[1]), np.inf)
    spread[segment] = values
    return spread
