"""The loop that looks every two seconds after the devices themselves."""

from collections.abc import Callable

from dispatch import supervise
from dispatch.rounds import Rounds
from dispatch.sender import Now
from dispatch.setup import DispatchSetup
from dispatch.supervise import Memory
from store.database import Database

EVERY_S = 2.0


class Supervisor(Rounds):
    """Rounds of supervision in a thread until stopped."""

    def __init__(
        self, database: Database, setup: DispatchSetup, clock: Now, *, wake_sender: Callable[[], None]
    ) -> None:
        super().__init__("supervisor", EVERY_S)
        self._database, self._setup, self._clock = database, setup, clock
        self._wake_sender = wake_sender

    def _run(self) -> None:
        self._memory = Memory(listening_since=self._clock.now())
        super()._run()

    def _round(self) -> None:
        if supervise.run(self._database, self._setup, self._memory, now=self._clock.now()):
            self._wake_sender()
