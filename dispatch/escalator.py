"""The loop that looks every second for what has fallen due, tests and modes that have run out among it."""

from collections.abc import Callable

from dispatch import commissioning, escalate
from dispatch.rounds import Rounds
from dispatch.setup import Clock, DispatchSetup
from store.database import Database

EVERY_S = 1.0


class Escalator(Rounds):
    """Runs due steps in a thread until stopped."""

    def __init__(
        self, database: Database, setup: DispatchSetup, clock: Clock, *, wake_sender: Callable[[], None]
    ) -> None:
        super().__init__("escalator", EVERY_S)
        self._database, self._setup, self._clock = database, setup, clock
        self._wake_sender = wake_sender

    def _round(self) -> None:
        settled = escalate.run_due(
            self._database, self._setup, now=self._clock.now, is_stopping=self._stopped.is_set
        )
        if settled:
            self._wake_sender()
        if settled == escalate.ROUND:  # more may be due
            self.wake()
        if commissioning.see_to_ended(self._database, self._setup, now=self._clock.now()):
            self._wake_sender()
