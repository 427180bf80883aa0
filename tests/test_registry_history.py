"""Past incidents from responses.csv stand beside new ones; on both databases."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from registry.difference import Counts
from registry.loading import load
from store.database import Database
from store.incidents import Assignment, DueStep, Incident, Notification, TimelineEntry
from tests.clock import STORY_START
from tests.district_files import FILES, edited, write_district


def test_a_past_incident_is_closed_and_placed(database: Database, tmp_path: Path) -> None:
    assert load(database, write_district(tmp_path), now=STORY_START).faults == ()
    with database.read() as session:
        fire = session.get_one(Incident, "h1")
        assert (fire.origin, fire.status, fire.code, fire.place_key) == (
            "history",
            "closed",
            "-",
            "history:h1",
        )
        assert (fire.disposition, fire.grade, fire.drill) == ("fire", "confirmed", False)
        assert (fire.premises_id, fire.place_name, fire.address) == (
            "xiaxuli-7",
            "下许里7号",
            "五显镇宋宅村下许里7号",
        )
        assert (fire.village_code, fire.town_code, fire.district_code) == (
            "350212110212",
            "350212110",
            "350212",
        )
        assert (fire.lon, fire.lat) == (118.191, 24.771)
        assert fire.opened_at == datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
        assert fire.closed_at == datetime(2026, 1, 5, 0, 40, tzinfo=UTC)


def test_a_past_incident_at_a_point_is_placed_in_its_village(database: Database, tmp_path: Path) -> None:
    load(database, write_district(tmp_path), now=STORY_START)
    with database.read() as session:
        false_alarm = session.get_one(Incident, "h2")
        assert (false_alarm.village_code, false_alarm.place_name) == ("350212110211", "明溪村委会")
        assert (false_alarm.disposition, false_alarm.grade) == ("false_alarm", "suspected")
        assert false_alarm.closed_at == false_alarm.opened_at


def test_a_past_incident_of_a_town_has_no_point(database: Database, tmp_path: Path) -> None:
    load(
        database,
        write_district(tmp_path, edited("responses.csv", (",118.2,24.78,", ",,,350212110"))),
        now=STORY_START,
    )
    with database.read() as session:
        somewhere = session.get_one(Incident, "h2")
        assert (somewhere.village_code, somewhere.town_code) == (None, "350212110")
        assert (somewhere.lon, somewhere.place_name) == (None, "五显镇")


def test_each_row_is_an_assignment_with_its_milestones(database: Database, tmp_path: Path) -> None:
    load(database, write_district(tmp_path), now=STORY_START)
    with database.read() as session:
        own, team = session.get_one(Incident, "h1").assignments
        assert (own.station_id, own.tier, own.status, own.reason) == (
            "songzhai",
            "village",
            "cleared",
            "history",
        )
        assert own.notified_at == datetime(2026, 1, 5, 0, 0, 5, tzinfo=UTC)
        assert own.on_scene_at == datetime(2026, 1, 5, 0, 3, tzinfo=UTC)
        assert (team.tier, team.status, team.acknowledged_at) == ("town", "on_scene", None)
        (alone,) = session.get_one(Incident, "h2").assignments
        assert (alone.tier, alone.status) == ("village", "assigned")


def test_history_sends_nothing_and_waits_for_nothing(database: Database, tmp_path: Path) -> None:
    load(database, write_district(tmp_path), now=STORY_START)
    with database.read() as session:
        for table in (Notification, DueStep, TimelineEntry):
            assert session.scalars(select(table)).all() == []


def test_a_correction_is_counted_and_keeps_the_old_value(database: Database, tmp_path: Path) -> None:
    load(database, write_district(tmp_path), now=STORY_START)
    later = edited("responses.csv", ("08:03:00", "08:02:30"), ("false_alarm", "test"))
    report = load(database, write_district(tmp_path, later), now=STORY_START)
    assert report.counts["responses.csv"] == Counts(created=0, changed=2, unchanged=1)
    with database.read() as session:
        corrections = {
            entry.incident_id: entry.data
            for entry in session.scalars(select(TimelineEntry))
            if entry.kind == "history_corrected" and entry.recorded_at == STORY_START
        }
        assert corrections == {
            "h1": {"on_scene_at": "2026-01-05T00:03:00+00:00"},
            "h2": {"disposition": "false_alarm"},
        }
        assert session.get_one(Incident, "h1").assignments[0].on_scene_at == datetime(
            2026, 1, 5, 0, 2, 30, tzinfo=UTC
        )


def test_a_station_that_a_later_file_leaves_out_is_kept(database: Database, tmp_path: Path) -> None:
    load(database, write_district(tmp_path), now=STORY_START)
    header, _, team, _ = FILES["responses.csv"].splitlines()
    only_team = f"{header}\n{team}fire\n"
    folder = write_district(tmp_path / "later", {"responses.csv": only_team})
    report = load(database, folder, now=STORY_START)
    assert report.counts["responses.csv"] == Counts(created=0, changed=0, unchanged=1)
    with database.read() as session:
        assert len(session.scalars(select(Assignment)).all()) == 3


def test_milestones_out_of_order_are_history_not_a_fault(database: Database, tmp_path: Path) -> None:
    files = edited("responses.csv", ("2026-01-05T08:00:40", "2026-01-05T08:10:40"))
    assert load(database, write_district(tmp_path, files), now=STORY_START).faults == ()
