"""Open the database: one engine, one way to begin a transaction, the same on both kinds.

SQLite runs in WAL with synchronous=FULL, and every transaction begins IMMEDIATE: with deferred
BEGIN half of concurrent read-then-write transactions fail. PostgreSQL runs as it comes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from store.direct import keep_promises
from store.writers_queue import WritersQueue

_BUSY_TIMEOUT_S = 30


class Database:
    """A database and its sessions.

    Args:
        url: SQLAlchemy URL; `sqlite:///path` (folders are made) or `postgresql+psycopg://…`.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.url = url
        if self.is_sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        connect_args: dict[str, Any] = {"timeout": _BUSY_TIMEOUT_S} if self.is_sqlite else {}
        self.engine: Engine = create_engine(
            parsed,
            connect_args=connect_args,
            pool_pre_ping=not self.is_sqlite,
            pool_size=10,
            max_overflow=20,
            hide_parameters=True,  # they hold names and phones, and a fault's text goes to the log
        )
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        self._writer = WritersQueue(parsed.database) if self.is_sqlite else nullcontext()
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        keep_promises(self._writing)
        reading = self.engine.execution_options(fire135_read_only=True)
        self._reading = sessionmaker(reading, expire_on_commit=False)
        repeating = (
            reading if self.is_sqlite else reading.execution_options(isolation_level="REPEATABLE READ")
        )
        self._repeating = sessionmaker(repeating, expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back on any exception."""
        with self._writer, self._writing.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """For reading: nothing is written, no writer is held up."""
        with self._reading() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """As `read`, and every statement sees the database as it was at the first one."""
        with self._repeating() as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        read_only = connection.get_execution_options().get("fire135_read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
