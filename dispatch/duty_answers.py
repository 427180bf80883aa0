"""Has a duty officer answered what he had to hear? Asked by who tells him again, and by the auditor.

An answer covers what he had been told by then, nothing that happened later. "I cannot" is none: whoever
cannot has not rung anybody.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from dispatch.escalation import Step, Verdict
from dispatch.values import Answer
from store.incidents import DueStep, Notification, TimelineEntry

_SAYS_HELP = TimelineEntry.data["answer"].as_string().in_((Answer.CANNOT, Answer.NEED_HELP))
_IS_NEWS = or_(
    TimelineEntry.kind.in_(("no_station_left", "stations_silent")),
    and_(TimelineEntry.kind == "answered", _SAYS_HELP),
)


def nobody_left_was_heard(session: Session, incident_id: str) -> bool:
    """Whether a duty officer has answered since a tier last ran out of stations.

    An alarm without a place has no stations that could run out: there any of his answers counts.
    """
    return _has_answered(session, incident_id, since=nobody_left_at(session, incident_id))


def nobody_left_at(session: Session, incident_id: str) -> datetime | None:
    """When a tier last ran out of stations."""
    newest = _newest(session, incident_id, TimelineEntry.kind == "no_station_left")
    return newest.recorded_at if newest else None


def ring_was_heard(session: Session, incident_id: str) -> bool:
    """Whether a duty officer has answered since he was told to ring 119."""
    told_at = ring_told_at(session, incident_id)
    return told_at is not None and _has_answered(session, incident_id, since=told_at)


def ring_told_at(session: Session, incident_id: str) -> datetime | None:
    """When he was told to ring 119: the centre refused, or a step ran after it was last asked to accept."""
    asked = TimelineEntry.kind.in_(("handed_over", "handover_rejected"))
    newest = _newest(session, incident_id, asked)
    if newest is None or newest.kind == "handover_rejected":
        return newest.recorded_at if newest else None
    return first_run_at(session, incident_id, Step.HANDOVER_ACCEPT, since=newest.recorded_at)


def silence_was_heard(session: Session, incident_id: str, *, since: datetime) -> bool:
    """Whether a duty officer has answered since stations were first silent, and since the last news.

    News are a decline, a call for help, a tier without more stations to send, and 119 to be rung.
    """
    newest = _newest(session, incident_id, _IS_NEWS)
    rung_at = ring_told_at(session, incident_id)
    news = (since, newest.recorded_at if newest else since, rung_at or since)
    return _has_answered(session, incident_id, since=max(news))


def first_run_at(
    session: Session, incident_id: str, step: Step, *, since: datetime | None = None
) -> datetime | None:
    """When a step of this kind first ran for an incident, or first since an instant."""
    first = select(func.min(DueStep.outcome_at)).where(
        DueStep.incident_id == incident_id, DueStep.step == step, DueStep.outcome == Verdict.RUN
    )
    return session.scalar(first if since is None else first.where(DueStep.outcome_at >= since))


def _newest(session: Session, incident_id: str, which: ColumnElement[bool]) -> TimelineEntry | None:
    entries = select(TimelineEntry).where(TimelineEntry.incident_id == incident_id, which)
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
