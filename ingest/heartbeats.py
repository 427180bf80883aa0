"""Heartbeats have their own lane: folded per device in memory, written in one statement.

A message that seemed to hold no news is compared once more with the database before it is believed:
another process may have heard the device since. It is acknowledged only after that commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Table, case, func, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from ingest import order
from ingest.edges import derive
from ingest.intake import Arrival
from ingest.reading import Counter, Reading
from store.places import Device
from store.signals import DeviceState

#: An alarm may have to wait for one write: so many rows take some 20 ms, a thousand would take 120.
_MAX_WAITING = 200
_MAX_AGE = timedelta(seconds=1)
#: A broker with a limit of messages in flight (Mosquitto: 20) falls silent until we acknowledge.
_FEW_WAITING = 16
_SILENCE = timedelta(milliseconds=20)
#: Silent after the same number so often, it is the limit: from then on nobody waits for a silence.
_SURE_AFTER = 3


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When a device was last heard, its battery if it said (percent), and its own count and when it rose."""

    at: datetime
    battery: float | None
    counter: Counter | None = None
    counted_at: datetime | None = None


@dataclass(slots=True)
class Heartbeats:
    """What waits to be written. Not thread-safe."""

    seen: dict[str, LastSeen] = field(default_factory=dict)
    claims: dict[str, list[tuple[Arrival, Reading]]] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    #: Device id -> source and external id of the gateway it spoke through.
    gateways: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, arrival: Arrival, readings: list[tuple[str, Reading]]) -> None:
        """Fold in a message that seems to hold no news; `readings` by device id."""
        self.arrivals.append(arrival)
        for device_id, reading in readings:
            before = self.seen.get(device_id)
            self.seen[device_id] = _folded(before, reading, arrival.received_at)
            if reading.gateway is not None:
                self.gateways[device_id] = (arrival.source, reading.gateway)
            claims = self.claims.setdefault(device_id, [])
            speaks = bool(reading.conditions) or reading.ends_offline
            if speaks and (not claims or claims[-1][1].conditions != reading.conditions):
                claims.append((arrival, reading))

    def settle(self, device_id: str) -> None:
        """News of the device has been written since: what waits is older, and says nothing about now."""
        self.claims.pop(device_id, None)


def _folded(before: LastSeen | None, reading: Reading, at: datetime) -> LastSeen:
    battery = before.battery if before and reading.battery is None else reading.battery
    if order.counts(reading):
        return LastSeen(at, battery, reading.counter, at)
    if before is None:
        return LastSeen(at, battery)
    return LastSeen(at, battery, before.counter, before.counted_at)


@dataclass(slots=True)
class Pace:
    """When to write: soon enough for the oldest message, and before the broker waits for us."""

    limit: int = _MAX_WAITING
    _silent_at: int = 0
    _times: int = 0

    def due_in_s(self, arrivals: Sequence[Arrival], now: datetime) -> float | None:
        """Seconds until what waits should be written; zero or less: at once; None when nothing waits."""
        if not arrivals:
            return None
        oldest_at, newest_at = arrivals[0].received_at, arrivals[-1].received_at
        if len(arrivals) >= self.limit or now < newest_at:  # a clock set back must not hold messages up
            return 0.0
        due_at = oldest_at + _MAX_AGE
        if len(arrivals) >= _FEW_WAITING:
            due_at = min(due_at, newest_at + _SILENCE)
        return (due_at - now).total_seconds()

    def learn(self, arrivals: Sequence[Arrival], now: datetime) -> None:
        """Note what is about to be written: a broker's limit shows as silence after the same number."""
        waiting = len(arrivals)
        if waiting <= _FEW_WAITING or now - arrivals[-1].received_at < _SILENCE:
            return
        self._times = self._times + 1 if waiting == self._silent_at else 1
        self._silent_at = waiting
        if self._times >= _SURE_AFTER:
            self.limit = waiting


