"""What it costs to supervise 100,000 devices: memory, time of a round, writes to the database.

    python -m benchmarks.supervision [--devices 100000] [--mains 0.01] [--minutes 10] [--database URL]

Runs the rounds of supervision as the service does, one every two seconds of an invented clock, as fast
as they go. Between rounds every device speaks in its interval; that is ingest's work and not counted. Of
each thousand devices one never speaks. Nothing listens on a port, and it ends by itself.
"""

import argparse
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from dispatch import supervise
from dispatch.setup import DispatchSetup
from dispatch.supervise import Memory
from dispatch.supervision import BATTERY_INTERVAL_S, MAINS_INTERVAL_S, MISSED
from dispatch.supervisor import EVERY_S
from registry.version import bump_version
from store.database import Database
from store.places import Device, Premises, Region
from store.schema import migrate
from store.signals import DeviceState
from store.upkeep import Trouble

_START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_VILLAGES = 144
_PER_PREMISES = 5
_NEVER = 1000  # one of so many is dead


class CountedDatabase(Database):
    """Counts the transactions that may write."""

    writes = 0

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction, counted."""
        self.writes += 1
        with super().begin() as session:
            yield session


def ids_of(devices: int, step: int) -> tuple[list[str], list[str]]:
    """The ids of those on mains, every `step`th, and of those on batteries."""
    numbers = range(devices)
    on_mains = [f"d{number:06}" for number in numbers if number % step == 0]
    return on_mains, [f"d{number:06}" for number in numbers if number % step]


def fill(url: str, devices: int, step: int) -> None:
    """Villages, buildings and devices; in a process of its own, so that its memory is not ours."""
    database = Database(url)
    migrate(database)
    with database.begin() as session:
        session.execute(insert(Region), [{"code": "d", "name": "区", "level": "district"}])
        villages = [
            {"code": f"v{number}", "name": f"村{number}", "level": "village", "parent_code": "d"}
            for number in range(_VILLAGES)
        ]
        session.execute(insert(Region), villages)
        buildings = range(devices // _PER_PREMISES + 1)
        session.execute(
            insert(Premises),
            [
                {"id": f"p{number}", "name": "楼", "address": "址", "village_code": f"v{number % _VILLAGES}"}
                for number in buildings
            ],
        )
        rows = [
            {
                "id": f"d{number:06}",
                "kind": "smoke",
                "heartbeat_s": MAINS_INTERVAL_S if number % step == 0 else None,
                "premises_id": f"p{number // _PER_PREMISES}",
                "source": "native",
                "external_id": f"d{number:06}",
            }
            for number in range(devices)
        ]
        session.execute(insert(Device), rows)
        bump_version(session)
    database.dispose()


def speak(database: Database, device_ids: Sequence[str], interval_s: int, now: datetime) -> None:
    """Those devices are heard whose turn it is in this step of the clock."""
    slots = max(1, round(interval_s / EVERY_S))
    slot = round((now - _START).total_seconds() / EVERY_S) % slots
    turn = [device_ids[at] for at in range(slot, len(device_ids), slots) if at % _NEVER]
    with database.begin() as session:
        for start in range(0, len(turn), 500):
            whose = DeviceState.device_id.in_(turn[start : start + 500])
            session.execute(
                update(DeviceState).where(whose).values(last_seen_at=now, state="normal"),
                execution_options={"synchronize_session": False},
            )


def rss_mb() -> float:
    """The memory that this process has now, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def measure(database: CountedDatabase, devices: int, step: int, minutes: float) -> None:
    """Run the rounds, and print what they took."""
    on_mains, on_batteries = ids_of(devices, step)
    setup, memory = DispatchSetup(), Memory(listening_since=_START - timedelta(days=30))
    before_mb, began = rss_mb(), time.perf_counter()
    supervise.run(database, setup, memory, now=_START)
    print(f"first round, {devices} devices new: {time.perf_counter() - began:.1f} s")
    # all have been heard before, evenly spread over their intervals
    with database.begin() as session:
        for ids, interval_s in ((on_mains, MAINS_INTERVAL_S), (on_batteries, BATTERY_INTERVAL_S)):
            _spread(session, ids, interval_s)
    now, rounds, writes = _START, [], 0
    for _ in range(round(minutes * 60 / EVERY_S)):
        now += timedelta(seconds=EVERY_S)
        speak(database, on_mains, MAINS_INTERVAL_S, now)
        speak(database, on_batteries, BATTERY_INTERVAL_S, now)
        written, began = database.writes, time.perf_counter()
        supervise.run(database, setup, memory, now=now)
        rounds.append(time.perf_counter() - began)
        writes += database.writes - written
    with database.read() as session:
        silent = session.scalar(select(func.count()).where(Trouble.ended_at.is_(None)))
    ms = sorted(1000 * seconds for seconds in rounds)
    print(
        f"{len(ms)} rounds: median {statistics.median(ms):.1f} ms, p99 {ms[int(len(ms) * 0.99)]:.0f} ms,"
        f" max {ms[-1]:.0f} ms; {writes / (len(ms) * EVERY_S):.2f} writing transactions a second;"
        f" {rss_mb() - before_mb:.0f} MB more memory; {silent} troubles open"
    )


def _spread(session: Session, ids: Sequence[str], interval_s: int) -> None:
    rows = [
        {
            "device_id": device_id,
            "state": "normal",
            "last_seen_at": _START - timedelta(seconds=interval_s * at / len(ids)),
            "check_at": _START + timedelta(seconds=MISSED * interval_s * at / len(ids)),
        }
        for at, device_id in enumerate(ids)
    ]
    if rows:
        session.execute(update(DeviceState), rows)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--mains", type=float, default=0.01, help="share that speaks every 180 s")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--database", help="URL of an empty database; without it an SQLite file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        step = max(1, round(1 / given.mains))
        filler = get_context("spawn").Process(target=fill, args=(url, given.devices, step))
        filler.start()
        filler.join()
        database = CountedDatabase(url)
        kind = "SQLite" if database.is_sqlite else "PostgreSQL"
        print(f"{platform.machine()}, Python {platform.python_version()}, {kind}, mains 1 in {step}")
        measure(database, given.devices, step, given.minutes)
        database.dispose()


if __name__ == "__main__":
    main()
