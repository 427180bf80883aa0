"""`fire135 roads`: reads, says what it holds and whom it reaches, keeps it whole or not at all."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, update

from fire135.check import check
from fire135.cli import main
from fire135.settings import Settings
from store.database import Database
from store.places import Station
from store.roads import RoadNetworkFile
from tests.clock import STORY_START
from tests.factories import make_district, make_premises
from tests.river import ATTRIBUTION, write_roads


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = tmp_path / "roads.db"
    shutil.copyfile(sqlite_template, path)
    url = f"sqlite:///{path}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIRE135_DATABASE_URL", url)
    database = Database(url)
    with database.begin() as session:
        district = make_district(session)
        make_premises(session, "off-road", district.village, lon=118.13, lat=24.76)
        make_premises(session, "nowhere", district.village, lon=None, lat=None)
    database.dispose()
    return url


def kept(url: str) -> list[str]:
    database = Database(url)
    with database.read() as session:
        sources = list(session.scalars(select(RoadNetworkFile.source)))
    database.dispose()
    return sources


def test_it_says_what_it_holds_and_whom_it_reaches(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roads", str(write_roads(tmp_path / "a.geojson"))]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("a.geojson: ")
    assert said[1].startswith("km by class: road ")
    assert "100.0% of the streets" in said[2]
    assert ATTRIBUTION in said
    assert any(line.startswith("stations: 7 by road (100.0%), 0 more than 300 m") for line in said)
    assert any(line.startswith("premises: 2 by road (66.7%), 1 more than 300 m") for line in said)
    assert said[-1].startswith("kept: ")
    assert kept(url) == ["a.geojson"]


def test_the_newest_takes_the_place_of_the_one_before(url: str, tmp_path: Path) -> None:
    for name in ("a.geojson", "b.geojson"):
        assert main(["roads", str(write_roads(tmp_path / name))]) == 0
    assert kept(url) == ["b.geojson"]


def test_a_dry_run_keeps_nothing(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["roads", "--dry-run", str(write_roads(tmp_path / "a.geojson"))]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "only tried: nothing was kept"
    assert kept(url) == []


@pytest.mark.parametrize(
    "name", ["absent.geojson", "roads.txt", "broken.geojson", "cut.osm.pbf", "none.geojson"]
)
def test_a_file_that_cannot_be_used_is_one_line_and_leaves_what_was_there(
    url: str, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roads", str(write_roads(tmp_path / "good.geojson"))]) == 0
    capsys.readouterr()
    path = tmp_path / name
    if name == "none.geojson":
        write_roads(path, [])
    elif name != "absent.geojson":
        path.write_text('{"type": "FeatureCollection"', encoding="utf-8")

    assert main(["roads", str(path)]) == 1

    told = capsys.readouterr()
    assert told.err.startswith(f"fire135: {name}: ")
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err
    assert kept(url) == ["good.geojson"]


def test_roads_that_no_station_stands_beside_are_refused_unless_wanted_anyway(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roads", str(write_roads(tmp_path / "good.geojson"))]) == 0
    capsys.readouterr()
    elsewhere = str(write_roads(tmp_path / "elsewhere.geojson", [[(113.0, 28.0), (113.1, 28.0)]]))

    for given in (["roads", elsewhere], ["roads", "--dry-run", elsewhere]):
        assert main(given) == 1
        told = capsys.readouterr().err
        assert told.startswith("fire135: elsewhere.geojson: none of the 7 stations of the registry stands ")
        assert "check that it holds the roads of this district" in told
        assert told.count("\n") == 1
    assert kept(url) == ["good.geojson"]

    assert main(["roads", "--anyway", elsewhere]) == 0
    assert kept(url) == ["elsewhere.geojson"]


def test_swapped_longitudes_and_latitudes_are_said(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(url)
    with database.begin() as session:  # to where the latitude could be a longitude and the reverse
        session.execute(update(Station).values(lon=9.52, lat=47.14))
    database.dispose()

    assert main(["roads", str(write_roads(tmp_path / "a.geojson", [[(47.14, 9.52), (47.15, 9.52)]]))]) == 1

    assert "longitudes and latitudes are swapped" in capsys.readouterr().err
    assert kept(url) == []


def test_check_names_a_network_that_cannot_be_used(url: str, free_port: int) -> None:
    database = Database(url)
    with database.begin() as session:
        given = {"source": "x", "attribution": "", "built_at": STORY_START, "packed": b"no archive"}
        session.add(RoadNetworkFile(**given))
    database.dispose()
    settings = Settings(_env_file=None, database_url=url, mqtt_url=f"embedded://127.0.0.1:{free_port}")

    faults = check(settings)

    assert any(fault.startswith("roads: stored road network: damaged") for fault in faults)
