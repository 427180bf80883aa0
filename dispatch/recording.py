"""Record what carriers answered: whatever has come since the last record was written goes with the next.

A record costs less beside others than alone, and a storm has many: one that follows another closely waits
a moment for more. One that cannot be written never
takes another with it: then each is written in a transaction of its own.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from threading import Lock

from sqlalchemy import exc
from sqlalchemy.orm import Session

from dispatch import fallback, outbox
from dispatch.channels.carrier import SendResult
from dispatch.claiming import Claim
from dispatch.setup import DispatchSetup
from store.database import Database

#: The database cannot be reached now.
AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
#: A record that follows another waits so long at most for more to go with it (ours).
GATHER_S = 0.03
#: From this attempt on a message also goes out another way.
OTHER_WAY_FROM_ATTEMPT = 2


@dataclass(slots=True, eq=False)
class _Answer:
    """What a carrier said when; once it `is_written`, `fault` says why it could not be."""

    claim: Claim
    result: SendResult
    at: datetime
    is_written: bool = False
    fault: Exception | None = None


class Recorder:
    """Safe to use from many threads."""

    def __init__(self, database: Database, setup: DispatchSetup) -> None:
        self._database, self._setup = database, setup
        self._waiting: list[_Answer] = []
        self._lock, self._turn = Lock(), Lock()
        self._wrote_at = -inf

    def record(self, claim: Claim, result: SendResult, at: datetime) -> None:
        """Commit what a carrier answered to a claim. Raises what keeps this one from being written."""
        mine = _Answer(claim, result, at)
        with self._lock:
            self._waiting.append(mine)
        with self._turn:
            if not mine.is_written:  # by whoever had the turn before us
                time.sleep(max(0.0, self._wrote_at + GATHER_S - time.monotonic()))
                with self._lock:
                    together, self._waiting = self._waiting, []
                self._write_each(together)
                self._wrote_at = time.monotonic()
        if mine.fault is not None:
            raise mine.fault

    def _write_each(self, together: Sequence[_Answer]) -> None:
        fault = self._write(together)
        is_shared = len(together) == 1 or fault is None or isinstance(fault, AWAY)
        for answer in together:
            answer.fault = fault if is_shared else self._write([answer])
            answer.is_written = True

    def _write(self, answers: Sequence[_Answer]) -> Exception | None:
        """All in one transaction, or none; gives what went wrong."""
        try:
            with self._database.begin() as session:
                self._note(session, answers)
        except Exception as fault:  # noqa: BLE001 - raised again where the answer came from
            return fault
        return None

    def _note(self, session: Session, answers: Sequence[_Answer]) -> None:
        held = outbox.hold(session, [answer.claim.message.notification_id for answer in answers])
        for answer in answers:
            claim, now = answer.claim, answer.at
            failed = outbox.record_result(
                session,
                claim.message.notification_id,
                answer.result,
                now=now,
                attempt=claim.attempt,
                held=held,
            )
            if failed and (failed.status == "failed" or failed.attempts >= OTHER_WAY_FROM_ATTEMPT):
                fallback.after_failure(session, self._setup, failed, now=now)
