"""SQLite has one writer, and who waits for it inside SQLite sleeps up to 0.1 s too long: wait before it.

Threads of a process wait for a lock, processes for a lock on a file beside the database; the system
takes it back when its holder dies. Before each lock is a door at which one waits: who has just written and
wants to again stands behind it, so that a loop with much to write never keeps an alarm or an answer out.
SQLite's own locks still decide: this only spares the sleep.
"""

import os
import weakref
from threading import Lock, get_ident
from types import TracebackType

try:
    import fcntl
except ImportError:  # Windows: threads queue, processes sleep
    fcntl = None  # type: ignore[assignment]


class WritersQueue:
    """A context manager, re-entrant in one thread. `path` is the database's file, None without one.

    The files `PATH-writer` and `PATH-writer-door` stay empty; they may be deleted while nobody uses the
    database.
    """

    def __init__(self, path: str | None) -> None:
        self._door, self._writing = Lock(), Lock()
        self._writer: int | None = None
        self._depth = 0
        self._path = f"{path}-writer" if path and path != ":memory:" and fcntl else None
        self._files: tuple[int, int] | None = None

    def __enter__(self) -> None:
        """Wait for our turn."""
        me = get_ident()
        if self._writer != me:
            with self._door:
                self._writing.acquire()
                self._writer = me
            self._lock_out_processes()
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one write."""
        self._depth -= 1
        if self._depth:
            return
        if self._files is not None:
            fcntl.flock(self._files[1], fcntl.LOCK_UN)
        self._writer = None
        self._writing.release()

    def _lock_out_processes(self) -> None:
        if self._path is None:
            return
        try:
            door, writing = self._opened(self._path)
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(writing, fcntl.LOCK_EX)
            fcntl.flock(door, fcntl.LOCK_UN)
        except OSError:  # no permission, or a file system without locks: SQLite's own waiting has to do
            self._path = None

    def _opened(self, path: str) -> tuple[int, int]:
        if self._files is None:
            door, writing = (self._open(name) for name in (f"{path}-door", path))
            self._files = door, writing
        return self._files

    def _open(self, path: str) -> int:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        weakref.finalize(self, os.close, file)
        return file
