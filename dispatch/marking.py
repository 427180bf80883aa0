"""What has become of a message, kept with its row and in the timeline. Status only moves forward."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, update
from sqlalchemy.orm import Session

from dispatch import journal
from dispatch.values import AssignmentStatus, Source
from store.direct import change, later, table_of
from store.incidents import Assignment, Notification

#: A status never gives way to a lower one; a message that is there is there, whatever was said before.
_RANK = {"queued": 0, "sending": 0, "sent": 1, "failed": 2, "expired": 2, "delivered": 3}

_PAGED = table_of(Assignment)
_AT = bindparam("at", type_=_PAGED.c.notified_at.type)
_IS_NEW = _PAGED.c.status == AssignmentStatus.ASSIGNED
#: A station's first page that left, or arrived, counts.
_NOTIFIED = (
    update(_PAGED)
    .where(_PAGED.c.id == bindparam("assignment_id"))
    .values(
        notified_at=func.coalesce(_PAGED.c.notified_at, _AT),
        status=case((_IS_NEW, AssignmentStatus.NOTIFIED), else_=_PAGED.c.status),
    )
)
_DELIVERED = _NOTIFIED.values(delivered_at=func.coalesce(_PAGED.c.delivered_at, _AT))


def mark_sent(session: Session, row: Notification, *, delivered: bool, now: datetime) -> None:
    """The carrier has the message, or it is known to be there; what is known already stays.

    The message's incident is locked. Its assignment is changed past the session, which is to read it after.
    """
    status = "delivered" if delivered else "sent"
    if _RANK[status] <= _RANK[row.status]:
        return
    there = {"delivered_at": now, "race_at": None} if delivered else {}
    sent_at = row.sent_at or now
    change(session, row, status=status, claimed_until=None, failure=None, sent_at=sent_at, **there)
    if row.assignment_id is not None and row.purpose == "page":
        paged = {"assignment_id": row.assignment_id, "at": now}
        later(session, _DELIVERED if delivered else _NOTIFIED, paged)
    note(session, row, f"message_{status}", now)


def mark_ended(session: Session, row: Notification, status: str, why: str, now: datetime) -> None:
    """The message goes no further: `failed` or `expired`, and why."""
    change(session, row, status=status, failure=why, claimed_until=None, race_at=None)
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
