"""One transaction for one message: tried again after a clash, and an outage told from a refusal."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from store.database import Database

#: Another process may list the same device in the same instant, or lock rows in another order.
ATTEMPTS = 3
_PASSING = (OperationalError, InterfaceError, InternalError)
_Result = TypeVar("_Result")


class DatabaseTroubleError(Exception):
    """The database cannot be used now. The message is not acknowledged: its sender sends it again."""


def in_database(database: Database, work: Callable[[Session], _Result], attempts: int = ATTEMPTS) -> _Result:
    """Do it in one transaction, again after a clash, so many times in all.

    Raises DatabaseTroubleError in an outage, and what `work` raises.
    """
    for attempt in range(1, attempts + 1):
        try:
            with database.begin() as session:
                return work(session)
        except PoolTimeoutError as trouble:
            raise DatabaseTroubleError(str(trouble)) from trouble
        except DBAPIError as trouble:
            if attempt < attempts:
                continue
            if _is_outage(trouble):
                raise DatabaseTroubleError(str(trouble.orig)) from trouble
            raise
    raise AssertionError("unreachable")


def _is_outage(trouble: DBAPIError) -> bool:
    """Whether the database cannot be used now; class 54 of SQLSTATE is a limit that this message exceeds."""
    if str(getattr(trouble.orig, "sqlstate", None) or "").startswith("54"):
        return False
    return isinstance(trouble, _PASSING) or trouble.connection_invalidated
