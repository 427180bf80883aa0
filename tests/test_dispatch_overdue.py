"""The loop beside the sender, driven round by round with the clock in hand."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dispatch import breaker, claiming, lanes, outbox, racing
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.claiming import Claim, Route
from dispatch.duty import Contact
from dispatch.lanes import Lane
from dispatch.outbox import Draft
from dispatch.overdue import Overdue
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.database import Database
from store.incidents import Notification
from tests.clock import ManualClock
from tests.sending import claim_due

_DOWN = SendResult(SendStatus.TEMPORARY, failure="503")


class Desk:
    """Texts for the first of two carriers, and its lane."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.setup = DispatchSetup(carriers={Channel.SMS: ("a", "b")})
        self.lane = Lane(Route("a", Channel.SMS))
        self.woken = 0
        self.overdue = Overdue(
            database, self.setup, lambda: [self.lane], now=clock.now, wake_sender=self._wake
        )

    def _wake(self) -> None:
        self.woken += 1

    def write(self, *keys: str, in_s: float = 0, purpose: str = "page", repeats: bool = False) -> None:
        to = Contact("p", "虚构", "+8613800138001", PersonRole.CHIEF, 1, "zh")
        at = self.clock.now() + timedelta(seconds=in_s)
        with self.database.begin() as session:
            for key in keys:
                draft = Draft(to, purpose, key, key, at=at, repeats=repeats)
                outbox.enqueue(session, self.setup, draft, now=self.clock.now())

    def fail(self) -> None:
        for _ in range(breaker.FAILURES_IN_A_ROW):
            self.lane.note(_DOWN, self.clock.now())

    def by_b(self) -> list[str]:
        with self.database.read() as session:
            rows = select(Notification.body).where(Notification.carrier == "b").order_by(Notification.id)
            return list(session.scalars(rows))


@pytest.fixture
def desk(database: Database, clock: ManualClock) -> Desk:
    return Desk(database, clock)


def test_what_waits_for_a_failing_carrier_is_led_around_once(desk: Desk) -> None:
    desk.write("1", "2")
    desk.overdue.look()
    assert (desk.by_b(), desk.woken) == ([], 0)
    desk.fail()
    for _ in range(2):
        desk.overdue.look()
    assert (desk.by_b(), desk.woken) == (["1", "2"], 2)


def test_what_is_to_leave_later_is_neither_led_around_nor_hurried(desk: Desk) -> None:
    desk.write("1", in_s=60, purpose="communication_test")
    desk.fail()
    desk.overdue.look()
    with desk.database.begin() as session:
        claiming.hurry(session, desk.lane.route, now=desk.clock.now())
        assert claim_due(session, now=desk.clock.now()) == []
    assert desk.by_b() == []


def test_a_loop_that_is_to_stop_leaves_the_rest(desk: Desk) -> None:
    desk.write("1", "2")
    desk.fail()
    desk.overdue.ask_to_stop()
    desk.overdue.look()
    assert desk.by_b() == []


def test_one_that_cannot_be_seen_to_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    race = racing.race

    def poisoned(session: Any, setup: Any, message: int, **named: Any) -> None:
        if message == 1:
            raise ValueError("poison")
        race(session, setup, message, **named)

    monkeypatch.setattr(racing, "race", poisoned)
    desk.write("1", "2")
    with desk.database.begin() as session:
        claim_due(session, now=desk.clock.now())
    desk.clock.advance(15)
    desk.overdue.look()
    assert desk.by_b() == ["2"]
    assert "message 1, overdue at its carrier" in caplog.text


def test_our_own_backlog_is_not_raced_unless_the_carrier_hangs(desk: Desk) -> None:
    desk.write("1")
    desk.clock.advance(15)
    desk.overdue.look()
    assert desk.by_b() == []
    hanging = Claim("a", OutgoingMessage(99, Channel.SMS, "", "", "zh"), 1)
    desk.lane.start([hanging], desk.clock.advance(15 - lanes.HANGS_AFTER_S), lambda _: None)
    desk.clock.advance(lanes.HANGS_AFTER_S)
    desk.overdue.look()
    assert desk.by_b() == ["1"]


def test_what_was_said_before_is_not_raced(desk: Desk) -> None:
    desk.write("first", purpose="duty")
    desk.write("again", purpose="duty", repeats=True)
    with desk.database.begin() as session:
        claim_due(session, now=desk.clock.now())
    desk.clock.advance(15)
    desk.overdue.look()
    assert desk.by_b() == ["first"]
