"""What falls due when nobody answers, and whether it still makes sense. Pure.

Contract section 7: 30 s voice call and deputies, 60 s next station and duty officer, repeats every
60 s until someone answers or is there, the question to a station that answered and did not arrive,
the unverified hand-over after 90 s, and the ring to 119 when a hand-over is not accepted.

Beyond the contract, ours: a station on scene is asked how it goes after `ask_on_scene_after_s` without
a word (accountability). Both questions come again while it is silent, and a word puts them off. What is
repeated reaches fewer people as it goes on, so that nobody is flooded and no carrier's daily limit used up.
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
    ASK_ON_SCENE = "ask_on_scene"  # on scene and silent: are they well?
    HANDOVER_UNVERIFIED = "handover_unverified"
    HANDOVER_ACCEPT = "handover_accept"  # not accepted, or refused: a person must ring 119
    DUTY_REPEAT = "duty_repeat"  # no station could be sent: the duty officer again


#: Steps that later ones have overtaken: a repeat calls, too. The others ask what is still open: who comes,
#: where are they, does the district know? Late they run once, and the rhythm goes on from now.
_EXPIRES = frozenset({Step.VOICE})
#: Never repeated; and those of which the first round is no repetition. Both go before all repetitions.
ONCE = (Step.VOICE, Step.NEXT_STATION, Step.HANDOVER_UNVERIFIED)
FIRST_OF_MANY = (Step.ASK_PROGRESS, Step.ASK_ON_SCENE, Step.HANDOVER_ACCEPT)

#: Every so many times what is repeated still reaches everybody, once these first times are over (ours).
_SELDOM = 5
_NOTICES_AT_FIRST = 5
_REPEATS_TO_ALL_AT_FIRST = 3
#: A duty officer hears again that a crew on scene is silent at every so many questions (ours).
_SILENT_ON_SCENE_EVERY = 3


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
    cleared: bool = False
    #: When anything was last heard of it, and when it was last asked by a step of this kind.
    last_word_at: datetime | None = None
    last_asked_at: datetime | None = None
    #: A duty officer has answered since a tier last ran out of stations.
    nobody_left_heard: bool = False
    #: A duty officer has answered since he was told to ring 119.
    ring_heard: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether the station was asked and has said nothing since."""
        if self.last_asked_at is None:
            return False
        return self.last_word_at is None or self.last_word_at < self.last_asked_at


