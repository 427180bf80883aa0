"""Past incidents from responses.csv: closed incidents with their assignments, to review beside new ones.

Nothing is sent for them. What a later load corrects stands in the incident's timeline.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from geo.point import Point
from registry.batch import Batch, rows_of
from registry.difference import Change, Columns, Counts, compare
from registry.lookup import rows_by_key
from registry.rows import ResponseRow
from registry.world import World
from store.direct import table_of
from store.incidents import Assignment, Incident, TimelineEntry

_MILESTONES = ("notified_at", "acknowledged_at", "enroute_at", "on_scene_at", "cleared_at")
_PART = ("id", "incident_id", "station_id", "tier", "status", "reason", "created_at", *_MILESTONES)


@dataclass
class HistoryChange:
    """What responses.csv changes in incidents and assignments; a row is one assignment."""

    now: datetime
    incidents: Change = field(default_factory=lambda: Change(Incident))
    assignments: Change = field(default_factory=lambda: Change(Assignment))
    #: Rows whose assignment is as stored, but not their incident.
    renewed: int = 0

    @property
    def counts(self) -> Counts:
        """By rows; one is changed, too, when only its incident is."""
        own = self.assignments.counts
        return Counts(own.created, own.changed + self.renewed, own.unchanged - self.renewed)

    def write(self, session: Session) -> None:
        """Write incidents, assignments, and what was corrected."""
        self.incidents.write(session)
        self.assignments.write(session)
        corrected = [(after["id"], before, after) for before, after in self.incidents.changed]
        corrected += [(after["incident_id"], before, after) for before, after in self.assignments.changed]
        if corrected:
            entries = table_of(TimelineEntry).insert()
            session.execute(entries, [_correction(*entry, self.now) for entry in corrected])


def history_change(session: Session, batch: Batch, world: World, now: datetime) -> HistoryChange:
    """Compare the past incidents of a checked batch with what is stored."""
    by_incident: dict[str, list[ResponseRow]] = defaultdict(list)
    for row in rows_of(batch.responses):
        by_incident[row.incident_id].append(row)
    stored = stored_parts(session, by_incident)
    change = HistoryChange(now)
    incidents = [_incident(rows, stored[id_].values(), world) for id_, rows in by_incident.items()]
    compare(session, change.incidents, "id", incidents)
    changed = {after["id"] for _, after in change.incidents.changed}
    for row in rows_of(batch.responses):
        before = stored[row.incident_id].get(row.station_id)
        after = _assignment(row, world) | ({"id": before["id"]} if before else {})
        change.assignments.take(after, before)
        change.renewed += before == after and row.incident_id in changed
    return change


def stored_parts(session: Session, incident_ids: Collection[str]) -> defaultdict[str, dict[str, Columns]]:
    """The stored assignments by incident and station."""
    parts: defaultdict[str, dict[str, Columns]] = defaultdict(dict)
    columns = [getattr(Assignment, name) for name in _PART]
    for values in rows_by_key(session, columns, Assignment.incident_id, incident_ids):
        part = dict(zip(_PART, values, strict=True))
        parts[part["incident_id"]][part["station_id"]] = part
    return parts


def _assignment(row: ResponseRow, world: World) -> Columns:
    instants = {name: getattr(row, name) for name in _MILESTONES}
    reached = [name.removesuffix("_at") for name, at in instants.items() if at is not None]
    return {
        "incident_id": row.incident_id,
        "station_id": row.station_id,
        "tier": row.tier or world.stations[row.station_id].tier,
        "status": reached[-1] if reached else "assigned",
        "reason": "history",
        "created_at": row.notified_at or row.received_at,
        **instants,
    }


def _incident(rows: Sequence[ResponseRow], stored: Collection[Columns], world: World) -> Columns:
    """One past incident, told by all its rows together; `stored` are its assignments so far."""

    def told(column: str) -> Any:
        return next((value for row in rows if (value := getattr(row, column)) is not None), None)

    opened_at: datetime = told("received_at")
    disposition = told("disposition")
    now_told = {row.station_id for row in rows}
    instants = [getattr(row, name) for row in rows for name in _MILESTONES]
    instants += [part[name] for part in stored if part["station_id"] not in now_told for name in _MILESTONES]
    return {
        "id": rows[0].incident_id,
        "code": "-",
        "status": "closed",
        "grade": "confirmed" if disposition == "fire" else "suspected",
        "drill": False,
        "place_key": f"history:{rows[0].incident_id}",
        **_place(told("premises_id"), told("point"), told("region_code"), world),
        "opened_at": opened_at,
        "closed_at": max([opened_at, *filter(None, instants)]),
        "disposition": disposition,
        "origin": "history",
    }


def _place(premises_id: str | None, point: Point | None, region_code: str | None, world: World) -> Columns:
    premises = world.premises[premises_id] if premises_id else None
    if premises is not None:
        point = point or premises.point
        region_code = premises.village_code
    elif point is not None:
        region_code = region_code or world.tree.locate(point)
    region = world.tree.get(region_code)
    by_name = premises or region
    return {
        "premises_id": premises_id,
        "place_name": by_name.name if by_name else f"{point.lon:.5f}, {point.lat:.5f}" if point else "",
        "address": premises.address if premises else "",
        "lon": point.lon if point else None,
        "lat": point.lat if point else None,
        "district_code": world.tree.district_of(region_code),
        "town_code": world.tree.town_of(region_code),
        "village_code": world.tree.village_of(region_code),
    }


def _correction(incident_id: str, before: Columns, after: Columns, now: datetime) -> Columns:
    """A timeline entry that keeps the old values."""
    old = {name: before[name] for name in after if before[name] != after[name]}
    return {
        "incident_id": incident_id,
        "assignment_id": after["id"] if "station_id" in after else None,
        "at": now,
        "clock": "server",
        "recorded_at": now,
        "source": "system",
        "kind": "history_corrected",
        "data": {name: v.isoformat() if isinstance(v, datetime) else v for name, v in old.items()},
    }