def write(session: Session, batch: Heartbeats) -> list[tuple[Arrival, Reading]]:
    """Write who was seen when, in one statement; give back the readings that turn out to be news."""
    gateway = aliased(Device)
    rows = session.execute(
        select(Device.id, Device.gateway_id, gateway.id, DeviceState.conditions)
        .outerjoin(gateway, gateway.id == Device.gateway_id)
        .outerjoin(DeviceState, DeviceState.device_id == Device.id)
        .where(Device.id.in_(list(batch.seen)))
    ).all()
    conditions: dict[str, Mapping[str, bool]] = {device_id: said or {} for device_id, _, _, said in rows}
    homeless = {device_id for device_id, placed_behind, _, _ in rows if placed_behind is None}
    found = _find_gateways(
        session, {id_: spoken for id_, spoken in batch.gateways.items() if id_ in homeless}
    )
    behind = {device_id: gateway_id for device_id, _, gateway_id, _ in rows if gateway_id} | found
    known = {device_id: seen for device_id, seen in batch.seen.items() if device_id in conditions}
    alive = _with_gateways(known, behind)
    if alive:  # one order of locks for every process
        columns = [_columns(device_id, seen) for device_id, seen in sorted(alive.items())]
        session.execute(_upsert(session.get_bind().dialect.name), columns)
    for device_id, gateway_id in sorted(found.items()):
        session.execute(update(Device).where(Device.id == device_id).values(gateway_id=gateway_id))
    return [
        claim
        for device_id, claims in batch.claims.items()
        if device_id not in conditions
        or any(has_news(conditions[device_id], reading) for _, reading in claims)
        for claim in claims
    ]


def _columns(device_id: str, seen: LastSeen) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "last_seen_at": seen.at,
        "check_at": seen.at,  # only where this is the first we hear of it
        "battery": seen.battery,
        "counter_session": seen.counter.session if seen.counter else None,
        "counter": seen.counter.number if seen.counter else None,
        "counted_at": seen.counted_at,
    }


def _find_gateways(session: Session, gateways: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Behind which gateway of the registry each of these devices stands, as `intake` finds it."""
    if not gateways:
        return {}
    sources, addresses = zip(*gateways.values(), strict=True)
    known = select(Device.source, Device.external_id, Device.id).where(
        Device.source.in_(set(sources)), Device.external_id.in_(set(addresses))
    )
    ids = {(source, address): gateway_id for source, address, gateway_id in session.execute(known)}
    return {
        device_id: ids[gateway]
        for device_id, gateway in gateways.items()
        if gateway in ids and ids[gateway] != device_id
    }


def _with_gateways(seen: Mapping[str, LastSeen], behind: Mapping[str, str]) -> dict[str, LastSeen]:
    """A word of a device is one of its gateway, too. `behind`: device id -> gateway id."""
    heard = dict(seen)
    for device_id, gateway_id in behind.items():
        at, own = seen[device_id].at, heard.get(gateway_id)
        if own is None:
            heard[gateway_id] = LastSeen(at, None)
        elif own.at < at:
            heard[gateway_id] = replace(own, at=at)
    return heard


def has_news(before: Mapping[str, bool], reading: Reading) -> bool:
    """Whether a reading says anything but that the device lives."""
    return derive(before, reading).is_news


@cache
def _upsert(dialect: str) -> Any:
    table = inspect(DeviceState).local_table
    assert isinstance(table, Table)  # noqa: S101 - tells mypy what SQLAlchemy leaves open
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    given = insert.excluded
    is_newer = table.c.last_seen_at.is_(None) | (table.c.last_seen_at < given.last_seen_at)
    return insert.on_conflict_do_update(
        index_elements=[table.c.device_id],
        set_={
            "last_seen_at": case((is_newer, given.last_seen_at), else_=table.c.last_seen_at),
            "battery": func.coalesce(given.battery, table.c.battery),
            "state": case((table.c.state == "unknown", "normal"), else_=table.c.state),
            **{
                name: case((given.counter.is_not(None) & is_newer, given[name]), else_=table.c[name])
                for name in ("counter_session", "counter", "counted_at")
            },
        },
    )
