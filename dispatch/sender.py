"""Send what the outbox holds: claim, call the carrier outside any transaction, record.

`run_once` is one round and can be driven by a test; `Sender` runs rounds in a thread, with a pool so
that one slow carrier call never holds up the next message.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime
from threading import Event, Semaphore, Thread
from typing import Protocol

from dispatch import fallback, outbox
from dispatch.channels.carrier import Carrier, SendResult, SendStatus
from dispatch.outbox import Claim
from dispatch.setup import DispatchSetup
from store.database import Database

log = logging.getLogger(__name__)

#: Carrier calls under way at once; an account takes about a hundred requests at once.
WORKERS = 32
#: How often the outbox is looked at when nobody woke us: other processes write it, too.
POLL_S = 0.1
#: From this attempt on a message also goes out another way.
OTHER_WAY_FROM_ATTEMPT = 2


class Now(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """The present instant, UTC."""


def send_one(
    database: Database, setup: DispatchSetup, carriers: Mapping[str, Carrier], claim: Claim, clock: Now
) -> None:
    """Send one claimed message and record what the carrier said."""
    carrier = carriers.get(claim.carrier)
    if carrier is None:
        why = f"carrier {claim.carrier} is not set up here; see FIRE135_SMS"
        result = SendResult(SendStatus.PERMANENT, failure=why)
    else:
        result = carrier.send(claim.message)
    now = clock.now()
    with database.begin() as session:
        failed = outbox.record_result(session, claim.message.notification_id, result, now=now)
        if failed is not None and (failed.status == "failed" or failed.attempts >= OTHER_WAY_FROM_ATTEMPT):
            fallback.after_failure(session, setup, failed, now=now)


def run_once(database: Database, setup: DispatchSetup, carriers: Mapping[str, Carrier], clock: Now) -> int:
    """Send everything that is due, one after the other; returns how many were sent."""
    sent = 0
    while True:
        with database.begin() as session:
            claims = outbox.claim(session, now=clock.now(), limit=WORKERS)
        for claim in claims:
            send_one(database, setup, carriers, claim, clock)
        sent += len(claims)
        if not claims:
            return sent


class Sender:
    """Rounds in a thread until stopped. `wake` ends the pause; what is under way is finished."""

    def __init__(
        self, database: Database, setup: DispatchSetup, carriers: Mapping[str, Carrier], clock: Now
    ) -> None:
        self._database, self._setup, self._carriers, self._clock = database, setup, carriers, clock
        self._wake, self._stopped = Event(), Event()
        self._free = Semaphore(WORKERS)
        self._thread = Thread(target=self._run, name="sender")

    def start(self) -> None:
        """Begin sending."""
        self._thread.start()

    def wake(self) -> None:
        """Say that the outbox has something new."""
        self._wake.set()

    def stop(self) -> None:
        """Finish what is under way and stop; what is queued waits in the database."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether rounds are still being run."""
        return self._thread.is_alive()

    def _run(self) -> None:
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="send") as pool:
            while not self._stopped.is_set():
                self._wake.clear()
                try:
                    busy = self._round(pool)
                except Exception:
                    log.exception("a round of the sender failed; the next one follows")
                    busy = False
                if not busy:
                    self._wake.wait(POLL_S)

    def _round(self, pool: Executor) -> bool:
        """Claim as much as there are free workers; returns whether anything was claimed."""
        with self._database.read() as session:
            if not outbox.has_due(session, now=self._clock.now()):
                return False
        free = 0
        while free < WORKERS and self._free.acquire(blocking=free == 0, timeout=1 if free == 0 else None):
            free += 1
        claims: list[Claim] = []
        try:
            with self._database.begin() as session:
                claims = outbox.claim(session, now=self._clock.now(), limit=free)
        finally:
            for _ in range(free - len(claims)):
                self._free.release()
        for claim in claims:
            future = pool.submit(send_one, self._database, self._setup, self._carriers, claim, self._clock)
            future.add_done_callback(self._finished)
        return bool(claims)

    def _finished(self, future: Future[None]) -> None:
        self._free.release()
        fault = future.exception()
        if fault is not None:  # the claim's lease runs out and the message is taken again
            log.error("a message could not be recorded; it will be taken again", exc_info=fault)
