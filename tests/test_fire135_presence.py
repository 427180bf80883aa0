"""Each process says that it runs and knows whether it can write; a killed or stopped one is found out."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from fire135.presence import Presence
from store.database import Database
from store.reliability import ServiceProcess
from tests.clock import ManualClock

_NOBODY = "no process hears devices; does one with the role ingest run?"
_HEARS = """
import sys, time
from fire135.clock import SystemClock
from fire135.presence import Presence
from store.database import Database
Presence(Database(sys.argv[1]), SystemClock(), ["ingest"]).start()
time.sleep(60)
"""
_WRITES = """
import sys, time
from sqlalchemy import text
from store.database import Database
with Database(sys.argv[1]).begin() as session:
    session.execute(text("LOCK TABLE processes" if "psycopg" in sys.argv[1] else "DELETE FROM processes"))
    print("writing", flush=True)
    time.sleep(60)
"""


def rows(database: Database) -> list[ServiceProcess]:
    with database.read() as session:
        return list(session.scalars(select(ServiceProcess)))


def wait_for(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def why_nobody(presence: Presence) -> str | None:
    return presence.why_nobody("ingest", "hears devices")


@contextmanager
def present(database: Database, clock: ManualClock, *roles: str) -> Iterator[Presence]:
    presence = Presence(database, clock, roles)
    assert presence.why_nothing_written() == "nothing has been written yet"
    presence.start()
    try:
        wait_for(lambda: presence.why_nothing_written() is None)
        yield presence
    finally:
        presence.stop()


@contextmanager
def another(program: str, database: Database) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", program, database.url], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_process_is_there_from_its_start_until_it_stops(database: Database, clock: ManualClock) -> None:
    with present(database, clock, "ingest", "api") as presence:
        (row,) = rows(database)
        assert (row.roles, row.started_at, row.seen_at) == (["api", "ingest"], clock.now(), clock.now())
        clock.advance(5)
        presence._round()
        assert [row.seen_at for row in rows(database)] == [clock.now()]
    assert rows(database) == []


def test_nobody_is_missed_in_the_first_twenty_seconds(database: Database, clock: ManualClock) -> None:
    with present(database, clock, "api") as presence:
        clock.advance(19)
        presence._round()
        assert why_nobody(presence) is None
        clock.advance(1)
        presence._round()
        assert why_nobody(presence) == _NOBODY
        with present(database, clock, "ingest"):
            assert why_nobody(presence) is None
        assert why_nobody(presence) == _NOBODY


def test_a_killed_process_is_missed_when_its_row_has_grown_old(database: Database) -> None:
    clock = ManualClock(datetime.now(UTC))
    with another(_HEARS, database) as process, present(database, clock, "api") as presence:
        wait_for(lambda: len(rows(database)) > 1)
        process.kill()
        process.wait()
        assert why_nobody(presence) is None
        clock.advance(60)
        presence._round()
        assert why_nobody(presence) == _NOBODY


def test_a_process_stopped_while_it_writes_is_noticed_by_who_cannot_write_and_holds_up_no_end(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fire135.presence._LEAVE_WITHIN_S", 0.1)
    with present(database, clock, "api") as presence, another(_WRITES, database) as process:
        assert process.stdout
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGSTOP)
        presence.wake()
        presence._last_good -= 30
        assert "nothing could be written for" in (presence.why_nothing_written() or "")
        presence.stop()
        assert presence.is_alive
        process.kill()
        presence._thread.join()
        assert rows(database) == []


def test_without_its_database_nothing_is_said_of_others(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Database) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    with present(database, clock, "api") as presence:
        clock.advance(20)
        monkeypatch.setattr(Database, "read", fail)
        assert why_nobody(presence) == "not known: the database cannot be read"
        monkeypatch.setattr(Database, "begin", fail)
        presence.stop()
        assert not presence.is_alive
