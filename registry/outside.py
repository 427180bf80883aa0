"""What somebody bound to a region may not load: rows that lie elsewhere, or would afterwards.

The rule of the API's PUT and PATCH (`api/registry_rows.py`), for all rows of a batch at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from geo.regions import DivisionTree
from registry.batch import MODELS, Batch, Entry, rows_of
from registry.faults import Fault
from registry.lookup import chunks
from registry.rows import DeviceRow, PersonRow
from registry.tree import read_divisions
from registry.world import World
from store.places import Device, Person, Premises, Region, Station

#: The division that each row of a kind belongs to, by the row's id.
_Homes = Mapping[str, str | None]
_gateway, _its_premises = aliased(Device), aliased(Premises)
_PEOPLE = select(Person.id, func.coalesce(Person.region_code, Station.region_code)).outerjoin(
    Station, Station.id == Person.station_id
)
_PREMISES = select(Premises.id, Premises.village_code)
_DEVICES = (
    select(Device.id, func.coalesce(Premises.village_code, Station.region_code, _its_premises.village_code))
    .outerjoin(Premises, Premises.id == Device.premises_id)
    .outerjoin(Station, Station.id == Device.station_id)
    .outerjoin(_gateway, _gateway.id == Device.gateway_id)
    .outerjoin(_its_premises, _its_premises.id == _gateway.premises_id)
)


def rows_outside(session: Session, batch: Batch, world: World, region: str) -> Iterator[Fault]:
    """One fault for each row of a checked batch that lies outside a region before or after.

    His own division is not his to change either: moved, it would take its villages out of others' sight.
    Past incidents concern stations of several regions, so that nobody bound to one may load them.
    """
    before, after = DivisionTree(read_divisions(session)), world.tree
    for kind in MODELS:
        entries: list[Entry[Any]] = getattr(batch, kind)
        if not entries:
            continue
        if kind not in _KINDS:
            yield entries[0].fault(
                "-", f"{kind} are loaded for the whole service; ask an admin without region"
            )
            continue
        column, home_column, stored_homes, new_home = _KINDS[kind]
        stored = stored_homes(session, [str(entry.cell(column)) for entry in entries])
        find = new_home(batch, world, stored)
        for entry in entries:
            id_ = str(entry.cell(column))
            if kind == "regions" and id_ == region:
                yield entry.fault(
                    column, f"'{id_}' is what you are bound to; whoever stands above changes it"
                )
            elif id_ in stored and not before.contains(region, stored[id_]):
                yield entry.fault(column, f"'{id_}' lies outside your region {region}; leave the row out")
            elif not after.contains(region, find(entry.row)):
                yield entry.fault(home_column, f"lies outside your region {region}; leave the row out")


def _read(query: Select[*tuple[Any, ...]]) -> Callable[[Session, Iterable[str]], _Homes]:
    key = query.selected_columns[0]

    def read(session: Session, ids: Iterable[str]) -> _Homes:
        found: dict[str, str | None] = {}
        for chunk in chunks(ids):
            found |= dict(session.execute(query.where(key.in_(chunk))).all())
        return found

    return read


def _own(column: str) -> Callable[[Batch, World, _Homes], Callable[[Any], str | None]]:
    return lambda _batch, _world, _stored: lambda row: getattr(row, column)


def _of_person(_: Batch, world: World, __: _Homes) -> Callable[[PersonRow], str | None]:
    return lambda row: row.region_code or world.stations[row.station_id or ""].region_code


def _of_device(_: Batch, world: World, stored: _Homes) -> Callable[[DeviceRow], str | None]:
    def home(row: DeviceRow) -> str | None:
        if row.premises_id is None:  # what its gateway says stays
            return stored.get(row.id)
        if row.premises_id in world.premises:
            return world.premises[row.premises_id].village_code
        return world.stations[row.premises_id].region_code

    return home


def _of_card(_: Batch, world: World, __: _Homes) -> Callable[[Any], str | None]:
    return lambda row: world.premises[row.premises_id].village_code


def _of_turn(batch: Batch, world: World, stored: _Homes) -> Callable[[Any], str | None]:
    home = _of_person(batch, world, stored)
    homes = {**stored, **{row.id: home(row) for row in rows_of(batch.people)}}
    return lambda row: homes.get(row.person_id)


#: Of each kind: the column of the id, that of the home, how stored homes are read and new ones found.
_KINDS: Mapping[
    str,
    tuple[
        str,
        str,
        Callable[[Session, Iterable[str]], _Homes],
        Callable[[Batch, World, _Homes], Callable[[Any], str | None]],
    ],
] = {
    "regions": ("code", "parent_code", _read(select(Region.code, Region.code)), _own("code")),
    "boundaries": ("code", "code", _read(select(Region.code, Region.code)), _own("code")),
    "stations": ("id", "region_code", _read(select(Station.id, Station.region_code)), _own("region_code")),
    "people": ("id", "station_id", _read(_PEOPLE), _of_person),
    "premises": (
        "id",
        "village_code",
        _read(_PREMISES),
        _own("village_code"),
    ),
    "cards": ("premises_id", "premises_id", _read(_PREMISES), _of_card),
    "devices": ("id", "premises_id", _read(_DEVICES), _of_device),
    "shifts": ("person_id", "person_id", _read(_PEOPLE), _of_turn),
}
