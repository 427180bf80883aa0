"""The registry's version: one number that grows with every change, so that caches know when to reload."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.places import RegistryVersion


def read_version(session: Session) -> int:
    """The present version; 0 before the first change."""
    return session.scalar(select(RegistryVersion.version)) or 0


def bump_version(session: Session) -> None:
    """Count one change; to be called in the transaction that makes it."""
    raised = session.execute(update(RegistryVersion).values(version=RegistryVersion.version + 1))
    if raised.rowcount == 0:
        session.add(RegistryVersion(version=1))
        session.flush()
