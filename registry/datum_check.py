"""A file in the wrong datum is refused: its positions all lie hundreds of metres from what is known. Pure.

Known is where the same regions, boundaries, stations and premises were before, and, for what is new, the
centres of their regions. `geo.misreading` decides. Where rows and the boundaries of one load contradict
each other, nobody can say which of them is wrong, and the fault names both files.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from geo.datum import Crs
from geo.misreading import Misreading, Sighting, beside_as_body, moved_as_body
from geo.point import Point, distance_m
from geo.regions import Outline, area
from registry.batch import Batch, rows_of
from registry.faults import Fault
from registry.rows import PlacedRow
from registry.world import World

_ACCEPT = "if it is those that are wrong, load with --accept-shift"
_CONVERT = "convert the file to WGS 84"
_MIXED = "each row has its own crs"
#: What lies no farther from where it was than this stands where it is known, metres.
_STAYED_M = 200.0


@dataclass(frozen=True, slots=True)
class _Compared:
    """A row, where the same thing was before, a known place that it lies about, and whose that is."""

    row: PlacedRow
    before: Point | None
    around: Point | None
    #: The place is known only from a boundary of the same load.
    by_new_boundary: bool = False


def check_datums(batch: Batch, world: World) -> Iterator[Fault]:
    """One fault a file whose positions, of those in one datum, look misread."""
    boundaries = {row.code: row.geometry for row in rows_of(batch.boundaries) if row.code in world.boundaries}
    fault = _moved_boundaries(boundaries, batch, world)
    beside = None if fault else _beside_centres(boundaries, world)
    contested = False
    for kind, rows in _compared(batch, world, set(boundaries)).items():
        for crs in Crs:
            of_crs = [one for one in rows if one.row.crs is crs]
            found = moved_as_body(_sightings((one.row, one.before) for one in of_crs))
            if found:
                yield Fault("crs", _moved_in_words(found), batch.files.get(kind), 1)
                continue
            around = beside_as_body(_sightings((one.row, one.around) for one in of_crs))
            if around is None:
                continue
            by_boundary = 2 * sum(one.by_new_boundary for one in of_crs) > len(of_crs)
            if by_boundary and fault is not None:
                continue  # the boundaries are known to be wrong
            known = "their boundaries" if kind == "regions" else "the centres of their regions"
            other = _or_boundaries(batch, beside) if by_boundary else ""
            contested = contested or by_boundary
            message = f"{_in_words(around, 'positions', known)}: {around.remedy}{other}; {_ACCEPT}"
            yield Fault("crs", message, batch.files.get(kind), 1)
    if fault is not None:
        yield fault
    elif beside is not None and not contested:
        message = f"{_in_words(beside, 'boundaries', 'the centres of their regions')}: {_CONVERT}; {_ACCEPT}"
        yield Fault("geometry", message, batch.files.get("boundaries"), 1)


def _compared(batch: Batch, world: World, new_boundaries: set[str]) -> Mapping[str, list[_Compared]]:
    before = world.stored_points

    def in_region(row: PlacedRow, was: Point | None, code: str, around: Point | None) -> _Compared:
        region = world.regions.get(code)
        return _Compared(
            row, was, around, code in new_boundaries and (region is None or region.point is None)
        )

    regions = []
    for region in rows_of(batch.regions):
        was = before.get(("regions", region.code))
        stays = was is not None and region.point is not None and distance_m(was, region.point) <= _STAYED_M
        by_new = region.code in new_boundaries
        # a centre that stays is known: it is the new boundary that is held against it
        middle = None if stays and by_new else _middle_of(region.code, world)
        regions.append(_Compared(region, was, middle, by_new))
    return {
        "regions": regions,
        "stations": [
            in_region(
                row, before.get(("stations", row.id)), row.region_code, world.tree.point_of(row.region_code)
            )
            for row in rows_of(batch.stations)
        ],
        "premises": [
            in_region(
                row, before.get(("premises", row.id)), row.village_code, world.centre_of(row.village_code)
            )
            for row in rows_of(batch.premises)
        ],
    }


def _moved_boundaries(new: Mapping[str, Outline], batch: Batch, world: World) -> Fault | None:
    """Boundaries against the same ones as stored, by their middles and corners: one alone is a body."""
    sightings = [
        Sighting(place.lon, place.lat, Crs.WGS84, was)
        for code, outline in new.items()
        if code in world.stored_boundaries
        for place, was in zip(_marks(outline), _marks(world.stored_boundaries[code]), strict=True)
    ]
    found = moved_as_body(sightings)
    if not found:
        return None
    parts = "; ".join(
        f"boundaries lie {one.shift_m:.0f} m to the {one.direction} of where they were before, {one.cause}"
        for one in found
    )
    return Fault("geometry", f"{parts}: {_CONVERT}; {_ACCEPT}", batch.files.get("boundaries"), 1)


def _marks(outline: Outline) -> tuple[Point, Point, Point]:
    """Places of an outline that stay however finely it is drawn: its middle, two corners of its box."""
    drawn = area(outline)
    west, south, east, north = drawn.bounds
    return Point(drawn.centroid.x, drawn.centroid.y), Point(west, south), Point(east, north)


def _beside_centres(new: Mapping[str, Outline], world: World) -> Misreading | None:
    """New boundaries, by their middles, against the centres of their regions."""
    moved = [code for code, outline in new.items() if not _stays(outline, world.stored_boundaries.get(code))]
    known = _known_places(moved, world)
    middles = {code: _marks(new[code])[0] for code in known}
    return beside_as_body(
        [Sighting(place.lon, place.lat, Crs.WGS84, known[code]) for code, place in middles.items()]
    )


def _stays(new: Outline, stored: Outline | None) -> bool:
    return stored is not None and distance_m(_marks(new)[0], _marks(stored)[0]) <= _STAYED_M


def _known_places(codes: Iterable[str], world: World) -> dict[str, Point]:
    """Where regions are by anything but their boundaries: centre, else stations, else premises."""
    stations, premises = defaultdict(list), defaultdict(list)
    for station in world.stations.values():
        if station.point is not None:
            stations[station.region_code].append(station.point)
    for house in world.premises.values():
        if house.point is not None:
            premises[house.village_code].append(house.point)
    known = {}
    for code in codes:
        centre = world.regions[code].point if code in world.regions else None
        points = [centre] if centre else stations[code] or premises[code]
        if points:
            known[code] = Point(median(point.lon for point in points), median(point.lat for point in points))
    return known


def _sightings(pairs: Iterable[tuple[PlacedRow, Point | None]]) -> list[Sighting]:
    return [
        Sighting(row.lon, row.lat, row.crs, known)
        for row, known in pairs
        if known is not None and row.lon is not None and row.lat is not None
    ]


def _middle_of(code: str, world: World) -> Point | None:
    boundary = world.tree.boundary_of(code)
    return None if boundary is None else Point(boundary.centroid.x, boundary.centroid.y)


def _or_boundaries(batch: Batch, beside: Misreading | None) -> str:
    """The other file that may be the wrong one, and how it looks if it is."""
    file = batch.files.get("boundaries", "the boundary")
    looks = beside.cause if beside is not None else "in another datum"
    return f"; or {file} lies wrong, {looks}: {_CONVERT}"


def _moved_in_words(found: list[Misreading]) -> str:
    parts = [f"{_in_words(one, 'positions', 'where they were before')}: {one.remedy}" for one in found]
    mixed = f"; the file mixes datums, and {_MIXED}" if len(found) > 1 else ""
    return f"{'; '.join(parts)}{mixed}; {_ACCEPT}"


def _in_words(found: Misreading, what: str, known: str) -> str:
    return (
        f"{found.count} {what} lie {found.shift_m:.0f} m to the {found.direction} of {known}, {found.cause}"
    )
