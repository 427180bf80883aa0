"""Look over every open incident, report each fault of `audit` once, and mend it."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from dispatch import asking_texts, duty_answers, handover, journal, metrics, outbox, paging, steps, telling
from dispatch.audit import (
    MESSAGE_LATE_S,
    NOT_HANDED_OVER,
    NOT_PAGED,
    STEP_LATE_S,
    AssignmentState,
    Fault,
    IncidentState,
    Steps,
    audit,
)
from dispatch.describe import has_answered, regions_of
from dispatch.escalation import Step
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import Grade, HandoverStatus, IncidentStatus, Tier
from store.database import Database
from store.incidents import Assignment, DueStep, Incident, Notification, TimelineEntry

log = logging.getLogger(__name__)

#: The timeline's word for a fault that was found.
FAULT = "audit_fault"
#: Where everything is late, to say so of every incident would make it later still (ours).
_LATENESS_AT_ONCE = 20


def audit_all(
    database: Database,
    setup: DispatchSetup,
    *,
    now: datetime,
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Audit every open incident; returns how many faults were reported or mended.

    Reads without a lock; an incident with something wrong is looked at again under its lock, in a
    transaction of its own, so that one incident's trouble never keeps the others from being audited.
    What is missing comes first and everywhere; mere lateness of a few incidents at a time. Between two
    incidents `is_stopping` may end it.
    """
    with database.read() as session:
        states = load_states(session, Incident.status == IncidentStatus.OPEN, now=now)
        faulty = {state.id: faults for state in states if (faults := audit(setup.plan, state, now))}
        known = _reported(session, set(faulty))
    handled = 0
    for incident_id in _to_see_to(faulty, known):
        if is_stopping():
            break
        try:
            with database.begin() as session:
                handled += _see_to(session, setup, incident_id, now)
        except Exception:
            log.exception("audit of incident %s failed; the others go on", incident_id)
    return handled


def _to_see_to(faulty: Mapping[str, Sequence[Fault]], known: Mapping[str, set[str]]) -> list[str]:
    """The incidents with something new: those that miss something, then some that are merely late."""
    missing, late = list[str](), list[str]()
    for incident_id, faults in faulty.items():
        if news := _news(faults, known[incident_id]):
            (late if all(fault.is_lateness for fault in news) else missing).append(incident_id)
    return missing + late[:_LATENESS_AT_ONCE]


def _news(faults: Iterable[Fault], known: set[str]) -> list[Fault]:
    """What is to be handled: lateness once, and whatever is missing as long as it is."""
    return [fault for fault in faults if not fault.is_lateness or fault.key not in known]


def _see_to(session: Session, setup: DispatchSetup, incident_id: str, now: datetime) -> int:
    # who holds it may hang; it is looked at again in the next audit, and the others in this one
    unheld = {"key_share": True, "skip_locked": True}
    incident = session.get(Incident, incident_id, with_for_update=unheld)
    if incident is None or incident.status != IncidentStatus.OPEN:
        return 0
    (state,) = load_states(session, Incident.id == incident_id, now=now)
    known = _reported(session, {incident_id})[incident_id]
    faults = _news(audit(setup.plan, state, now), known)
    for fault in faults:
        if fault.key not in known:
            _report(session, incident, fault, now)
        _mend(session, setup, incident, fault, now)
    missed = [fault for fault in faults if not fault.is_lateness]
    if missed:
        key = f"audit:{missed[0].key}"
        telling.tell_duty_officers(session, setup, incident, key, asking_texts.duty_audit_mended, now=now)
    if len(missed) < len(faults):
        _tell_of_lateness(session, setup, incident, now)
    return len(faults)


def _report(session: Session, incident: Incident, fault: Fault, now: datetime) -> None:
    log.error("audit: incident %s: %s (%s)", incident.code, fault.what, fault.key)
    metrics.AUDIT_FAULTS.labels(fault.what).inc()
    journal.record(
        session,
        incident.id,
        FAULT,
        at=now,
        recorded_at=now,
        assignment_id=fault.assignment_id,
        what=fault.what,
        key=fault.key,
    )


def _mend(session: Session, setup: DispatchSetup, incident: Incident, fault: Fault, now: datetime) -> None:
    if fault.step is not None and fault.due_at is not None:
        steps.write_once(session, incident.id, fault.step, fault.due_at, assignment_id=fault.assignment_id)
    elif fault.what == NOT_HANDED_OVER:
        handover.hand_over(session, setup, incident, now=now)
    elif fault.what == NOT_PAGED:
        (assignment,) = [a for a in incident.assignments if a.id == fault.assignment_id]
        paging.page_station(session, setup, incident, assignment, now=now)


def _tell_of_lateness(session: Session, setup: DispatchSetup, incident: Incident, now: datetime) -> None:
    """One notice an hour to each duty officer: a storm that makes us late must not be fed by notices."""
    roster = setup.roster.get(session)
    codes = regions_of(incident) or roster.tree.codes_of_level("district")
    for officer in roster.duty_officers(codes, now, setup.zone):
        body = asking_texts.service_is_late(officer.language)
        draft = Draft(to=officer, purpose="duty", body=body, key=f"late:{now:%Y%m%d%H}")
        outbox.enqueue(session, setup, draft, now=now)


