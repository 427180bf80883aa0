"""A thread that does one round after another: what the loops of dispatch have in common."""

import logging
from threading import Event, Thread

log = logging.getLogger(__name__)


class Rounds:
    """Calls `_round` every so often until stopped; a fault ends one round, never the loop."""

    def __init__(self, name: str, every_s: float) -> None:
        self._name, self._every_s = name, every_s
        self._stopped = Event()
        self._thread = Thread(target=self._run, name=name)

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
        while not self._stopped.wait(self._every_s):
            try:
                self._round()
            except Exception:
                log.exception("a round of the %s failed; the next one follows", self._name)

    def _round(self) -> None:
        raise NotImplementedError
