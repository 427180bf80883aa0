"""A load writes all or nothing, once; on both databases."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from geo.datum import bd09_from_wgs84, gcj02_from_wgs84
from geo.point import Point, distance_m
from registry.difference import Counts
from registry.loading import LoadReport, load
from registry.tree import load_tree
from registry.version import read_version
from store.database import Database
from store.places import Boundary, Device, Person, Premises, Region, Shift, Station
from store.types import Base
from tests.clock import STORY_START
from tests.district_files import FILES, as_sheets, edited, workbook, write_district


def load_files(database: Database, folder: Path, files: dict[str, str] | None = None) -> LoadReport:
    return load(database, write_district(folder, files or dict(FILES)), now=STORY_START)


def count(database: Database, table: type[Base]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def version(database: Database) -> int:
    with database.read() as session:
        return read_version(session)


def test_a_district_is_loaded_and_counted(database: Database, tmp_path: Path) -> None:
    report = load_files(database, tmp_path)
    assert report.faults == ()
    assert report.lines() == [
        "regions.csv: created 4, changed 0, unchanged 0",
        "stations.csv: created 3, changed 0, unchanged 0",
        "people.csv: created 3, changed 0, unchanged 0",
        "premises.csv: created 2, changed 0, unchanged 0",
        "devices.csv: created 4, changed 0, unchanged 0",
        "shifts.csv: created 2, changed 0, unchanged 0",
        "responses.csv: created 3, changed 0, unchanged 0",
    ]
    tables = (Region, Station, Person, Premises, Device, Shift)
    assert [count(database, table) for table in tables] == [4, 3, 3, 2, 4, 2]
    assert version(database) == 1


def test_what_is_loaded_is_what_was_written(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path)
    with database.read() as session:
        premises = session.get_one(Premises, "xiaxuli-7")
        assert (premises.address, premises.use, premises.floors) == ("五显镇宋宅村下许里7号", "self_built", 4)
        assert (premises.lon, premises.lat, premises.crs) == (118.191, 24.771, "wgs84")
        bare = session.get_one(Premises, "mingxi-12")
        assert (bare.lon, bare.given_lon, bare.use, bare.notes) == (None, None, None, None)
        smoke, button = session.get_one(Device, "smoke"), session.get_one(Device, "call-point")
        assert (smoke.source, smoke.external_id, smoke.registered) == (
            "zigbee2mqtt",
            "living_room_smoke",
            True,
        )
        assert (button.source, button.external_id) == ("native", "call-point")
        chief = session.get_one(Person, "chief")
        assert chief.station is not None
        assert chief.station.name == "宋宅村微型消防站"
        turns = {(shift.weekday, shift.on_date, shift.from_time, shift.to_time) for shift in chief.shifts}
        assert turns == {("mon", None, "08:00", "20:00"), (None, "2026-05-01", "00:00", "00:00")}


def test_loading_the_same_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path)
    again = load_files(database, tmp_path)
    assert [(c.created, c.changed, c.unchanged) for c in again.counts.values()] == [
        (0, 0, n) for n in (4, 3, 3, 2, 4, 2, 3)
    ]
    assert version(database) == 1


def test_a_workbook_says_the_same_as_its_files(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path / "folder")
    book = tmp_path / "district.xlsx"
    book.write_bytes(workbook(as_sheets()))
    report = load(database, book, now=STORY_START)
    assert report.lines()[2] == "people: created 0, changed 0, unchanged 3"
    assert all(counts.created == counts.changed == 0 for counts in report.counts.values())


def test_what_differs_is_changed_and_what_is_absent_is_kept(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path)
    changed = "id,name,phone,role,station_id\nchief,虚构新站长,+8613800138009,chief,songzhai\n"
    report = load(database, write_district(tmp_path / "new", {"people.csv": changed}), now=STORY_START)
    assert report.lines() == ["people.csv: created 0, changed 1, unchanged 0"]
    with database.read() as session:
        assert session.get_one(Person, "chief").phone == "+8613800138009"
        assert session.get_one(Person, "deputy").phone == "+8613800138001"
    assert version(database) == 2


def test_active_no_retires_a_station_and_yes_brings_it_back(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path)
    retired = edited("stations.csv", ("118.19,24.77,wgs84,yes", "118.19,24.77,wgs84,no"))
    assert load_files(database, tmp_path / "a", retired).counts["stations.csv"].changed == 1
    with database.read() as session:
        assert session.get_one(Station, "songzhai").active is False
        assert session.get_one(Station, "wuxian").active is True
    load_files(database, tmp_path / "b")
    with database.read() as session:
        assert session.get_one(Station, "songzhai").active is True


def test_a_load_leaves_who_is_out_of_service(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path)
    with database.begin() as session:
        station = session.get_one(Station, "songzhai")
        station.in_service, station.out_reason = False, "车辆维修"
    load_files(database, tmp_path / "a", edited("stations.csv", ("宋宅村微型消防站", "宋宅村消防站")))
    with database.read() as session:
        station = session.get_one(Station, "songzhai")
        assert (station.name, station.in_service, station.out_reason) == ("宋宅村消防站", False, "车辆维修")


def test_one_fault_keeps_everything_out(database: Database, tmp_path: Path) -> None:
    report = load_files(database, tmp_path, edited("people.csv", ("+8613800138001", "+861380013")))
    (fault,) = report.faults
    assert str(fault).startswith("people.csv:3:phone: '+861380013' is no valid phone number")
    assert report.lines() == []
    assert [count(database, table) for table in (Region, Station, Person, Device)] == [0, 0, 0, 0]
    assert version(database) == 0


def test_faults_come_in_the_order_of_files_and_rows(database: Database, tmp_path: Path) -> None:
    files = {
        **edited("people.csv", ("+8613800138001", "110"), ("chief,songzhai", "chief,nowhere")),
        "regions.csv": edited("regions.csv", ("village,350212110,118.20", "village,9,118.20"))["regions.csv"],
        "shifts.csv": edited("shifts.csv", ("08:00", "8 o'clock"))["shifts.csv"],
    }
    named = [str(fault).split(": ")[0] for fault in load_files(database, tmp_path, files).faults]
    assert named == [
        "regions.csv:5:parent_code",
        "people.csv:2:station_id",
        "people.csv:3:phone",
        "shifts.csv:2:from",
    ]


def test_rows_may_refer_to_what_is_stored(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path)
    devices = (
        "id,kind,premises_id,source\nheat,heat,xiaxuli-7,native\n"
        "here,station_terminal,xiaxuli-7,native\nthere,station_terminal,wuxian,native\n"
    )
    shifts = "person_id,weekday,from,to\ndeputy,sun,22:00,06:00\n"
    new = write_district(tmp_path / "new", {"devices.csv": devices, "shifts.csv": shifts})
    assert load(database, new, now=STORY_START).faults == ()
    with database.read() as session:
        terminals = {
            device.id: (device.premises_id, device.station_id)
            for device in session.scalars(select(Device).where(Device.kind == "station_terminal"))
        }
    # a terminal answers for its station, or for the station of the village of its premises
    assert terminals == {
        "terminal": (None, "songzhai"),
        "here": ("xiaxuli-7", "songzhai"),
        "there": (None, "wuxian"),
    }


def test_a_stored_level_is_kept_for_the_premises_there(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path)
    regions = "code,name,level,parent_code\n350212110211,明溪,town,350212\n"
    report = load(database, write_district(tmp_path / "new", {"regions.csv": regions}), now=STORY_START)
    assert [str(fault) for fault in report.faults] == [
        "regions.csv:2:level: '350212110211' is a village to what belongs to it; keep its level"
    ]


def test_a_day_off_loaded_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path / "a")
    files = edited("shifts.csv", ("2026-05-01,00:00,24:00", "2026-05-01,,"))
    report = load_files(database, tmp_path / "b", files)
    assert report.counts["shifts.csv"] == Counts(created=1, changed=0, unchanged=1)
    report = load_files(database, tmp_path / "c", files)
    assert report.counts["shifts.csv"] == Counts(created=0, changed=0, unchanged=2)


def test_a_turn_of_duty_changes_its_end(database: Database, tmp_path: Path) -> None:
    load_files(database, tmp_path)
    report = load_files(database, tmp_path / "a", edited("shifts.csv", ("20:00", "18:00")))
    assert report.counts["shifts.csv"] == Counts(created=0, changed=1, unchanged=1)
    with database.read() as session:
        turns = [(shift.weekday, shift.to_time) for shift in session.get_one(Person, "chief").shifts]
    assert sorted(turns, key=str) == [("mon", "18:00"), (None, "00:00")]


@pytest.mark.parametrize(("crs", "shift"), [("gcj02", gcj02_from_wgs84), ("bd09", bd09_from_wgs84)])
def test_positions_are_kept_in_wgs84_and_as_they_were_given(
    crs: str, shift: Callable[[float, float], tuple[float, float]], database: Database, tmp_path: Path
) -> None:
    lon, lat = shift(118.19, 24.77)
    files = edited("stations.csv", ("118.19,24.77,wgs84", f"{lon!r},{lat!r},{crs}"))
    load_files(database, tmp_path, files)
    with database.read() as session:
        station = session.get_one(Station, "songzhai")
        assert station.lon is not None
        assert station.lat is not None
        assert distance_m(Point(station.lon, station.lat), Point(118.19, 24.77)) < 0.01
        assert (station.given_lon, station.given_lat, station.crs) == (lon, lat, crs)
    again = load_files(database, tmp_path, files)
    assert again.counts["stations.csv"] == Counts(created=0, changed=0, unchanged=3)


def test_boundaries_are_loaded_and_place_points(database: Database, tmp_path: Path) -> None:
    ring = [[118.15, 24.76], [118.25, 24.76], [118.25, 24.80], [118.15, 24.80], [118.15, 24.76]]
    feature = {
        "type": "Feature",
        "properties": {"code": "350212110211", "name": "明溪村"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    files = {**FILES, "boundaries.geojson": json.dumps({"type": "FeatureCollection", "features": [feature]})}
    assert load_files(database, tmp_path, files).counts["boundaries.geojson"].created == 1
    assert load_files(database, tmp_path, files).counts["boundaries.geojson"].unchanged == 1
    assert count(database, Boundary) == 1
    with database.read() as session:
        # the centre of 宋宅村 is nearer, the border of 明溪村 decides
        assert load_tree(session).locate(Point(118.19, 24.77)) == "350212110211"


def test_a_dry_run_says_what_would_be_done_and_does_nothing(database: Database, tmp_path: Path) -> None:
    report = load(database, write_district(tmp_path), dry_run=True, now=STORY_START)
    assert report.lines()[0] == "regions.csv: created 4, changed 0, unchanged 0"
    assert report.lines()[-1] == "dry run: nothing was written"
    assert count(database, Region) == 0
    assert version(database) == 0


def test_a_dry_run_names_faults_too(database: Database, tmp_path: Path) -> None:
    files = edited("regions.csv", ("town,350212", "town,350213"))
    report = load(database, write_district(tmp_path, files), dry_run=True, now=STORY_START)
    assert [fault.column for fault in report.faults] == ["parent_code"]
    assert report.lines() == []


def test_the_tree_follows_a_load(database: Database, tmp_path: Path) -> None:
    with database.read() as session:
        assert load_tree(session).codes_of_level("village") == ()
    load_files(database, tmp_path)
    with database.read() as session:
        tree = load_tree(session)
        assert tree.town_of("350212110212") == "350212110"
        assert load_tree(session) is tree
