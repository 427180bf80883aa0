"""A file in the wrong datum is refused whole, with advice; what really moved is taken. On both databases."""

import csv
import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fire135.demo_district import FOLDER
from geo.datum import Crs, bd09_from_wgs84, gcj02_from_wgs84
from registry.loading import load
from store.database import Database
from store.places import Station
from tests.clock import STORY_START
from tests.district_files import FILES, edited, write_district

Shift = Callable[[float, float], tuple[float, float]]
DEMO = {
    name: (FOLDER / name).read_text(encoding="utf-8")
    for name in ("regions.csv", "stations.csv", "premises.csv")
}


def rewritten(content: str, shift: Shift, crs: str = "wgs84") -> str:
    """A file with every position shifted, and its datum declared."""
    rows = list(csv.DictReader(io.StringIO(content)))
    for row in rows:
        if row["lon"]:
            lon, lat = shift(float(row["lon"]), float(row["lat"]))
            row |= {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "crs": crs}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def same(lon: float, lat: float) -> tuple[float, float]:
    return lon, lat


def faults(
    database: Database, folder: Path, files: dict[str, str], *, accept_shift: bool = False
) -> list[str]:
    folder = folder / f"load{len(list(folder.iterdir()))}"
    report = load(database, write_district(folder, files), accept_shift=accept_shift, now=STORY_START)
    return [str(fault) for fault in report.faults]


def lon_of(database: Database, station_id: str) -> float | None:
    with database.read() as session:
        return session.get_one(Station, station_id).lon


@pytest.mark.parametrize(
    ("shift", "crs", "what"),
    [
        (
            gcj02_from_wgs84,
            "wgs84",
            "576 m to the south-east of {}, as GCJ-02 read as WGS 84 does: set crs=gcj02",
        ),
        (bd09_from_wgs84, "wgs84", "1206 m to the east of {}, as BD-09 read as WGS 84 does: set crs=bd09"),
        (same, "gcj02", "577 m to the north-west of {}, as WGS 84 read as GCJ-02 does: set crs=wgs84"),
    ],
)
def test_stations_loaded_again_in_the_wrong_datum_are_refused(
    shift: Shift, crs: str, what: str, database: Database, tmp_path: Path
) -> None:
    assert faults(database, tmp_path, dict(FILES)) == []
    again = {"stations.csv": rewritten(FILES["stations.csv"], shift, crs)}
    (fault,) = faults(database, tmp_path, again)
    assert fault == (
        f"stations.csv:1:crs: 3 positions lie {what.format('where they were before')};"
        " if it is those that are wrong, load with --accept-shift"
    )
    assert lon_of(database, "songzhai") == 118.19


def test_the_right_datum_and_a_station_that_moves_by_itself_are_taken(
    database: Database, tmp_path: Path
) -> None:
    assert faults(database, tmp_path, dict(FILES)) == []
    assert (
        faults(
            database, tmp_path, {"stations.csv": rewritten(FILES["stations.csv"], gcj02_from_wgs84, "gcj02")}
        )
        == []
    )
    assert lon_of(database, "songzhai") == pytest.approx(118.19, abs=1e-5)
    moved = gcj02_from_wgs84(118.19, 24.77)
    one = edited("stations.csv", ("118.19,24.77,wgs84", f"{moved[0]:.6f},{moved[1]:.6f},wgs84"))
    assert faults(database, tmp_path, {"stations.csv": one["stations.csv"]}) == []
    assert lon_of(database, "songzhai") == pytest.approx(moved[0], abs=1e-5)


def test_what_was_loaded_in_the_wrong_datum_can_be_put_right(database: Database, tmp_path: Path) -> None:
    wrong = {
        name: rewritten(FILES[name], gcj02_from_wgs84) if name != "people.csv" else FILES[name]
        for name in ("regions.csv", "stations.csv", "premises.csv", "people.csv")
    }
    assert faults(database, tmp_path, wrong) == []  # nothing known contradicts it
    assert len(faults(database, tmp_path, dict(FILES))) == 2  # regions, stations
    assert faults(database, tmp_path, dict(FILES), accept_shift=True) == []
    assert lon_of(database, "songzhai") == 118.19


