"""The way in for what does not come by MQTT: transmitters by TCP, clouds by HTTP push.

Each message has a transaction of its own and is answered by its sender's protocol after the commit.
There is no lane for heartbeats here and no memory: the database decides what is news.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from dispatch.errors import DispatchError
from dispatch.setup import DispatchSetup
from ingest import intake, metrics
from ingest.intake import Arrival, Taken
from ingest.reading import Fact
from ingest.transaction import DatabaseTroubleError, in_database
from store.database import Database

log = logging.getLogger(__name__)

#: Runs first in the transaction of a message; False says that another process has taken it.
Claim = Callable[[Session], bool]


def _ours(_: Session) -> bool:
    return True


class Door:
    """Takes messages from any thread, one at a time, in the order in which they come.

    `now` is the clock of `received_at`; `on_queued` is called after a commit that may have left
    something to send.
    """

    def __init__(
        self,
        database: Database,
        setup: DispatchSetup,
        *,
        now: Callable[[], datetime],
        on_queued: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._setup = setup
        self._now = now
        self._on_queued = on_queued
        self._lock = Lock()

    def take(self, arrival: Arrival, facts: Sequence[Fact], *, claim: Claim = _ours) -> Taken:
        """Commit the effect of a message, or its refusal: when this returns, it may be acknowledged.

        Nothing is done, and nothing counted, for a message that `claim` gives to another process.
        Raises DatabaseTroubleError in an outage, and nothing else for anything a message can hold.
        """
        try:
            with self._lock:
                taken = in_database(
                    self._database, lambda session: self._taken(session, arrival, facts, claim)
                )
        except DatabaseTroubleError:
            raise
        except DispatchError as refusal:
            return self._refused(arrival, str(refusal), claim)
        except Exception as fault:  # one message that breaks us must not stop the next
            log.exception("%s: a message from %s had no effect", arrival.source, arrival.address)
            return self._refused(arrival, f"could not be taken: {fault!r}", claim)
        if taken is None:
            return Taken()
        for kind in taken.kinds:
            metrics.EVENTS.labels(kind).inc()
        metrics.REJECTED.labels(arrival.source).inc(taken.refusals)
        waited = self._now() - arrival.received_at
        metrics.COMMIT_SECONDS.labels("news").observe(waited.total_seconds())
        if taken.has_effect:
            self._on_queued()
        return taken

    def reject(self, arrival: Arrival, reason: str, *, claim: Claim = _ours) -> None:
        """Commit that a message was refused, with the reason. Raises DatabaseTroubleError in an outage."""
        with self._lock:
            is_ours = in_database(self._database, lambda session: _rejected(session, arrival, reason, claim))
        if is_ours:
            metrics.REJECTED.labels(arrival.source).inc()

    def _taken(self, session: Session, arrival: Arrival, facts: Sequence[Fact], claim: Claim) -> Taken | None:
        if not claim(session):
            return None
        return intake.take(session, self._setup, arrival, facts, now=self._now())

    def _refused(self, arrival: Arrival, reason: str, claim: Claim) -> Taken:
        self.reject(arrival, reason, claim=claim)
        return Taken(refusals=1)


def _rejected(session: Session, arrival: Arrival, reason: str, claim: Claim) -> bool:
    is_ours = claim(session)
    if is_ours:
        intake.reject(session, arrival, reason)
    return is_ours
