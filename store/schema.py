"""Which schema a database has, and how it gets the one that this program needs.

Migrations live in `store/migrations` and run in one transaction: all or nothing on both kinds
of database, and one process at a time.
"""

from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, inspect, make_url, text

from store.database import Database
from store.tables import Base

MIGRATIONS = Path(__file__).with_name("migrations")
#: Any number, as long as nobody else takes it as an advisory lock in this database.
_MIGRATION_LOCK = 135_135_135
#: Where alembic keeps the revision.
_STAMP = "alembic_version"


class SchemaState(StrEnum):
    """How a database's schema stands to this program."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


class SchemaError(Exception):
    """The program cannot work on this schema; the message says what to do."""


def schema_state(database: Database) -> SchemaState:
    """Compare the database's schema with the one this program needs."""
    with database.read() as session:
        return _state(session.connection())


def migrate(database: Database) -> SchemaState:
    """Bring the schema up to date and say what it was before.

    Raises SchemaError when it is newer than this program, or when its tables are someone else's.
    """
    with database.engine.begin() as connection:
        if not database.is_sqlite:  # SQLite's BEGIN IMMEDIATE keeps others out already
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        before = _state(connection)
        if before is SchemaState.NEWER:
            raise _unfit(database, before)
        if before is SchemaState.EMPTY:
            _refuse_foreign_tables(database, connection)
        if before is not SchemaState.CURRENT:
            _upgrade(connection)
    return before


def ensure_current(database: Database) -> None:
    """Make sure that the program may work on this database.

    An SQLite file is migrated at once: nobody else looks after it. A server's schema is changed
    only by `fire135 migrate`. Raises SchemaError when it is not current and must not be touched.
    """
    if database.is_sqlite:
        migrate(database)
        return
    state = schema_state(database)
    if state is not SchemaState.CURRENT:
        raise _unfit(database, state)


def _state(connection: Connection) -> SchemaState:
    stamped = inspect(connection).has_table(_STAMP)
    revision = connection.scalar(text(f"SELECT version_num FROM {_STAMP}")) if stamped else None  # noqa: S608
    if revision is None:
        return SchemaState.EMPTY
    *older, newest = revisions()
    if revision == newest:
        return SchemaState.CURRENT
    return SchemaState.OLDER if revision in older else SchemaState.NEWER


def revisions() -> list[str]:
    """Every revision of the schema in order: each migration's file begins with its own."""
    return sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def _refuse_foreign_tables(database: Database, connection: Connection) -> None:
    taken = sorted(set(inspect(connection).get_table_names()) & set(Base.metadata.tables))
    if taken:
        raise SchemaError(
            f"{_name(database)}: holds tables that fire135 did not make ({', '.join(taken)}); "
            "give fire135 a database of its own in FIRE135_DATABASE_URL"
        )


def _name(database: Database) -> str:
    return make_url(database.url).render_as_string(hide_password=True)


def _unfit(database: Database, state: SchemaState) -> SchemaError:
    where = _name(database)
    if state is SchemaState.EMPTY:
        return SchemaError(f"{where}: the database has no tables; run `fire135 migrate`")
    if state is SchemaState.OLDER:
        return SchemaError(f"{where}: the schema is older than this program; run `fire135 migrate`")
    return SchemaError(
        f"{where}: the schema is newer than this program; "
        "run the newer fire135, or restore the copy made before it was migrated"
    )


def _upgrade(connection: Connection) -> None:
    # ruff: noqa: PLC0415 - only where there is something to migrate: every start waits for an import
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