@pytest.mark.parametrize("name", ["stations.csv", "premises.csv"])
@pytest.mark.parametrize(("shift", "crs"), [(gcj02_from_wgs84, Crs.GCJ02), (bd09_from_wgs84, Crs.BD09)])
def test_a_new_file_in_the_wrong_datum_shows_against_the_centres(
    name: str, shift: Shift, crs: Crs, database: Database, tmp_path: Path
) -> None:
    (fault,) = faults(database, tmp_path, {**DEMO, name: rewritten(DEMO[name], shift)})
    assert fault.startswith(f"{name}:1:crs: ")
    assert "of the centres of their regions" in fault
    assert f"set crs={crs};" in fault
    assert faults(database, tmp_path, {**DEMO, name: rewritten(DEMO[name], shift, crs)}) == []


def test_premises_show_against_stations_where_regions_have_no_centre(
    database: Database, tmp_path: Path
) -> None:
    rows = list(csv.DictReader(io.StringIO(DEMO["regions.csv"])))
    bare = "code,name,level,parent_code\n" + "".join(
        f"{row['code']},{row['name']},{row['level']},{row['parent_code']}\n" for row in rows
    )
    wrong = rewritten(DEMO["premises.csv"], gcj02_from_wgs84)
    (fault,) = faults(database, tmp_path, {**DEMO, "regions.csv": bare, "premises.csv": wrong})
    assert fault.startswith("premises.csv:1:crs: 366 positions lie")
    assert "set crs=gcj02" in fault
    assert faults(database, tmp_path, {**DEMO, "regions.csv": bare}) == []


def drawn(shift: Shift = same, *, step: int = 1) -> dict[str, str]:
    """A hexagon of 400 m about the centre of each village, boundaries as a map gives them."""
    rows = csv.DictReader(io.StringIO(DEMO["regions.csv"]))
    corners = [(4, 0), (2, 3), (-2, 3), (-4, 0), (-2, -3), (2, -3), (4, 0)]
    features = [
        {
            "type": "Feature",
            "properties": {"code": row["code"]},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [shift(float(row["lon"]) + x / 1000, float(row["lat"]) + y / 1000) for x, y in corners]
                ],
            },
        }
        for row in list(rows)[::step]
        if row["level"] == "village"
    ]
    return {"boundaries.geojson": json.dumps({"type": "FeatureCollection", "features": features})}


AS_GCJ02 = "as GCJ-02 read as WGS 84 does: convert the file to WGS 84; if it is those that are wrong"


@pytest.mark.parametrize("step", [1, 60])
def test_boundaries_in_the_wrong_datum_show_against_those_before(
    step: int, database: Database, tmp_path: Path
) -> None:
    assert faults(database, tmp_path, {**DEMO, **drawn()}) == []
    (fault,) = faults(database, tmp_path, drawn(gcj02_from_wgs84, step=step))
    assert fault.startswith("boundaries.geojson:1:geometry: boundaries lie 5")
    assert f"m to the south-east of where they were before, {AS_GCJ02}" in fault
    assert faults(database, tmp_path, drawn(step=step)) == []


@pytest.mark.parametrize("again", [{}, DEMO])
def test_new_boundaries_in_the_wrong_datum_show_against_known_centres(
    again: dict[str, str], database: Database, tmp_path: Path
) -> None:
    assert faults(database, tmp_path, DEMO) == []
    (fault,) = faults(database, tmp_path, {**again, **drawn(gcj02_from_wgs84)})
    assert fault.startswith("boundaries.geojson:1:geometry: 144 boundaries lie 58")
    assert f"m to the south-east of the centres of their regions, {AS_GCJ02}" in fault


def test_rows_and_boundaries_that_contradict_each_other_are_both_named(
    database: Database, tmp_path: Path
) -> None:
    (fault,) = faults(database, tmp_path, {**DEMO, **drawn(gcj02_from_wgs84)})
    assert fault.startswith("regions.csv:1:crs: 144 positions lie 58")
    assert f"; or boundaries.geojson lies wrong, {AS_GCJ02}" in fault
    assert faults(database, tmp_path, {**DEMO, **drawn()}) == []


def test_rows_of_mixed_datums_are_refused_and_counted_by_datum(database: Database, tmp_path: Path) -> None:
    assert faults(database, tmp_path, DEMO) == []
    turns = itertools.cycle([gcj02_from_wgs84, bd09_from_wgs84])

    def in_turn(lon: float, lat: float) -> tuple[float, float]:
        return next(turns)(lon, lat)

    mixed = rewritten(DEMO["stations.csv"], in_turn)
    (fault,) = faults(database, tmp_path, {"stations.csv": mixed})
    assert "78 positions lie" in fault
    assert "set crs=gcj02; 78 positions lie" in fault
    assert "set crs=bd09; the file mixes datums, and each row has its own crs" in fault
