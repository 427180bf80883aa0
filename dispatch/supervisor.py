"""The loop that looks every two seconds after the devices themselves."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from dispatch import supervise
from dispatch.sender import Now
from dispatch.setup import DispatchSetup
from dispatch.supervise import Memory
from store.database import Database

log = logging.getLogger(__name__)

EVERY_S = 2.0


class Supervisor:
    """Rounds of supervision in a thread until stopped; a fault ends one round, never the loop."""

    def __init__(
        self, database: Database, setup: DispatchSetup, clock: Now, *, wake_sender: Callable[[], None]
    ) -> None:
        self._database, self._setup, self._clock = database, setup, clock
        self._wake_sender = wake_sender
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="supervisor")

    def start(self) -> None:
        """Begin looking."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the present round and stop; what is due waits in the database."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether rounds are still being run."""
        return self._thread.is_alive()

    def _run(self) -> None:
        memory = Memory(listening_since=self._clock.now())
        while not self._stopped.wait(EVERY_S):
            try:
                if supervise.run(self._database, self._setup, memory, now=self._clock.now()):
                    self._wake_sender()
            except Exception:
                log.exception("a round of supervision failed; the next one follows")
