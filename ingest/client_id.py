"""Who we are to the broker: a name that stays ours, so that it keeps what we have not acknowledged."""

import fcntl
import logging
import socket
import tempfile
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

_ALONE = "fire135-ingest"
_MAX_PROCESSES = 64


class ClientId:
    """The name of one ingest process, held until `release`.

    Alone, it is always the same. In a group every process takes the first free number on its host and
    keeps it by a file lock that ends with the process: a restarted process finds its own session again.

    Args:
        group: FIRE135_MQTT_GROUP, or empty.
        folder: where the lock files are; every process of a host must name the same.
    """

    def __init__(self, group: str = "", folder: Path | None = None) -> None:
        self._lock: IO[str] | None = None
        self.name = _ALONE
        if group:
            number = self._take_number(group, folder or Path(tempfile.gettempdir()))
            self.name = f"{_ALONE}-{group}-{socket.gethostname()}-{number}"

    def release(self) -> None:
        """Let another process have the name."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_number(self, group: str, folder: Path) -> int:
        for number in range(1, _MAX_PROCESSES + 1):
            lock = (folder / f"{_ALONE}-{group}-{number}.lock").open("a")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            self._lock = lock
            return number
        raise OSError(f"{_MAX_PROCESSES} ingest processes of group {group} run on this host already")
