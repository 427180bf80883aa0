"""Where the next stations help most: from candidate sites choose those that bring most within reach. Pure.

Maximal coverage (Church and ReVelle 1974). Greedy choice takes the best next site each time and brings at
least 1 - 1/e = 63 % of the best possible (Nemhauser, Wolsey and Fisher 1978); on real places far more. Where
the question is small enough, scipy's solver (HiGHS) finds the best choice and proves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from geo.coverage import Floats

#: Larger questions (pairs of site and group of places) are not put to the solver.
_SOLVABLE_PAIRS = 20_000
_SOLVER_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen sites by number, best first, and what each adds to those before it.

    Attributes:
        sites: numbers of the candidates.
        gained: for each site the places that it brings within reach.
        optimal: no choice of as many sites brings more weight; proved.
        by_solver: the solver found better sites than the greedy choice.
    """

    sites: Sequence[int]
    gained: Sequence[NDArray[Any]]
    optimal: bool
    by_solver: bool


def choose(reaches: csr_array, weights: Floats, count: int) -> Choice:
    """Choose sites.

    Args:
        reaches: [candidates x places], 1 where a site reaches a place in time.
        weights: of each place, positive.
        count: how many sites at most; fewer are chosen when no further one adds anything.
    """
    chosen = greedy(reaches, weights, count)
    found = best(reaches, weights, count)
    proved = found is not None
    by_solver = found is not None and _weight(reaches, weights, found) > _weight(reaches, weights, chosen)
    sites = _in_order(reaches, weights, found) if found is not None and by_solver else chosen
    return Choice(sites, _gains(reaches, sites), optimal=proved, by_solver=by_solver)


def greedy(reaches: csr_array, weights: Floats, count: int) -> list[int]:
    """Take the site that adds most, then the one that adds most to it, and so on."""
    left = weights.astype(float).copy()
    chosen: list[int] = []
    while len(chosen) < min(count, reaches.shape[0]):
        gains = reaches @ left
        site = int(gains.argmax())
        if gains[site] <= 0:
            break
        chosen.append(site)
        left[_row(reaches, site)] = 0
    return chosen


def best(reaches: csr_array, weights: Floats, count: int) -> list[int] | None:
    """The best choice there is; None where the question is too large to prove it in time."""
    groups, group_weights = _grouped(reaches, weights)
    sites, places = groups.shape
    if groups.nnz > _SOLVABLE_PAIRS:
        return None
    if not sites or not places:
        return []
    # choose x (sites) and y (groups): most weight, y only where some x reaches it, at most `count` of x
    reached = hstack((-groups.T, eye_array(places)))
    budget = csr_array(np.concatenate((np.ones(sites), np.zeros(places)))[None, :])
    limits = np.concatenate((np.zeros(places), [float(count)]))
    answer = milp(
        np.concatenate((np.zeros(sites), -group_weights)),
        integrality=np.concatenate((np.ones(sites), np.zeros(places))),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(vstack((reached, budget)), ub=limits),
        options={"time_limit": _SOLVER_PATIENCE_S},
    )
    return np.flatnonzero(answer.x[:sites] > 0.5).tolist() if answer.status == 0 else None


def _grouped(reaches: csr_array, weights: Floats) -> tuple[csr_array, Floats]:
    """Places that the same sites reach count as one; those that none reaches do not count."""
    by_place = reaches.tocsc()
    by_place.sort_indices()
    spans = zip(by_place.indptr[:-1].tolist(), by_place.indptr[1:].tolist(), strict=True)
    columns: dict[bytes, int] = {}
    first, sums = list[int](), list[float]()
    for place, (start, end) in enumerate(spans):
        if start == end:
            continue
        number = columns.setdefault(by_place.indices[start:end].tobytes(), len(columns))
        if number == len(first):
            first.append(place)
            sums.append(0.0)
        sums[number] += float(weights[place])
    return csr_array(by_place[:, first]), np.array(sums)


def _row(reaches: csr_array, site: int) -> NDArray[Any]:
    return reaches.indices[reaches.indptr[site] : reaches.indptr[site + 1]]


def _weight(reaches: csr_array, weights: Floats, sites: Sequence[int]) -> float:
    return sum(float(weights[gained].sum()) for gained in _gains(reaches, sites))


def _in_order(reaches: csr_array, weights: Floats, sites: Sequence[int]) -> list[int]:
    """The same sites, the one that adds most first."""
    order = greedy(csr_array(reaches[list(sites)]), weights, len(sites))
    return [sites[number] for number in order]


def _gains(reaches: csr_array, sites: Sequence[int]) -> list[NDArray[Any]]:
    known = np.zeros(reaches.shape[1], bool)
    gains = []
    for site in sites:
        row = _row(reaches, site)
        gains.append(np.sort(row[~known[row]]))
        known[row] = True
    return gains
