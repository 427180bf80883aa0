"""The race of carriers: what the first has not delivered in time, the next one is asked to send as well.

Counted from the instant at which a message was written, so that a carrier that hangs is raced, too.
Once for each carrier; the row's `race_at` says when, and is empty once there is nothing to wait for.
"""

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import fallback, marking, outbox
from dispatch.metrics import RACED
from dispatch.setup import DispatchSetup
from store.database import Database
from store.incidents import Notification

log = logging.getLogger(__name__)


def race_due(database: Database, setup: DispatchSetup, *, now: datetime) -> int:
    """Ask the next carrier for every message whose time has come; returns how many were looked at."""
    has_come = select(Notification.id).where(Notification.race_at <= now).order_by(Notification.race_at)
    with database.read() as session:
        due = session.scalars(has_come).all()
    for notification_id in due:
        try:
            with database.begin() as session:
                _race(session, setup, notification_id, now)
        except Exception:
            log.exception("message %d could not be raced; the others go on", notification_id)
    return len(due)


def _race(session: Session, setup: DispatchSetup, notification_id: int, now: datetime) -> None:
    row = outbox.locked(session, notification_id)
    if row is None or row.race_at is None:  # another process was faster
        return
    is_over = row.incident is not None and row.incident.status != "open"
    if is_over or row.answered_at is not None:
        row.race_at = None
        return
    if fallback.by_next_carrier(session, setup, row, now=now):
        marking.note(session, row, "message_raced", now)
        RACED.labels(row.carrier).inc()
