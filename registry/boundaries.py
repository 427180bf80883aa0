"""Read boundaries.geojson: Polygon and MultiPolygon features, each with the code of its region."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from geo.regions import area
from registry.batch import Batch, Entry
from registry.cells import text_of
from registry.encoding import decode
from registry.faults import Fault
from registry.rows import BoundaryRow


def read_boundaries(file: Path, batch: Batch) -> None:
    """Take every feature into the batch; a fault's row is the feature's number, from 1."""
    batch.files["boundaries"] = file.name
    try:
        content = json.loads(decode(file.read_bytes()), parse_constant=_refuse)
    except json.JSONDecodeError as fault:
        batch.refuse_file(
            Fault(str(fault.colno), f"cannot be read as JSON: {fault.msg}", file.name, fault.lineno)
        )
        return
    except (ValueError, RecursionError) as fault:
        batch.refuse_file(Fault("-", f"cannot be read as JSON: {fault}", file.name, 1))
        return
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        batch.refuse_file(Fault("-", "no GeoJSON FeatureCollection", file.name, 1))
        return
    for number, feature in enumerate(features, start=1):
        entry, faults = _read_feature(feature, file.name, number)
        batch.boundaries.append(entry)
        batch.faults += faults


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _read_feature(feature: object, file: str, number: int) -> tuple[Entry[BoundaryRow], list[Fault]]:
    members: Mapping[str, Any] = feature if isinstance(feature, dict) else {}
    properties = members.get("properties")
    geometry = members.get("geometry")
    faults = []
    try:
        code = text_of(properties.get("code")) if isinstance(properties, dict) else None
        if code is None:
            faults.append(Fault("code", "the feature has no property code; name its region", file, number))
    except ValueError as fault:
        code = None
        faults.append(Fault("code", str(fault), file, number))
    try:
        area(geometry if isinstance(geometry, dict) else {})
    except ValueError as fault:
        faults.append(Fault("geometry", str(fault), file, number))
    if faults:
        return Entry(None, {"code": code} if code else {}, file, number), faults
    return Entry(BoundaryRow.model_validate({"code": code, "geometry": geometry}), {}, file, number), []
