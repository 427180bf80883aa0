"""The way in for what does not come by MQTT: transmitters by TCP, clouds by HTTP push.

Each message has a transaction of its own and is answered by its sender's protocol after the commit.
There is no lane for heartbeats here and no memory: the database decides what is news.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock

from dispatch.errors import DispatchError
from dispatch.setup import DispatchSetup
from ingest import intake, metrics
from ingest.intake import Arrival, Taken
from ingest.reading import Fact
from ingest.transaction import DatabaseTroubleError, in_database
from store.database import Database

log = logging.getLogger(__name__)


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

    def take(self, arrival: Arrival, facts: Sequence[Fact]) -> Taken:
        """Commit the effect of a message, or its refusal: when this returns, it may be acknowledged.

        Raises DatabaseTroubleError in an outage, and nothing else for anything a message can hold.
        """
        try:
            with self._lock:
                taken = in_database(
                    self._database,
                    lambda session: intake.take(session, self._setup, arrival, facts, now=self._now()),
                )
        except DatabaseTroubleError:
            raise
        except DispatchError as refusal:
            return self._refused(arrival, str(refusal))
        except Exception as fault:  # one message that breaks us must not stop the next
            log.exception("%s: a message from %s had no effect", arrival.source, arrival.address)
            return self._refused(arrival, f"could not be taken: {fault!r}")
        for kind in taken.kinds:
            metrics.EVENTS.labels(kind).inc()
        metrics.REJECTED.labels(arrival.source).inc(taken.refusals)
        waited = self._now() - arrival.received_at
        metrics.COMMIT_SECONDS.labels("news").observe(waited.total_seconds())
        if taken.has_effect:
            self._on_queued()
        return taken

    def reject(self, arrival: Arrival, reason: str) -> None:
        """Commit that a message was refused, with the reason. Raises DatabaseTroubleError in an outage."""
        with self._lock:
            in_database(self._database, lambda session: intake.reject(session, arrival, reason))
        metrics.REJECTED.labels(arrival.source).inc()

    def _refused(self, arrival: Arrival, reason: str) -> Taken:
        self.reject(arrival, reason)
        return Taken(refusals=1)
