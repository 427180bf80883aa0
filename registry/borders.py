"""A boundary that lies elsewhere than the division it is of is refused. Pure.

Taken, it would refuse every alarm by position in the district. It is held against the centre of its
division, else against what is known in it: centres below, stations, premises.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from geo.point import Point
from geo.regions import MAX_OUTSIDE_M, Division, DivisionTree, area, outside_m
from registry.batch import Batch
from registry.faults import Fault
from registry.world import World


def misplaced_boundaries(batch: Batch, world: World) -> dict[str, Fault]:
    """The fault of each boundary of the batch, by code, that does not lie about its division.

    Refused is one more than MAX_OUTSIDE_M from its centre, else from everything known in it; and a
    district's that holds nothing of what is known in it.
    """
    if not batch.boundaries:
        return {}
    tree = DivisionTree(world.regions.values())
    known = _known_in(tree, world)
    found: dict[str, Fault] = {}
    for entry in reversed(batch.boundaries):  # of two of one code the first counts
        division = tree.get(entry.row.code) if entry.row is not None else None
        if entry.row is not None and division is not None:
            message = _message(division, area(entry.row.geometry), known[division.code])
            if message is not None:
                found[division.code] = entry.fault("geometry", message)
            else:
                found.pop(division.code, None)
    return found


def _message(division: Division, outline: BaseGeometry, known: Sequence[Point]) -> str | None:
    wrong = _wrong(division, outline, known)
    if wrong is None:
        return None
    swapped = _swapped(outline)
    remedy = "correct the boundary, its code or what is known"
    if swapped is not None and _wrong(division, swapped, known) is None:
        remedy = "lon and lat are swapped: write [lon, lat]"
    return f"boundary of {division.name} ({division.code}) {wrong}; {remedy}"


def _known_in(tree: DivisionTree, world: World) -> Mapping[str, Sequence[Point]]:
    """By division, what is known in it and below: centres but its own, stations, premises."""
    placed = [(tree.parent(code), division.point) for code, division in world.regions.items()]
    placed += [(station.region_code, station.point) for station in world.stations.values()]
    placed += [(premises.village_code, premises.point) for premises in world.premises.values()]
    known: dict[str, list[Point]] = defaultdict(list)
    for code, point in placed:
        if code is not None and point is not None:
            for region in (code, *tree.ancestors(code)):
                known[region].append(point)
    return known


def _wrong(division: Division, outline: BaseGeometry, known: Sequence[Point]) -> str | None:
    """What speaks against an outline; None when nothing does."""
    if division.point is not None:
        away_m = outside_m(division.point, outline)
        if away_m > MAX_OUTSIDE_M:
            return f"lies {away_m / 1000:.1f} km from its centre"
        if division.level != "district":
            return None
    if not known or shapely.contains_xy(outline, [(point.lon, point.lat) for point in known]).any():
        return None
    away_m = min(outside_m(point, outline) for point in known)
    what = "centres, stations and premises known in it"
    if division.level == "district":
        return f"holds none of the {what}, the nearest {away_m / 1000:.1f} km away"
    return f"lies {away_m / 1000:.1f} km from the {what}" if away_m > MAX_OUTSIDE_M else None


def _swapped(outline: BaseGeometry) -> BaseGeometry | None:
    """The outline with lon and lat exchanged; None where that is no place on earth."""
    swapped = shapely.transform(outline, lambda pairs: pairs[:, ::-1])
    return swapped if (abs(shapely.get_coordinates(swapped)) <= (180, 90)).all() else None
