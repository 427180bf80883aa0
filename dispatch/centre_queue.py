"""Messages to the 119 centre on their way: which is next, a short claim, what became of it.

Of one incident one message is under way at a time. The Alert comes first; once it has got through,
the newest message is all that counts, because it holds the whole state. A 2xx says only that it was
read: the newest is repeated until the centre has said what it does (contract section 8), or the
incident is closed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVarTuple

from sqlalchemy import Select, literal_column, select, update
from sqlalchemy.orm import Session, aliased, defer

from dispatch import journal
from dispatch.locking import lock_incident
from dispatch.values import HandoverStatus, IncidentStatus, Source
from store.reliability import CentreMessage

#: A claim is renewed while its request runs; a process that was killed is taken over after this (ours).
LEASE_S = 1.5
#: How long the centre may take to accept what it has read before it is told again (ours).
REPEAT_S = 15
#: Waits between attempts that fail; the last one is kept (ours).
BACKOFF_S = (1, 2, 4, 8, 15)

#: Said as the index says it, see store/reliability.py.
_WAITING = CentreMessage.status != literal_column("'done'")
_Alert = aliased(CentreMessage)
_Columns = TypeVarTuple("_Columns")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed message; `body` is the JSON as it goes out."""

    message_id: int
    incident_id: str
    attempt: int  # counts from 1
    body: str


def waiting(session: Session, *, now: datetime) -> list[str]:
    """The incidents that have something to be sent now; only reads, so that nobody is locked out."""
    return list(session.scalars(_due(select(CentreMessage.incident_id), now)))


def claim(session: Session, incident_id: str, *, now: datetime) -> Claim | None:
    """Take an incident's next message for LEASE_S seconds; None where another process was faster."""
    lock_incident(session, incident_id)
    of_incident = select(CentreMessage, _Alert).where(CentreMessage.incident_id == incident_id)
    due = session.execute(_due(of_incident, now)).one_or_none()
    if due is None:
        return None
    newest, alert = due
    row = newest if alert.delivered_at else alert
    row.attempts += 1
    row.claimed_until = now + timedelta(seconds=LEASE_S)
    if row.delivered_at is None:
        row.status = "sending"
    return Claim(row.id, incident_id, row.attempts, row.body)


def _due(wanted: Select[*_Columns], now: datetime) -> Select[*_Columns]:
    """Ask for the newest message of each incident that waits, with its alert, where one may be sent now.

    Until the alert has been read it goes instead, when its own time has come. Nothing goes while
    another of the incident is under way.
    """
    other = aliased(CentreMessage)
    of_same = select(other.id).where(other.incident_id == CentreMessage.incident_id)
    is_alert = (_Alert.incident_id == CentreMessage.incident_id) & (_Alert.sequence == 1)
    return wanted.join(_Alert, is_alert).where(
        _WAITING,
        CentreMessage.next_attempt_at <= now,
        ~of_same.where(other.sequence > CentreMessage.sequence).exists(),
        _Alert.delivered_at.is_not(None) | (_Alert.next_attempt_at <= now),
        ~of_same.where(other.claimed_until > now).exists(),
    )


def renew(session: Session, message_ids: Collection[int], *, now: datetime) -> None:
    """Keep claims whose requests still run."""
    session.execute(
        update(CentreMessage)
        .where(CentreMessage.id.in_(message_ids), CentreMessage.claimed_until.is_not(None))
        .values(claimed_until=now + timedelta(seconds=LEASE_S))
    )


def record(session: Session, claimed: Claim, failure: str | None, *, now: datetime) -> None:
    """Keep what became of an attempt: `failure` None means that the centre has read the message.

    The failure of an attempt that another process has taken over says nothing of the later one.
    """
    incident = lock_incident(session, claimed.incident_id)
    messages = _messages_of(session, claimed.incident_id)
    row = next((message for message in messages if message.id == claimed.message_id), None)
    if incident is None or row is None:
        raise LookupError(f"message {claimed.message_id} to the centre is gone; they are never deleted")
    if failure is not None:
        if claimed.attempt == row.attempts:
            _record_failure(session, row, failure, now)
        return
    row.claimed_until = None
    if row.delivered_at is None:
        _note(session, row, "handover_delivered", now)
    row.delivered_at = row.delivered_at or now
    row.failure = None
    repeats = incident.status == IncidentStatus.OPEN and incident.handover_status == HandoverStatus.SENT
    row.status = "delivered" if repeats else "done"
    row.next_attempt_at = now + timedelta(seconds=REPEAT_S)
    for older in messages:
        if older.sequence < row.sequence:
            older.status = "done"


def end(session: Session, incident_id: str, why: str, *, now: datetime) -> None:
    """Nothing of this incident goes out: there is no way to the centre, and the record says why."""
    lock_incident(session, incident_id)
    for row in _messages_of(session, incident_id):
        if row.status != "done":
            row.status, row.failure = "done", why
            _note(session, row, "handover_failed", now, failure=why)


def _record_failure(session: Session, row: CentreMessage, failure: str, now: datetime) -> None:
    row.claimed_until = None
    row.status = "delivered" if row.delivered_at else "queued"
    wait_s = BACKOFF_S[min(row.attempts, len(BACKOFF_S)) - 1]
    row.next_attempt_at = now + timedelta(seconds=wait_s)
    if row.failure != failure:  # the same again and again is one fact
        _note(session, row, "handover_failed", now, failure=failure)
    row.failure = failure


def _messages_of(session: Session, incident_id: str) -> list[CentreMessage]:
    wanted = (
        select(CentreMessage)
        .where(CentreMessage.incident_id == incident_id)
        .order_by(CentreMessage.sequence)
        .options(defer(CentreMessage.body), defer(CentreMessage.cap))
    )
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def _note(session: Session, row: CentreMessage, kind: str, now: datetime, **more: Any) -> None:
    journal.record(
        session,
        row.incident_id,
        kind,
        at=now,
        recorded_at=now,
        source=Source.CENTRE,
        message=f"{row.kind} {row.sequence}",
        **more,
    )
