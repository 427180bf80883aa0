"""A load holds up nobody: it compares in a snapshot, and writes only what still holds; on both databases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import loading
from registry.difference import Counts
from registry.editing import patch_row, put_row
from registry.history import history_change
from registry.loading import load
from registry.version import bump_version, read_version
from store.database import Database
from store.incidents import Assignment, TimelineEntry
from store.places import Device, Person
from store.signals import DeviceState
from tests.clock import STORY_START
from tests.district_files import edited, write_district


@pytest.fixture
def while_comparing(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Have somebody else write each time a load has compared, at most so often."""
    compared: list[str] = []

    def arrange(write: Callable[[Session], Any], times: int = 1) -> list[str]:
        compare = history_change

        def then_write(*given: Any) -> Any:
            found = compare(*given)
            compared.append("compared")
            if len(compared) <= times:
                with database.begin() as other:  # waits in vain if the load holds up who writes
                    write(other)
            return found

        monkeypatch.setattr(loading, "history_change", then_write)
        return compared

    return arrange


@pytest.fixture
def no_writer(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on whoever wants to write fails."""

    @contextmanager
    def begin() -> Iterator[Session]:
        raise AssertionError("wants to write")
        yield

    return lambda: monkeypatch.setattr(database, "begin", begin)


def test_the_same_again_and_faults_never_take_the_writers_turn(
    database: Database, tmp_path: Path, no_writer: Callable[[], None]
) -> None:
    load(database, write_district(tmp_path), now=STORY_START)
    no_writer()
    again = load(database, write_district(tmp_path), now=STORY_START)
    assert all(counts.created == counts.changed == 0 for counts in again.counts.values())
    wrong = edited("people.csv", (",songzhai,", ",nowhere,"))
    assert load(database, write_district(tmp_path / "wrong", wrong), now=STORY_START).faults
    assert load(database, write_district(tmp_path / "dry"), dry_run=True, now=STORY_START).dry_run


def test_who_edits_while_a_load_compares_is_not_held_up_and_is_seen(
    database: Database, tmp_path: Path, while_comparing: Callable[..., list[str]]
) -> None:
    load(database, write_district(tmp_path), now=STORY_START)
    compared = while_comparing(lambda other: patch_row(other, "people", "deputy", {"rank": 5}))
    renamed = edited("people.csv", ("虚构站长", "虚构新站长"))
    report = load(database, write_district(tmp_path / "new", renamed), now=STORY_START)
    assert len(compared) == 2
    assert report.counts["people.csv"] == Counts(created=0, changed=2, unchanged=1)
    with database.read() as session:
        deputy = session.get_one(Person, "deputy")
        assert (deputy.rank, session.get_one(Person, "chief").name) == (2, "虚构新站长")
        assert read_version(session) == 3


def test_what_has_become_wrong_meanwhile_is_refused(
    database: Database, tmp_path: Path, while_comparing: Callable[..., list[str]]
) -> None:
    load(database, write_district(tmp_path), now=STORY_START)
    kitchen = {"kind": "smoke", "premises_id": "xiaxuli-7", "source": "zigbee2mqtt", "external_id": "kitchen"}
    while_comparing(lambda other: put_row(other, "devices", "theirs", kitchen))
    ours = "id,kind,premises_id,source,external_id\nours,smoke,xiaxuli-7,zigbee2mqtt,kitchen\n"
    report = load(database, write_district(tmp_path / "new", {"devices.csv": ours}), now=STORY_START)
    assert [fault.column for fault in report.faults] == ["external_id"]
    with database.read() as session:
        assert session.get(Device, "ours") is None


def test_a_load_that_is_overtaken_again_and_again_makes_the_others_wait(
    database: Database, tmp_path: Path, while_comparing: Callable[..., list[str]]
) -> None:
    compared = while_comparing(bump_version, times=3)
    report = load(database, write_district(tmp_path), now=STORY_START)
    assert len(compared) == 4
    assert report.counts["people.csv"] == Counts(created=3, changed=0, unchanged=0)
    with database.read() as session:
        assert read_version(session) == 4


def test_a_detector_that_speaks_while_it_is_registered_keeps_what_it_said(
    database: Database, tmp_path: Path, while_comparing: Callable[..., list[str]]
) -> None:
    listed = "zigbee2mqtt:living_room_smoke"

    def speak(other: Session) -> None:
        address = {"source": "zigbee2mqtt", "external_id": "living_room_smoke"}
        other.add(Device(id=listed, kind="unknown", registered=False, **address))
        other.flush()
        other.add(DeviceState(device_id=listed, conditions={"smoke": True}, state="alarm"))

    while_comparing(speak)
    assert load(database, write_district(tmp_path), now=STORY_START).faults == ()
    with database.read() as session:
        assert session.get(Device, listed) is None
        assert session.get_one(DeviceState, "smoke").state == "alarm"


def test_a_milestone_corrected_meanwhile_stands_in_the_timeline(
    database: Database, tmp_path: Path, while_comparing: Callable[..., list[str]]
) -> None:
    load(database, write_district(tmp_path), now=STORY_START)

    def correct(other: Session) -> None:
        part = other.scalars(select(Assignment).where(Assignment.incident_id == "h2")).one()
        part.cleared_at = STORY_START

    while_comparing(correct)
    later = edited("responses.csv", ("08:03:00", "08:04:00"))
    load(database, write_district(tmp_path / "new", later), now=STORY_START)
    with database.read() as session:
        entries = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "history_corrected"))
        corrected = {name for entry in entries if entry.incident_id == "h2" for name in entry.data}
    assert "cleared_at" in corrected
