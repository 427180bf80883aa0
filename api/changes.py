"""What has changed since a position: the rows of `timeline` and `events` as changes for the live stream.

Ids are given out in order but committed out of order on PostgreSQL: a transaction that took id 9 may
commit after the one that took 10. So a reader looks again at the last ids that it knows, and gives a
row that turns up late when it turns up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from api.access import Role
from api.callers import Caller
from geo.regions import DivisionTree
from store.incidents import Assignment, Incident, TimelineEntry
from store.places import Device, Premises, Station
from store.signals import DeviceState, EventRecord

#: How far back late rows are looked for; far more than one moment's transactions write.
_WINDOW = 1000
_MOST_AT_ONCE = 500

_Table = type[TimelineEntry] | type[EventRecord]


class IncidentChange(BaseModel):
    """An incident changed: data of the event `incident`."""

    id: str = Field(description="Id of the incident")
    incident_id: str = Field(description="Id of the incident")
    code: str = Field(description="What people call it")
    status: str = Field(description="open or closed, as it is now")
    grade: str = Field(description="suspected or confirmed, as it is now")
    drill: bool = Field(description="A drill")
    kind: str = Field(description="What happened, as in the timeline")
    at: datetime = Field(description="When it happened, UTC")


class AssignmentChange(BaseModel):
    """A station's part changed: data of the event `assignment`."""

    id: int = Field(description="Id of the assignment")
    incident_id: str = Field(description="Id of the incident")
    station_id: str = Field(description="Id of the station")
    station_name: str = Field(description="Name of the station")
    tier: str = Field(description="village, town or district")
    status: str = Field(description="How far the station is now")
    kind: str = Field(description="What happened, as in the timeline")
    at: datetime = Field(description="When it happened, UTC")


class DeviceChange(BaseModel):
    """A device said something: data of the event `device`."""

    id: str = Field(description="Id of the device")
    device_id: str = Field(description="Id of the device")
    incident_id: str | None = Field(description="The incident that it belongs to")
    kind: str = Field(description="What it said: a canonical kind")
    state: str = Field(description="The state of the device as it is now")
    at: datetime = Field(description="When it was received by our clock, UTC")


