"""Keep the response log in memory, exactly as the record is at the moment when somebody asks.

Whatever changes a record leaves a fact in the timeline with it; a new part of an incident, history among
them, has a new id. So the incidents that the newest rows of either table name are read again, and no other.

PostgreSQL hands out ids before it commits: a row may appear below others that were seen long ago. So a
mark, the highest ids seen, is relied upon only when every transaction that was under way at it has ended;
until then everything above the last mark that is relied upon is read again. Every verb locks its incident,
and a load the registry, before it asks for such an id, so it is under way by then. SQLite has one writer.

Incidents and assignments are never deleted: what is not read again is relied upon to be there still.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    String,
    cast,
    extract,
    false,
    func,
    select,
    type_coerce,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.record_table import NEVER, ROW, RecordTable
from dispatch.response_time import MICROSECONDS, reasons
from dispatch.rounds import Rounds
from dispatch.values import Disposition, Milestone, Tier
from store.database import Database
from store.incidents import Assignment, Incident, TimelineEntry

#: Nobody who asks should have to read much at once, such as years of history that were just loaded.
_LOOK_EVERY_S = 5.0
#: Rows that are read together.
_AT_ONCE = 10_000
_TIMES = ("received", *(milestone.column for milestone in Milestone))
_TIERS = {tier.value: number for number, tier in enumerate(Tier)}
_SNAPSHOT = func.pg_current_snapshot()


@dataclass(frozen=True, slots=True)
class _Mark:
    """The highest ids there are."""

    timeline: int
    assignments: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at the record saw.

    Attributes:
        mark: the highest ids.
        ended_below: every transaction of a lower number has ended.
        begun_below: none of this number or a higher one had begun.
    """

    mark: _Mark
    ended_below: int = 0
    begun_below: int = 0


class RecordKeeper:
    """The newest table of one database; safe to share between threads.

    A table takes 90 bytes a record, and every incident, station and division some 200 bytes for its name.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._table = RecordTable()
        self._relied_on: _Mark | None = None
        self._before: _Look | None = None

    def get(self, database: Database) -> RecordTable:
        """The records of the database, whatever was committed before the call included.

        Who asks while another reads waits: what is read later must never be older.
        """
        with self._lock:
            if self._before is None:
                with database.snapshot() as session:
                    self._before = _look(session)
            with database.snapshot() as session:
                self._follow(session)
            return self._table

    def _follow(self, session: Session) -> None:
        look = _look(session)
        if self._relied_on is None:
            self._table = self._table.with_new(_read(session, self._table, None))
        elif look.mark != self._relied_on:
            self._table = self._table.with_new(_read(session, self._table, self._relied_on))
        if look.ended_below == look.begun_below:  # nobody was writing
            self._relied_on, self._before = look.mark, look
        elif self._before is not None and look.ended_below >= self._before.begun_below:
            self._relied_on, self._before = self._before.mark, look


class RecordFollower(Rounds):
    """Keeps the table near the record, from the start of the process on."""

    def __init__(self, keeper: RecordKeeper, database: Database) -> None:
        super().__init__("record follower", _LOOK_EVERY_S)
        self._keeper, self._database = keeper, database

    def _round(self) -> None:
        self._keeper.get(self._database)


def _look(session: Session) -> _Look:
    highest = select(
        select(func.coalesce(func.max(TimelineEntry.id), 0)).scalar_subquery(),
        select(func.coalesce(func.max(Assignment.id), 0)).scalar_subquery(),
    )
    if _is_sqlite(session):
        return _Look(_Mark(*session.execute(highest).one()))
    ends = [
        cast(cast(end(_SNAPSHOT), String), BigInteger)
        for end in (func.pg_snapshot_xmin, func.pg_snapshot_xmax)
    ]
    timeline, assignments, ended, begun = session.execute(highest.add_columns(*ends)).one()
    return _Look(_Mark(timeline, assignments), ended, begun)


def _read(session: Session, table: RecordTable, since: _Mark | None) -> NDArray[Any]:
    """Every record of the incidents that the rows above a mark name; of all incidents without one."""
    plain = (Assignment.id, Assignment.incident_id, Assignment.station_id, Assignment.tier)
    places = (Incident.district_code, Incident.town_code, Incident.village_code)
    times = [Incident.opened_at, *(getattr(Assignment, milestone.column) for milestone in Milestone)]
    is_test = func.coalesce(Incident.disposition == Disposition.TEST, false())
    query = select(
        *plain, *places, Incident.drill, is_test, *(_microseconds(session, column) for column in times)
    ).join(Assignment.incident)
    if since is not None:
        query = query.where(Incident.id.in_(_changed(since)))
    found = session.connection().execute(query, execution_options={"yield_per": _AT_ONCE})
    return np.concatenate([np.zeros(0, ROW), *(_rows(part, table) for part in found.partitions())])


def _changed(since: _Mark) -> CompoundSelect[Any]:
    """The incidents that the rows above a mark name."""
    return union(
        select(TimelineEntry.incident_id).where(TimelineEntry.id > since.timeline),
        select(Assignment.incident_id).where(Assignment.id > since.assignments),
    )


def _microseconds(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """An instant in a form of which numpy reads many at once: a number, or SQLite's own text."""
    if _is_sqlite(session):
        return func.coalesce(type_coerce(column, String), "NaT")
    return func.coalesce(cast(extract("epoch", column) * MICROSECONDS, BigInteger), NEVER)


def _rows(part: Sequence[Any], table: RecordTable) -> NDArray[Any]:
    assignment, incident, station, tier, district, town, village, drill, test, *times = zip(
        *part, strict=True
    )
    rows = np.zeros(len(part), ROW)
    rows["assignment"] = assignment
    rows["incident"] = table.incidents.take(incident)
    rows["station"] = table.stations.take(station)
    rows["tier"] = [_TIERS[name] for name in tier]
    for level, codes in (("district", district), ("town", town), ("village", village)):
        rows[level] = table.divisions.take(codes)
    for name, instants in zip(_TIMES, times, strict=True):
        rows[name] = np.array(instants, "datetime64[us]" if isinstance(instants[0], str) else np.int64)
    rows["left_out"] = reasons(rows, np.array(drill, bool), np.array(test, bool))
    return rows


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
