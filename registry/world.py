"""The registry as it would be with a batch laid over it: where checks and writing look things up."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.point import Point
from geo.regions import Division, DivisionTree, Outline
from registry.batch import Batch, Entry, rows_of
from registry.lookup import rows_by_key
from registry.tree import read_divisions, read_outlines
from store.incidents import Incident
from store.places import Device, Person, Premises, Station


@dataclass(frozen=True, slots=True)
class StationFact:
    """What others need to know of a station."""

    tier: str
    region_code: str
    active: bool
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class PremisesFact:
    """What others need to know of premises."""

    village_code: str
    name: str
    address: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class DeviceFact:
    """Who has an address now."""

    id: str
    registered: bool


@dataclass
class World:
    """Regions and stations are complete; of the rest there is what the batch mentions."""

    regions: dict[str, Division] = field(default_factory=dict)
    boundaries: dict[str, Outline] = field(default_factory=dict)
    stations: dict[str, StationFact] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    premises: dict[str, PremisesFact] = field(default_factory=dict)
    #: As stored, without the batch:
    stored_levels: dict[str, str] = field(default_factory=dict)
    #: By kind and id; of the premises those that the batch mentions, or of whose village it has the boundary.
    stored_points: dict[tuple[str, str], Point | None] = field(default_factory=dict)
    stored_boundaries: dict[str, Outline] = field(default_factory=dict)
    stored_devices: dict[tuple[str, str], DeviceFact] = field(default_factory=dict)
    live_incidents: set[str] = field(default_factory=set)
    #: Regions of the batch that have premises now.
    inhabited: set[str] = field(default_factory=set)

    @cached_property
    def tree(self) -> DivisionTree:
        """The division tree."""
        return DivisionTree(self.regions.values(), self.boundaries)

    @cached_property
    def _village_stations(self) -> dict[str, str]:
        of_tier = {id_: fact for id_, fact in self.stations.items() if fact.tier == "village" and fact.active}
        return {of_tier[id_].region_code: id_ for id_ in sorted(of_tier, reverse=True)}

    def centre_of(self, region_code: str) -> Point | None:
        """Where a region is: its centre, a point inside its boundary, or its village's own station."""
        station_id = self._village_stations.get(region_code)
        station = self.stations[station_id].point if station_id else None
        return self.tree.point_of(region_code) or station

    def station_of_terminal(self, place_id: str) -> str | None:
        """The station that a terminal answers for: named itself, or that of the village of its premises."""
        if place_id in self.stations:
            return place_id
        premises = self.premises.get(place_id)
        return self._village_stations.get(premises.village_code) if premises else None


def read_world(session: Session, batch: Batch) -> World:
    """What is stored, as far as the batch has to do with it, with the batch laid over it."""
    world = World()
    _read_regions(session, batch, world)
    own = (Station.id, Station.tier, Station.region_code, Station.active, Station.lon, Station.lat)
    for id_, tier, region, active, lon, lat in session.execute(select(*own)):
        world.stations[id_] = StationFact(tier, region, active, _point(lon, lat))
        world.stored_points["stations", id_] = world.stations[id_].point
    people = rows_by_key(session, [Person.id], Person.id, mentioned(batch.shifts, "person_id"))
    world.people = {id_ for (id_,) in people}
    _read_premises(session, batch, world)
    _read_devices(session, batch, world)
    incidents = mentioned(batch.responses, "incident_id")
    found = rows_by_key(session, [Incident.id, Incident.origin], Incident.id, incidents)
    world.live_incidents = {id_ for id_, origin in found if origin != "history"}
    lay_over(world, batch)
    return world


def lay_over(world: World, batch: Batch) -> None:
    """Make the world what it will be with the batch's faultless rows; of two of one id, the first."""
    for region in rows_of(reversed(batch.regions)):
        world.regions[region.code] = Division(
            region.code, region.name, region.level, region.parent_code, region.point
        )
    world.boundaries |= {row.code: row.geometry for row in rows_of(reversed(batch.boundaries))}
    for station in rows_of(reversed(batch.stations)):
        world.stations[station.id] = StationFact(
            station.tier, station.region_code, station.active, station.point
        )
    world.people |= {row.id for row in rows_of(batch.people)}
    for row in rows_of(reversed(batch.premises)):
        world.premises[row.id] = PremisesFact(row.village_code, row.name, row.address, row.point)


def mentioned(entries: Iterable[Entry[Any]], column: str) -> set[str]:
    """What the rows name in a column, the faulty ones included."""
    return {named for entry in entries if (named := entry.cell(column)) is not None}


def _read_regions(session: Session, batch: Batch, world: World) -> None:
    world.regions = {division.code: division for division in read_divisions(session)}
    world.stored_levels = {code: division.level for code, division in world.regions.items()}
    world.stored_points = {("regions", code): division.point for code, division in world.regions.items()}
    if batch.regions or batch.boundaries or batch.stations or batch.premises or batch.responses:
        world.stored_boundaries = read_outlines(session)
        world.boundaries = dict(world.stored_boundaries)
    moved = {
        row.code
        for row in rows_of(batch.regions)
        if world.stored_levels.get(row.code, row.level) != row.level
    }
    found = rows_by_key(session, [Premises.village_code], Premises.village_code, moved)
    world.inhabited = {code for (code,) in found}


def _read_premises(session: Session, batch: Batch, world: World) -> None:
    wanted = mentioned(batch.devices, "premises_id") | mentioned(batch.responses, "premises_id")
    wanted |= mentioned(batch.premises, "id") | mentioned(batch.cards, "premises_id")
    own = [Premises.id, Premises.village_code, Premises.name, Premises.address, Premises.lon, Premises.lat]
    found = [
        *rows_by_key(session, own, Premises.id, wanted),
        *rows_by_key(session, own, Premises.village_code, mentioned(batch.boundaries, "code")),
    ]
    for id_, village_code, name, address, lon, lat in found:
        world.premises[id_] = PremisesFact(village_code, name, address, _point(lon, lat))
        world.stored_points["premises", id_] = world.premises[id_].point


def _read_devices(session: Session, batch: Batch, world: World) -> None:
    addresses = {row.address for row in rows_of(batch.devices)}
    own = [Device.id, Device.source, Device.external_id, Device.registered]
    found = rows_by_key(session, own, Device.external_id, {external_id for _, external_id in addresses})
    for id_, source, external_id, registered in found:
        if (source, external_id) in addresses:
            world.stored_devices[source, external_id] = DeviceFact(id_, registered)


def _point(lon: float | None, lat: float | None) -> Point | None:
    return None if lon is None or lat is None else Point(lon, lat)
