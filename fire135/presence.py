"""Every process says in the record that it runs: the others see who is gone, itself whether it can write."""

import logging
from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from dispatch import processes
from dispatch.rounds import Rounds
from dispatch.setup import Clock
from store.database import Database

log = logging.getLogger(__name__)

#: A process whose writing is held up must end all the same; its row grows old by itself.
_LEAVE_WITHIN_S = 5.0


class Presence(Rounds):
    """Keeps the row of this process young; the end of the last round deletes it."""

    def __init__(self, database: Database, clock: Clock, roles: Collection[str]) -> None:
        super().__init__("presence", processes.SAID_EVERY.total_seconds())
        self._thread.daemon = True  # it may wait without end for who writes; see `stop`
        self._database, self._clock, self._roles = database, clock, roles
        self._key = uuid4().hex
        self._started_at: datetime | None = None
        self._has_written = False

    def start(self) -> None:
        """Say from now on that this process runs."""
        self._started_at = self._clock.now()
        super().start()

    def stop(self) -> None:
        """Leave; where somebody else holds up all writing, wait no longer than a few seconds for it."""
        self.ask_to_stop()
        if self.is_alive:
            self._thread.join(_LEAVE_WITHIN_S)

    def why_nothing_written(self) -> str | None:
        """Why this process cannot be relied on to write; None while its rounds end well."""
        if self.stalled_s > self.stalled_after_s:
            return f"nothing could be written for {self.stalled_s:.0f} s"
        return None if self._has_written else "nothing has been written yet"

    def why_nobody(self, role: str, what: str) -> str | None:
        """Whether no process has a role, which does `what`; None while one has, or we have just started."""
        now = self._clock.now()
        if self._started_at is None or now - self._started_at < processes.SEEN_WITHIN:
            return None
        try:
            with self._database.read() as session:
                is_lacking = processes.lacks(session, role, now=now)
        except SQLAlchemyError:
            return "not known: the database cannot be read"
        return f"no process {what}; does one with the role {role} run?" if is_lacking else None

    def _run(self) -> None:
        super()._run()
        try:
            with self._database.begin() as session:
                processes.leave(session, self._key)
        except SQLAlchemyError as fault:
            log.warning("this process could not say that it stops (%s)", type(fault).__name__)

    def _round(self) -> None:
        now = self._clock.now()
        with self._database.begin() as session:
            processes.say(session, self._key, self._roles, started_at=self._started_at or now, now=now)
        self._has_written = True