class Verdict(StrEnum):
    """What to do with a due step; the value is its outcome in the record."""

    RUN = "done"
    NOT_NEEDED = "not_needed"
    EXPIRED = "expired"
    LATER = "later"  # not now: the same step waits on


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a due step and its reason; `look_again_at` where it waits on."""

    verdict: Verdict
    reason: str = ""
    look_again_at: datetime | None = None


def after_assignment(plan: ResponsePlan, tier: Tier, created_at: datetime) -> list[Due]:
    """What falls due when a station has been sent."""
    return [
        Due(Step.VOICE, created_at + timedelta(seconds=plan.voice_after_s)),
        Due(Step.NEXT_STATION, created_at + timedelta(seconds=plan.next_station_after_s)),
        Due(Step.ASK_PROGRESS, created_at + timedelta(seconds=plan.of(tier).target_response_s)),
    ]


def watching(
    plan: ResponsePlan, tier: Tier, opened_at: datetime, now: datetime, *, on_scene: bool
) -> tuple[Step, datetime]:
    """Which question waits for a station that comes or is there, and when it is put at the earliest."""
    if on_scene:
        return Step.ASK_ON_SCENE, now + timedelta(seconds=plan.ask_on_scene_after_s)
    target = opened_at + timedelta(seconds=plan.of(tier).target_response_s)
    return Step.ASK_PROGRESS, max(target, now + timedelta(seconds=plan.repeat_every_s))


def following(plan: ResponsePlan, step: Step, round_: int, due_at: datetime, now: datetime) -> Due | None:
    """What falls due after a step that ran; None where it ends.

    The next instant keeps the rhythm of the plan, and is never in the past: after a long sleep one step
    runs, not every one that was missed.
    """
    match step:
        case Step.NEXT_STATION:
            return Due(Step.REPEAT, _next_beat(plan.repeat_every_s, due_at, now))
        case Step.REPEAT | Step.DUTY_REPEAT | Step.ASK_PROGRESS | Step.HANDOVER_ACCEPT:
            return Due(step, _next_beat(plan.repeat_every_s, due_at, now), round_ + 1)
        case Step.ASK_ON_SCENE:
            return Due(step, _next_beat(plan.ask_on_scene_after_s, due_at, now), round_ + 1)
        case Step.VOICE | Step.HANDOVER_UNVERIFIED:
            return None


def times(every_s: int, since: datetime, due_at: datetime) -> int:
    """The how-manyeth time something is said that was first said at `since`, and again every so often."""
    beats = (due_at - since).total_seconds() / every_s
    return max(1, 1 + int(beats + 0.25))  # the first may have been said some seconds late


def is_said(time: int) -> bool:
    """Whether a duty officer hears something the so-manyeth time."""
    return time <= _NOTICES_AT_FIRST or time % _SELDOM == 0


def is_for_all(repetition: int) -> bool:
    """Whether a repetition pages everyone of a station; its chiefs are paged in each."""
    return repetition <= _REPEATS_TO_ALL_AT_FIRST or repetition % _SELDOM == 0


def is_silence_told(questions: int, *, can_be_asked: bool) -> bool:
    """Whether a duty officer is told that a crew on scene is silent, at the so-manyeth question in a row."""
    first = 2 if can_be_asked else 1  # the first question has not been left unanswered yet
    return questions >= first and (questions - first) % _SILENT_ON_SCENE_EVERY == 0


def _next_beat(every_s: int, due_at: datetime, now: datetime) -> datetime:
    every = timedelta(seconds=every_s)
    return due_at + every if due_at + every > now else now + every


def judge(plan: ResponsePlan, step: Step, facts: StepFacts, due_at: datetime, now: datetime) -> Judgement:
    """Tell whether a due step is to be run now."""
    if not facts.incident_open:
        return Judgement(Verdict.NOT_NEEDED, "incident closed")
    if step in _EXPIRES and now - due_at > timedelta(seconds=EXPIRES_AFTER_S):
        return Judgement(Verdict.EXPIRED, f"more than {EXPIRES_AFTER_S} s late")
    match step:
        case Step.VOICE | Step.NEXT_STATION | Step.REPEAT:
            return _judge_unanswered(step, facts)
        case Step.ASK_PROGRESS:
            return _judge_progress(plan, facts, due_at, now)
        case Step.ASK_ON_SCENE:
            return _judge_on_scene(plan, facts, now)
        case Step.HANDOVER_UNVERIFIED:
            return _judge_handover(facts)
        case Step.HANDOVER_ACCEPT:
            return _judge_acceptance(facts)
        case Step.DUTY_REPEAT:
            return _judge_duty_repeat(facts)


def _judge_unanswered(step: Step, facts: StepFacts) -> Judgement:
    if facts.answered:
        return Judgement(Verdict.NOT_NEEDED, "station answered")
    if facts.declined:
        return Judgement(Verdict.NOT_NEEDED, "station declined; the next was sent at once")
    if step is Step.REPEAT and facts.someone_on_scene:
        return Judgement(Verdict.NOT_NEEDED, "someone is on scene")
    return Judgement(Verdict.RUN)


def _judge_progress(plan: ResponsePlan, facts: StepFacts, due_at: datetime, now: datetime) -> Judgement:
    if facts.on_scene:
        return Judgement(Verdict.NOT_NEEDED, "station is on scene")
    if facts.cleared:
        return Judgement(Verdict.NOT_NEEDED, "station is free again")
    if facts.declined:
        return Judgement(Verdict.NOT_NEEDED, "station declined")
    if not facts.answered:
        later = _next_beat(plan.repeat_every_s, due_at, now)
        return Judgement(Verdict.LATER, "station has not answered yet", later)
    if facts.last_asked_at is None:
        return Judgement(Verdict.RUN)
    return _unless_heard(facts, plan.repeat_every_s, now)


def _judge_on_scene(plan: ResponsePlan, facts: StepFacts, now: datetime) -> Judgement:
    if facts.cleared:
        return Judgement(Verdict.NOT_NEEDED, "station is free again")
    return _unless_heard(facts, plan.ask_on_scene_after_s, now)


def _unless_heard(facts: StepFacts, every_s: int, now: datetime) -> Judgement:
    """A station that said something is asked again one interval after its word."""
    if facts.last_word_at is not None:
        later = facts.last_word_at + timedelta(seconds=every_s)
        if later > now:
            return Judgement(Verdict.LATER, "station said something", later)
    return Judgement(Verdict.RUN)


def _judge_acceptance(facts: StepFacts) -> Judgement:
    if facts.handover not in (HandoverStatus.SENT, HandoverStatus.REJECTED):
        return Judgement(Verdict.NOT_NEEDED, f"hand-over {facts.handover}")
    if facts.ring_heard:
        return Judgement(Verdict.NOT_NEEDED, "duty officer answered")
    return Judgement(Verdict.RUN)


def _judge_duty_repeat(facts: StepFacts) -> Judgement:
    if facts.nobody_left_heard:
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
