"""Run what has fallen due. Called every second by any number of processes; nothing lives in memory."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from dispatch import (
    asking,
    duty_answers,
    escalation,
    handover,
    journal,
    messages,
    paging,
    silence,
    steps,
    telling,
)
from dispatch.describe import has_answered
from dispatch.escalation import Step, StepFacts, Verdict
from dispatch.locking import lock_incident
from dispatch.setup import DispatchSetup
from dispatch.values import Grade, HandoverStatus, IncidentStatus
from store.database import Database
from store.incidents import Assignment, DueStep, Incident

log = logging.getLogger(__name__)

#: So many steps are settled in a round, then what is due is read anew: a fresh alarm may be among it.
ROUND = 50
_QUESTIONS = (Step.ASK_PROGRESS, Step.ASK_ON_SCENE)
#: What falls due for the first time goes before every repetition, however old.
_IS_FIRST = DueStep.step.in_(escalation.ONCE) | and_(
    DueStep.step.in_(escalation.FIRST_OF_MANY), DueStep.round == 1
)
_RANK = case((_IS_FIRST, 0), else_=1)


def run_due(
    database: Database,
    setup: DispatchSetup,
    *,
    now: Callable[[], datetime],
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Run one round of due steps, each at its own instant and in a transaction of its own.

    Returns how many were settled; where that is `ROUND`, more may be due. One that fails stays due and
    takes nobody's turn; what another process settles in between is left to it. Between two steps
    `is_stopping` may end the round.
    """
    settled, failed = 0, set[int]()
    while settled < ROUND:
        due = [step for step in _due(database, ROUND + len(failed), now()) if step[0] not in failed]
        for step_id, incident_id in due[: ROUND - settled]:
            if is_stopping():
                return settled
            try:
                with database.begin() as session:
                    settled += _run_one(session, setup, step_id, incident_id, now())
            except Exception:
                log.exception("due step %s failed; it stays due, the others go on", step_id)
                failed.add(step_id)
        if len(due) < ROUND:
            break
    return settled


def _due(database: Database, limit: int, now: datetime) -> list[tuple[int, str]]:
    """What is due, with its incident: first steps before repetitions, of each the longest overdue first."""
    waiting = select(DueStep.id, DueStep.incident_id).where(DueStep.outcome.is_(None), DueStep.due_at <= now)
    ranked = waiting.order_by(_RANK, DueStep.due_at, DueStep.id).limit(limit)
    with database.read() as session:
        return [(step_id, incident_id) for step_id, incident_id in session.execute(ranked)]


def _run_one(session: Session, setup: DispatchSetup, step_id: int, incident_id: str, now: datetime) -> bool:
    incident = lock_incident(session, incident_id)
    still_due = select(DueStep).where(DueStep.id == step_id, DueStep.outcome.is_(None), DueStep.due_at <= now)
    row = session.scalar(still_due)
    if incident is None or row is None:  # another process was faster
        return False
    assignment = next((each for each in incident.assignments if each.id == row.assignment_id), None)
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
        _do(session, setup, incident, assignment, row, facts, now)
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


def _do(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment | None,
    row: DueStep,
    facts: StepFacts,
    now: datetime,
) -> None:
    step = Step(row.step)
    journal.record(
        session,
        incident.id,
        "escalated",
        at=now,
        recorded_at=now,
        assignment_id=assignment.id if assignment else None,
        step=step,
        round=row.round,
    )
    if assignment is not None:
        _do_for_station(session, setup, incident, assignment, row, facts, now)
    elif step is Step.HANDOVER_UNVERIFIED:
        handover.hand_over(session, setup, incident, now=now)
    elif step is Step.HANDOVER_ACCEPT:
        since = duty_answers.ring_told_at(session, incident.id)
        if _is_told(setup, since, row.due_at):
            text = partial(messages.duty_ring_119, attempt=row.round)
            telling.tell_duty_officers(session, setup, incident, f"ring_119:{row.round}", text, now=now)
    elif step is Step.DUTY_REPEAT:
        since = duty_answers.nobody_left_at(session, incident.id) or incident.opened_at
        if _is_told(setup, since, row.due_at):
            telling.repeat_to_duty_officers(session, setup, incident, row.round, now=now)


def _is_told(setup: DispatchSetup, since: datetime | None, due_at: datetime) -> bool:
    every_s = setup.plan.repeat_every_s
    return since is None or escalation.is_said(escalation.times(every_s, since, due_at))


def _do_for_station(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment,
    row: DueStep,
    facts: StepFacts,
    now: datetime,
) -> None:
    step = Step(row.step)
    if step is Step.VOICE:
        paging.page_people(session, setup, incident, assignment, everyone=True, attempt=1, now=now)
    elif step is Step.NEXT_STATION:
        silence.no_answer(session, setup, incident, assignment, row.due_at, now=now)
    elif step is Step.REPEAT:
        everyone, attempt = escalation.is_for_all(row.round), row.round + 1
        paging.page_people(session, setup, incident, assignment, everyone=everyone, attempt=attempt, now=now)
        silence.no_answer_again(session, setup, incident, row.due_at, now=now)
    elif step is Step.ASK_PROGRESS:
        asking.ask_progress(session, setup, assignment, facts, row.round, row.due_at, now=now)
    elif step is Step.ASK_ON_SCENE:
        asking.ask_on_scene(session, setup, assignment, facts, row.round, now=now)