def _reported(session: Session, incident_ids: set[str]) -> dict[str, set[str]]:
    """The keys of the faults that each incident's timeline holds."""
    known: dict[str, set[str]] = defaultdict(set)
    if incident_ids:
        told = select(TimelineEntry.incident_id, TimelineEntry.data).where(
            TimelineEntry.incident_id.in_(incident_ids), TimelineEntry.kind == FAULT
        )
        for incident_id, data in session.execute(told):
            known[incident_id].add(data["key"])
    return known


def load_states(session: Session, which: ColumnElement[bool], *, now: datetime) -> list[IncidentState]:
    """The open incidents of a condition as `audit` wants them, in a handful of queries."""
    incidents = session.scalars(select(Incident).where(which)).all()
    steps = _steps(session, which)
    late_steps = _late_steps(session, which, now)
    late_messages = _late_messages(session, which, now)
    assignments = _assignments(session, which, steps)
    return [
        IncidentState(
            id=row.id,
            opened_at=row.opened_at,
            grade=Grade(row.grade),
            called_false=row.called_false_at is not None,
            handover=HandoverStatus(row.handover_status),
            # both asked only where it matters, each costs a query
            nobody_left_heard=all(assignment.declined for assignment in assignments[row.id])
            and duty_answers.nobody_left_was_heard(session, row.id),
            ring_heard=Step.HANDOVER_ACCEPT not in steps[row.id, None].waiting
            and duty_answers.ring_was_heard(session, row.id),
            steps=steps[row.id, None],
            assignments=tuple(assignments[row.id]),
            late_steps=tuple(late_steps[row.id]),
            late_messages=row.id in late_messages,
        )
        for row in incidents
    ]


def _assignments(
    session: Session, which: ColumnElement[bool], steps: dict[tuple[str, int | None], Steps]
) -> dict[str, list[AssignmentState]]:
    is_paged = select(Notification.id).where(
        Notification.assignment_id == Assignment.id, Notification.purpose == "page"
    )
    rows = session.execute(
        select(Assignment, is_paged.exists()).join(Assignment.incident).where(which).order_by(Assignment.id)
    )
    found: dict[str, list[AssignmentState]] = defaultdict(list)
    for row, paged in rows:
        state = AssignmentState(
            id=row.id,
            tier=Tier(row.tier),
            sent_at=row.created_at,
            word_at=row.last_word_at or row.on_scene_at or row.created_at,
            paged=paged or telling.duty_was_told(session, row.incident_id, paging.no_contact_notice(row.id)),
            answered=has_answered(row),
            declined=row.declined_at is not None,
            on_scene=row.on_scene_at is not None,
            cleared=row.cleared_at is not None,
            steps=steps[row.incident_id, row.id],
        )
        found[row.incident_id].append(state)
    return found


def _steps(session: Session, which: ColumnElement[bool]) -> dict[tuple[str, int | None], Steps]:
    waits = func.sum(case((DueStep.outcome.is_(None), 1), else_=0))
    of = (DueStep.incident_id, DueStep.assignment_id, DueStep.step)
    counted = select(*of, func.max(DueStep.round), waits).join(Incident, Incident.id == DueStep.incident_id)
    rounds: dict[tuple[str, int | None], dict[Step, int]] = defaultdict(dict)
    waiting: dict[tuple[str, int | None], set[Step]] = defaultdict(set)
    for incident_id, assignment_id, name, last, waits_now in session.execute(
        counted.where(which).group_by(*of)
    ):
        rounds[incident_id, assignment_id][Step(name)] = last
        if waits_now:
            waiting[incident_id, assignment_id].add(Step(name))
    found: dict[tuple[str, int | None], Steps] = defaultdict(Steps)
    found.update({owner: Steps(had, frozenset(waiting[owner])) for owner, had in rounds.items()})
    return found


def _late_steps(session: Session, which: ColumnElement[bool], now: datetime) -> dict[str, list[int]]:
    late = select(DueStep.incident_id, DueStep.id).join(Incident, Incident.id == DueStep.incident_id)
    overdue = now - timedelta(seconds=STEP_LATE_S)
    found: dict[str, list[int]] = defaultdict(list)
    for incident_id, step_id in session.execute(
        late.where(which, DueStep.outcome.is_(None), DueStep.due_at < overdue)
    ):
        found[incident_id].append(step_id)
    return found


def _late_messages(session: Session, which: ColumnElement[bool], now: datetime) -> set[str]:
    overdue = now - timedelta(seconds=MESSAGE_LATE_S)
    is_late = or_(
        and_(Notification.status == "queued", Notification.next_attempt_at < overdue),
        and_(Notification.status == "sending", Notification.claimed_until < overdue),
    )
    late = select(Notification.incident_id).join(Notification.incident).where(which, is_late).distinct()
    return {incident_id for incident_id in session.scalars(late) if incident_id is not None}
