"""Rows of `troubles`: what is open, where it belongs, who takes it on. In the caller's transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from dispatch.errors import ConflictError, NotFoundError
from dispatch.supervision import BATTERY_INTERVAL_S, MAINS, MAINS_INTERVAL_S, SILENT, TroubleKind
from dispatch.values import EventKind
from store.places import Device, Premises, Station
from store.signals import EventRecord
from store.upkeep import Trouble

_Columns = TypeVarTuple("_Columns")

#: Who says in `events` that a device is silent, or is heard again.
SOURCE = "supervision"
#: The number of our advisory lock; nobody else of this database uses one.
_LOCK = 135_005

OPEN = Trouble.ended_at.is_(None)
#: What somebody has to see to: no part of something larger.
OWN = Trouble.part_of_id.is_(None)
#: The division that a device's troubles belong to; for a query that is `placed`.
VILLAGE: ColumnElement[str | None] = func.coalesce(Premises.village_code, Station.region_code)
#: `supervision.interval_s`, for queries.
INTERVAL_S: ColumnElement[int] = func.coalesce(
    Device.heartbeat_s, case((Device.kind.in_(MAINS), MAINS_INTERVAL_S), else_=BATTERY_INTERVAL_S)
)


def placed(query: Select[*_Columns]) -> Select[*_Columns]:
    """A query of Device, joined with what says where it is."""
    return query.outerjoin(Premises, Premises.id == Device.premises_id).outerjoin(
        Station, Station.id == Device.station_id
    )


def take_turn(session: Session) -> None:
    """Let one transaction of supervision at a time write; on SQLite that is so anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def open_of(session: Session, device_ids: Collection[str]) -> Mapping[str, dict[TroubleKind, Trouble]]:
    """The open troubles of devices by device id and kind."""
    found: dict[str, dict[TroubleKind, Trouble]] = defaultdict(dict)
    for row in session.scalars(select(Trouble).where(Trouble.device_id.in_(device_ids), OPEN)):
        found[row.device_id or ""][TroubleKind(row.kind)] = row
    return found


def dark_among(session: Session, trouble_ids: Collection[int]) -> set[int]:
    """Which of these are villages that are dark now."""
    if not trouble_ids:
        return set()
    is_dark = (Trouble.id.in_(trouble_ids), Trouble.kind == TroubleKind.VILLAGE_DARK, OPEN)
    return set(session.scalars(select(Trouble.id).where(*is_dark)))


def take(session: Session, trouble_id: int, by: str, note: str | None) -> Trouble:
    """Somebody takes a trouble on. Raises NotFoundError, and ConflictError for one that is over."""
    row = session.get(Trouble, trouble_id, with_for_update=True)
    if row is None:
        raise NotFoundError(f"trouble {trouble_id}: not known")
    if row.ended_at is not None:
        raise ConflictError(f"trouble {trouble_id}: over since {row.ended_at.isoformat()}")
    row.taken_by = by
    row.note = note if note is not None else row.note
    return row


def record_silence(
    session: Session, begun: Collection[Trouble], ended: Collection[Trouble], now: datetime
) -> None:
    """Keep in `events` that a device fell silent without a word, or is heard again after that.

    What a device said itself is there already.
    """
    for trouble in begun:
        _record(session, trouble, EventKind.OFFLINE, now)
    silent = {f"{EventKind.OFFLINE}:{trouble.id}": trouble for trouble in ended if trouble.kind in SILENT}
    ids = [trouble.device_id for trouble in silent.values()]
    told = select(EventRecord.dedup_key).where(
        EventRecord.device_id.in_(ids), EventRecord.dedup_key.in_(list(silent)), EventRecord.source == SOURCE
    )
    for key in session.scalars(told) if silent else ():
        _record(session, silent[key], EventKind.ONLINE, now)


def _record(session: Session, trouble: Trouble, kind: EventKind, now: datetime) -> None:
    session.add(
        EventRecord(
            device_id=trouble.device_id,
            dedup_key=f"{kind}:{trouble.id}",
            kind=kind,
            source=SOURCE,
            received_at=now,
            live=True,
            data={"trouble": trouble.id},
        )
    )
