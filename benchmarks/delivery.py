"""How soon a page leaves: alone, in a storm of alarms, and after the service was killed.

    python -m benchmarks.delivery [single] [storm] [restart] [--database URL] [--processes]

single: one alarm a second. storm: 1,000 alarms at 1,000 buildings of 50 villages within ten seconds,
while the carrier takes 200 ms a call. restart: a page is written and the process killed before it
could be sent; from the start of `fire135 serve` to its request. An alarm's latency counts from just
before its publish to the arrival of the village chief's request. `--processes` runs one process a
role. Everything is on loopback and ends by itself.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks import rig
from benchmarks.district import Size, write_district
from benchmarks.rig import Carrier, Service

_VILLAGES, _TOWNS = 50, 3
_STORM, _STORM_S, _CALL_S = 1000, 10, 0.2
_PARTS = ("single", "storm", "restart")
_ROLES = ("ingest", "dispatch", "api")


def single(database: str | None, processes: tuple[str, ...], seconds: int) -> None:
    """One alarm a second, nothing beside."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = Size(seconds, _VILLAGES, _TOWNS)
        write_district(folder, size)
        service = Service(folder, database)
        service.prepare()
        with Carrier(folder) as carrier, service.running(*processes):
            sent = rig.publish_alarms(range(seconds), 1)
            print(f"single: {seconds} alarms at 1/s; {_late(carrier, sent, size)}", flush=True)


def storm(database: str | None, processes: tuple[str, ...]) -> None:
    """1,000 alarms within ten seconds, and a slow carrier."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = Size(_STORM, _VILLAGES, _TOWNS)
        write_district(folder, size)
        service = Service(folder, database)
        service.prepare()
        with Carrier(folder, delay_s=_CALL_S) as carrier, service.running(*processes):
            sent = rig.publish_alarms(range(_STORM), _STORM / _STORM_S)
            line = _late(carrier, sent, size)
            seen = rig.wait_until(lambda: len(carrier.first()), 2 * _STORM)
            requests = len(carrier.requests())
            print(f"storm: {_STORM} alarms in {_STORM_S} s, {_CALL_S * 1000:.0f} ms a call; {line}")
            print(f"storm: {seen} pages to villages and towns, {requests} requests in all", flush=True)


def _late(carrier: Carrier, sent: dict[str, float], size: Size) -> str:
    late = rig.village_pages(carrier, sent, size, for_s=60)
    return f"{len(sent) - len(late)} lost; alarm -> village chief's request, ms: {rig.figures(late)}"


def restart(database: str | None, repetitions: int) -> None:
    """Killed between the commit of a page and its request."""
    took = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_district(folder, Size(repetitions, _VILLAGES, _TOWNS))
        service = Service(folder, database)
        service.prepare()
        with Carrier(folder) as carrier:
            for number in range(repetitions):
                _leave_a_page(service, number)
                before = len(carrier.requests())
                started_at = time.time()
                with service.started():
                    rig.wait_until(lambda: len(carrier.requests()), before + 1, for_s=30)
                took += [at - started_at for at, *_ in carrier.requests()[before : before + 1]]
    print(f"restart: {repetitions} times; start -> request of the waiting page, ms: {rig.figures(took)}")


def _leave_a_page(service: Service, number: int) -> None:
    """Nobody sends while only ingest runs, so the page is written when it is killed."""
    engine = create_engine(service.database_url)

    def written() -> int:
        with engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM incidents")) or 0)

    before = written()
    with service.started("ingest") as (ingest,):
        rig.wait_until(lambda: service.log().count(": subscribed"), number + 1, for_s=30)
        rig.publish_alarms([number], 1)
        rig.wait_until(written, before + 1)
        ingest.kill()
    engine.dispose()


def main() -> None:
    """Run the chosen parts and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="single, storm, restart; default all")
    parser.add_argument("--database", help="SQLAlchemy URL of an empty database; default a fresh SQLite file")
    parser.add_argument("--processes", action="store_true", help="one process a role")
    parser.add_argument("--seconds", type=int, default=60, help="of single")
    parser.add_argument("--repetitions", type=int, default=5, help="of restart")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(_PARTS):
        parser.error(f"{', '.join(unknown)}: name one or more of {', '.join(_PARTS)}")
    roles = _ROLES if asked.processes else ()
    run: dict[str, Callable[[], None]] = {
        "single": lambda: single(asked.database, roles, asked.seconds),
        "storm": lambda: storm(asked.database, roles),
        "restart": lambda: restart(asked.database, asked.repetitions),
    }
    print(rig.machine())
    print(f"database: {asked.database or 'SQLite'}; {'one process a role' if roles else 'one process'}")
    for part in asked.parts or _PARTS:
        run[part]()


if __name__ == "__main__":
    main()
