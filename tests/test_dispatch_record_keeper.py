"""The records in memory are at every moment those of the record, whoever changed it, and how."""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from sqlalchemy import func, select

from dispatch import lifecycle
from dispatch.record_keeper import RecordKeeper
from dispatch.record_table import RecordTable
from dispatch.values import Disposition, Milestone, Source
from registry.loading import load
from store.database import Database
from store.incidents import Assignment, Incident
from tests.clock import STORY_START, ManualClock
from tests.district_files import FILES, edited, write_district
from tests.factories import make_district
from tests.history import make_past_assignment, make_past_incident
from tests.story import Story

_MILESTONES = [milestone.column for milestone in Milestone]


def told(table: RecordTable) -> dict[int, tuple[object, ...]]:
    """What a table says of each assignment, in words that do not depend on how it came to be."""
    columns = [table.rows[name].tolist() for name in ("tier", "left_out", "received", *_MILESTONES)]
    incidents = [table.incidents.text(number) for number in table.rows["incident"].tolist()]
    stations = [table.stations.text(number) for number in table.rows["station"].tolist()]
    places = [
        [table.divisions.text(number) for number in table.rows[level].tolist()]
        for level in ("district", "town", "village")
    ]
    ids = table.rows["assignment"].tolist()
    assert len(ids) == len(set(ids))
    return dict(zip(ids, zip(incidents, stations, *places, *columns, strict=True), strict=True))


def assert_current(keeper: RecordKeeper, database: Database) -> None:
    kept, fresh = told(keeper.get(database)), told(RecordKeeper().get(database))
    assert kept == fresh
    with database.read() as session:
        assert len(fresh) == session.scalar(select(func.count()).select_from(Assignment))


def _alarm(story: Story) -> None:
    story.alarm(random.choice((story.district.smoke, story.district.call_point)))


def _milestone(story: Story) -> None:
    with story.database.begin() as session:
        part = session.scalars(select(Assignment).order_by(Assignment.id.desc())).first()
        if part is None:
            return
        lifecycle.record_milestone(
            session,
            story.setup,
            part.incident_id,
            part.station_id,
            Milestone.ON_SCENE,
            at=story.clock.now() - timedelta(seconds=random.randrange(100)),
            note=None,
            source=Source.PAGE,
            actor="值班员",
            now=story.clock.now(),
        )


def _close(story: Story) -> None:
    with story.database.read() as session:
        is_open = session.scalar(select(func.count()).where(Incident.status == "open")) == 1
    if is_open:
        story.close(random.choice((Disposition.TEST, Disposition.FIRE)))


_CHANGES: list[Callable[[Story], None]] = [
    _alarm,
    _milestone,
    _close,
    lambda story: story.wait(35),
    lambda story: story.reply(story.district.chief, "1"),
    lambda story: story.reply(story.district.town_chief, "3"),
    lambda story: story.reply(story.district.chief, "2"),
]


@pytest.mark.parametrize("seed", [1, 2])
def test_after_every_kind_of_change_the_table_is_as_if_it_had_been_read_anew(
    database: Database, clock: ManualClock, seed: int
) -> None:
    random.seed(seed)
    story, keeper = Story(database, clock), RecordKeeper()
    assert_current(keeper, database)
    _alarm(story)
    for change in random.choices(_CHANGES, k=12):
        change(story)
        assert_current(keeper, database)


def test_history_that_is_loaded_corrected_and_extended_is_followed(
    database: Database, tmp_path: Path
) -> None:
    keeper = RecordKeeper()
    assert len(keeper.get(database)) == 0
    load(database, write_district(tmp_path), now=STORY_START)
    assert_current(keeper, database)
    assert len(keeper.get(database)) == 3
    corrections = edited("responses.csv", ("08:03:00", "08:02:30"), (",,,,,,,false_alarm", ",,,,,,,test"))
    load(database, write_district(tmp_path, corrections), now=STORY_START)
    assert_current(keeper, database)
    more = dict(FILES) | {"responses.csv": FILES["responses.csv"] + "h2,,,118.2,24.78,,wuxian,,,,,,,\n"}
    more["responses.csv"] = more["responses.csv"].replace("h2,,,", "h2,2026-02-06T09:00:00+08:00,,")
    load(database, write_district(tmp_path, more), now=STORY_START)
    assert_current(keeper, database)


def test_an_unchanged_record_is_not_read_again(database: Database, clock: ManualClock) -> None:
    story, keeper = Story(database, clock), RecordKeeper()
    story.alarm(story.district.smoke)
    table = keeper.get(database)
    assert keeper.get(database) is table


def test_who_commits_late_with_an_early_id_is_not_forgotten(database: Database) -> None:
    """PostgreSQL hands out ids in another order than that of the commits; on SQLite writers wait."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    keeper = RecordKeeper()
    with database.begin() as session:
        district = make_district(session)
        for _ in range(3):
            make_past_assignment(session, make_past_incident(session, district), district.home_station)
    slow = database.begin()
    slow_session = slow.__enter__()
    late = make_past_incident(slow_session, district)
    make_past_assignment(slow_session, late, district.home_station, on_scene=60)
    for _ in range(3):
        with database.begin() as session:
            quick = make_past_incident(session, district)
            make_past_assignment(session, quick, district.home_station, on_scene=70)
        assert_current(keeper, database)
    slow.__exit__(None, None, None)
    assert_current(keeper, database)
    assert late.id in keeper.get(database).incidents.texts


def test_a_first_look_beside_a_writer_misses_nothing(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    with database.begin() as session:
        district = make_district(session)
    keeper, slow = RecordKeeper(), database.begin()
    slow_session = slow.__enter__()
    make_past_assignment(
        slow_session, make_past_incident(slow_session, district), district.home_station, on_scene=60
    )
    with database.begin() as session:
        make_past_assignment(session, make_past_incident(session, district), district.home_station)
    assert len(keeper.get(database)) == 1
    slow.__exit__(None, None, None)
    assert len(keeper.get(database)) == 2
    assert_current(keeper, database)


def test_several_ask_at_once_and_none_sees_less_than_was_there_before_he_asked(
    database: Database, clock: ManualClock
) -> None:
    story, keeper = Story(database, clock), RecordKeeper()
    with database.begin() as session:
        incidents = [make_past_incident(session, story.district).id for _ in range(30)]
    faults: list[str] = []
    done = 0

    def ask() -> None:
        while done < len(incidents):
            known = done
            if len(keeper.get(database)) < known:
                faults.append(f"fewer than {known}")

    askers = [Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for id_ in incidents:
        with database.begin() as session:
            make_past_assignment(session, session.get_one(Incident, id_), story.district.home_station)
        done += 1
    for asker in askers:
        asker.join()
    assert faults == []
    assert_current(keeper, database)


def test_an_instant_is_read_to_the_microsecond(database: Database) -> None:
    with database.begin() as session:
        district = make_district(session)
        incident = make_past_incident(session, district, opened_at=STORY_START + timedelta(microseconds=1))
        make_past_assignment(session, incident, district.home_station, on_scene=0.123456)
    rows = RecordKeeper().get(database).rows
    assert int(rows["on_scene_at"][0] - rows["received"][0]) == 123456
    assert np.datetime64(int(rows["received"][0]), "us") == np.datetime64("2026-03-02T07:12:00.000001")
