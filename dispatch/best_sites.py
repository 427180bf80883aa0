"""Where the next stations of a tier would bring most people within reach."""

from dataclasses import dataclass

import numpy as np

from dispatch.coverage import Facts
from geo.candidates import Roads, candidates
from geo.coverage import Reach
from geo.point import Point
from geo.sites import choose


@dataclass(frozen=True, slots=True)
class Site:
    """A place for a station, and what it adds to those before it in premises and known residents."""

    point: Point
    village_code: str | None
    premises: int
    residents: int


@dataclass(frozen=True, slots=True)
class BestSites:
    """Sites, best first.

    Attributes:
        sites: at most as many as asked for; fewer when no further one adds anything.
        candidates: how many places were compared.
        optimal: no choice among the candidates brings more; proved.
        by_solver: the sites are the solver's, which found better ones than the greedy choice.
    """

    sites: tuple[Site, ...]
    candidates: int
    optimal: bool
    by_solver: bool


def best_sites(facts: Facts, reach: Reach, within_s: float, count: int) -> BestSites:
    """Find the sites from which most of what nobody reaches would be reached in time."""
    late = np.flatnonzero(~reach.within(within_s))
    residents, unreached = facts.estate.residents[late], facts.estate.positions.chosen(late)
    roads = Roads(facts.roads.ground, facts.closures, facts.mode) if facts.roads else None
    found = candidates(unreached, within_s, roads)
    choice = choose(found.reaches, facts.estate.weights[late], count)
    sites = []
    for site, gained in zip(choice.sites, choice.gained, strict=True):
        point = Point(float(found.positions.lon[site]), float(found.positions.lat[site]))
        village = facts.tree.locate(point)
        sites.append(Site(point, village, len(gained), int(residents[gained].sum())))
    return BestSites(tuple(sites), len(found.positions), choice.optimal, choice.by_solver)
