"""The outbox: messages are written with the decision that made them, sent after its commit.

Claimed with a lease, sent outside any transaction, recorded after: at least once. Who sends renews the
lease; after a crash it runs out, and another process, or the next one, sends again within two seconds:
an alarm prefers twice to never, and the text carries the incident's code.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, case, exists, or_, select, text, update
from sqlalchemy.orm import Session

from dispatch import breaker, calling, marking
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.duty import Contact
from dispatch.locking import lock_incidents
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from store.direct import change, insert_once
from store.incidents import Assignment, Incident, Notification

#: Renewed while a call is under way; a claim older than this was lost with its process (ours).
LEASE_S = 1.5
#: Later than this a message is of no use; repeats have written newer ones (ours).
EXPIRES_AFTER_S = 600
#: Waits between attempts after a failure that may pass; the last one is kept (ours).
BACKOFF_S = (1, 2, 4, 5)
#: These go before everything else that waits for the same carrier.
_URGENT = ("page", "confirmed", "duty")
#: What the next carrier is asked to send as well when the first has not delivered in time.
_RACED = ("page", "confirmed", "duty")

#: Messages about work that is over are not sent any more; these still are.
_OUTLIVES_INCIDENT = ("stand_down", "help")
#: In a storm the nearest leave first: a village's people can be there before anybody else.
_TO_VILLAGE = exists().where(Assignment.id == Notification.assignment_id, Assignment.tier == Tier.VILLAGE)
_IS_URGENT = Notification.purpose.in_(_URGENT)
_RANK = case((and_(_IS_URGENT, _TO_VILLAGE), 0), (_IS_URGENT, 1), else_=2)
_Row = Row[*tuple[Any, ...]]
#: What a claim is made of, and decided by.
_TO_CLAIM = (
    Notification.id,
    Notification.incident_id,
    Notification.phone,
    Notification.language,
    Notification.purpose,
    Notification.body,
    Notification.status,
    Notification.attempts,
    Notification.is_ambiguous,
    Notification.expires_at,
    Notification.failure,
)


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


class Route(NamedTuple):
    """One channel of one carrier: what waits for one route never holds up another."""

    carrier: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed row: which carrier is to be asked to send what; `attempt` counts from 1.

    `ambiguous_since`: since then the carrier may have taken it at an earlier attempt without our knowing;
    None: no attempt had an effect.
    """

    carrier: str
    message: OutgoingMessage
    attempt: int
    ambiguous_since: datetime | None = None


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


def due_routes(session: Session, *, now: datetime) -> list[Route]:
    """Every route over which something waits to be sent; only reads: an idle sender holds up nobody."""
    waiting = select(Notification.carrier, Notification.channel).where(_due(now)).distinct()
    return [Route(carrier, Channel(channel)) for carrier, channel in session.execute(waiting)]


def _due(now: datetime) -> ColumnElement[bool]:
    # said as the index says it: SQLite cannot tell from bound parameters that the index serves
    is_waiting = text("status IN ('queued', 'sending')")
    return and_(
        is_waiting,
        Notification.next_attempt_at <= now,
        or_(Notification.status == "queued", Notification.claimed_until <= now),
    )


def _is_on(route: Route) -> ColumnElement[bool]:
    return and_(Notification.carrier == route.carrier, Notification.channel == route.channel)


