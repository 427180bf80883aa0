"""One order of locks: an incident before anything of it, so that no two verbs wait for each other.

On PostgreSQL the lock lets others still insert rows that refer to the incident (FOR NO KEY UPDATE);
SQLite has one writer and needs none.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.incidents import Incident


def lock_incident(session: Session, incident_id: str) -> Incident | None:
    """An incident, held until the commit; None where it is not known."""
    return session.get(Incident, incident_id, with_for_update={"key_share": True})


def lock_incidents(session: Session, incident_ids: Collection[str]) -> None:
    """Several incidents, in the one order of their ids, held until the commit."""
    if incident_ids:
        known = select(Incident.id).where(Incident.id.in_(incident_ids)).order_by(Incident.id)
        session.execute(known.with_for_update(key_share=True))
