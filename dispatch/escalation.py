"""What falls due when nobody answers, and whether it still makes sense. Pure.

Contract section 7: 30 s voice call and deputies, 60 s next station and duty officer, repeats every
60 s until someone answers or is there, the question to a station that answered and did not arrive,
the unverified hand-over after 90 s, and the ring to 119 when a hand-over is not accepted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.plan import ResponsePlan
from dispatch.values import Grade, HandoverStatus, Tier

#: A step this late answers a question nobody asks any more; it expires with its reason (ours).
EXPIRES_AFTER_S = 3600


class Step(StrEnum):
    """What can fall due."""

    VOICE = "voice"  # call the chief, tell deputies and members
    NEXT_STATION = "next_station"  # one more of the tier, and the duty officer
    REPEAT = "repeat"  # everything again
    ASK_PROGRESS = "ask_progress"  # answered, but where are they?
    HANDOVER_UNVERIFIED = "handover_unverified"
    HANDOVER_ACCEPT = "handover_accept"
    DUTY_REPEAT = "duty_repeat"  # no station could be sent: the duty officer again


#: Steps that later ones have overtaken. The others ask what is still open: who comes, does the district know?
_EXPIRES = frozenset({Step.VOICE, Step.ASK_PROGRESS})


@dataclass(frozen=True, slots=True)
class Due:
    """A step and the instant it falls due; `round` counts repetitions from 1."""

    step: Step
    due_at: datetime
    round: int = 1


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What decides whether a due step is still needed."""

    incident_open: bool
    grade: Grade
    called_false: bool
    someone_on_scene: bool
    handover: HandoverStatus
    #: The assignment's own, where the step belongs to one.
    answered: bool = False
    declined: bool = False
    on_scene: bool = False
    #: A duty officer has answered a notice of this incident.
    duty_officer_answered: bool = False


class Verdict(StrEnum):
    """What to do with a due step; the value is its outcome in the record."""

    RUN = "done"
    NOT_NEEDED = "not_needed"
    EXPIRED = "expired"
    LATER = "later"  # not now, but look again


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a due step and its reason."""

    verdict: Verdict
    reason: str = ""


def after_assignment(plan: ResponsePlan, tier: Tier, created_at: datetime) -> list[Due]:
    """What falls due when a station has been sent."""
    return [
        Due(Step.VOICE, created_at + timedelta(seconds=plan.voice_after_s)),
        Due(Step.NEXT_STATION, created_at + timedelta(seconds=plan.next_station_after_s)),
        Due(Step.ASK_PROGRESS, created_at + timedelta(seconds=plan.of(tier).target_response_s)),
    ]


def following(plan: ResponsePlan, step: Step, round_: int, due_at: datetime, now: datetime) -> Due | None:
    """What falls due after a step that ran or must be looked at again; None where it ends.

    The next instant keeps the rhythm of the plan, and is never in the past.
    """
    every = timedelta(seconds=plan.repeat_every_s)
    at = due_at + every
    if at <= now:
        at = now + every
    if step is Step.NEXT_STATION:
        return Due(Step.REPEAT, at)
    if step in (Step.REPEAT, Step.DUTY_REPEAT, Step.ASK_PROGRESS):
        return Due(step, at, round_ + 1)
    return None


def judge(step: Step, facts: StepFacts, due_at: datetime, now: datetime) -> Judgement:
    """Tell whether a due step is to be run now."""
    if not facts.incident_open:
        return Judgement(Verdict.NOT_NEEDED, "incident closed")
    if step in _EXPIRES and now - due_at > timedelta(seconds=EXPIRES_AFTER_S):
        return Judgement(Verdict.EXPIRED, f"more than {EXPIRES_AFTER_S} s late")
    if step in (Step.VOICE, Step.NEXT_STATION, Step.REPEAT):
        return _judge_unanswered(step, facts)
    if step is Step.ASK_PROGRESS:
        return _judge_progress(facts)
    if step is Step.HANDOVER_UNVERIFIED:
        return _judge_handover(facts)
    if step is Step.HANDOVER_ACCEPT:
        if facts.handover is HandoverStatus.SENT:
            return Judgement(Verdict.RUN)
        return Judgement(Verdict.NOT_NEEDED, f"hand-over {facts.handover}")
    return _judge_duty_repeat(facts)


def _judge_unanswered(step: Step, facts: StepFacts) -> Judgement:
    if facts.answered:
        return Judgement(Verdict.NOT_NEEDED, "station answered")
    if facts.declined:
        return Judgement(Verdict.NOT_NEEDED, "station declined; the next was sent at once")
    if step is Step.REPEAT and facts.someone_on_scene:
        return Judgement(Verdict.NOT_NEEDED, "someone is on scene")
    return Judgement(Verdict.RUN)


def _judge_progress(facts: StepFacts) -> Judgement:
    if facts.on_scene:
        return Judgement(Verdict.NOT_NEEDED, "station is on scene")
    if facts.declined:
        return Judgement(Verdict.NOT_NEEDED, "station declined")
    if not facts.answered:
        return Judgement(Verdict.LATER, "station has not answered yet")
    return Judgement(Verdict.RUN)


def _judge_duty_repeat(facts: StepFacts) -> Judgement:
    if facts.duty_officer_answered:
        return Judgement(Verdict.NOT_NEEDED, "duty officer answered")
    if facts.someone_on_scene:
        return Judgement(Verdict.NOT_NEEDED, "someone is on scene")
    return Judgement(Verdict.RUN)


def _judge_handover(facts: StepFacts) -> Judgement:
    if facts.grade is Grade.CONFIRMED or facts.handover is not HandoverStatus.NONE:
        return Judgement(Verdict.NOT_NEEDED, "handed over already")
    if facts.called_false:
        return Judgement(Verdict.NOT_NEEDED, "a person called it false")
    return Judgement(Verdict.RUN)
