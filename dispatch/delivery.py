"""Carriers' receipts: what became of a message after they took it. Status only moves forward."""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import fallback, outbox
from dispatch.channels.carrier import DeliveryStatus
from dispatch.setup import DispatchSetup
from store.incidents import Notification

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


def record_receipt(session: Session, setup: DispatchSetup, receipt: Receipt, *, now: datetime) -> bool:
    """Take one receipt; False where we know of no such message. Repetition has no effect.

    A failure counts only while nothing better is known: a message that waits to be tried again is
    left to that, a later attempt does not fail with an earlier one, and who has answered has been
    reached.
    """
    row = _find(session, receipt)
    if row is None:
        log.warning("receipt of %s for unknown message %s", receipt.carrier, receipt.carrier_id)
        return False
    row.carrier_id = row.carrier_id or receipt.carrier_id
    if receipt.status is not DeliveryStatus.FAILED:
        outbox.mark_sent(session, row, delivered=receipt.status is DeliveryStatus.DELIVERED, now=now)
    elif _is_lost(row, receipt):
        outbox.mark_ended(session, row, "failed", receipt.failure or "not delivered", now)
        fallback.after_failure(session, setup, row, now=now)
    return True


def _is_lost(row: Notification, receipt: Receipt) -> bool:
    is_of_this_attempt = row.status == "sending" or (
        row.status == "sent" and row.carrier_id == receipt.carrier_id
    )
    return is_of_this_attempt and row.answered_at is None


def _find(session: Session, receipt: Receipt) -> Notification | None:
    notification_id = receipt.notification_id
    if notification_id is None:
        same = (Notification.carrier == receipt.carrier, Notification.carrier_id == receipt.carrier_id)
        notification_id = session.scalar(select(Notification.id).where(*same))
    row = None if notification_id is None else outbox.locked(session, notification_id)
    return row if row is not None and row.carrier == receipt.carrier else None
