"""The migrations make what the classes say, on both databases, whole or not at all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, make_url, text

from store.database import Database
from store.schema import (
    MIGRATIONS,
    SchemaError,
    SchemaState,
    ensure_current,
    migrate,
    revisions,
    schema_state,
)
from store.tables import Base
from tests.postgresql import PostgresqlServer


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.dispose()
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    url = server.create()
    database = Database(url)
    yield database
    database.dispose()
    server.drop(url)


def _set_revision(database: Database, revision: str) -> None:
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _indexes(database: Database) -> dict[str, str]:
    """Every index as the database itself spells it, with its condition."""
    catalogue = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if database.is_sqlite
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    with database.read() as session:
        return {name: sql for name, sql in session.execute(text(catalogue)) if name != "alembic_version_pkc"}


# Alembic cannot compare an index on an expression on SQLite and says so; _indexes compares those
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_migrations_make_the_tables_of_the_classes(empty: Database) -> None:
    assert migrate(empty) is SchemaState.EMPTY
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_make_the_same_indexes_with_the_same_conditions(empty: Database) -> None:
    Base.metadata.create_all(empty.engine)
    of_the_classes = _indexes(empty)
    Base.metadata.drop_all(empty.engine)
    migrate(empty)
    assert _indexes(empty) == of_the_classes
    assert "WHERE" in of_the_classes["uq_incidents_open_place"]


def test_migrating_again_changes_nothing(empty: Database) -> None:
    migrate(empty)
    assert migrate(empty) is SchemaState.CURRENT
    assert schema_state(empty) is SchemaState.CURRENT


def test_the_newest_revision_is_known_without_alembic() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert revisions() == [found.revision for found in reversed(list(script.walk_revisions()))]


def test_a_database_without_tables_is_empty(empty: Database) -> None:
    assert schema_state(empty) is SchemaState.EMPTY


def test_a_revision_that_this_program_does_not_know_is_newer(empty: Database) -> None:
    migrate(empty)
    _set_revision(empty, "9999")
    assert schema_state(empty) is SchemaState.NEWER
    with pytest.raises(SchemaError, match="newer than this program; run the newer fire135"):
        migrate(empty)
    with pytest.raises(SchemaError, match="newer"):
        ensure_current(empty)


def test_a_failed_migration_leaves_nothing_behind(empty: Database) -> None:
    with empty.begin() as session:  # an index name that the first migration also wants
        session.execute(text("CREATE TABLE squatter (id INTEGER)"))
        session.execute(text("CREATE INDEX ix_sign_ins_user_id ON squatter (id)"))
    with pytest.raises(Exception, match="ix_sign_ins_user_id"):
        migrate(empty)
    with empty.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["squatter"]


def test_a_database_of_someone_else_is_refused_and_left_alone(empty: Database) -> None:
    with empty.begin() as session:
        session.execute(text("CREATE TABLE users (login TEXT)"))
    with pytest.raises(SchemaError, match=r"\(users\); give fire135 a database of its own"):
        migrate(empty)


def test_processes_that_migrate_at_the_same_time_do_it_once(empty: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        before = list(pool.map(lambda _: migrate(empty), range(4)))
    assert sorted(before) == [SchemaState.CURRENT] * 3 + [SchemaState.EMPTY]


def test_only_an_sqlite_file_is_migrated_without_being_asked(empty: Database) -> None:
    if empty.is_sqlite:
        ensure_current(empty)
        assert schema_state(empty) is SchemaState.CURRENT
    else:
        with pytest.raises(SchemaError, match="no tables; run `fire135 migrate`"):
            ensure_current(empty)
        migrate(empty)
        ensure_current(empty)


def test_an_error_names_the_database_without_its_password(postgresql: PostgresqlServer) -> None:
    url = make_url(postgresql.create())
    database = Database(url.set(password="secret").render_as_string(hide_password=False))
    with pytest.raises(SchemaError) as refusal:
        ensure_current(database)
    database.dispose()
    postgresql.drop(database.url)
    assert url.database is not None
    assert url.database in str(refusal.value)
    assert "secret" not in str(refusal.value)
