"""A thread that does one round after another: what the loops of the service have in common."""

import logging
import time
from threading import Event, Thread
from typing import ClassVar

log = logging.getLogger(__name__)


class Rounds:
    """Calls `_round` at once, then every so often and whenever woken, until stopped.

    A fault ends one round, never the loop; one that goes on is said in full once, not every round.
    """

    #: Most rounds take well under a second; where none has ended well for so long it hangs, or always fails.
    stalled_after_s: ClassVar[float] = 15

    def __init__(self, name: str, every_s: float) -> None:
        self._name, self._every_s = name, every_s
        self._wake, self._stopped = Event(), Event()
        self._thread = Thread(target=self._run, name=name)
        self._last_good = time.monotonic()
        self._fault: type[Exception] | None = None

    def start(self) -> None:
        """Begin looking."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something new: the next round begins as soon as the present one has ended."""
        self._wake.set()

    def ask_to_stop(self) -> None:
        """Say that the present round is the last one; `stop` waits for its end."""
        self._stopped.set()
        self._wake.set()

    def stop(self) -> None:
        """Finish the present round and stop; what is due waits in the database."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether rounds are still being run."""
        return self._thread.is_alive()

    @property
    def stalled_s(self) -> float:
        """How long ago the last round ended well, in seconds."""
        return time.monotonic() - self._last_good

    def _run(self) -> None:
        self._last_good = time.monotonic()
        while True:
            self._wake.clear()  # before the look at `_stopped`, so that no call to stop waits for a pause
            if self._stopped.is_set():
                return
            try:
                self._round()
            except Exception as fault:  # noqa: BLE001 - whatever it is, the loop goes on
                self._note(fault)
            else:
                self._note(None)
            self._wake.wait(self._every_s)

    def _note(self, fault: Exception | None) -> None:
        if fault is None:
            self._last_good = time.monotonic()
            if self._fault is not None:
                log.info("the %s works again", self._name)
        elif type(fault) is not self._fault:
            log.error("a round of the %s failed; the next one follows", self._name, exc_info=fault)
        self._fault = type(fault) if fault is not None else None

    def _round(self) -> None:
        raise NotImplementedError
