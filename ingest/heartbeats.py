"""Heartbeats have their own lane: folded per device in memory, written in one statement.

A message that seemed to hold no news is compared once more with the database before it is believed:
another process may have heard the device since. It is acknowledged only after that commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, case, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ingest.edges import derive
from ingest.intake import Arrival
from ingest.reading import Reading
from store.places import Device
from store.signals import DeviceState

_MAX_WAITING = 1_000
_MAX_AGE = timedelta(seconds=1)
#: A broker with a limit of messages in flight (Mosquitto: 20) falls silent until we acknowledge.
_FEW_WAITING = 10
_SILENCE = timedelta(milliseconds=3)


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When a device was last heard, and its battery if it said (percent)."""

    at: datetime
    battery: float | None


@dataclass(slots=True)
class Heartbeats:
    """What waits to be written. Not thread-safe."""

    seen: dict[str, LastSeen] = field(default_factory=dict)
    claims: dict[str, list[tuple[Arrival, Reading]]] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)

    def add(self, arrival: Arrival, readings: list[tuple[str, Reading]]) -> None:
        """Fold in a message that seems to hold no news; `readings` by device id."""
        self.arrivals.append(arrival)
        for device_id, reading in readings:
            before = self.seen.get(device_id)
            battery = before.battery if before and reading.battery is None else reading.battery
            self.seen[device_id] = LastSeen(arrival.received_at, battery)
            claims = self.claims.setdefault(device_id, [])
            if reading.conditions and (not claims or claims[-1][1].conditions != reading.conditions):
                claims.append((arrival, reading))

    def settle(self, device_id: str) -> None:
        """News of the device has been written since: what waits is older, and says nothing about now."""
        self.claims.pop(device_id, None)

    def due_in_s(self, now: datetime) -> float | None:
        """Seconds until the next write is due; None when nothing waits."""
        if not self.arrivals:
            return None
        return due_in_s(len(self.arrivals), self.arrivals[0].received_at, self.arrivals[-1].received_at, now)


def due_in_s(waiting: int, oldest_at: datetime, newest_at: datetime, now: datetime) -> float:
    """Seconds until `waiting` messages should be written; zero or less: at once."""
    if waiting >= _MAX_WAITING or now < newest_at:  # a clock set back must not hold messages up
        return 0.0
    due_at = oldest_at + _MAX_AGE
    if waiting >= _FEW_WAITING:
        due_at = min(due_at, newest_at + _SILENCE)
    return (due_at - now).total_seconds()


def write(session: Session, batch: Heartbeats) -> list[tuple[Arrival, Reading]]:
    """Write who was seen when, in one statement; give back the readings that turn out to be news."""
    rows = session.execute(
        select(Device.id, DeviceState.conditions)
        .outerjoin(DeviceState, DeviceState.device_id == Device.id)
        .where(Device.id.in_(list(batch.seen)))
    )
    conditions: dict[str, Mapping[str, bool]] = {device_id: said or {} for device_id, said in rows}
    alive = [
        {"device_id": device_id, "last_seen_at": seen.at, "battery": seen.battery}
        for device_id, seen in sorted(batch.seen.items())  # one order of locks for every process
        if device_id in conditions
    ]
    if alive:
        session.execute(_upsert(session), alive)
    return [
        claim
        for device_id, claims in batch.claims.items()
        if device_id not in conditions
        or any(has_news(conditions[device_id], reading) for _, reading in claims)
        for claim in claims
    ]


def has_news(before: Mapping[str, bool], reading: Reading) -> bool:
    """Whether a reading says anything but that the device lives."""
    return derive(before, reading).is_news


def _upsert(session: Session) -> Any:
    table = inspect(DeviceState).local_table
    assert isinstance(table, Table)  # noqa: S101 - tells mypy what SQLAlchemy leaves open
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(table) if is_postgresql else sqlite.insert(table)
    given = insert.excluded
    is_newer = table.c.last_seen_at.is_(None) | (table.c.last_seen_at < given.last_seen_at)
    return insert.on_conflict_do_update(
        index_elements=[table.c.device_id],
        set_={
            "last_seen_at": case((is_newer, given.last_seen_at), else_=table.c.last_seen_at),
            "battery": func.coalesce(given.battery, table.c.battery),
        },
    )
