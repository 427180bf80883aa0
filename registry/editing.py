"""Change one row of the registry with the same checks as a load: what the API's PUT and PATCH do."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

from sqlalchemy.orm import Session

from registry.batch import MODELS, Batch
from registry.changes import registry_changes
from registry.faults import DistrictDataError, Fault
from registry.parsing import columns
from registry.version import lock_registry
from registry.writing import checked, write
from store.places import Device, Person, Premises, Region, Station

#: What can be edited row by row.
Kind = Literal["regions", "stations", "people", "premises", "devices"]
Outcome = Literal["created", "changed", "unchanged"]

_TABLES: Mapping[Kind, type[Region | Station | Person | Premises | Device]] = {
    "regions": Region,
    "stations": Station,
    "people": Person,
    "premises": Premises,
    "devices": Device,
}


def put_row(session: Session, kind: Kind, row_id: str, values: Mapping[str, object]) -> Outcome:
    """Make a row what these values say; a column that is not given is empty.

    Args:
        session: the transaction, which the caller commits.
        kind: which table.
        row_id: the row's id (a region's code).
        values: by the columns of contract section 4, as text or JSON values.

    Raises DistrictDataError with every fault as `column: message`.
    """
    key = _key(kind)
    if values.get(key, row_id) != row_id:
        raise DistrictDataError([Fault(key, f"'{values[key]}' is not '{row_id}'; an id cannot change")])
    batch = Batch()
    batch.add(kind, {**values, key: row_id})
    lock_registry(session)
    change = registry_changes(session, batch, checked(session, batch))[kind]
    write(session, {kind: change})
    session.expire_all()  # the rows were written past the objects that the session may hold
    return "created" if change.created else "changed" if change.changed else "unchanged"


def patch_row(session: Session, kind: Kind, row_id: str, values: Mapping[str, object]) -> Outcome:
    """Change the given columns of a row and keep the others; None empties a column.

    A new position names both lon and lat, and is WGS 84 unless crs says otherwise, whatever the
    old one was given in. Raises DistrictDataError as `put_row` does, LookupError for an unknown row.
    """
    lock_registry(session)
    stored = row_values(session, kind, row_id)
    if stored is None:
        raise LookupError(f"{kind}: no row '{row_id}'")
    if "lon" in values or "lat" in values:
        stored |= {"lon": None, "lat": None, "crs": None}
    return put_row(session, kind, row_id, {**stored, **values})


def row_values(session: Session, kind: Kind, row_id: str) -> dict[str, object] | None:
    """A row by the columns of contract section 4, its position as it was given; None if unknown."""
    row = session.get(_TABLES[kind], row_id)
    if row is None:
        return None
    values = {column: getattr(row, column) for column in columns(MODELS[kind])}
    if isinstance(row, Region | Station | Premises) and row.given_lon is not None:
        values |= {"lon": row.given_lon, "lat": row.given_lat}
    if isinstance(row, Device):
        values["premises_id"] = row.premises_id or row.station_id
        values["external_id"] = None if row.source == "native" else row.external_id
    return values


def row_version(session: Session, kind: Kind, row_id: str) -> str | None:
    """A mark of a row's columns: they have changed when it has. None for an unknown row."""
    values = row_values(session, kind, row_id)
    return None if values is None else sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def _key(kind: Kind) -> str:
    return "code" if kind == "regions" else "id"
