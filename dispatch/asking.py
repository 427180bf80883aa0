"""Ask a station that comes where it is, and one on scene how it goes. Thin verbs in the caller's transaction.

Silence reopens the paging: a station that answered, was asked and says nothing is paged again like one
that never answered.
"""

from datetime import datetime
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch import asking_texts, duty, escalation, journal, outbox, paging, silence, steps, telling
from dispatch.describe import facts_of
from dispatch.duty import Contact
from dispatch.escalation import Step, StepFacts, Verdict
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.telling import DutyText
from dispatch.values import Tier
from store.incidents import Assignment, DueStep, TimelineEntry

#: The timeline's word for a station that is paged again although it had answered.
REOPENED = "paging_reopened"


def heard(
    session: Session, setup: DispatchSetup, assignment: Assignment, *, at: datetime, now: datetime
) -> None:
    """A station said something: keep when, and see to it that the question of its state waits.

    Called by every verb that takes an answer or a milestone, whatever the channel. `at` is when the word
    reached us: one that was read late is not the last word where another came after it.
    """
    assignment.last_word_at = max(assignment.last_word_at or at, at)
    if assignment.declined_at is None and assignment.cleared_at is None:
        watch(session, setup, assignment, now=now)


def watch(session: Session, setup: DispatchSetup, assignment: Assignment, *, now: datetime) -> None:
    """Let the question that fits a station's state wait, unless it does already."""
    step, at = escalation.watching(
        setup.plan,
        Tier(assignment.tier),
        assignment.created_at,
        now,
        on_scene=assignment.on_scene_at is not None,
    )
    steps.write_once(session, assignment.incident_id, step, at, assignment_id=assignment.id)


def ask_progress(
    session: Session,
    setup: DispatchSetup,
    assignment: Assignment,
    facts: StepFacts,
    round_: int,
    due_at: datetime,
    *,
    now: datetime,
) -> None:
    """Answered, but not there within the target: the station is asked, the duty officer is told.

    Silent since it was asked: its paging is reopened, and once the next nearest station goes as well.
    """
    incident = assignment.incident
    contacts = paging.contacts_of(session, setup, assignment, now)
    asked = duty.first_called(contacts) if facts.is_silent else contacts  # everyone else is paged
    text = partial(asking_texts.ask_progress, attempt=round_)
    _ask(session, setup, assignment, asked, text, f"ask:{assignment.id}:{round_}", now)
    if facts.is_silent:
        everyone, attempt = escalation.is_for_all(round_ - 1), round_ + _repeats_of(session, assignment)
        paging.page_people(session, setup, incident, assignment, everyone=everyone, attempt=attempt, now=now)
        if _reopens_first(session, assignment, now) and not facts.someone_on_scene:
            silence.not_on_scene(session, setup, assignment, due_at, attempt=round_, sends_next=True, now=now)
            return
    if facts.last_asked_at is None:
        silence.not_on_scene(session, setup, assignment, due_at, attempt=round_, sends_next=False, now=now)
    else:
        silence.not_on_scene_again(session, setup, incident, due_at, now=now)


def ask_on_scene(
    session: Session,
    setup: DispatchSetup,
    assignment: Assignment,
    facts: StepFacts,
    round_: int,
    *,
    now: datetime,
) -> None:
    """On scene and long without a word: the station is asked; if it was asked before, a person must ring.

    He is told at the second question that it leaves unanswered, and at every third after that.
    """
    since = assignment.on_scene_at or now
    minutes = max(1, int((now - since).total_seconds() // 60))
    contacts = paging.contacts_of(session, setup, assignment, now)
    text = partial(asking_texts.ask_on_scene, minutes=minutes)
    _ask(session, setup, assignment, contacts, text, f"on_scene:{assignment.id}:{round_}", now)
    questions = _questions_since(session, assignment, Step.ASK_ON_SCENE, facts.last_word_at)
    if escalation.is_silence_told(questions, can_be_asked=bool(contacts)):
        tell = partial(asking_texts.duty_silent_on_scene, minutes=minutes)
        what = f"silent_on_scene:{assignment.id}:{round_}"
        telling.tell_duty_officers(session, setup, assignment.incident, what, tell, assignment, now=now)


def _ask(
    session: Session,
    setup: DispatchSetup,
    assignment: Assignment,
    people: list[Contact],
    text: DutyText,
    key: str,
    now: datetime,
) -> None:
    facts = facts_of(assignment.incident)
    for person in people:
        draft = Draft(
            to=person,
            purpose="ask_progress",
            body=text(facts, person.language),
            key=key,
            incident_id=assignment.incident_id,
            assignment_id=assignment.id,
        )
        outbox.enqueue(session, setup, draft, now=now)


def _questions_since(session: Session, assignment: Assignment, step: Step, word_at: datetime | None) -> int:
    """How often a station has been asked since its last word, the question under way among it."""
    asked = select(func.count()).where(
        DueStep.assignment_id == assignment.id, DueStep.step == step, DueStep.outcome == Verdict.RUN
    )
    return session.scalar(asked if word_at is None else asked.where(DueStep.outcome_at > word_at)) or 0


def _repeats_of(session: Session, assignment: Assignment) -> int:
    """How often everyone was paged again before the station answered: those attempts are taken."""
    run = select(func.count()).where(
        DueStep.assignment_id == assignment.id, DueStep.step == Step.REPEAT, DueStep.outcome == Verdict.RUN
    )
    return session.scalar(run) or 0


def _reopens_first(session: Session, assignment: Assignment, now: datetime) -> bool:
    """Whether the paging of a station is reopened for the first time; said in the timeline."""
    before = select(TimelineEntry.id).where(
        TimelineEntry.incident_id == assignment.incident_id,
        TimelineEntry.assignment_id == assignment.id,
        TimelineEntry.kind == REOPENED,
    )
    if session.scalar(before.limit(1)) is not None:
        return False
    journal.record(
        session, assignment.incident_id, REOPENED, at=now, recorded_at=now, assignment_id=assignment.id
    )
    return True
