"""The clouds' pushes that were stored and answered: decoded and taken, in the order in which they came.

Whoever answers HTTP only writes `pushed_messages`; here is where they have their effect. The effect and
its mark `done_at` are one transaction, so a crash between them leaves neither, and a message is taken
once, by whichever process comes first. The others wait for that one row instead of skipping it: an
alarm and its restore must not change places.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dispatch.rounds import Rounds
from ingest.door import Claim, Door
from ingest.formats import FORMATS, Decode
from ingest.intake import Arrival
from ingest.reading import Message, UndecodableError
from ingest.transaction import DatabaseTroubleError, in_database
from store.database import Database
from store.signals import PushedMessage

log = logging.getLogger(__name__)

#: How often we look when nobody woke us: another process may have stored something.
POLL_S = 1.0
#: How long what was taken is kept, to look into what a cloud really sent.
KEPT_FOR = timedelta(days=7)
_SWEEP_EVERY = timedelta(hours=1)
#: So many messages of at most 64 KiB are held at once.
_BATCH = 50


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: int
    arrival: Arrival


class PushWorker(Rounds):
    """Takes what waits, in a thread until stopped; `run_once` is one round and can be driven by a test."""

    def __init__(self, database: Database, door: Door, *, now: Callable[[], datetime]) -> None:
        super().__init__("pushes", POLL_S)
        self._database, self._door, self._now = database, door, now
        self._decoders: dict[str, Decode] = {}
        self._swept_at: datetime | None = None

    def run_once(self) -> int:
        """Take everything that waits; returns how many messages were looked at.

        Raises DatabaseTroubleError or SQLAlchemy's DBAPIError in an outage: the rest waits for its end.
        """
        self._sweep()
        after, seen = 0, 0
        while batch := self._waiting(after):
            for waiting in batch:
                if self._stopped.is_set():
                    return seen
                self._try(waiting)
                seen += 1
            after = batch[-1].id
        return seen

    def _waiting(self, after: int) -> list[_Waiting]:
        query = (
            select(PushedMessage)
            .where(PushedMessage.done_at.is_(None), PushedMessage.id > after)
            .order_by(PushedMessage.id)
            .limit(_BATCH)
        )
        with self._database.read() as session:
            rows = session.scalars(query).all()
        return [
            _Waiting(row.id, Arrival(row.source, row.address, row.payload, row.received_at)) for row in rows
        ]

    def _try(self, waiting: _Waiting) -> None:
        """Take a message; one that not even its refusal can be stored of must not hold up those behind it."""
        try:
            self._take(waiting)
        except (DatabaseTroubleError, DBAPIError):
            raise
        except Exception:
            log.exception("%s: pushed message %d waits", waiting.arrival.source, waiting.id)

    def _take(self, waiting: _Waiting) -> None:
        arrival, claim = waiting.arrival, self._claim(waiting.id)
        try:
            facts = self._decoder(arrival.source)(Message(f"POST {arrival.address}", arrival.payload))
        except UndecodableError as fault:
            self._door.reject(arrival, str(fault), claim=claim)
        except Exception as fault:  # one message that breaks a decoder must not stop the next
            log.exception("%s: a pushed message could not be decoded", arrival.source)
            self._door.reject(arrival, f"could not be decoded: {fault!r}", claim=claim)
        else:
            self._door.take(arrival, facts, claim=claim)

    def _decoder(self, source: str) -> Decode:
        if source not in FORMATS:
            raise UndecodableError(f"{source[:40]!r} is no format")
        if source not in self._decoders:
            self._decoders[source] = FORMATS[source].new_decoder()
        return self._decoders[source]

    def _claim(self, row_id: int) -> Claim:
        """Mark a row as done if it is not; of two processes the second waits, and then gets False."""
        mine = update(PushedMessage).where(PushedMessage.id == row_id, PushedMessage.done_at.is_(None))

        def claim(session: Session) -> bool:
            marked = session.scalar(mine.values(done_at=self._now()).returning(PushedMessage.id))
            return marked is not None

        return claim

    def _sweep(self) -> None:
        now = self._now()
        if self._swept_at is not None and now - self._swept_at < _SWEEP_EVERY:
            return
        old = delete(PushedMessage).where(PushedMessage.done_at < now - KEPT_FOR)
        in_database(self._database, lambda session: session.execute(old))
        self._swept_at = now

    def _round(self) -> None:
        try:
            self.run_once()
        except (DatabaseTroubleError, DBAPIError) as trouble:
            log.warning("pushed messages wait: %s", trouble)
