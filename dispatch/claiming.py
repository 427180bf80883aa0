"""Which message of the outbox is sent next, and by whom: taken with a lease that whoever sends renews.

After a crash the lease runs out, and another process, or the next one, sends again within two seconds:
an alarm prefers twice to never, and the text carries the incident's code.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, case, exists, or_, select, text, update
from sqlalchemy.orm import Session

from dispatch import calling, marking
from dispatch.channels.carrier import Channel, OutgoingMessage
from dispatch.outbox import EXPIRES_AFTER_S
from dispatch.values import Tier
from store.incidents import TO_SEND, Assignment, Incident, Notification

#: Renewed while a call is under way; a claim older than this was lost with its process (ours).
LEASE_S = 1.5
#: These go before everything else that waits for the same carrier.
_URGENT = ("page", "confirmed", "duty")
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


def due_routes(session: Session, *, now: datetime) -> list[Route]:
    """Every route over which something waits to be sent; only reads: an idle sender holds up nobody."""
    waiting = select(Notification.carrier, Notification.channel).where(_due(now)).distinct()
    return [Route(carrier, Channel(channel)) for carrier, channel in session.execute(waiting)]


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        text(TO_SEND),  # said as the index says it: SQLite cannot tell from bound parameters that it serves
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
    return and_(text(TO_SEND), Notification.status == "queued", _is_on(route))


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
