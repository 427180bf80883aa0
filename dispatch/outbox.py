"""The outbox: messages are written with the decision that made them, sent after its commit.

Claimed (`claiming`), sent outside any transaction, recorded after: at least once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import breaker, marking
from dispatch.channels.carrier import Channel, SendResult, SendStatus
from dispatch.duty import Contact
from dispatch.locking import lock_incidents
from dispatch.setup import DispatchSetup
from store.direct import change, insert_once
from store.incidents import Notification

#: Later than this a message is of no use; repeats have written newer ones (ours).
EXPIRES_AFTER_S = 600
#: Waits between attempts after a failure that may pass; the last one is kept (ours).
BACKOFF_S = (1, 2, 4, 5)
#: What the next carrier is asked to send as well when the first has not delivered in time.
_RACED = ("page", "confirmed", "duty")


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
    communication_test_id: int | None = None
    #: When it is to leave; None: at once.
    at: datetime | None = None
    #: The same was said before: worth another try later, but no race of carriers.
    repeats: bool = False


def enqueue(
    session: Session, setup: DispatchSetup, draft: Draft, *, now: datetime, carrier: str | None = None
) -> int | None:
    """Write one message for the first carrier of its channel, or for `carrier`; gives its id.

    None where this message exists already, or where no carrier serves the channel.
    """
    carriers = setup.carriers.get(draft.channel, ())
    chosen = carrier or (carriers[0] if carriers else None)
    if chosen is None:
        return None
    key = f"{draft.key}:{draft.channel}:{draft.to.id}" + (f":{carrier}" if carrier else "")
    leaves_at = draft.at or now
    columns = {
        "dedup_key": key,
        "incident_id": draft.incident_id,
        "assignment_id": draft.assignment_id,
        "person_id": draft.to.id,
        "person_name": draft.to.name,
        "phone": draft.to.phone,
        "language": draft.to.language,
        "purpose": draft.purpose,
        "channel": draft.channel,
        "carrier": chosen,
        "body": draft.body,
        "status": "queued",
        "created_at": now,
        "next_attempt_at": leaves_at,
        "expires_at": leaves_at + timedelta(seconds=EXPIRES_AFTER_S),
        "race_at": _race_at(setup, draft, chosen, now),
        "communication_test_id": draft.communication_test_id,
    }
    return insert_once(session, Notification, columns)


def _race_at(setup: DispatchSetup, draft: Draft, carrier: str, now: datetime) -> datetime | None:
    """When the next carrier is asked as well; a second call to a phone that rings would find it busy."""
    if draft.purpose not in _RACED or draft.repeats or draft.channel is not Channel.SMS:
        return None
    is_last = carrier not in setup.carriers[Channel.SMS][:-1]
    return None if is_last else now + timedelta(seconds=setup.plan.race_carrier_after_s)


def locked(session: Session, notification_id: int) -> Notification | None:
    """One row, held until the commit; its incident first, as in every verb.

    Without that order a receipt and an answer that arrive together would wait for each other.
    """
    return hold(session, [notification_id]).get(notification_id)


def hold(session: Session, notification_ids: Collection[int]) -> Mapping[int, Notification]:
    """Hold rows by id until the commit, in the one order of locks; those that are gone are left out."""
    wanted = Notification.id.in_(notification_ids)
    incident_ids = session.scalars(select(Notification.incident_id).where(wanted).distinct())
    lock_incidents(session, [incident_id for incident_id in incident_ids if incident_id is not None])
    # as they are now: what was read before somebody else let go of them may be old
    rows = select(Notification).where(wanted).order_by(Notification.id).with_for_update()
    return {row.id: row for row in session.scalars(rows.execution_options(populate_existing=True))}


def record_result(
    session: Session,
    notification_id: int,
    result: SendResult,
    *,
    attempt: int,
    now: datetime,
    held: Mapping[int, Notification] | None = None,
) -> Notification | None:
    """Keep what the carrier said to one attempt; returns the row if another way is needed.

    A receipt may have been faster than our own record: status never moves back. A failure of an
    `attempt` that another process has taken over says nothing of the later one.
    """
    held = held or hold(session, [notification_id])
    row = held.get(notification_id)
    if row is None:
        raise LookupError(f"notification {notification_id} is gone: somebody deleted it while it was sent")
    if result.carrier_id:
        change(session, row, carrier_id=result.carrier_id)
    if result.status in (SendStatus.SENT, SendStatus.DELIVERED):
        marking.mark_sent(session, row, delivered=result.status is SendStatus.DELIVERED, now=now)
        return None
    if attempt != row.attempts or row.status not in ("queued", "sending"):
        return None
    if result.status is SendStatus.AMBIGUOUS:
        change(session, row, is_ambiguous=True)
    if result.status is SendStatus.PERMANENT:
        marking.mark_ended(session, row, "failed", result.failure or "refused by the carrier", now)
        return row
    wait_s = result.retry_after_s or BACKOFF_S[min(row.attempts, len(BACKOFF_S)) - 1]
    again_at = now + timedelta(seconds=min(wait_s, breaker.LONGEST_PAUSE_S))
    change(
        session, row, status="queued", failure=result.failure, claimed_until=None, next_attempt_at=again_at
    )
    return row
