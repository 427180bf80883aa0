"""A lane, driven with the clock in hand: its room, what it holds back, when it hangs, when it works again."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest

from dispatch import breaker, lanes
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.claiming import Claim, Route
from dispatch.lanes import Lane
from tests.clock import ManualClock

_DOWN = SendResult(SendStatus.TEMPORARY, failure="503")
_GOOD = SendResult(SendStatus.SENT)
_PATIENCE_S = 20.0


def claims(*numbers: int) -> list[Claim]:
    return [Claim("a", OutgoingMessage(number, Channel.SMS, "", "", "zh"), 1) for number in numbers]


@pytest.fixture
def lane() -> Iterator[Lane]:
    made = Lane(Route("a", Channel.SMS))
    yield made
    made.close()


def test_a_lane_has_room_for_what_is_not_under_way(lane: Lane, clock: ManualClock) -> None:
    sent: list[Claim] = []
    begun = Event()

    def send(claim: Claim) -> None:
        sent.append(claim)
        if len(sent) == 2:
            begun.set()

    lane.start(claims(1, 2), clock.now(), send)
    assert begun.wait(_PATIENCE_S)
    assert lane.room(clock.now()) == lanes.WORKERS - 2
    assert sorted(lane.under_way) == [1, 2]
    lane.end(1)
    assert lane.under_way == [2]
    assert lane.room(clock.now()) == lanes.WORKERS - 1


def test_a_lease_is_old_until_it_is_renewed(lane: Lane, clock: ManualClock) -> None:
    lane.start(claims(1), clock.now(), lambda _: None)
    age = timedelta(seconds=1)
    assert lane.leased_for(age, clock.now()) == []
    clock.advance(1)
    assert lane.leased_for(age, clock.now()) == [1]
    lane.renewed([1, 2], clock.now())
    assert lane.leased_for(age, clock.now()) == []


def test_a_call_that_does_not_end_shows_that_the_carrier_hangs(lane: Lane, clock: ManualClock) -> None:
    lane.start(claims(1), clock.now(), lambda _: None)
    lane.renewed([1], clock.advance(lanes.HANGS_AFTER_S - 1))
    assert not lane.is_stuck(clock.now())
    assert lane.is_stuck(clock.advance(1))
    lane.end(1)
    assert not lane.is_stuck(clock.now())


def test_a_lane_that_fails_holds_back_until_its_first_good_answer(lane: Lane, clock: ManualClock) -> None:
    for _ in range(breaker.FAILURES_IN_A_ROW):
        assert not lane.holds_back(clock.now())
        lane.note(_DOWN, clock.now())
    assert lane.holds_back(clock.now())
    assert lane.is_stuck(clock.now())
    assert not lane.works_again.is_set()
    lane.note(_GOOD, clock.now())
    assert lane.works_again.is_set()
    assert not lane.holds_back(clock.now())
