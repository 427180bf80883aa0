"""Insert a row unless it is there: a unique constraint decides, in one statement and without a savepoint.

Past the ORM, which costs several times as much: an alarm waits for every row that it writes. What the
row points to must have been flushed.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.types import Base, table_of


def insert_once(session: Session, table: type[Base], columns: Mapping[str, Any]) -> Any | None:
    """Insert a row with these columns; gives its key, None where a unique constraint says that it exists.

    On PostgreSQL it waits for another process that has just inserted the same row.
    """
    return session.connection().scalar(_statement(session.get_bind().dialect.name, table), columns)


@cache
def _statement(dialect: str, table: type[Base]) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    target = table_of(table)
    return insert(target).on_conflict_do_nothing().returning(*target.primary_key)
