"""What every test may ask for: a database of each kind, a clock, a real Mosquitto."""

import os
import re
import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ingest.broker import EmbeddedBroker
from ingest.broker_programs import BrokerProgram, Iotcore, Listener, Mosquitto, find_mosquitto
from store.database import Database
from tests.clock import ManualClock
from tests.postgresql import PostgresqlAbsentError, PostgresqlServer
from tests.schema import create_schema

# No test is timed. `pytest --hypothesis-profile=thorough` looks longer.
settings.register_profile("fire135", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("fire135")

#: A skip that starts with this counts as "left out because the machine lacks it".
_ABSENT = "absent: "


def absent(what: str) -> str:
    """The skip reason for a test that needs a program which this machine lacks."""
    return _ABSENT + what


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2026-03-02 15:12:00 Asia/Shanghai until it is told to move."""
    return ManualClock()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """One PostgreSQL server for this test process; its tests are skipped where there is none."""
    try:
        server = PostgresqlServer()
    except PostgresqlAbsentError:
        pytest.skip(absent("PostgreSQL"))
    with server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table, empty; copying it is faster than making it."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    create_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sqlite_database(sqlite_template: Path) -> Database:
    """One SQLite database for this test process, at the path that `database` fills anew for each test."""
    return Database(f"sqlite:///{sqlite_template.with_name('fire135.db')}")


@pytest.fixture(scope="session")
def postgresql_database(postgresql: PostgresqlServer) -> Database:
    """One database on the server for this test process, emptied by `database` after each test."""
    return Database(postgresql.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database with every table: the test runs once on each kind.

    The object is the same for every test of a process: what it has compiled need not be compiled again.
    """
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        for old in template.parent.glob("fire135.db*"):
            old.unlink()
        shutil.copyfile(template, template.with_name("fire135.db"))
    yield opened
    opened.dispose()
    if request.param == "postgresql":
        request.getfixturevalue("postgresql").empty()


@pytest.fixture
def free_port() -> int:
    """A loopback TCP port that nobody listens on just now."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
        return port


@pytest.fixture
def mosquitto(free_port: int, tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A real Mosquitto on a free loopback port, answering; `.url` is `mqtt://127.0.0.1:PORT`."""
    executable = find_mosquitto()
    if executable is None:
        pytest.skip(absent("Mosquitto"))
    broker = EmbeddedBroker(Listener("127.0.0.1", free_port), tmp_path, Mosquitto(executable))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(params=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, free_port: int, tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A real broker of each kind that the service can embed, on a free loopback port, answering."""
    program: BrokerProgram = Iotcore()
    if request.param == "mosquitto":
        executable = find_mosquitto()
        if executable is None:
            pytest.skip(absent("Mosquitto"))
        program = Mosquitto(executable)
    started = EmbeddedBroker(Listener("127.0.0.1", free_port), tmp_path, program)
    started.start()
    yield started
    started.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say on one line what this machine could not run."""
    left_out: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        found = re.search(rf"{_ABSENT}(.+)", str(report.longrepr[2]))
        if found:
            left_out[found.group(1)] += 1
    if left_out:
        tests = ", ".join(f"{count} tests that need {what}" for what, count in sorted(left_out.items()))
        terminalreporter.write_line(f"left out here: {tests}; .ci/run installs what they need")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more test process than processors: some tests wait for brokers, browsers and programs."""
    return (os.cpu_count() or 1) + 1
