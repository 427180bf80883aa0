"""The loop that sends what the 119 centre is to be told: claim, POST outside any transaction, record.

Several processes may run it. A claim is short and renewed while its request runs, so that another
takes over within two seconds of a kill; the message then goes out again under the same identifier.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from logging import getLogger
from threading import Lock

from dispatch import centre_queue
from dispatch.centre_line import Line
from dispatch.centre_queue import Claim
from dispatch.rounds import Rounds
from dispatch.setup import Clock
from store.database import Database

log = getLogger(__name__)

EVERY_S = 0.25
#: Requests under way at once, each of another incident.
WORKERS = 8
#: A request that has run for longer hangs somewhere: its claim is let go (ours; beyond the line's timeout).
_LONGEST_S = 12
#: What stands as the failure where no centre is set up; the pages tell it by its first word.
NO_LINE = "FIRE135_HANDOVER_URL is not set: ring 119"


def send_one(database: Database, line: Line, claim: Claim, clock: Clock) -> None:
    """Carry one claimed message and record what became of it."""
    failure = line.post(claim.body, now=clock.now())
    with database.begin() as session:
        centre_queue.record(session, claim, failure, now=clock.now())


def _waiting(database: Database, clock: Clock) -> list[str]:
    with database.read() as session:
        return centre_queue.waiting(session, now=clock.now())


def claim_for(database: Database, line: Line | None, incident_id: str, clock: Clock) -> Claim | None:
    """The next message of an incident; None where another process has it, or no centre is set up."""
    with database.begin() as session:
        if line is not None:
            return centre_queue.claim(session, incident_id, now=clock.now())
        centre_queue.end(session, incident_id, NO_LINE, now=clock.now())
    return None


class CentreSender(Rounds):
    """Sends in a thread until stopped. `line` None: no centre is set up, and every incident says so."""

    def __init__(self, database: Database, line: Line | None, clock: Clock) -> None:
        super().__init__("centre sender", EVERY_S)
        self._database, self._line, self._clock = database, line, clock
        self._lock = Lock()
        self._under_way: dict[Claim, datetime] = {}

    def _run(self) -> None:
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="centre") as self._pool:
            super()._run()

    def _round(self) -> None:
        under_way = self._renew()
        for incident_id in _waiting(self._database, self._clock):
            if incident_id in under_way:
                continue
            with self._lock:
                if len(self._under_way) >= WORKERS:
                    return
            claim = claim_for(self._database, self._line, incident_id, self._clock)
            if claim is not None and self._line is not None:
                self._submit(claim, self._line)

    def _submit(self, claim: Claim, line: Line) -> None:
        with self._lock:
            self._under_way[claim] = self._clock.now()
        future = self._pool.submit(send_one, self._database, line, claim, self._clock)
        future.add_done_callback(partial(self._finished, claim))

    def _finished(self, claim: Claim, future: Future[None]) -> None:
        with self._lock:
            self._under_way.pop(claim, None)
        fault = future.exception()
        if fault is not None:  # the claim runs out and the message is taken again
            log.error("a message to the centre could not be recorded; it is taken again", exc_info=fault)

    def _renew(self) -> set[str]:
        """Keep the claims of what is under way; gives its incidents."""
        now = self._clock.now()
        since = now - timedelta(seconds=_LONGEST_S)
        with self._lock:
            kept = [claim for claim, started in self._under_way.items() if started > since]
        if kept:
            with self._database.begin() as session:
                centre_queue.renew(session, [claim.message_id for claim in kept], now=now)
        return {claim.incident_id for claim in kept}
