"""Which processes of the service run: each says so in the record every few seconds, until it stops."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.reliability import ServiceProcess

SAID_EVERY = timedelta(seconds=5)
#: Three times that and a busy machine (ours): who was not seen for longer does not work.
SEEN_WITHIN = timedelta(seconds=20)
#: What a killed process leaves (ours).
_KEPT = timedelta(days=1)


def say(session: Session, key: str, roles: Iterable[str], *, started_at: datetime, now: datetime) -> None:
    """Keep that this process runs, and forget those that have long been gone."""
    session.merge(ServiceProcess(id=key, roles=sorted(roles), started_at=started_at, seen_at=now))
    session.execute(delete(ServiceProcess).where(ServiceProcess.seen_at < now - _KEPT))


def leave(session: Session, key: str) -> None:
    """Forget this process, which stops: that nobody does its work is seen at once."""
    session.execute(delete(ServiceProcess).where(ServiceProcess.id == key))


def lacks(session: Session, role: str, *, now: datetime) -> bool:
    """Whether the service runs and none of its processes has a role.

    One that has just started may be the first of several. Where none was seen, nothing is known: there
    is no service, or none of its processes can write.
    """
    seen = session.scalars(select(ServiceProcess).where(ServiceProcess.seen_at > now - SEEN_WITHIN)).all()
    is_known = any(process.started_at <= now - SEEN_WITHIN for process in seen)
    return is_known and not any(role in process.roles for process in seen)
