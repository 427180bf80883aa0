"""What must be waiting or done for every open incident, told from its facts alone. Pure.

A second opinion: nothing here asks the code that schedules (`escalation`, `asking`), so a step that it
forgets, or that is lost, is found. `auditor` loads the facts, reports each fault once and mends it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.escalation import Step
from dispatch.plan import ResponsePlan
from dispatch.values import Grade, HandoverStatus, Tier

#: A step that waits so long after its time is late: the loop that runs them looks every second (ours).
STEP_LATE_S = 10
#: A message that waits so long after its time is late: the sender looks ten times a second (ours).
MESSAGE_LATE_S = 15

# What can be wrong besides a step that is missing; kept with the fault and counted by it.
NOT_PAGED = "not_paged"
NOT_HANDED_OVER = "not_handed_over"
STEP_LATE = "step_late"
MESSAGE_LATE = "message_late"


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of an incident or of one assignment: how many rounds each has had, and which wait."""

    rounds: Mapping[Step, int] = field(default_factory=dict)
    waiting: frozenset[Step] = frozenset()


@dataclass(frozen=True, slots=True)
class AssignmentState:
    """How far a station is. `word_at` is when anything was last heard of it, else when it was sent."""

    id: int
    tier: Tier
    sent_at: datetime
    word_at: datetime
    #: A page was written, or the duty officer was told that it has nobody to page.
    paged: bool
    answered: bool
    declined: bool
    on_scene: bool
    cleared: bool
    steps: Steps


@dataclass(frozen=True, slots=True)
class IncidentState:
    """An open incident as the record shows it."""

    id: str
    opened_at: datetime
    grade: Grade
    called_false: bool
    handover: HandoverStatus
    #: A duty officer has answered since a tier last ran out of stations, or since he was told to ring 119.
    nobody_left_heard: bool
    ring_heard: bool
    steps: Steps
    assignments: tuple[AssignmentState, ...]
    late_steps: tuple[int, ...] = ()
    late_messages: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that should be waiting or done and is not; `key` is unique within its incident.

    `step` is what is to be scheduled, at `due_at`; without one the auditor knows another remedy, or none.
    """

    what: str
    key: str
    assignment_id: int | None = None
    step: Step | None = None
    due_at: datetime | None = None

    @property
    def is_lateness(self) -> bool:
        """Whether only time can mend it: nothing is missing, the service is too slow."""
        return self.what in (STEP_LATE, MESSAGE_LATE)


def audit(plan: ResponsePlan, incident: IncidentState, now: datetime) -> list[Fault]:
    """Every fault of one open incident at an instant."""
    faults = [*_of_incident(plan, incident, now)]
    is_someone_there = any(assignment.on_scene for assignment in incident.assignments)
    for assignment in incident.assignments:
        if not assignment.paged:
            faults.append(Fault(NOT_PAGED, f"{NOT_PAGED}:{assignment.id}", assignment.id))
        faults += _of_station(plan, assignment, now, is_someone_there=is_someone_there)
    faults += [Fault(STEP_LATE, f"{STEP_LATE}:{step}") for step in incident.late_steps]
    if incident.late_messages:
        faults.append(Fault(MESSAGE_LATE, MESSAGE_LATE))
    return faults


def _of_incident(plan: ResponsePlan, incident: IncidentState, now: datetime) -> Iterator[Fault]:
    if incident.handover is HandoverStatus.NONE:
        if incident.grade is Grade.CONFIRMED:
            yield Fault(NOT_HANDED_OVER, NOT_HANDED_OVER)
        elif not incident.called_false:
            at = incident.opened_at + timedelta(seconds=plan.handover_unverified_after_s)
            yield from _unless_waiting(incident.steps, Step.HANDOVER_UNVERIFIED, max(at, now))
    is_to_accept = incident.handover in (HandoverStatus.SENT, HandoverStatus.REJECTED)
    if is_to_accept and not incident.ring_heard:
        yield from _unless_waiting(incident.steps, Step.HANDOVER_ACCEPT, now)
    nobody_comes = all(assignment.declined for assignment in incident.assignments)
    someone_was_there = any(assignment.on_scene for assignment in incident.assignments)
    if nobody_comes and not someone_was_there and not incident.nobody_left_heard:
        yield from _unless_waiting(incident.steps, Step.DUTY_REPEAT, now)


def _of_station(
    plan: ResponsePlan, assignment: AssignmentState, now: datetime, *, is_someone_there: bool
) -> Iterator[Fault]:
    if assignment.cleared or assignment.declined:
        return
    steps, own = assignment.steps, assignment.id
    if assignment.on_scene:
        at = assignment.word_at + timedelta(seconds=plan.ask_on_scene_after_s)
        yield from _unless_waiting(steps, Step.ASK_ON_SCENE, max(at, now), own)
    elif assignment.answered:
        at = assignment.sent_at + timedelta(seconds=plan.of(assignment.tier).target_response_s)
        yield from _unless_waiting(steps, Step.ASK_PROGRESS, max(at, now), own)
    elif not is_someone_there and Step.REPEAT not in steps.waiting:
        at = assignment.sent_at + timedelta(seconds=plan.next_station_after_s)
        step = Step.REPEAT if steps.rounds.get(Step.NEXT_STATION) else Step.NEXT_STATION
        if Step.NEXT_STATION not in steps.waiting:
            yield from _unless_waiting(steps, step, max(at, now), own)
        if not steps.rounds.get(Step.VOICE):
            at = assignment.sent_at + timedelta(seconds=plan.voice_after_s)
            yield from _unless_waiting(steps, Step.VOICE, max(at, now), own)


def _unless_waiting(steps: Steps, step: Step, at: datetime, own: int | None = None) -> Iterator[Fault]:
    if step not in steps.waiting:
        key = f"{step}:{own or ''}:{steps.rounds.get(step, 0)}"
        yield Fault(f"missing_{step}", key, own, step, at)
