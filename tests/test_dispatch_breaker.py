"""Whether a carrier works, from its answers: few attempts while it fails, all of them once it works again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import breaker
from dispatch.breaker import Breaker
from dispatch.channels.carrier import SendResult, SendStatus
from tests.clock import STORY_START

_NOW = STORY_START
_FREE = 100
_DOWN = SendResult(SendStatus.TEMPORARY, failure="503")


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def failed(times: int = breaker.FAILURES_IN_A_ROW, result: SendResult = _DOWN) -> Breaker:
    state = Breaker()
    for _ in range(times):
        state = state.after(result, _NOW)
    return state


def test_a_new_one_trusts_its_carrier() -> None:
    assert Breaker().may_start(_FREE, _NOW) == _FREE
    assert not Breaker().holds_back(_NOW)


@pytest.mark.parametrize("status", [SendStatus.TEMPORARY, SendStatus.AMBIGUOUS])
def test_failures_in_a_row_leave_one_attempt_a_second(status: SendStatus) -> None:
    result = SendResult(status, failure="gone")
    assert failed(breaker.FAILURES_IN_A_ROW - 1, result).may_start(_FREE, _NOW) == _FREE

    state = failed(result=result)
    assert state.holds_back(_NOW)
    assert state.may_start(_FREE, _NOW) == 1
    state = state.after_start(_NOW)
    assert state.may_start(_FREE, _NOW + later(0.9)) == 0
    assert state.may_start(_FREE, _NOW + later(1)) == 1
    assert state.may_start(0, _NOW + later(1)) == 0


@pytest.mark.parametrize("status", [SendStatus.SENT, SendStatus.DELIVERED, SendStatus.PERMANENT])
def test_the_first_good_answer_lets_everything_go(status: SendStatus) -> None:
    state = failed().after(SendResult(status), _NOW)
    assert state.may_start(_FREE, _NOW) == _FREE
    assert not state.holds_back(_NOW)


def test_refusals_of_numbers_never_count_against_the_carrier() -> None:
    assert not failed(50, SendResult(SendStatus.PERMANENT, failure="21211")).has_failed


@pytest.mark.parametrize(("asked_s", "obeyed_s"), [(2, 2), (30, 30), (3600, breaker.LONGEST_PAUSE_S)])
def test_come_back_later_is_obeyed_by_the_whole_lane_but_not_for_ever(
    asked_s: float, obeyed_s: float
) -> None:
    state = Breaker().after(SendResult(SendStatus.TEMPORARY, retry_after_s=asked_s), _NOW)
    assert state.may_start(_FREE, _NOW + later(obeyed_s - 0.1)) == 0
    assert state.may_start(_FREE, _NOW + later(obeyed_s)) == _FREE
    assert state.holds_back(_NOW) == (asked_s > breaker.PATIENCE_S)


def test_a_shorter_pause_or_an_older_calls_success_does_not_end_a_pause() -> None:
    state = Breaker().after(SendResult(SendStatus.TEMPORARY, retry_after_s=20), _NOW)
    state = state.after(SendResult(SendStatus.TEMPORARY, retry_after_s=1), _NOW)
    state = state.after(SendResult(SendStatus.SENT), _NOW)
    assert state.may_start(_FREE, _NOW + later(19)) == 0


def test_an_outage_of_last_night_does_not_condemn_this_mornings_alarm() -> None:
    state = failed()
    morning = _NOW + later(breaker.FORGOTTEN_AFTER_S)
    assert state.may_start(_FREE, morning) == _FREE
    assert not state.holds_back(morning)
    assert state.after(_DOWN, morning).holds_back(morning)  # until it fails again


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(SendStatus),
            st.floats(0, 30),
            st.one_of(st.none(), st.floats(0, 10_000)),
        ),
        max_size=30,
    )
)
def test_whatever_it_answers_a_carrier_is_never_given_up(
    steps: list[tuple[SendStatus, float, float | None]],
) -> None:
    state, now = Breaker(), _NOW
    for status, seconds, retry_after_s in steps:
        now += later(seconds)
        if state.may_start(_FREE, now):
            state = state.after_start(now)
        state = state.after(SendResult(status, retry_after_s=retry_after_s), now)
    longest = max(breaker.LONGEST_PAUSE_S, breaker.PROBE_EVERY_S)
    assert state.may_start(_FREE, now + later(longest)) >= 1
