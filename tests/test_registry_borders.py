"""A boundary that lies elsewhere than its division is refused, and nothing else is blamed for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from registry.loading import load
from store.database import Database
from tests.clock import STORY_START
from tests.district_files import FILES, edited, write_district

DISTRICT, VILLAGE = "350212", "350212110211"
BARE_VILLAGE = edited("regions.csv", ("350212110,118.20,24.78", "350212110,,"))
#: 明溪村 with premises that stand where its centre was.
WITH_PREMISES = edited(
    "premises.csv", ("明溪村12号,350212110211,,,", "明溪村12号,350212110211,118.20,24.78,")
)
#: A small district where lon and lat may be taken for each other; its places are invented.
VADUZ = {
    "regions.csv": "code,name,level,parent_code,lon,lat,crs\n900001,Oberland,district,,9.52,47.14,\n",
    "stations.csv": "id,name,tier,region_code,lon,lat\nb,Brigade,district,900001,9.521,47.141\n",
}


def square(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def boundaries(*outlines: tuple[str, list[list[float]]]) -> dict[str, str]:
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for code, ring in outlines
    ]
    return {"boundaries.geojson": json.dumps({"type": "FeatureCollection", "features": features})}


def faults(database: Database, folder: Path, files: dict[str, str]) -> list[str]:
    folder = folder / f"load{len(list(folder.iterdir()))}"
    return [str(f) for f in load(database, write_district(folder, files), now=STORY_START).faults]


KNOWN = "centres, stations and premises known in it"
AROUND = square(118.10, 24.68, 118.25, 24.82)
CASES = {
    "a district 20 km off": (
        FILES,
        (DISTRICT, square(118.40, 24.68, 118.60, 24.82)),
        "boundary of 同安区 (350212) lies 25.3 km from its centre",
    ),
    "a village 740 km off": (
        FILES,
        (VILLAGE, square(111.0, 24.7, 111.1, 24.8)),
        "boundary of 明溪村委会 (350212110211) lies 717.9 km from its centre",
    ),
    "a village without a centre beside its premises": (
        {**BARE_VILLAGE, "premises.csv": WITH_PREMISES["premises.csv"]},
        (VILLAGE, square(118.30, 24.7, 118.31, 24.8)),
        f"boundary of 明溪村委会 (350212110211) lies 10.1 km from the {KNOWN}",
    ),
    "a district beside all that is in it": (
        FILES,
        (DISTRICT, square(118.145, 24.690, 118.149, 24.719)),
        f"boundary of 同安区 (350212) holds none of the {KNOWN}, the nearest 0.2 km away",
    ),
}


@pytest.mark.parametrize("story", CASES)
@pytest.mark.parametrize("together", [True, False])
def test_a_boundary_that_lies_elsewhere_is_refused_in_one_line(
    story: str, together: bool, database: Database, tmp_path: Path
) -> None:
    files, outline, message = CASES[story]
    new = boundaries(outline)
    if together:
        new = {**files, **new}
    else:
        assert faults(database, tmp_path, dict(files)) == []
    remedy = "correct the boundary, its code or what is known"
    assert faults(database, tmp_path, new) == [f"boundaries.geojson:1:geometry: {message}; {remedy}"]


def test_swapped_lon_and_lat_are_told(database: Database, tmp_path: Path) -> None:
    right = square(9.50, 47.10, 9.60, 47.18)
    swapped = [[lat, lon] for lon, lat in right]
    (fault,) = faults(database, tmp_path, {**VADUZ, **boundaries(("900001", swapped))})
    assert fault.startswith("boundaries.geojson:1:geometry: boundary of Oberland (900001) lies ")
    assert fault.endswith("lon and lat are swapped: write [lon, lat]")
    assert faults(database, tmp_path, {**VADUZ, **boundaries(("900001", right))}) == []


def test_a_boundary_about_its_division_is_taken(database: Database, tmp_path: Path) -> None:
    near = boundaries((DISTRICT, AROUND), (VILLAGE, square(118.16, 24.7, 118.19, 24.8)))  # 1 km beside it
    assert faults(database, tmp_path, {**FILES, **near}) == []


def test_a_boundary_of_which_nothing_is_known_is_taken(database: Database, tmp_path: Path) -> None:
    outline = boundaries((VILLAGE, square(118.30, 24.7, 118.31, 24.8)))
    assert faults(database, tmp_path, {**BARE_VILLAGE, **outline}) == []
    (fault,) = faults(database, tmp_path, {"regions.csv": FILES["regions.csv"]})  # now it has a centre
    assert fault == (
        "regions.csv:5:lon: 10.1 km outside its own boundary; correct lon, lat, crs or the boundary"
    )
