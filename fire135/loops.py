"""Do the loops of dispatch work? Ours say so by their rounds, another process's by what is left undone."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dispatch import readiness
from dispatch.rounds import Rounds
from dispatch.setup import Clock
from store.database import Database


def why_stalled(loop: Rounds) -> str | None:
    """Why a loop of this process does not do its work; None while it does."""
    if not loop.is_alive:
        return "its thread has ended"
    if loop.stalled_s > loop.stalled_after_s:
        return f"no round has ended well for {loop.stalled_s:.0f} s"
    return None


def why_no_sender(database: Database, clock: Clock) -> str | None:
    """Whether anybody sends, asked by a process that does not; None: nothing has waited for long."""
    return _why_undone(database, readiness.messages_wait, "messages wait", clock.now())


def why_no_escalator(database: Database, clock: Clock) -> str | None:
    """Whether anybody takes due steps, asked by a process that does not; None: none is overdue."""
    return _why_undone(database, readiness.steps_wait, "due steps wait", clock.now())


def _why_undone(
    database: Database, waits: Callable[[Session, datetime], bool], what: str, now: datetime
) -> str | None:
    try:
        with database.read() as session:
            if not waits(session, now):
                return None
    except SQLAlchemyError:
        return "not known: the database cannot be read"
    longest_s = readiness.OVERDUE.total_seconds()
    return f"{what} for more than {longest_s:.0f} s: does a dispatch process run?"
