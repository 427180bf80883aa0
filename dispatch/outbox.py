"""The outbox: messages are written with the decision that made them, sent after its commit.

Claimed with a lease, sent outside any transaction, recorded after: at least once. A crash between
send and record sends again when the lease has run out; an alarm prefers twice to never, and the text
carries the incident's code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, text
from sqlalchemy.orm import Session

from dispatch import journal
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.duty import Contact
from dispatch.locking import lock_incident
from dispatch.setup import DispatchSetup
from dispatch.values import Source
from store.incidents import Assignment, Incident, Notification

#: A carrier call ends within about 10 s; a claim older than this was lost with its process (ours).
LEASE_S = 20
#: Later than this a message is of no use; repeats have written newer ones (ours).
EXPIRES_AFTER_S = 600
#: Waits between attempts after a failure that may pass; the last one is kept (ours).
BACKOFF_S = (1, 2, 4, 8, 15)

#: A status never gives way to a lower one; a message that is there is there, whatever was said before.
_RANK = {"queued": 0, "sending": 0, "sent": 1, "failed": 2, "expired": 2, "delivered": 3}

#: Messages about work that is over are not sent any more; these still are.
_OUTLIVES_INCIDENT = ("stand_down", "help")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written: to whom, why, what. `key` makes its repetition have no effect."""

    to: Contact
    purpose: str
    body: str
    key: str
    channel: Channel = Channel.SMS
    incident_id: str | None = None
    assignment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed row: which carrier is to be asked to send what."""

    carrier: str
    message: OutgoingMessage


def enqueue(
    session: Session, setup: DispatchSetup, draft: Draft, *, now: datetime, carrier: str | None = None
) -> Notification | None:
    """Write one message for the first carrier of its channel, or for `carrier`.

    Returns None where this message exists already, or where no carrier serves the channel.
    """
    carriers = setup.carriers.get(draft.channel, ())
    chosen = carrier or (carriers[0] if carriers else None)
    if chosen is None:
        return None
    key = f"{draft.key}:{draft.channel}:{draft.to.id}" + (f":{carrier}" if carrier else "")
    if session.scalar(select(Notification.id).where(Notification.dedup_key == key)) is not None:
        return None
    notification = Notification(
        dedup_key=key,
        incident_id=draft.incident_id,
        assignment_id=draft.assignment_id,
        person_id=draft.to.id,
        person_name=draft.to.name,
        phone=draft.to.phone,
        language=draft.to.language,
        purpose=draft.purpose,
        channel=draft.channel,
        carrier=chosen,
        body=draft.body,
        status="queued",
        created_at=now,
        next_attempt_at=now,
        expires_at=now + timedelta(seconds=EXPIRES_AFTER_S),
    )
    session.add(notification)
    return notification


def has_due(session: Session, *, now: datetime) -> bool:
    """Whether anything waits to be sent; only reads, so that an idle sender never locks a writer out."""
    return session.scalar(select(Notification.id).where(_due(now)).limit(1)) is not None


def _due(now: datetime) -> ColumnElement[bool]:
    # said as the index says it: SQLite cannot tell from bound parameters that the index serves
    is_waiting = text("status IN ('queued', 'sending')")
    return and_(
        is_waiting,
        Notification.next_attempt_at <= now,
        or_(Notification.status == "queued", Notification.claimed_until <= now),
    )


def claim(session: Session, *, now: datetime, limit: int) -> list[Claim]:
    """Take up to `limit` messages that are due, first attempts first, for LEASE_S seconds.

    Rows that another process holds are skipped; claims whose lease ran out are taken again. What
    has expired, or belongs to an incident that has closed, ends here with its reason.
    """
    rows = session.scalars(
        select(Notification)
        .where(_due(now))
        .order_by(Notification.attempts, Notification.id)  # a fresh page before an old one's next try
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    closed = _closed_incidents(session, rows)
    claims = []
    for row in rows:
        too_late = _why_not_send(row, closed, now)
        if too_late:
            mark_ended(session, row, "expired", too_late, now)
            continue
        row.status = "sending"
        row.attempts += 1
        row.claimed_until = now + timedelta(seconds=LEASE_S)
        message = OutgoingMessage(row.id, Channel(row.channel), row.phone, row.body, row.language)
        claims.append(Claim(row.carrier, message))
    return claims


def _closed_incidents(session: Session, rows: Sequence[Notification]) -> set[str]:
    ids = {row.incident_id for row in rows if row.incident_id}
    if not ids:
        return set()
    return set(session.scalars(select(Incident.id).where(Incident.id.in_(ids), Incident.status == "closed")))


def _why_not_send(row: Notification, closed: set[str], now: datetime) -> str | None:
    if row.expires_at <= now:
        return f"not sent within {EXPIRES_AFTER_S} s" + (f": {row.failure}" if row.failure else "")
    if row.incident_id in closed and row.purpose not in _OUTLIVES_INCIDENT:
        return "incident closed before it was sent"
    return None


def locked(session: Session, notification_id: int) -> Notification | None:
    """One row, held until the commit; its incident first, as in every verb.

    Without that order a receipt and an answer that arrive together would wait for each other.
    """
    incident_id = session.scalar(select(Notification.incident_id).where(Notification.id == notification_id))
    if incident_id is not None:
        lock_incident(session, incident_id)
    return session.get(Notification, notification_id, with_for_update=True)


def record_result(
    session: Session, notification_id: int, result: SendResult, *, now: datetime
) -> Notification | None:
    """Keep what the carrier said to one attempt; returns the row if another way is needed.

    A receipt may have been faster than our own record: status never moves back.
    """
    row = locked(session, notification_id)
    if row is None:
        raise LookupError(f"notification {notification_id} is gone; rows of the outbox are never deleted")
    row.claimed_until = None
    row.carrier_id = result.carrier_id or row.carrier_id
    if result.status in (SendStatus.SENT, SendStatus.DELIVERED):
        mark_sent(session, row, delivered=result.status is SendStatus.DELIVERED, now=now)
        return None
    if row.status not in ("queued", "sending"):
        return None
    row.failure = result.failure
    if result.status is SendStatus.PERMANENT:
        mark_ended(session, row, "failed", result.failure or "refused by the carrier", now)
        return row
    wait_s = result.retry_after_s or BACKOFF_S[min(row.attempts, len(BACKOFF_S)) - 1]
    row.status = "queued"
    row.next_attempt_at = now + timedelta(seconds=wait_s)
    return row


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
    if row.assignment_id is not None and row.purpose == "page":
        assignment = session.get_one(Assignment, row.assignment_id, with_for_update=True)
        assignment.notified_at = assignment.notified_at or now
        if delivered:
            assignment.delivered_at = assignment.delivered_at or now
        if assignment.status == "assigned":
            assignment.status = "notified"
    _note(session, row, f"message_{status}", now)


def mark_ended(session: Session, row: Notification, status: str, why: str, now: datetime) -> None:
    """The message goes no further: `failed` or `expired`, and why."""
    row.status = status
    row.failure = why
    row.claimed_until = None
    _note(session, row, f"message_{status}", now, failure=why)


def _note(session: Session, row: Notification, kind: str, now: datetime, **more: str) -> None:
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