@dataclass(slots=True)
class Change:
    """One change, and where it may be seen. `position` is where a reader stands after it."""

    event: str
    data: BaseModel
    table: str
    row_id: int
    regions: frozenset[str]
    #: Regions of the stations sent, and those above them: a station's people see their own part.
    station_regions: frozenset[str] = frozenset()
    position: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What makes it this change and no other."""
        return self.table, self.row_id

    def is_seen_by(self, caller: Caller) -> bool:
        """Tell whether a caller may see it; the same rule as `scope.incidents` and `scope.devices`."""
        region = caller.region_code
        if region is None or region in self.regions:
            return True
        return caller.role is Role.STATION and region in self.station_regions


class _Tail:
    """The end of one table: which ids are new since the last look."""

    def __init__(self, session: Session, table: _Table, after: int | None) -> None:
        self._table = table
        self._seen: frozenset[int] = frozenset()
        if after is not None:
            self.last = self._floor = after
            return
        self.last = session.scalar(select(func.max(table.id))) or 0
        self._floor = self.last - _WINDOW
        self.new_ids(session)

    def new_ids(self, session: Session) -> list[int]:
        """The ids that were not there at the last look, in order; some 500 at once."""
        since = max(self._floor, self.last - _WINDOW)
        wanted = select(self._table.id).where(self._table.id > since).order_by(self._table.id)
        found = session.scalars(wanted.limit(_WINDOW + _MOST_AT_ONCE)).all()
        fresh = [row_id for row_id in found if row_id not in self._seen]
        self._seen = frozenset(found)
        self.last = max([self.last, *found[-1:]])
        return fresh


class ChangeReader:
    """Reads on from a position (the last ids had of timeline and events), or from now on."""

    def __init__(self, session: Session, position: tuple[int, int] | None = None) -> None:
        timeline, events = position or (None, None)
        self._timeline = _Tail(session, TimelineEntry, timeline)
        self._events = _Tail(session, EventRecord, events)

    @property
    def position(self) -> str:
        """Where the reader stands, as text."""
        return f"{self._timeline.last}-{self._events.last}"

    def read(self, session: Session, tree: DivisionTree) -> list[Change]:
        """What has changed since the last call: incidents oldest first, then devices."""
        had_entries, had_records = self._timeline.last, self._events.last
        entries = _incident_changes(session, tree, self._timeline.new_ids(session))
        records = _device_changes(session, tree, self._events.new_ids(session))
        # a client that is cut off goes on after the last one it had, so each needs its own position
        for change in entries:
            had_entries = max(had_entries, change.row_id)
            change.position = f"{had_entries}-{had_records}"
        for change in records:
            had_records = max(had_records, change.row_id)
            change.position = f"{had_entries}-{had_records}"
        return [*entries, *records]


def parse_position(text: str | None) -> tuple[int, int] | None:
    """Read a position; None for what is none of ours."""
    parts = (text or "").split("-")
    if len(parts) != 2 or not all(part.isdecimal() and len(part) < 19 for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def _with_above(tree: DivisionTree, code: str | None) -> frozenset[str]:
    return frozenset((code, *tree.ancestors(code))) if code else frozenset()


def _incident_changes(session: Session, tree: DivisionTree, ids: Sequence[int]) -> list[Change]:
    if not ids:
        return []
    entries = session.execute(
        select(TimelineEntry, Incident)
        .join(Incident, Incident.id == TimelineEntry.incident_id)
        .where(TimelineEntry.id.in_(ids))
        .order_by(TimelineEntry.id)
    ).all()
    incident_ids = {incident.id for _, incident in entries}
    sent = session.scalars(
        select(Assignment)
        .where(Assignment.incident_id.in_(incident_ids))
        .options(joinedload(Assignment.station))
    ).all()
    by_id = {assignment.id: assignment for assignment in sent}
    changes = []
    for entry, incident in entries:
        codes = (incident.district_code, incident.town_code, incident.village_code)
        home = [a.station.region_code for a in sent if a.incident_id == incident.id]
        assignment = by_id.get(entry.assignment_id or 0)
        changes.append(
            Change(
                event="assignment" if assignment else "incident",
                data=(
                    _assignment_change(entry, assignment) if assignment else _incident_change(entry, incident)
                ),
                table="timeline",
                row_id=entry.id,
                regions=frozenset(code for code in codes if code),
                station_regions=frozenset().union(*(_with_above(tree, code) for code in home)),
            )
        )
    return changes


def _incident_change(entry: TimelineEntry, row: Incident) -> IncidentChange:
    return IncidentChange(
        id=row.id,
        incident_id=row.id,
        code=row.code,
        status=row.status,
        grade=row.grade,
        drill=row.drill,
        kind=entry.kind,
        at=entry.at,
    )


def _assignment_change(entry: TimelineEntry, row: Assignment) -> AssignmentChange:
    return AssignmentChange(
        id=row.id,
        incident_id=row.incident_id,
        station_id=row.station_id,
        station_name=row.station.name,
        tier=row.tier,
        status=row.status,
        kind=entry.kind,
        at=entry.at,
    )


def _device_changes(session: Session, tree: DivisionTree, ids: Sequence[int]) -> list[Change]:
    if not ids:
        return []
    gateway, its_premises = aliased(Device), aliased(Premises)
    rows = session.execute(
        select(
            EventRecord,
            DeviceState.state,
            func.coalesce(Premises.village_code, Station.region_code, its_premises.village_code),
        )
        .outerjoin(DeviceState, DeviceState.device_id == EventRecord.device_id)
        .outerjoin(Device, Device.id == EventRecord.device_id)
        .outerjoin(Premises, Premises.id == Device.premises_id)
        .outerjoin(Station, Station.id == Device.station_id)
        .outerjoin(gateway, gateway.id == Device.gateway_id)
        .outerjoin(its_premises, its_premises.id == gateway.premises_id)
        .where(EventRecord.id.in_(ids))
        .order_by(EventRecord.id)
    )
    return [
        Change(
            event="device",
            data=DeviceChange(
                id=record.device_id,
                device_id=record.device_id,
                incident_id=record.incident_id,
                kind=record.kind,
                state=state or "normal",
                at=record.received_at,
            ),
            table="events",
            row_id=record.id,
            regions=_with_above(tree, code),
        )
        for record, state, code in rows
    ]
