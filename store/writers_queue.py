"""SQLite has one writer, and who waits for it inside SQLite sleeps up to 0.1 s too long: wait before it.

Threads of a process wait for a lock, processes for a lock on a file beside the database; the system
takes it back when its holder dies. SQLite's own locks still decide: this only spares the sleep.
"""

import os
import weakref
from threading import RLock
from types import TracebackType

try:
    import fcntl
except ImportError:  # Windows: threads queue, processes sleep
    fcntl = None  # type: ignore[assignment]


class WritersQueue:
    """A context manager, re-entrant in one thread. `path` is the database's file, None without one.

    The file `PATH-writer` stays empty; it may be deleted while nobody uses the database.
    """

    def __init__(self, path: str | None) -> None:
        self._threads, self._depth = RLock(), 0
        self._path = f"{path}-writer" if path and path != ":memory:" and fcntl else None
        self._file: int | None = None

    def __enter__(self) -> None:
        """Wait for our turn."""
        self._threads.acquire()
        self._depth += 1
        if self._path is not None and self._depth == 1:
            try:
                fcntl.flock(self._opened(self._path), fcntl.LOCK_EX)
            except OSError:  # no permission, or a file system without locks: SQLite's own waiting has to do
                self._path = None

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one write."""
        self._depth -= 1
        if self._file is not None and self._depth == 0:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()

    def _opened(self, path: str) -> int:
        if self._file is None:
            self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
            weakref.finalize(self, os.close, self._file)
        return self._file