def claim(
    session: Session, route: Route, *, now: datetime, limit: int, under_way: Collection[int]
) -> list[Claim]:
    """Take up to `limit` messages that are due, for LEASE_S seconds: village pages, other pages, the rest.

    Rows that another process holds are skipped; claims whose lease ran out are taken again, but never
    those that this process has `under_way` itself. What has expired, or belongs to an incident that
    has closed, ends here with its reason. A phone with a call under way waits for its end; of calls
    alike the newest is next.
    """
    is_call = route.channel is Channel.VOICE
    busy = calling.busy_phones(session, now=now) if is_call else set()
    age = Notification.id.desc() if is_call else Notification.id
    rows = session.execute(
        select(*_TO_CLAIM)
        .where(_due(now), _is_on(route), Notification.id.not_in(under_way))
        .order_by(_RANK, Notification.attempts, age)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    closed = _closed_incidents(session, rows)
    claims, put_off, ended = list[Claim](), list[int](), dict[int, str]()
    for row in rows:
        if too_late := _why_not_send(row, closed, now):
            ended[row.id] = too_late
        elif row.phone in busy:
            put_off.append(row.id)
        else:
            claims.append(_claim_of(row, route))
            busy |= {row.phone} if is_call else set()
    if claims:
        _take(session, [claim.message.notification_id for claim in claims], now)
    if put_off:
        calling.put_off(session, put_off, now)
    if ended:
        _end(session, ended, now)
    return claims


def _claim_of(row: _Row, route: Route) -> Claim:
    message = OutgoingMessage(row.id, route.channel, row.phone, row.body, row.language)
    leaves_at = row.expires_at - timedelta(seconds=EXPIRES_AFTER_S)
    since = leaves_at if row.is_ambiguous or row.status == "sending" else None
    return Claim(route.carrier, message, row.attempts + 1, since)


def _take(session: Session, notification_ids: Collection[int], now: datetime) -> None:
    _update(
        session,
        Notification.id.in_(notification_ids),
        # while it was being sent already, whoever did so has recorded no answer
        is_ambiguous=or_(Notification.is_ambiguous, Notification.status == "sending"),
        status="sending",
        attempts=Notification.attempts + 1,
        claimed_until=now + timedelta(seconds=LEASE_S),
    )


def _end(session: Session, why: Mapping[int, str], now: datetime) -> None:
    for row in session.scalars(select(Notification).where(Notification.id.in_(why))):
        marking.mark_ended(session, row, "expired", why[row.id], now)


def renew(session: Session, notification_ids: Collection[int], *, now: datetime) -> None:
    """Keep the lease of what is still being sent; what has been recorded meanwhile stays as it is."""
    still_sent = and_(Notification.id.in_(notification_ids), Notification.status == "sending")
    _update_free(session, still_sent, claimed_until=now + timedelta(seconds=LEASE_S))


def waiting_on(session: Session, route: Route, *, now: datetime) -> list[int]:
    """The messages that wait for their first or next attempt over a route, the oldest first.

    What is to leave later, and was never tried, does not wait yet.
    """
    has_begun = or_(Notification.attempts > 0, Notification.next_attempt_at <= now)
    return list(
        session.scalars(select(Notification.id).where(_waits(route), has_begun).order_by(Notification.id))
    )


def hurry(session: Session, route: Route, *, now: datetime) -> None:
    """The carrier works again: what waits for its next attempt leaves now."""
    is_next = and_(_waits(route), Notification.attempts > 0, Notification.next_attempt_at > now)
    _update_free(session, is_next, next_attempt_at=now)


def _waits(route: Route) -> ColumnElement[bool]:
    as_the_index_says = text("status IN ('queued', 'sending')")
    return and_(as_the_index_says, Notification.status == "queued", _is_on(route))


def _update_free(session: Session, which: ColumnElement[bool], **values: datetime) -> None:
    """Change rows that nobody holds: whoever holds one is about to record it, and may want another."""
    free = select(Notification.id).where(which).with_for_update(skip_locked=True)
    _update(session, Notification.id.in_(free), **values)


def _update(session: Session, which: ColumnElement[bool], **values: object) -> None:
    changed = update(Notification).where(which).values(values)
    session.execute(changed, execution_options={"synchronize_session": False})


def _closed_incidents(session: Session, rows: Sequence[_Row]) -> set[str]:
    ids = {row.incident_id for row in rows if row.incident_id}
    if not ids:
        return set()
    return set(session.scalars(select(Incident.id).where(Incident.id.in_(ids), Incident.status == "closed")))


def _why_not_send(row: _Row, closed: set[str], now: datetime) -> str | None:
    if row.expires_at <= now:
        return f"not sent within {EXPIRES_AFTER_S} s" + (f": {row.failure}" if row.failure else "")
    if row.incident_id in closed and row.purpose not in _OUTLIVES_INCIDENT:
        return "incident closed before it was sent"
    return None


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
        raise LookupError(f"notification {notification_id} is gone; rows of the outbox are never deleted")
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
