"""Run what has fallen due. Called every second by any number of processes; nothing lives in memory."""

import logging
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import escalation, handover, journal, messages, outbox, paging, telling
from dispatch.describe import facts_of
from dispatch.escalation import Step, StepFacts, Verdict
from dispatch.locking import lock_incident
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import Grade, HandoverStatus, IncidentStatus, Milestone
from store.database import Database
from store.incidents import Assignment, DueStep, Incident, Notification

log = logging.getLogger(__name__)

#: Steps looked at in one call; a storm has more, and the loop calls again at once.
ROUND = 200


def run_due(database: Database, setup: DispatchSetup, *, now: datetime) -> int:
    """Run every due step, each in its own transaction so that one fault never blocks its neighbours.

    Returns how many were settled; what another process settles in between is left to it.
    """
    with database.read() as session:
        due = session.scalars(
            select(DueStep.id)
            .where(DueStep.outcome.is_(None), DueStep.due_at <= now)
            .order_by(DueStep.due_at, DueStep.id)
            .limit(ROUND)
        ).all()
    settled = 0
    for step_id in due:
        try:
            with database.begin() as session:
                settled += _run_one(session, setup, step_id, now)
        except Exception:
            log.exception("due step %s failed; it stays due, the others go on", step_id)
    return settled


def _run_one(session: Session, setup: DispatchSetup, step_id: int, now: datetime) -> bool:
    incident_id = session.scalar(select(DueStep.incident_id).where(DueStep.id == step_id))
    incident = lock_incident(session, incident_id) if incident_id else None
    row = session.scalar(select(DueStep).where(DueStep.id == step_id, DueStep.outcome.is_(None)))
    if incident is None or row is None:  # another process was faster
        return False
    assignment = session.get(Assignment, row.assignment_id) if row.assignment_id else None
    step = Step(row.step)
    judgement = escalation.judge(step, _facts(session, incident, assignment), row.due_at, now)
    row.outcome = judgement.verdict
    row.outcome_at = now
    row.outcome_reason = judgement.reason or None
    if judgement.verdict is Verdict.RUN:
        _do(session, setup, incident, assignment, step, row.round, now)
    if judgement.verdict is Verdict.EXPIRED:
        journal.record(
            session, incident.id, "step_expired", at=now, recorded_at=now, step=step, reason=judgement.reason
        )
    if judgement.verdict is Verdict.LATER or (
        judgement.verdict is Verdict.RUN and step is not Step.ASK_PROGRESS
    ):
        following = escalation.following(setup.plan, step, row.round, row.due_at, now)
        if following:
            paging.schedule(session, incident.id, following, assignment_id=row.assignment_id)
    return True


def _facts(session: Session, incident: Incident, assignment: Assignment | None) -> StepFacts:
    return StepFacts(
        incident_open=incident.status == IncidentStatus.OPEN,
        grade=Grade(incident.grade),
        called_false=incident.called_false_at is not None,
        someone_on_scene=any(a.on_scene_at is not None for a in incident.assignments),
        handover=HandoverStatus(incident.handover_status),
        answered=assignment is not None and _has_answered(assignment),
        declined=assignment is not None and assignment.declined_at is not None,
        on_scene=assignment is not None and assignment.on_scene_at is not None,
        duty_officer_answered=_duty_officer_answered(session, incident),
    )


def _has_answered(assignment: Assignment) -> bool:
    """Whatever a station has reached after its page is an answer, also where a milestone was skipped."""
    answers = (Milestone.ACKNOWLEDGED, Milestone.ENROUTE, Milestone.ON_SCENE, Milestone.CLEARED)
    return any(getattr(assignment, milestone.column) for milestone in answers)


def _duty_officer_answered(session: Session, incident: Incident) -> bool:
    answered = select(Notification.id).where(
        Notification.incident_id == incident.id,
        Notification.purpose == "duty",
        Notification.answered_at.is_not(None),
    )
    return session.scalar(answered.limit(1)) is not None


def _do(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment | None,
    step: Step,
    round_: int,
    now: datetime,
) -> None:
    journal.record(
        session,
        incident.id,
        "escalated",
        at=now,
        recorded_at=now,
        assignment_id=assignment.id if assignment else None,
        step=step,
        round=round_,
    )
    if assignment is not None:
        _do_for_station(session, setup, incident, assignment, step, round_, now)
    elif step is Step.HANDOVER_UNVERIFIED:
        handover.hand_over(session, setup, incident, now=now)
    elif step is Step.HANDOVER_ACCEPT:
        telling.tell_duty_officers(session, setup, incident, "ring_119", messages.duty_ring_119, now=now)
    elif step is Step.DUTY_REPEAT:
        telling.repeat_to_duty_officers(session, setup, incident, round_, now=now)


def _do_for_station(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment,
    step: Step,
    round_: int,
    now: datetime,
) -> None:
    if step is Step.VOICE:
        paging.page_everyone(session, setup, incident, assignment, attempt=1, now=now)
    elif step is Step.NEXT_STATION:
        paging.send_next_and_tell(
            session, setup, incident, assignment, "no_answer", messages.duty_no_answer, now=now
        )
    elif step is Step.REPEAT:
        paging.page_everyone(session, setup, incident, assignment, attempt=round_ + 1, now=now)
        what = f"no_answer:{assignment.id}:{round_}"
        text = partial(messages.duty_no_answer, attempt=round_ + 1)
        telling.tell_duty_officers(session, setup, incident, what, text, assignment, now=now)
    elif step is Step.ASK_PROGRESS:
        _ask_progress(session, setup, incident, assignment, now)


def _ask_progress(
    session: Session, setup: DispatchSetup, incident: Incident, assignment: Assignment, now: datetime
) -> None:
    """Answered, but not there within the target: the station is asked, the duty officer is told."""
    facts = facts_of(incident)
    for person in paging.contacts_of(session, setup, assignment, now):
        draft = Draft(
            to=person,
            purpose="ask_progress",
            body=messages.ask_progress(facts, person.language),
            key=f"ask:{assignment.id}",
            incident_id=incident.id,
            assignment_id=assignment.id,
        )
        outbox.enqueue(session, setup, draft, now=now)
    what = f"not_on_scene:{assignment.id}"
    telling.tell_duty_officers(
        session, setup, incident, what, messages.duty_not_on_scene, assignment, now=now
    )
