"""What the response review costs: 100,000 rows of history loaded, then every view of them over HTTP.

    python -m benchmarks.review [--rows 100000] [--database URL] [--times 5]

`fire135 load` runs as its own process. The views are then asked of the application in this process: the
first one after the start by itself, the others several times, each time after a new fact that changes
the record. Nothing listens on a port, and it ends by itself.
"""

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.district import DISTRICT, Size, write_district
from store.database import Database
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


def main() -> None:
    """Load, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", help="an empty PostgreSQL database; an SQLite file unless told")
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


if __name__ == "__main__":
    main()
