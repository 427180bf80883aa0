"""What is wrong with a batch as a whole: against itself and against what is stored. Pure.

Rows were checked by themselves when they were read. Ids and references are compared even for rows
that have another fault, so that one run names every mistake.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Any

from geo.regions import MAX_OUTSIDE_M, outside_m
from registry.batch import Batch, Entry, rows_of
from registry.faults import Fault
from registry.old_codes import successor_of
from registry.rows import (
    AnyRow,
    DeviceRow,
    PlacedRow,
    PremisesRow,
    RegionRow,
    ResponseRow,
    ShiftRow,
    StationRow,
)
from registry.world import World, mentioned

_PARENT_LEVEL = {"town": "district", "village": "town"}
#: What the rows of one past incident say together.
_OF_THE_INCIDENT = ("received_at", "premises_id", "lon", "lat", "region_code", "disposition")


def check(batch: Batch, world: World) -> list[Fault]:
    """Everything that is wrong; empty when the batch can be written."""
    return [
        *_duplicates(batch),
        *_unknown_references(batch, world),
        *_each(batch.regions, _check_region, world),
        *_each(batch.stations, _check_station, world),
        *_each(batch.premises, _check_premises, world),
        *_each(batch.devices, _check_terminal, world),
        *_taken_addresses(batch, world),
        *_each(batch.responses, _check_response, world),
        *_contradictions(batch.responses),
    ]


def _each(
    entries: Iterable[Entry[AnyRow]],
    look: Callable[[AnyRow, World], Iterator[tuple[str, str]]],
    world: World,
) -> Iterator[Fault]:
    for entry in entries:
        if entry.row is not None:
            for column, message in look(entry.row, world):
                yield entry.fault(column, message)


def _duplicates(batch: Batch) -> Iterator[Fault]:
    for entries in (batch.stations, batch.people, batch.premises, batch.devices):
        yield from _repeated(entries, "id", lambda entry: entry.cell("id"))
    for coded in (batch.regions, batch.boundaries):
        yield from _repeated(coded, "code", lambda entry: entry.cell("code"))
    yield from _repeated(batch.cards, "premises_id", lambda entry: entry.cell("premises_id"))
    yield from _repeated(batch.devices, "external_id", _foreign_address)
    yield from _repeated(batch.shifts, "from", _turn)
    yield from _repeated(batch.responses, "station_id", _part)


def _repeated(
    entries: Iterable[Entry[Any]], column: str, key: Callable[[Entry[Any]], Hashable]
) -> Iterator[Fault]:
    first: dict[Hashable, Entry[Any]] = {}
    for entry in entries:
        own = key(entry)
        if own is not None and first.setdefault(own, entry) is not entry:
            named = ", ".join(own) if isinstance(own, tuple) else own
            yield entry.fault(column, f"'{named}' stands in row {first[own].line} already")


def _turn(entry: Entry[ShiftRow]) -> Hashable:
    row = entry.row
    return row and (row.person_id, row.weekday or row.on_date, row.from_time or "day off")


def _part(entry: Entry[ResponseRow]) -> Hashable:
    return entry.row and (entry.row.incident_id, entry.row.station_id)


def _foreign_address(entry: Entry[DeviceRow]) -> tuple[str, str] | None:
    return entry.row.address if entry.row is not None and entry.row.source != "native" else None


def _unknown_references(batch: Batch, world: World) -> Iterator[Fault]:
    regions = world.regions.keys() | mentioned(batch.regions, "code")
    stations = world.stations.keys() | mentioned(batch.stations, "id")
    premises = world.premises.keys() | mentioned(batch.premises, "id")
    people = world.people | mentioned(batch.people, "id")
    terminals = [e for e in batch.devices if e.cell("kind") == "station_terminal"]
    others = [e for e in batch.devices if e.cell("kind") != "station_terminal"]
    references: list[tuple[Iterable[Entry[Any]], str, str, Collection[str]]] = [
        (batch.regions, "parent_code", "region", regions),
        (batch.boundaries, "code", "region", regions),
        (batch.stations, "region_code", "region", regions),
        (batch.people, "station_id", "station", stations),
        (batch.people, "region_code", "region", regions),
        (batch.premises, "village_code", "region", regions),
        (batch.cards, "premises_id", "premises", premises),
        (terminals, "premises_id", "premises or station", premises | stations),
        (others, "premises_id", "premises", premises),
        (batch.shifts, "person_id", "person", people),
        (batch.responses, "premises_id", "premises", premises),
        (batch.responses, "region_code", "region", regions),
        (batch.responses, "station_id", "station", stations),
    ]
    for entries, column, what, known in references:
        for entry in entries:
            named = entry.cell(column)
            if named is not None and named not in known:
                successor = successor_of(named) if what == "region" else None
                hint = f"the town is now '{successor}'" if successor else "correct it, or load that row too"
                yield entry.fault(column, f"unknown {what} '{named}'; {hint}")


def _check_region(row: RegionRow, world: World) -> Iterator[tuple[str, str]]:
    parent = world.regions.get(row.parent_code or "")
    wanted = _PARENT_LEVEL.get(row.level)
    if parent is not None and wanted and parent.level != wanted:
        yield "parent_code", f"'{parent.code}' is a {parent.level}; the parent of a {row.level} is a {wanted}"
    stored = world.stored_levels.get(row.code, row.level)
    if stored != row.level and _is_used_as(row, world):
        yield (
            "level",
            f"'{row.code}' is a {stored} to what belongs to it; keep its level",
        )
    district = world.tree.district_of(row.code)
    if district is not None and world.tree.boundary_of(district) is not None:  # else it draws the outline
        yield from _check_inside(row, district, world)
    own = world.tree.boundary_of(row.code)
    if district != row.code and own is not None and row.point is not None:
        away_m = outside_m(row.point, own)
        if away_m > MAX_OUTSIDE_M:
            yield (
                "lon",
                f"{away_m / 1000:.1f} km outside its own boundary; correct lon, lat, crs or the boundary",
            )


def _is_used_as(row: RegionRow, world: World) -> bool:
    """Tell whether rows that stay as they are would no longer fit a region's new level."""
    return (
        row.code in world.inhabited
        or any(
            d.parent_code == row.code and _PARENT_LEVEL.get(d.level) != row.level
            for d in world.regions.values()
        )
        or any(s.region_code == row.code and s.tier != row.level for s in world.stations.values())
    )


