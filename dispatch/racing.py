"""The race of carriers: what the first has not delivered in time, the next one is asked to send as well.

Counted from the instant at which a message was written, so that a carrier that hangs is raced, too. What
waits for us alone gets as long again: two carriers full of the same backlog would both be late.
Once for each carrier; the row's `race_at` says when, and is empty once there is nothing to wait for.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import fallback, marking, outbox
from dispatch.channels.carrier import Channel
from dispatch.claiming import Route
from dispatch.metrics import RACED
from dispatch.setup import DispatchSetup
from store.incidents import Notification


def due(session: Session, *, now: datetime) -> list[int]:
    """The messages whose time has come, the longest waiting first."""
    has_come = select(Notification.id).where(Notification.race_at <= now).order_by(Notification.race_at)
    return list(session.scalars(has_come))


def race(
    session: Session,
    setup: DispatchSetup,
    notification_id: int,
    *,
    is_stuck: Callable[[Route], bool],
    now: datetime,
) -> None:
    """Ask the next carrier for one message, unless that has ceased to be of use.

    `is_stuck` says whether the carrier of a route fails or hangs.
    """
    row = outbox.locked(session, notification_id)
    if row is None or row.race_at is None or row.race_at > now:  # another process was faster
        return
    is_over = row.incident is not None and row.incident.status != "open"
    if is_over or row.answered_at is not None:
        row.race_at = None
    elif row.attempts == 0 and not is_stuck(Route(row.carrier, Channel(row.channel))):
        row.race_at = now + timedelta(seconds=setup.plan.race_carrier_after_s)
    elif fallback.by_next_carrier(session, setup, row, now=now):
        marking.note(session, row, "message_raced", now)
        RACED.labels(row.carrier).inc()
