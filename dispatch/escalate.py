"""Run what has fallen due. Called every second by any number of processes; nothing lives in memory."""

import logging
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from dispatch import asking, duty_answers, escalation, handover, journal, messages, paging, steps, telling
from dispatch.escalation import Step, StepFacts, Verdict
from dispatch.locking import lock_incident
from dispatch.setup import DispatchSetup
from dispatch.values import Grade, HandoverStatus, IncidentStatus, Milestone
from store.database import Database
from store.incidents import Assignment, DueStep, Incident

log = logging.getLogger(__name__)

#: Steps read at once; a storm has more.
ROUND = 200
_QUESTIONS = (Step.ASK_PROGRESS, Step.ASK_ON_SCENE)


def run_due(database: Database, setup: DispatchSetup, *, now: datetime) -> int:
    """Run every due step, each in its own transaction so that one fault never blocks its neighbours.

    Returns how many were settled; what another process settles in between is left to it.
    """
    settled = 0
    for step_id in _due(database, now):
        try:
            with database.begin() as session:
                settled += _run_one(session, setup, step_id, now)
        except Exception:
            log.exception("due step %s failed; it stays due, the others go on", step_id)
    return settled


def _due(database: Database, now: datetime) -> Iterator[int]:
    """The steps that are due, the longest overdue first; those that fail are passed, not met again."""
    after = tuple_(DueStep.due_at, DueStep.id)
    waiting = select(DueStep.due_at, DueStep.id).where(DueStep.outcome.is_(None), DueStep.due_at <= now)
    waiting = waiting.order_by(DueStep.due_at, DueStep.id).limit(ROUND)
    page = waiting
    while True:
        with database.read() as session:
            rows = session.execute(page).all()
        yield from (row.id for row in rows)
        if len(rows) < ROUND:
            return
        page = waiting.where(after > (rows[-1].due_at, rows[-1].id))


def _run_one(session: Session, setup: DispatchSetup, step_id: int, now: datetime) -> bool:
    incident_id = session.scalar(select(DueStep.incident_id).where(DueStep.id == step_id))
    incident = lock_incident(session, incident_id) if incident_id else None
    still_due = select(DueStep).where(DueStep.id == step_id, DueStep.outcome.is_(None), DueStep.due_at <= now)
    row = session.scalar(still_due)
    if incident is None or row is None:  # another process was faster
        return False
    assignment = session.get(Assignment, row.assignment_id) if row.assignment_id else None
    step = Step(row.step)
    facts = _facts(session, incident, assignment, step)
    judgement = escalation.judge(setup.plan, step, facts, row.due_at, now)
    if judgement.look_again_at is not None:
        row.due_at = judgement.look_again_at
        return True
    row.outcome = judgement.verdict
    row.outcome_at = now
    row.outcome_reason = judgement.reason or None
    if judgement.verdict is Verdict.RUN:
        _do(session, setup, incident, assignment, step, facts, row.round, now)
        following = escalation.following(setup.plan, step, row.round, row.due_at, now)
        if following:
            steps.write(session, incident.id, following, assignment_id=row.assignment_id)
    if judgement.verdict is Verdict.EXPIRED:
        journal.record(
            session, incident.id, "step_expired", at=now, recorded_at=now, step=step, reason=judgement.reason
        )
    return True


def _facts(session: Session, incident: Incident, assignment: Assignment | None, step: Step) -> StepFacts:
    asked_at = _last_run(session, assignment, step) if assignment and step in _QUESTIONS else None
    return StepFacts(
        incident_open=incident.status == IncidentStatus.OPEN,
        grade=Grade(incident.grade),
        called_false=incident.called_false_at is not None,
        someone_on_scene=any(a.on_scene_at is not None for a in incident.assignments),
        handover=HandoverStatus(incident.handover_status),
        answered=assignment is not None and has_answered(assignment),
        declined=assignment is not None and assignment.declined_at is not None,
        on_scene=assignment is not None and assignment.on_scene_at is not None,
        cleared=assignment is not None and assignment.cleared_at is not None,
        last_word_at=assignment.last_word_at if assignment else None,
        last_asked_at=asked_at,
        nobody_left_heard=step is Step.DUTY_REPEAT
        and duty_answers.nobody_left_was_heard(session, incident.id),
        ring_heard=step is Step.HANDOVER_ACCEPT and duty_answers.ring_was_heard(session, incident.id),
    )


def _last_run(session: Session, assignment: Assignment, step: Step) -> datetime | None:
    run = select(func.max(DueStep.outcome_at)).where(
        DueStep.assignment_id == assignment.id, DueStep.step == step, DueStep.outcome == Verdict.RUN
    )
    return session.scalar(run)


def has_answered(assignment: Assignment) -> bool:
    """Whatever a station has reached after its page is an answer, also where a milestone was skipped."""
    answers = (Milestone.ACKNOWLEDGED, Milestone.ENROUTE, Milestone.ON_SCENE, Milestone.CLEARED)
    return any(getattr(assignment, milestone.column) for milestone in answers)


def _do(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment | None,
    step: Step,
    facts: StepFacts,
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
        _do_for_station(session, setup, incident, assignment, step, facts, round_, now)
    elif step is Step.HANDOVER_UNVERIFIED:
        handover.hand_over(session, setup, incident, now=now)
    elif step is Step.HANDOVER_ACCEPT:
        text = partial(messages.duty_ring_119, attempt=round_)
        telling.tell_duty_officers(session, setup, incident, f"ring_119:{round_}", text, now=now)
    elif step is Step.DUTY_REPEAT:
        telling.repeat_to_duty_officers(session, setup, incident, round_, now=now)


def _do_for_station(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment,
    step: Step,
    facts: StepFacts,
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
        asking.ask_progress(session, setup, assignment, facts, round_, now=now)
    elif step is Step.ASK_ON_SCENE:
        asking.ask_on_scene(session, setup, assignment, facts, round_, now=now)
