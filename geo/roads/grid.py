"""A grid over short lines in a plane: which of them is nearest to a point, in microseconds.

Each square knows the lines within a margin of it. So a line nearer than the margin is found by looking at the
few of one square, and it is the nearest; what lies farther from all of them is left to a slower index.
Points are complex numbers, east + north i: an operation on both axes at once halves the calls to numpy.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo.roads.network import Floats, Ints

#: Side of a square and margin around it, metres; with pieces of road of 100 m at most, some tens a square.
SQUARE_M = MARGIN_M = 100.0
#: Lines whose distances differ by less are equally near: at the corner they share, rounding must not choose.
_SAME_M = 1e-6
#: More squares than this are not kept: over a wider country they are larger.
_MOST_SQUARES = 4_000_000
_AT_A_TIME = 250_000  # pairs of point and line; some tens of megabytes
NONE = -1

Plane = NDArray[np.complex128]


class Grid:
    """Immutable. Of lines equally near the first counts.

    Args:
        start: where each line starts, metres east and north of anywhere.
        along: from there to its end.
    """

    def __init__(self, start: Plane, along: Plane) -> None:
        length = np.abs(along)
        turn = np.where(length > 0, along, 1).conj() / np.where(length > 0, length, 1)
        self._lines = np.column_stack((turn, -start * turn, length))
        ends = np.stack((start, start + along))
        low = np.column_stack((ends.real.min(axis=0), ends.imag.min(axis=0))) - MARGIN_M
        high = np.column_stack((ends.real.max(axis=0), ends.imag.max(axis=0))) + MARGIN_M
        corner = low.min(axis=0)
        wide = high.max(axis=0) - corner
        self._side = max(SQUARE_M, float(np.sqrt(wide.prod() / _MOST_SQUARES)))
        self._west, self._south = corner.tolist()
        self._columns, self._rows = (int(count) + 1 for count in wide // self._side)
        first, last = (((of - corner) // self._side).astype(np.int64) for of in (low, high))
        across, up = (last - first + 1).T
        line = np.repeat(np.arange(len(start)), across * up)
        nth = counted(across * up)
        column, row = first[line, 0] + nth % across[line], first[line, 1] + nth // across[line]
        ends_of = np.concatenate(([0], np.cumsum(across * up)))
        shape = (len(start), self._columns * self._rows)
        by_line = csr_array((np.ones(len(line), bool), row * self._columns + column, ends_of), shape=shape)
        by_square = by_line.tocsc()
        self._in_square = by_square.indices.astype(np.int64)
        self._begins = by_square.indptr.astype(np.int64)

    def nearest(self, x: float, y: float) -> int:
        """The nearest line; NONE where none is within the margin."""
        column, row = (x - self._west) // self._side, (y - self._south) // self._side
        if not (0 <= column < self._columns and 0 <= row < self._rows):
            return NONE
        square = int(row) * self._columns + int(column)
        lines = self._in_square[self._begins.item(square) : self._begins.item(square + 1)]
        if not len(lines):
            return NONE
        distance = _distance(self._lines.take(lines, axis=0), complex(x, y))
        least = distance.item(distance.argmin())
        if least > MARGIN_M:
            return NONE
        return lines.item((distance <= least + _SAME_M).argmax())

    def nearest_of_many(self, x: Floats, y: Floats) -> Ints:
        """The same for many points."""
        column, row = (x - self._west) // self._side, (y - self._south) // self._side
        inside = (column >= 0) & (column < self._columns) & (row >= 0) & (row < self._rows)
        square = np.where(inside, row * self._columns + column, 0).astype(np.int64)
        begin = self._begins[square]
        count = np.where(inside, self._begins[square + 1] - begin, 0)
        found = np.full(len(x), NONE)
        some, point = np.flatnonzero(count), x + 1j * y
        pairs = np.cumsum(count[some])
        cuts = np.searchsorted(pairs, np.arange(_AT_A_TIME, pairs[-1] if len(pairs) else 0, _AT_A_TIME))
        for part in np.split(some, cuts):
            if len(part):
                found[part] = self._nearest_of(point[part], begin[part], count[part])
        return found

    def _nearest_of(self, point: Plane, begin: Ints, count: Ints) -> Ints:
        lines = self._in_square[np.repeat(begin, count) + counted(count)]
        distance = _distance(self._lines.take(lines, axis=0), np.repeat(point, count))
        starts = np.cumsum(count) - count
        least = np.minimum.reduceat(distance, starts)
        ties = np.flatnonzero(distance <= np.repeat(least + _SAME_M, count))
        first = ties[np.searchsorted(ties, starts)]  # of each point's
        return np.where(least <= MARGIN_M, lines[first], NONE)


def counted(counts: Ints) -> Ints:
    """0, 1, ... below each of the counts, one after the other."""
    ends = np.cumsum(counts)
    counted: Ints = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    return counted


def _distance(lines: Plane, point: complex | Plane) -> Floats:
    """The distance from points to lines [lines x 3], each turned with its point to lie on the east axis."""
    off = lines[:, 0] * point
    off += lines[:, 1]
    beyond = off.real
    nearest = np.maximum(beyond, 0.0)
    np.minimum(nearest, lines[:, 2].real, out=nearest)
    beyond -= nearest
    return np.abs(off)
