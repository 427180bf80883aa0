"""What has become of a message, kept with its row and in the timeline. Status only moves forward."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch import journal
from dispatch.values import Source
from store.incidents import Assignment, Notification

#: A status never gives way to a lower one; a message that is there is there, whatever was said before.
_RANK = {"queued": 0, "sending": 0, "sent": 1, "failed": 2, "expired": 2, "delivered": 3}


def mark_sent(session: Session, row: Notification, *, delivered: bool, now: datetime) -> None:
    """The carrier has the message, or it is known to be there; what is known already stays."""
    status = "delivered" if delivered else "sent"
    if _RANK[status] <= _RANK[row.status]:
        return
    row.status = status
    row.claimed_until = None
    row.failure = None
    row.sent_at = row.sent_at or now
    if delivered:
        row.delivered_at = now
        row.race_at = None
    if row.assignment_id is not None and row.purpose == "page":
        assignment = session.get_one(Assignment, row.assignment_id)  # its incident is locked
        assignment.notified_at = assignment.notified_at or now
        if delivered:
            assignment.delivered_at = assignment.delivered_at or now
        if assignment.status == "assigned":
            assignment.status = "notified"
    note(session, row, f"message_{status}", now)


def mark_ended(session: Session, row: Notification, status: str, why: str, now: datetime) -> None:
    """The message goes no further: `failed` or `expired`, and why."""
    row.status = status
    row.failure = why
    row.claimed_until = None
    row.race_at = None
    note(session, row, f"message_{status}", now, failure=why)


def note(session: Session, row: Notification, kind: str, now: datetime, **more: Any) -> None:
    """Write a fact of a message into its incident's timeline, if it has one."""
    if row.incident_id is None:
        return
    journal.record(
        session,
        row.incident_id,
        kind,
        at=now,
        recorded_at=now,
        source=Source.CARRIER,
        assignment_id=row.assignment_id,
        actor=row.carrier,
        notification_id=row.id,
        person=row.person_name,
        channel=row.channel,
        purpose=row.purpose,
        **more,
    )
