"""The timeline: every fact of an incident in order, append-only, with its source and clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from dispatch.values import Source
from store.direct import later, table_of
from store.incidents import TimelineEntry

# past the ORM, which costs several times as much: an alarm waits for every row that it writes
_INSERT = insert(table_of(TimelineEntry))


def record(
    session: Session,
    incident_id: str,
    kind: str,
    *,
    at: datetime,
    recorded_at: datetime,
    source: Source = Source.SYSTEM,
    clock: str = "server",
    assignment_id: int | None = None,
    actor: str | None = None,
    **data: Any,
) -> None:
    """Append one fact; it is written before the session reads or commits.

    Args:
        session: the transaction of the fact itself, so that both are kept or neither.
        incident_id: whose fact.
        kind: what happened, in the past tense (`opened`, `assigned`, `answered`).
        at: when it happened, by `clock`.
        recorded_at: when we learned it, by our clock.
        source: how we learned it.
        clock: whose clock `at` is: server, device, carrier or person.
        assignment_id: the station's part it belongs to, if any.
        actor: the person, device or carrier that caused it, if known.
        data: what else there is to know, JSON values.
    """
    later(
        session,
        _INSERT,
        {
            "incident_id": incident_id,
            "assignment_id": assignment_id,
            "at": at,
            "clock": clock,
            "recorded_at": recorded_at,
            "source": source,
            "actor": actor,
            "kind": kind,
            "data": data,
        },
    )
