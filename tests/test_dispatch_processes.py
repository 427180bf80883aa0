"""Who runs is told by each process's own row, as long as that is young."""

from datetime import timedelta

from sqlalchemy import select

from dispatch import processes, readiness
from dispatch.readiness import FaultKind
from store.database import Database
from store.reliability import ServiceProcess
from tests.clock import ManualClock
from tests.story import Story, story

__all__ = ["story"]


def say(database: Database, clock: ManualClock, key: str, *roles: str, runs_s: float = 60) -> None:
    now = clock.now()
    with database.begin() as session:
        processes.say(session, key, roles, started_at=now - timedelta(seconds=runs_s), now=now)


def lacks(database: Database, clock: ManualClock, role: str) -> bool:
    with database.read() as session:
        return processes.lacks(session, role, now=clock.now())


def keys(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(ServiceProcess.id).order_by(ServiceProcess.id)))


def test_a_role_is_missed_when_no_process_with_it_was_seen_for_twenty_seconds(
    database: Database, clock: ManualClock
) -> None:
    say(database, clock, "door", "ingest")
    say(database, clock, "page", "api")
    assert not lacks(database, clock, "ingest")
    assert lacks(database, clock, "dispatch")
    clock.advance(19)
    say(database, clock, "page", "api")
    assert not lacks(database, clock, "ingest")
    clock.advance(1)
    assert lacks(database, clock, "ingest")
    say(database, clock, "new", "dispatch", "ingest", runs_s=0)
    assert not lacks(database, clock, "ingest")


def test_who_stops_in_order_is_missed_at_once(database: Database, clock: ManualClock) -> None:
    say(database, clock, "door", "ingest")
    say(database, clock, "page", "api")
    with database.begin() as session:
        processes.leave(session, "door")
    assert lacks(database, clock, "ingest")


def test_where_nobody_runs_or_all_have_just_started_nothing_is_known(
    database: Database, clock: ManualClock
) -> None:
    assert not lacks(database, clock, "ingest")
    say(database, clock, "page", "api", runs_s=19)
    assert not lacks(database, clock, "ingest")
    say(database, clock, "page", "api", runs_s=20)
    assert lacks(database, clock, "ingest")
    clock.advance(20)  # nor when nobody can write any more
    assert not lacks(database, clock, "ingest")


def test_a_process_has_one_row_and_what_a_killed_one_left_goes_after_a_day(
    database: Database, clock: ManualClock
) -> None:
    say(database, clock, "killed", "ingest")
    say(database, clock, "page", "api")
    clock.advance(86_400)
    say(database, clock, "page", "api")
    say(database, clock, "page", "api")
    assert keys(database) == ["killed", "page"]
    clock.advance(1)
    say(database, clock, "page", "api")
    assert keys(database) == ["page"]


def test_the_readiness_list_names_the_roles_that_no_process_has(story: Story) -> None:
    say(story.database, story.clock, "page", "api")
    with story.database.read() as session:
        faults = readiness.find(session, story.setup, now=story.clock.now())
    assert [fault.what for fault in faults[:2]] == [FaultKind.NOBODY_HEARS, FaultKind.NOBODY_SENDS]
    assert faults[0].words.en == "no process has heard devices for 20 s; see that an ingest process runs"
    assert faults[1].words.zh == "超过20秒没有发送消息的进程在运行，请检查派警进程（dispatch）"
