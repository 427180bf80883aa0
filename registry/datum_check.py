"""A file in the wrong datum is refused: its positions all lie hundreds of metres from what is known. Pure.

Known is where the same regions, stations and premises were before, and, for files that are new, the
centres of their regions. `geo.misreading` decides.
"""

from collections.abc import Iterable, Iterator

from geo.datum import Crs
from geo.misreading import Misreading, Sighting, beside_as_body, moved_as_body
from geo.point import Point
from registry.batch import Batch, rows_of
from registry.faults import Fault
from registry.rows import PlacedRow
from registry.world import World

#: A row, where the same thing was before, and a known place that it lies about.
_Compared = tuple[PlacedRow, Point | None, Point | None]


def check_datums(batch: Batch, world: World) -> Iterator[Fault]:
    """One fault a file whose positions, of those in one datum, look misread."""
    before = world.stored_points
    compared: dict[str, list[_Compared]] = {
        "regions": [
            (row, before.get(("regions", row.code)), _middle_of(row.code, world))
            for row in rows_of(batch.regions)
        ],
        "stations": [
            (row, before.get(("stations", row.id)), world.tree.point_of(row.region_code))
            for row in rows_of(batch.stations)
        ],
        "premises": [
            (row, before.get(("premises", row.id)), world.centre_of(row.village_code))
            for row in rows_of(batch.premises)
        ],
    }
    for kind, rows in compared.items():
        for crs in Crs:
            message = _misread(kind, [row for row in rows if row[0].crs is crs])
            if message is not None:
                yield Fault("crs", message, batch.files.get(kind), 1)


def _misread(kind: str, rows: list[_Compared]) -> str | None:
    moved = moved_as_body(_sightings((row, before) for row, before, _ in rows))
    if moved is not None:
        return _in_words(moved, "where they were before")
    beside = beside_as_body(_sightings((row, around) for row, _, around in rows))
    if beside is None:
        return None
    return _in_words(beside, "their boundaries" if kind == "regions" else "the centres of their regions")


def _sightings(pairs: Iterable[tuple[PlacedRow, Point | None]]) -> list[Sighting]:
    return [
        Sighting(row.lon, row.lat, row.crs, known)
        for row, known in pairs
        if known is not None and row.lon is not None and row.lat is not None
    ]


def _middle_of(code: str, world: World) -> Point | None:
    boundary = world.tree.boundary_of(code)
    return None if boundary is None else Point(boundary.centroid.x, boundary.centroid.y)


def _in_words(found: Misreading, known: str) -> str:
    return (
        f"{found.count} positions lie {found.shift_m:.0f} m to the {found.direction} of {known},"
        f" {found.advice}; if it is those that are wrong, load with --accept-shift"
    )
