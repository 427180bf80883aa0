"""Statements past the ORM, which costs several times as much a row: an alarm waits for every one of them."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.types import Base


def table_of(entity: type[Base]) -> Table:
    """The table of an entity."""
    return cast("Table", entity.__table__)


def ask(session: Session, question: Executable, **given: Any) -> Any | None:
    """The first value of a statement made once, with bound parameters; what waits in the session counts."""
    session.flush()
    return session.connection().scalar(question, given)


def insert_once(session: Session, table: type[Base], columns: Mapping[str, Any]) -> Any | None:
    """Insert a row with these columns; gives its key, None where a unique constraint says that it exists.

    One statement, and no savepoint. What the row points to must have been flushed. On PostgreSQL it
    waits for another process that has just inserted the same row.
    """
    return session.connection().scalar(_statement(session.get_bind().dialect.name, table), columns)


@cache
def _statement(dialect: str, table: type[Base]) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    target = table_of(table)
    return insert(target).on_conflict_do_nothing().returning(*target.primary_key)