def _check_station(row: StationRow, world: World) -> Iterator[tuple[str, str]]:
    region = world.regions.get(row.region_code)
    if region is None:
        return
    if region.level != row.tier:
        yield "tier", f"a {row.tier} station belongs to a {row.tier}, but '{region.code}' is a {region.level}"
    yield from _check_inside(row, row.region_code, world)


def _check_inside(row: PlacedRow, region_code: str, world: World) -> Iterator[tuple[str, str]]:
    district = world.tree.district_of(region_code)
    if district is None or row.point is None:
        return
    try:
        world.tree.check_inside(row.point, district)
    except ValueError as outside:
        yield "lon", f"{outside}; correct lon, lat, crs or the region"


def _check_premises(row: PremisesRow, world: World) -> Iterator[tuple[str, str]]:
    region = world.regions.get(row.village_code)
    if region is not None and region.level != "village":
        yield "village_code", f"'{region.code}' is a {region.level}; name the village"
    yield from _check_inside(row, row.village_code, world)


def _check_terminal(row: DeviceRow, world: World) -> Iterator[tuple[str, str]]:
    place = row.premises_id
    if row.kind != "station_terminal" or place not in world.premises or world.station_of_terminal(place):
        return
    yield (
        "premises_id",
        f"no station in the village of premises '{place}'; name the terminal's station itself",
    )


def _taken_addresses(batch: Batch, world: World) -> Iterator[Fault]:
    new_address = {row.id: row.address for row in rows_of(batch.devices)}
    for entry in batch.devices:
        owner = world.stored_devices.get(entry.row.address) if entry.row is not None else None
        if entry.row is None or owner is None or not owner.registered or owner.id == entry.row.id:
            continue
        if new_address.get(owner.id, entry.row.address) == entry.row.address:  # the owner does not let go
            source, external_id = entry.row.address
            yield entry.fault("external_id", f"'{external_id}' of {source} is device '{owner.id}' already")


def _check_response(row: ResponseRow, world: World) -> Iterator[tuple[str, str]]:
    if row.incident_id in world.live_incidents:
        yield (
            "incident_id",
            f"'{row.incident_id}' is an incident of this service; history cannot overwrite it",
        )
    station = world.stations.get(row.station_id)
    if station is not None and row.tier not in {None, station.tier}:
        yield "tier", f"station '{row.station_id}' is of tier {station.tier}, not {row.tier}"


def _contradictions(entries: Iterable[Entry[ResponseRow]]) -> Iterator[Fault]:
    first: dict[tuple[str, str], tuple[object, int | None]] = {}
    for entry in entries:
        if entry.row is None:
            continue
        for column in _OF_THE_INCIDENT:
            given = getattr(entry.row, column)
            if given is None:
                continue
            said, line = first.setdefault((entry.row.incident_id, column), (given, entry.line))
            if said != given:
                yield entry.fault(column, f"'{given}', but row {line} of the same incident says '{said}'")
