"""What falls due, and whether it still makes sense."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.escalation import (
    EXPIRES_AFTER_S,
    Due,
    Judgement,
    Step,
    StepFacts,
    Verdict,
    after_assignment,
    following,
    judge,
)
from dispatch.plan import ResponsePlan
from dispatch.values import Grade, HandoverStatus, Tier

START = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)
OPEN = StepFacts(
    incident_open=True,
    grade=Grade.SUSPECTED,
    called_false=False,
    someone_on_scene=False,
    handover=HandoverStatus.NONE,
)


def decide(step: Step, facts: StepFacts, due_at: datetime, now: datetime) -> Judgement:
    return judge(ResponsePlan(), step, facts, due_at, now)


def seconds(due: Due) -> float:
    return (due.due_at - START).total_seconds()


def test_a_village_station_is_called_after_30_replaced_after_60_asked_after_180() -> None:
    due = {step.step: seconds(step) for step in after_assignment(ResponsePlan(), Tier.VILLAGE, START)}

    assert due == {Step.VOICE: 30, Step.NEXT_STATION: 60, Step.ASK_PROGRESS: 180}


def test_repeats_follow_every_minute_and_count_up() -> None:
    plan = ResponsePlan()
    first = following(
        plan, Step.NEXT_STATION, 1, START + timedelta(seconds=60), START + timedelta(seconds=60)
    )
    assert first == Due(Step.REPEAT, START + timedelta(seconds=120), 1)
    second = following(plan, Step.REPEAT, 1, first.due_at, first.due_at)
    assert second == Due(Step.REPEAT, START + timedelta(seconds=180), 2)
    assert following(plan, Step.VOICE, 1, START, START) is None


@given(late_s=st.integers(0, 10_000))
def test_what_follows_a_late_step_is_never_in_the_past(late_s: int) -> None:
    now = START + timedelta(seconds=late_s)
    due = following(ResponsePlan(), Step.REPEAT, 3, START, now)

    assert due is not None
    assert due.due_at > now


@pytest.mark.parametrize("step", list(Step))
def test_nothing_is_run_for_a_closed_incident(step: Step) -> None:
    assert decide(step, replace(OPEN, incident_open=False), START, START).verdict is Verdict.NOT_NEEDED


@pytest.mark.parametrize("step", [Step.NEXT_STATION, Step.REPEAT, Step.HANDOVER_UNVERIFIED, Step.DUTY_REPEAT])
def test_what_is_still_open_after_a_long_outage_is_still_asked(step: Step) -> None:
    assert decide(step, OPEN, START, START + timedelta(days=1)).verdict is Verdict.RUN


def test_a_call_that_is_an_hour_late_expires_with_its_reason() -> None:
    judgement = decide(Step.VOICE, OPEN, START, START + timedelta(seconds=EXPIRES_AFTER_S + 1))

    assert judgement.verdict is Verdict.EXPIRED
    assert judgement.reason


@pytest.mark.parametrize("step", [Step.VOICE, Step.NEXT_STATION, Step.REPEAT])
def test_an_answer_or_a_decline_ends_the_paging_of_a_station(step: Step) -> None:
    assert decide(step, OPEN, START, START).verdict is Verdict.RUN
    assert decide(step, replace(OPEN, answered=True), START, START).verdict is Verdict.NOT_NEEDED
    assert decide(step, replace(OPEN, declined=True), START, START).verdict is Verdict.NOT_NEEDED


def test_repeats_end_when_anyone_is_on_scene_but_first_steps_do_not() -> None:
    there = replace(OPEN, someone_on_scene=True)

    assert decide(Step.REPEAT, there, START, START).verdict is Verdict.NOT_NEEDED
    assert decide(Step.NEXT_STATION, there, START, START).verdict is Verdict.RUN


def test_progress_is_asked_of_who_answered_and_looked_at_again_for_who_did_not() -> None:
    assert decide(Step.ASK_PROGRESS, OPEN, START, START).verdict is Verdict.LATER
    assert decide(Step.ASK_PROGRESS, replace(OPEN, answered=True), START, START).verdict is Verdict.RUN
    there = replace(OPEN, answered=True, on_scene=True)
    assert decide(Step.ASK_PROGRESS, there, START, START).verdict is Verdict.NOT_NEEDED


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (OPEN, Verdict.RUN),
        (replace(OPEN, called_false=True), Verdict.NOT_NEEDED),
        (replace(OPEN, grade=Grade.CONFIRMED), Verdict.NOT_NEEDED),
        (replace(OPEN, handover=HandoverStatus.SENT), Verdict.NOT_NEEDED),
    ],
)
def test_unverified_hand_over_only_while_suspected_and_not_called_false(
    facts: StepFacts, verdict: Verdict
) -> None:
    assert decide(Step.HANDOVER_UNVERIFIED, facts, START, START).verdict is verdict


def test_119_is_rung_only_while_nobody_has_accepted() -> None:
    sent = replace(OPEN, handover=HandoverStatus.SENT)

    assert decide(Step.HANDOVER_ACCEPT, sent, START, START).verdict is Verdict.RUN
    refused = replace(OPEN, handover=HandoverStatus.REJECTED)
    assert decide(Step.HANDOVER_ACCEPT, refused, START, START).verdict is Verdict.RUN
    heard = replace(refused, ring_heard=True)
    assert decide(Step.HANDOVER_ACCEPT, heard, START, START).verdict is Verdict.NOT_NEEDED
    accepted = replace(OPEN, handover=HandoverStatus.ACCEPTED)
    assert decide(Step.HANDOVER_ACCEPT, accepted, START, START).verdict is Verdict.NOT_NEEDED


def test_an_unplaced_alarm_is_repeated_until_a_duty_officer_answers() -> None:
    assert decide(Step.DUTY_REPEAT, OPEN, START, START).verdict is Verdict.RUN
    heard = replace(OPEN, nobody_left_heard=True)
    assert decide(Step.DUTY_REPEAT, heard, START, START).verdict is Verdict.NOT_NEEDED
