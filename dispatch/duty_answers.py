"""Has a duty officer answered what he had to hear? Asked by who tells him again, and by the auditor.

An answer covers what he had been told by then, nothing that happened later. "I cannot" is none: whoever
cannot has not rung anybody.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.escalation import Step, Verdict
from dispatch.values import Answer
from store.incidents import DueStep, Notification, TimelineEntry


def nobody_left_was_heard(session: Session, incident_id: str) -> bool:
    """Whether a duty officer has answered since a tier last ran out of stations.

    An alarm without a place has no stations that could run out: there any of his answers counts.
    """
    newest = _newest(session, incident_id, "no_station_left")
    return _has_answered(session, incident_id, since=newest.recorded_at if newest else None)


def ring_was_heard(session: Session, incident_id: str) -> bool:
    """Whether a duty officer has answered since he was told to ring 119.

    That is when the centre refused, or the first step that ran after it was last asked to accept.
    """
    newest = _newest(session, incident_id, "handed_over", "handover_rejected")
    if newest is None:
        return False
    if newest.kind == "handover_rejected":
        return _has_answered(session, incident_id, since=newest.recorded_at)
    first = select(func.min(DueStep.outcome_at)).where(
        DueStep.incident_id == incident_id,
        DueStep.step == Step.HANDOVER_ACCEPT,
        DueStep.outcome == Verdict.RUN,
        DueStep.outcome_at >= newest.recorded_at,
    )
    told_at = session.scalar(first)
    return told_at is not None and _has_answered(session, incident_id, since=told_at)


def _newest(session: Session, incident_id: str, *kinds: str) -> TimelineEntry | None:
    entries = select(TimelineEntry).where(
        TimelineEntry.incident_id == incident_id, TimelineEntry.kind.in_(kinds)
    )
    return session.scalar(entries.order_by(TimelineEntry.id.desc()).limit(1))


def _has_answered(session: Session, incident_id: str, *, since: datetime | None) -> bool:
    """Whether a notice to a duty officer, written since an instant, has an answer that counts."""
    answered = select(Notification.id).where(
        Notification.incident_id == incident_id,
        Notification.purpose == "duty",
        Notification.answer != Answer.CANNOT,  # not true of those without an answer, either
    )
    if since is not None:
        answered = answered.where(Notification.created_at >= since)
    return session.scalar(answered.limit(1)) is not None
