"""Load in a process of its own: alarms share this one's interpreter, and a district keeps it busy."""

from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from registry.loading import LoadReport, load
from store.database import Database


def load_apart(
    url: str, path: Path, *, dry_run: bool, accept_shift: bool, region: str | None, now: datetime
) -> LoadReport:
    """As `load`, for the database at an address; returns when the process has ended."""
    # "spawn": a copy of this process would hold its threads' locks
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        given: dict[str, object] = {
            "dry_run": dry_run,
            "accept_shift": accept_shift,
            "region": region,
            "now": now,
        }
        return apart.submit(_load, url, path, given).result()


def _load(url: str, path: Path, given: dict[str, object]) -> LoadReport:
    database = Database(url)
    try:
        return load(database, path, **given)  # type: ignore[arg-type]
    finally:
        database.dispose()
