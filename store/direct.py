"""Statements past the ORM, which costs several times as much a row: an alarm waits for every one of them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnDefault, Executable, Table, bindparam, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, Session, make_transient_to_detached, sessionmaker
from sqlalchemy.orm.attributes import set_committed_value

from store.types import Base

#: Where a session keeps what it has still to write: rows by statement.
_LATER = "later"
#: And what has changed of which row; the key has the name of no column.
_CHANGED, _KEY = "changed", "key_of_row"
Entity = TypeVar("Entity", bound=Base)


def table_of(entity: type[Base]) -> Table:
    """The table of an entity."""
    return cast("Table", entity.__table__)


def ask(session: Session, question: Executable, **given: Any) -> Any | None:
    """The first value of a statement made once, with bound parameters.

    It sees what the session has written, not what waits there.
    """
    return session.connection().scalar(question, given)


def ask_row(session: Session, question: Executable, **given: Any) -> Sequence[Any]:
    """The one row of a statement, as `ask` gives its first value."""
    return session.connection().execute(question, given).one()


def ask_all(session: Session, question: Executable, **given: Any) -> Sequence[Any]:
    """The first value of every row, as `ask` gives it."""
    return session.connection().scalars(question, given).all()


def ask_rows(session: Session, question: Executable, **given: Any) -> Sequence[Any]:
    """Every row of a statement, as `ask` gives its first value."""
    return session.connection().execute(question, given).all()


def insert(session: Session, table: type[Entity], columns: Mapping[str, Any]) -> Entity:
    """Insert a row with these columns, and give it as the session's own. What it points to must be there.

    Raises sqlalchemy.exc.IntegrityError where a constraint forbids it.
    """
    key = session.connection().scalar(_insert(table), columns)
    return adopt(session, table(**columns, id=key))


def insert_once(session: Session, table: type[Base], columns: Mapping[str, Any]) -> Any | None:
    """Insert a row with these columns; gives its key, None where a unique constraint says that it exists.

    One statement, and no savepoint. What the row points to must have been flushed. On PostgreSQL it
    waits for another process that has just inserted the same row.
    """
    return session.connection().scalar(_insert_once(session.get_bind().dialect.name, table), columns)


def adopt(session: Session, row: Entity) -> Entity:
    """Let the session know a row that has just been inserted with these columns, without reading it."""
    for column in table_of(type(row)).columns:
        if column.key not in row.__dict__:
            default = cast("ColumnDefault | None", column.default)
            set_committed_value(row, column.key, default.arg if default is not None else None)
    make_transient_to_detached(row)
    session.add(row)
    return row


def later(session: Session, statement: Executable, *rows: Mapping[str, Any]) -> None:
    """Execute a statement for these rows before the transaction commits, together with more of its like.

    The session reads nothing before they are written, so it finds them. What they point to must have
    been flushed. Make the statement once: it is told by its identity. Not for use within savepoints.
    """
    waiting: dict[Executable, list[Mapping[str, Any]]] = session.info.setdefault(_LATER, {})
    waiting.setdefault(statement, []).extend(rows)


def change(session: Session, row: Base, **values: Any) -> None:
    """Set columns of a row of the session: it shows them at once, the database `later`, in one statement."""
    for name, value in values.items():
        set_committed_value(row, name, value)
    changed: dict[Base, set[str]] = session.info.setdefault(_CHANGED, {})
    changed.setdefault(row, set()).update(values)


def write_waiting(session: Session) -> None:
    """Write now what was left for `later`, in the order in which each statement was first wanted."""
    changed: dict[Base, set[str]] = session.info.pop(_CHANGED, {})
    for row, names in changed.items():
        (key,) = cast("tuple[Any]", inspect(row).identity)
        values = {name: getattr(row, name) for name in names}  # as they are now, whoever set them since
        later(session, _update(type(row), tuple(sorted(names))), {_KEY: key, **values})
    waiting: dict[Executable, list[Mapping[str, Any]]] = session.info.pop(_LATER, {})
    for statement, rows in waiting.items():
        if rows:
            session.connection().execute(statement, rows)


def keep_promises(sessions: sessionmaker[Session]) -> None:
    """Have these sessions write what was left for `later`: before they read, and before they commit."""

    @event.listens_for(sessions, "do_orm_execute")
    def _before_reading(state: ORMExecuteState) -> None:
        write_waiting(state.session)

    @event.listens_for(sessions, "before_commit")
    def _before_commit(session: Session) -> None:
        write_waiting(session)


@cache
def _update(table: type[Base], names: tuple[str, ...]) -> Any:
    target = table_of(table)
    new: dict[str, Any] = {name: bindparam(name) for name in names}
    return target.update().where(target.c.id == bindparam(_KEY)).values(new)


@cache
def _insert(table: type[Base]) -> Any:
    target = table_of(table)
    return target.insert().returning(*target.primary_key)


@cache
def _insert_once(dialect: str, table: type[Base]) -> Any:
    insert_into = postgresql.insert if dialect == "postgresql" else sqlite.insert
    target = table_of(table)
    return insert_into(target).on_conflict_do_nothing().returning(*target.primary_key)
