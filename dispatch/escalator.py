"""The loop that looks every second for what has fallen due, tests and modes that have run out among it."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from dispatch import commissioning, escalate
from dispatch.sender import Now
from dispatch.setup import DispatchSetup
from store.database import Database

log = logging.getLogger(__name__)

EVERY_S = 1.0


class Escalator:
    """Runs due steps in a thread until stopped; a fault ends one round, never the loop."""

    def __init__(
        self, database: Database, setup: DispatchSetup, clock: Now, *, wake_sender: Callable[[], None]
    ) -> None:
        self._database, self._setup, self._clock = database, setup, clock
        self._wake_sender = wake_sender
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="escalator")

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
        while not self._stopped.wait(EVERY_S):
            try:
                while settled := escalate.run_due(self._database, self._setup, now=self._clock.now()):
                    self._wake_sender()
                    if settled < escalate.ROUND:
                        break
                if commissioning.see_to_ended(self._database, self._setup, now=self._clock.now()):
                    self._wake_sender()
            except Exception:
                log.exception("a round of the escalator failed; the next one follows")
