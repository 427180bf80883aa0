"""What the response review costs: 100,000 rows of history loaded, then every view of them over HTTP.

    python -m benchmarks.review [--rows 100000] [--database URL] [--times 5]

`fire135 load` runs as its own process. The views are then asked of the application in this process: the
first one after the start by itself, the others several times, each time after a new fact that changes
the record. Nothing listens on a port, and it ends by itself.
"""

import argparse
import asyncio
import csv
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from httpx import ASGITransport, AsyncClient
from sqlalchemy import select

from api.access import Role, create_token
from api.app import create_app
from api.context import Service
from benchmarks.district import DISTRICT, Size, write_district
from dispatch.lifecycle import record_milestone
from dispatch.response_time import GroupBy
from dispatch.setup import DispatchSetup
from dispatch.values import Milestone, Source
from fire135.clock import SystemClock
from fire135.settings import Settings
from store.database import Database
from store.incidents import Assignment
from store.places import Region
from store.schema import migrate

_FIRST = datetime(2022, 1, 1, tzinfo=UTC)
_DAYS = 4 * 365
_SIZE = Size(premises=2000, villages=90, towns=10)
_DISPOSITIONS = ("fire", "fire", *("false_alarm",) * 7, "other")


def write_history(folder: Path, rows: int) -> None:
    """Two stations an incident, a village's and a town's; one record in ten lacks its arrival."""
    with (folder / "responses.csv").open("w", encoding="utf-8", newline="") as file:
        parts = _parts(rows)
        first = next(parts)
        writer = csv.DictWriter(file, first)
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(parts)


def _parts(rows: int) -> Iterator[dict[str, str]]:
    chance = random.Random(135)
    for number in range((rows + 1) // 2):
        received_at = _FIRST + timedelta(seconds=chance.uniform(0, _DAYS * 86400))
        premises = chance.randrange(_SIZE.premises)
        village = premises % _SIZE.villages
        for station, median_s in ((f"v{village}", 160), (f"t{village % _SIZE.towns}", 290)):
            notified_at = received_at + timedelta(seconds=chance.uniform(0.5, 3))
            acknowledged_at = notified_at + timedelta(seconds=chance.lognormvariate(3.4, 0.6))
            enroute_at = acknowledged_at + timedelta(seconds=chance.uniform(5, 60))
            on_scene_at = enroute_at + timedelta(seconds=median_s * chance.lognormvariate(-0.7, 0.5))
            yield {
                "incident_id": f"h{number:06}",
                "received_at": received_at.isoformat(),
                "premises_id": f"p{premises}",
                "station_id": station,
                "notified_at": notified_at.isoformat(),
                "acknowledged_at": acknowledged_at.isoformat(),
                "enroute_at": enroute_at.isoformat(),
                "on_scene_at": "" if chance.random() < 0.1 else on_scene_at.isoformat(),
                "disposition": _DISPOSITIONS[number % len(_DISPOSITIONS)],
            }


def load(url: str, folder: Path) -> float:
    """Load a folder by the program itself; seconds."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "fire135.cli", "load", str(folder)],
        env={"FIRE135_DATABASE_URL": url, "PATH": ""},
        check=True,
    )
    return time.perf_counter() - began


def views(database: Database) -> dict[str, str]:
    """What is asked, by name: everything that a person can open, over all years where that is possible."""
    with database.read() as session:
        town = session.scalars(
            select(Region.code).where(Region.level == "town").order_by(Region.code)
        ).first()
    all_years = {
        f"/reports/response-times?group_by={group}": f"response times by {group}" for group in GroupBy
    }
    asked = {name: path for path, name in all_years.items()}
    asked["review, everything"] = "/reports/review"
    asked["review, a district"] = f"/reports/review?region={DISTRICT}"
    asked["review, a district, against the year before"] = (
        f"/reports/review?region={DISTRICT}&from=2025-01-01&to=2026-01-01"
    )
    asked["review, a town"] = f"/reports/review?region={town}&interval=acknowledgement"
    asked["records, newest"] = "/reports/review/records?limit=100"
    asked["records, slowest tenth"] = "/reports/review/records?tier=village&min_s=232&limit=500"
    asked["records of an hour of a month"] = "/reports/review/records?month=2024-03&hour=15"
    asked["records of a bin"] = "/reports/review/records?tier=town&from_s=300&to_s=360"
    asked["false alarms"] = "/reports/false-alarms"
    asked["false alarms, a town"] = f"/reports/false-alarms?region={town}"
    asked["false alarms of no cause"] = "/reports/false-alarms/incidents?without_cause=true"
    asked["month"] = f"/reports/month?month=2025-06&region={DISTRICT}"
    return asked


class Asker:
    """Asks the application in this process, as a viewer."""

    def __init__(self, database: Database) -> None:
        with database.begin() as session:
            token = create_token(session, f"review-{time.time()}", Role.VIEWER, None, datetime.now(UTC))
        self.database, self.setup = database, DispatchSetup()
        self._headers = {"Authorization": f"Bearer {token}"}
        service = Service(database, self.setup, Settings(), SystemClock())
        self._client = AsyncClient(transport=ASGITransport(create_app(service)), base_url="http://review")

    async def seconds(self, path: str) -> float:
        """Ask, and say how long the whole answer took."""
        began = time.perf_counter()
        answer = await self._client.get(f"/api/v1{path}", headers=self._headers)
        took = time.perf_counter() - began
        answer.raise_for_status()
        return took

    def change(self, number: int) -> None:
        """Correct an arrival, as a person does."""
        now = datetime.now(UTC)
        with self.database.begin() as session:
            part = session.scalars(select(Assignment).order_by(Assignment.id).offset(number).limit(1)).one()
            record_milestone(
                session,
                self.setup,
                part.incident_id,
                part.station_id,
                Milestone.ON_SCENE,
                at=part.created_at + timedelta(minutes=3),
                note=None,
                source=Source.PAGE,
                actor="benchmark",
                now=now,
            )


async def ask(database: Database, times: int) -> None:
    """Ask for every view, and print what it took."""
    asker = Asker(database)
    print(f"first of all after the start: {await asker.seconds('/reports/review') * 1000:.0f} ms")
    print("view | unchanged, median ms | max | after a change, median ms | max")
    for name, path in views(database).items():
        same = [await asker.seconds(path) * 1000 for _ in range(times)]
        changed = []
        for number in range(times):
            asker.change(number)
            changed.append(await asker.seconds(path) * 1000)
        figures = (statistics.median(same), max(same), statistics.median(changed), max(changed))
        print(f"{name} | {' | '.join(f'{one:.0f}' for one in figures)}", flush=True)
    for path in ("/reports/responses.csv", "/reports/responses.xlsx"):
        print(f"{path}, all rows: {await asker.seconds(path):.1f} s", flush=True)


def main() -> None:
    """Load, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", help="an empty PostgreSQL database; an SQLite file unless told")
    parser.add_argument("--times", type=int, default=5, help="so often each view is asked for")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = arguments.database or f"sqlite:///{folder / 'review.db'}"
        database = Database(url)
        migrate(database)
        (folder / "data").mkdir()
        write_district(folder / "data", _SIZE)
        write_history(folder / "data", arguments.rows)
        print(f"load, {arguments.rows} rows: {load(url, folder / 'data'):.1f} s")
        print(f"the same again: {load(url, folder / 'data'):.1f} s")
        asyncio.run(ask(database, arguments.times))
        database.dispose()


if __name__ == "__main__":
    main()
