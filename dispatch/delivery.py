"""Carriers' receipts: what became of a message after they took it. Status only moves forward.

A message that arrives too late, or of which no receipt comes, is a fault and shown as one.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from dispatch import fallback, marking, outbox
from dispatch.channels.carrier import DeliveryStatus
from dispatch.metrics import LATE
from dispatch.setup import DispatchSetup
from store.incidents import Incident, Notification

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a carrier says of one message.

    `carrier_id` is the carrier's name of the message. `notification_id` is ours, where the carrier
    was told it: it finds the row even when the receipt is faster than our record of the send.
    """

    carrier: str
    carrier_id: str
    status: DeliveryStatus
    notification_id: int | None = None
    failure: str | None = None


def record_receipt(
    session: Session, setup: DispatchSetup, receipt: Receipt, *, at: datetime | None = None, now: datetime
) -> bool:
    """Take one receipt; False where we know of no such message. Repetition has no effect.

    `at` is when it reached us, None: now.
    A failure counts only while nothing better is known: a message that waits to be tried again is
    left to that, a later attempt does not fail with an earlier one, and who has answered has been
    reached.
    """
    row = _find(session, receipt)
    if row is None:
        log.warning("receipt of %s for unknown message %s", receipt.carrier, receipt.carrier_id)
        return False
    at = at or now
    if receipt.status is DeliveryStatus.FAILED and not _is_lost(row, receipt):
        return True
    row.carrier_id = row.carrier_id or receipt.carrier_id
    if receipt.status is DeliveryStatus.DELIVERED:
        _deliver(session, setup, row, at)
    elif receipt.status is DeliveryStatus.SENT:
        marking.mark_sent(session, row, delivered=False, now=at)
    else:
        marking.mark_ended(session, row, "failed", receipt.failure or "not delivered", at)
        fallback.after_failure(session, setup, row, now=now)
    return True


def unconfirmed(session: Session, setup: DispatchSetup, *, now: datetime) -> list[int]:
    """The pages of open incidents that have no receipt so long after they were sent, not yet shown."""
    limit = timedelta(seconds=setup.plan.late_delivery_after_s)
    has_none = and_(
        Notification.status == "sent",
        Notification.purpose == "page",
        Notification.answered_at.is_(None),
        Notification.failure.is_(None),
        Notification.sent_at <= now - limit,
    )
    of_open = select(Notification.id).join(Notification.incident).where(Incident.status == "open", has_none)
    return list(session.scalars(of_open))


def show_unconfirmed(session: Session, setup: DispatchSetup, notification_id: int, *, now: datetime) -> None:
    """Show as a fault that a page has no receipt, unless one has come meanwhile."""
    row = outbox.locked(session, notification_id)
    if row is not None and row.status == "sent" and row.failure is None:
        LATE.labels(row.carrier, row.channel).inc()
        _show(session, row, f"no receipt {setup.plan.late_delivery_after_s} s after it was sent", now)


def _deliver(session: Session, setup: DispatchSetup, row: Notification, now: datetime) -> None:
    was_there, sent_at, was_shown = row.status == "delivered", row.sent_at, row.failure is not None
    marking.mark_sent(session, row, delivered=True, now=now)
    if was_there or sent_at is None:
        return
    took_s = (now - sent_at).total_seconds()
    if took_s > setup.plan.late_delivery_after_s:
        if not was_shown:
            LATE.labels(row.carrier, row.channel).inc()
        _show(session, row, f"delivered late: {took_s:.0f} s after it was sent", now)


def _show(session: Session, row: Notification, why: str, now: datetime) -> None:
    row.failure = why
    marking.note(session, row, "message_late", now, failure=why)


def _is_lost(row: Notification, receipt: Receipt) -> bool:
    """Whether a failure is that of the last attempt: an earlier one may have been taken without an answer."""
    is_named = row.carrier_id == receipt.carrier_id
    is_first = row.status == "sending" and row.attempts == 1
    is_of_last_attempt = is_first or (is_named and row.status in ("sending", "sent"))
    return is_of_last_attempt and row.answered_at is None


def _find(session: Session, receipt: Receipt) -> Notification | None:
    notification_id = receipt.notification_id
    if notification_id is None:
        same = (Notification.carrier == receipt.carrier, Notification.carrier_id == receipt.carrier_id)
        notification_id = session.scalar(select(Notification.id).where(*same))
    row = None if notification_id is None else outbox.locked(session, notification_id)
    return row if row is not None and row.carrier == receipt.carrier else None
