"""The loop that looks every two seconds after the devices themselves, and after tests of communication.

Every fifth round it also audits: is for every open incident waiting or done what must be? Here, because
the loop that runs the steps cannot tell that it hangs.
"""

from collections.abc import Callable
from itertools import count

from dispatch import auditor, communication, supervise
from dispatch.rounds import Rounds
from dispatch.setup import Clock, DispatchSetup
from dispatch.supervise import Memory
from store.database import Database

EVERY_S = 2.0
AUDIT_EVERY_ROUNDS = 5


class Supervisor(Rounds):
    """Rounds of supervision in a thread until stopped."""

    def __init__(
        self, database: Database, setup: DispatchSetup, clock: Clock, *, wake_sender: Callable[[], None]
    ) -> None:
        super().__init__("supervisor", EVERY_S)
        self._database, self._setup, self._clock = database, setup, clock
        self._wake_sender = wake_sender
        self._rounds = count(1)

    def _run(self) -> None:
        self._memory = Memory(listening_since=self._clock.now())
        super()._run()

    def _round(self) -> None:
        if next(self._rounds) % AUDIT_EVERY_ROUNDS == 0:
            self._audit()
        is_told = supervise.run(self._database, self._setup, self._memory, now=self._clock.now())
        if communication.run(self._database, self._setup, now=self._clock.now()) or is_told:
            self._wake_sender()

    def _audit(self) -> None:
        is_stopping, now = self._stopped.is_set, self._clock.now()
        if auditor.audit_all(self._database, self._setup, now=now, is_stopping=is_stopping):
            self._wake_sender()
