"""The registry's version: one number that grows with every change, so that caches know when to reload."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from store.direct import ask
from store.places import RegistryVersion

_VERSION = select(RegistryVersion.version)


def read_version(session: Session) -> int:
    """The present version; 0 before the first change."""
    return ask(session, _VERSION) or 0


def lock_registry(session: Session) -> None:
    """Let one transaction at a time change the registry: what it checked still holds when it writes."""
    session.execute(text("INSERT INTO registry_version (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING"))
    session.execute(_VERSION.with_for_update())


def bump_version(session: Session) -> None:
    """Count one change; to be called in the transaction that makes it."""
    session.execute(
        text(
            "INSERT INTO registry_version (id, version) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET version = registry_version.version + 1"
        )
    )
