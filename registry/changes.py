"""What a checked batch changes in the registry's tables."""

from sqlalchemy.orm import Session

from registry.batch import Batch, rows_of
from registry.commissioning import DeviceChange, owners_to_replace
from registry.difference import Change, Columns, compare
from registry.lookup import rows_by_key
from registry.rows import DeviceRow, PersonRow, PlacedRow
from registry.world import World
from store.places import Boundary, Device, Person, Premises, Region, Shift, Station

_LEVELS = ("district", "town", "village")


def registry_changes(session: Session, batch: Batch, world: World) -> dict[str, Change]:
    """Compare a checked batch with what is stored, kind by kind in the order of writing."""
    regions = sorted(rows_of(batch.regions), key=lambda row: _LEVELS.index(row.level))  # parents first
    outlines = ({"region_code": row.code, "geometry": row.geometry} for row in rows_of(batch.boundaries))
    devices = (_device(row, world) for row in rows_of(batch.devices))
    moving = DeviceChange(Device, owners=owners_to_replace(batch, world))
    return {
        "regions": compare(session, Change(Region), "code", map(_placed, regions)),
        "boundaries": compare(session, Change(Boundary), "region_code", outlines),
        "stations": compare(session, Change(Station), "id", map(_placed, rows_of(batch.stations))),
        "people": compare(session, Change(Person), "id", map(PersonRow.model_dump, rows_of(batch.people))),
        "premises": compare(session, Change(Premises), "id", map(_placed, rows_of(batch.premises))),
        "devices": compare(session, moving, "id", devices),
        "shifts": _compare_shifts(session, batch),
    }


def _placed(row: PlacedRow) -> Columns:
    return row.model_dump() | {
        "lon": row.point.lon if row.point else None,
        "lat": row.point.lat if row.point else None,
        "given_lon": row.lon,
        "given_lat": row.lat,
        "crs": row.crs.value,
    }


def _device(row: DeviceRow, world: World) -> Columns:
    source, external_id = row.address
    place = row.premises_id
    station_id = world.station_of_terminal(place) if row.kind == "station_terminal" and place else None
    return row.model_dump() | {
        "premises_id": None if place == station_id else place,
        "station_id": station_id,
        "source": source,
        "external_id": external_id,
        "registered": True,
    }


def _compare_shifts(session: Session, batch: Batch) -> Change:
    """A turn is known by its person, day and beginning; a day off has none."""
    change = Change(Shift)
    turn = ("person_id", "weekday", "on_date", "from_time")
    columns = [*(getattr(Shift, name) for name in turn), Shift.id, Shift.to_time]
    rows = [row.model_dump() for row in rows_of(batch.shifts)]
    found = rows_by_key(session, columns, Shift.person_id, {row["person_id"] for row in rows})
    stored = {tuple(known): (id_, to_time) for *known, id_, to_time in found}
    for row in rows:
        id_, to_time = stored.get(tuple(row[name] for name in turn), (None, None))
        if id_ is None:
            change.take(row, None)
        else:
            change.take(row | {"id": id_}, row | {"id": id_, "to_time": to_time})
    return change
