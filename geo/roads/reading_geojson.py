"""Read roads from GeoJSON: LineString and MultiLineString features.

Properties, all optional: `speed_kmh` (travelled speed of vehicles), `oneway` (true, false, or OSM's yes,
no, -1), `width_m` (clear width), `highway` (a class of `classes.toml`; `road` where absent). Lines join
where they share a vertex, or where one ends on another. The file is its owner's own, so what is wrong in
it is refused with the feature's number, from 1.
"""

import json
from collections.abc import Iterator
from math import nan
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from geo.roads.building import Drawing, Way, build
from geo.roads.classes import road_classes
from geo.roads.errors import RoadFileError
from geo.roads.network import RoadNetwork

_DIRECTIONS = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0, "": 0, "-1": -1}
_LINES = {"LineString", "MultiLineString"}


def _direction(told: object) -> object:
    return _DIRECTIONS.get("" if told is None else str(told).strip().lower(), told)


def _no_truth(told: object) -> object:
    """Refuse true and false, which pydantic would take for 1 and 0."""
    if isinstance(told, bool):
        raise ValueError("a truth value is no number")  # noqa: TRY004 - pydantic wants a ValueError
    return told


_Positive = Annotated[float, BeforeValidator(_no_truth), Field(gt=0, allow_inf_nan=False)]
#: No engine is faster; more is another unit, or a slip.
_FASTEST_KMH = 200


class _Properties(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    speed_kmh: Annotated[_Positive, Field(le=_FASTEST_KMH)] | None = None
    width_m: _Positive | None = None
    oneway: Annotated[Literal[-1, 0, 1], BeforeValidator(_direction)] = 0
    highway: str | None = None


def read_geojson(path: Path) -> RoadNetwork:
    """Read a file of lines.

    Raises RoadFileError at the first thing that is wrong, or when no road is left.
    """
    content = _content(path)
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise RoadFileError(path.name, "no GeoJSON FeatureCollection", "give one whose features are lines")
    drawing, numbers = Drawing(joins_loose_ends=True), dict[tuple[float, float], int]()
    for number, feature in enumerate(features, start=1):
        try:
            _draw(feature, drawing, numbers)
        except ValueError as fault:
            raise RoadFileError(
                path.name, f"feature {number}: {fault}", "correct it and read the file again"
            ) from None
    attribution = content.get("attribution")
    return build(drawing, path.name, attribution if isinstance(attribution, str) else "")


def _content(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as fault:
        raise RoadFileError(
            path.name, f"cannot be read as JSON: {fault}", "export it again as GeoJSON"
        ) from None


def _draw(feature: Any, drawing: Drawing, numbers: dict[tuple[float, float], int]) -> None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in _LINES:
        drawing.leave_out(f"features that are no lines ({kind})")
        return
    told = _properties(feature.get("properties"))
    road_class = told.highway or "road"
    if road_class not in road_classes().speed_kmh:
        drawing.leave_out(f"lines of class {road_class}")
        return
    for line in _lines(geometry):
        nodes = []
        for position in line:
            place = _position(position)
            if place not in numbers:
                numbers[place] = len(drawing.lon)
                drawing.lon.append(place[0])
                drawing.lat.append(place[1])
            nodes.append(numbers[place])
        drawing.ways.append(
            Way(
                nodes=nodes[::-1] if told.oneway < 0 else nodes,
                road_class=road_class,
                one_way=told.oneway != 0,
                speed_kmh=nan if told.speed_kmh is None else told.speed_kmh,
                width_m=nan if told.width_m is None else told.width_m,
            )
        )


def _properties(told: Any) -> _Properties:
    try:
        return _Properties.model_validate(told or {})
    except ValidationError as faults:
        first = faults.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "properties"
        raise ValueError(f"{name} {first['input']!r}: {first['msg']}") from None


def _lines(geometry: Any) -> Iterator[list[Any]]:
    coordinates = geometry.get("coordinates")
    lines = [coordinates] if geometry["type"] == "LineString" else coordinates
    if not isinstance(lines, list):
        raise ValueError("coordinates are no list")  # noqa: TRY004 - the file is wrong, not the program
    for line in lines:
        if not isinstance(line, list) or len(line) < 2:
            raise ValueError("a line has fewer than two positions")
        yield line


def _position(told: Any) -> tuple[float, float]:
    """A [lon, lat] pair in degrees; a height is passed over."""
    numeric = isinstance(told, list) and len(told) >= 2 and all(type(n) in {int, float} for n in told[:2])
    lon, lat = (told[0], told[1]) if numeric else (nan, nan)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # also refuses NaN
        raise ValueError(f"{told!r} is no place on earth; give [lon, lat] in degrees, WGS 84")
    return float(lon), float(lat)
