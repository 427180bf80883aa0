"""What carriers push: kept and answered at once by whoever takes it, read here.

A carrier waits less than a second for its answer and may push the same again, many items at a time. So
the push is in the database before it is answered, and every item has its own transaction: one that cannot
be read never holds up its neighbours, and stays with its reason. Reading twice has one effect, because a
receipt only moves forward and a text is taken once by its number; so no reader needs to claim a push.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from dispatch import answers, delivery
from dispatch.channels import aliyun_webhooks
from dispatch.rounds import Rounds
from dispatch.setup import DispatchSetup
from store.database import Database
from store.reliability import CarrierPush

log = logging.getLogger(__name__)

#: How often we look when nobody woke us: another process may have stopped before it had read.
POLL_S = 1.0
#: How long what was read is kept, to look into what a carrier really sent.
KEPT_FOR = timedelta(days=7)
_SWEEP_EVERY = timedelta(hours=1)
#: So many are read in one round; a push may be large, and after an outage there may be many (ours).
AT_ONCE = 20


class Kind(StrEnum):
    """What a push holds."""

    STATUS = "status"
    SMS = "sms"


def keep(session: Session, carrier: str, kind: Kind, body: bytes, *, now: datetime) -> None:
    """Keep a push as it came; whoever commits it may answer, and wakes the reader."""
    session.add(CarrierPush(received_at=now, carrier=carrier, kind=kind, body=body))


class PushReader(Rounds):
    """Reads what waits; `read_waiting` is one round and can be driven by a test.

    Args:
        database: where pushes are kept.
        setup: what every verb needs.
        now: the present instant.
        wake_sender: called when something may have been written for people.
    """

    def __init__(
        self,
        database: Database,
        setup: DispatchSetup,
        *,
        now: Callable[[], datetime],
        wake_sender: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__("carrier pushes", POLL_S)
        self._database, self._setup, self._now, self._wake_sender = database, setup, now, wake_sender
        self._swept_at: datetime | None = None

    def read_waiting(self) -> int:
        """Read up to AT_ONCE of the pushes that wait, in the order in which they came; returns how many.

        Raises OperationalError or InterfaceError in an outage of the database: the rest waits for its end.
        """
        with self._database.read() as session:
            waiting = session.scalars(
                select(CarrierPush)
                .where(CarrierPush.done_at.is_(None))
                .order_by(CarrierPush.id)
                .limit(AT_ONCE)
            ).all()
        for push in waiting:
            failure = self._read(push)
            with self._database.begin() as session:
                row = session.get_one(CarrierPush, push.id)
                row.done_at, row.failure = self._now(), failure
        if waiting:
            self._wake_sender()
        return len(waiting)

    def _round(self) -> None:
        if self.read_waiting() == AT_ONCE:
            self.wake()
        self._sweep()

    def _read(self, push: CarrierPush) -> str | None:
        """Let every item have its effect; returns what could not be read, and why."""
        try:
            items = aliyun_webhooks.items_of(push.body)
        except ValueError as fault:
            log.warning("%s: push %d (%s) cannot be read: %s", push.carrier, push.id, push.kind, fault)
            return f"cannot be read: {fault}"
        faults = [
            f"item {number}: {why}"
            for number, item in enumerate(items, start=1)
            if (why := self._try(push, number, item))
        ]
        return "; ".join(faults) or None

    def _try(self, push: CarrierPush, number: int, item: Any) -> str | None:
        try:
            with self._database.begin() as session:
                self._take(session, push, item)
        except (OperationalError, InterfaceError):
            raise
        except ValueError as fault:
            why = " ".join(str(fault).split())
            log.warning("%s: push %d (%s), item %d: %s", push.carrier, push.id, push.kind, number, why)
            return why
        except Exception as fault:
            log.exception("%s: push %d (%s), item %d", push.carrier, push.id, push.kind, number)
            return repr(fault)
        return None

    def _take(self, session: Session, push: CarrierPush, item: Any) -> None:
        """One item; it counts from when it reached us, and what follows from it happens now."""
        at, now = push.received_at, self._now()
        if push.kind == Kind.STATUS:
            delivery.record_receipt(session, self._setup, aliyun_webhooks.read_receipt(item), at=at, now=now)
        else:
            sms = aliyun_webhooks.read_sms(item, pushed_at=at)
            answers.receive_sms(session, self._setup, sms, at=at, now=now)

    def _sweep(self) -> None:
        now = self._now()
        if self._swept_at is not None and now - self._swept_at < _SWEEP_EVERY:
            return
        with self._database.begin() as session:
            session.execute(delete(CarrierPush).where(CarrierPush.done_at < now - KEPT_FOR))
        self._swept_at = now
