"""The sender at work in its threads: lanes of their own, leases that hold, carriers that fail and come back.

Nothing here is timed: the clock is in the test's hands, and what threads do is waited for.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock
from typing import Any

import pytest
from sqlalchemy import exc, select

from dispatch import breaker, claiming, lanes, outbox, sender
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.sender import Sender
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.database import Database
from store.incidents import Notification
from tests.clock import ManualClock
from tests.sending import claim_due

_PATIENCE_S = 20.0
_DOWN = SendResult(SendStatus.TEMPORARY, failure="503")


class Line:
    """A carrier whose calls hang until `goes_on` is set, and end with `result`."""

    channels = frozenset(Channel)

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[OutgoingMessage] = []
        self.result = SendResult(SendStatus.SENT)
        self.goes_on = Event()
        self.goes_on.set()
        self._lock = Lock()

    def send(self, message: OutgoingMessage) -> SendResult:
        with self._lock:
            self.asked.append(message)
        assert self.goes_on.wait(_PATIENCE_S)
        return self.result

    def why_unusable(self) -> str | None:
        return None


class Post:
    """Two carriers of texts, one of calls, and an outbox to fill."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.setup = DispatchSetup(carriers={Channel.SMS: ("a", "b"), Channel.VOICE: ("a",)})
        self.a, self.b = Line("a"), Line("b")

    def sender(self) -> Sender:
        return Sender(self.database, self.setup, {"a": self.a, "b": self.b}, self.clock)

    @contextmanager
    def at_work(self) -> Iterator[Sender]:
        started = self.sender()
        started.start()
        try:
            yield started
        finally:
            self.a.goes_on.set()
            self.b.goes_on.set()
            started.stop()

    def write(self, *numbers: int, carrier: str = "a", purpose: str = "help") -> None:
        with self.database.begin() as session:
            for number in numbers:
                phone = f"+8613800138{number:03d}"  # invented
                to = Contact(f"p{number}", f"虚构{number}", phone, PersonRole.MEMBER, 1, "zh")
                draft = Draft(to, purpose, "text", f"{carrier}:{number}")
                outbox.enqueue(session, self.setup, draft, now=self.clock.now(), carrier=carrier)

    def rows(self) -> list[Notification]:
        with self.database.read() as session:
            return list(session.scalars(select(Notification).order_by(Notification.id)))

    def lease_is_fresh(self) -> bool:
        """Whether the first message's lease was taken or renewed at this instant of the clock."""
        return self.rows()[0].claimed_until == self.clock.now() + timedelta(seconds=claiming.LEASE_S)

    def statuses(self) -> list[str]:
        return [row.status for row in self.rows()]


@pytest.fixture
def post(database: Database, clock: ManualClock) -> Post:
    return Post(database, clock)


def until(true: Callable[[], Any]) -> None:
    """Wait for what a thread does."""
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def test_a_carrier_that_hangs_holds_up_nobody_elses_messages(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "WORKERS", 4)
    post.a.goes_on.clear()
    post.write(*range(6))
    post.write(900, carrier="b")
    with post.at_work():
        until(lambda: post.b.asked and len(post.a.asked) == 4)
        post.write(901, carrier="b")
        until(lambda: len(post.b.asked) == 2)
        assert len(post.a.asked) == 4
        post.a.goes_on.set()
        until(lambda: set(post.statuses()) == {"sent"})
    assert len(post.a.asked) == 6


def test_what_is_under_way_keeps_its_lease_and_is_never_taken_twice(post: Post) -> None:
    post.a.goes_on.clear()
    post.write(1)
    with post.at_work():
        until(lambda: post.a.asked)
        for _ in range(3):
            post.clock.advance(1)  # more than a renewal's pause, less than the lease
            until(post.lease_is_fresh)
        post.clock.advance(60)  # a stall: our lease has run out, but the call is still ours
        until(post.lease_is_fresh)
        assert len(post.a.asked) == 1
        post.a.goes_on.set()
        until(lambda: post.statuses() == ["sent"])
    assert len(post.a.asked) == 1


def test_another_process_takes_over_within_two_seconds_of_a_kill(post: Post) -> None:
    post.write(1)
    with post.database.begin() as session:
        assert len(claim_due(session, now=post.clock.now(), limit=10)) == 1
    # the process is killed here
    post.clock.advance(claiming.LEASE_S - 0.1)
    with post.database.begin() as session:
        assert claim_due(session, now=post.clock.now()) == []
    post.clock.advance(0.1)
    with post.at_work():
        until(lambda: post.statuses() == ["sent"])
    assert claiming.LEASE_S + sender.POLL_S < 2


def test_a_result_that_ends_after_a_takeover_never_moves_status_back(post: Post) -> None:
    post.write(1)
    for _ in range(2):  # the first process stalls, the second takes over
        with post.database.begin() as session:
            (claim,) = claim_due(session, now=post.clock.now(), limit=10)
        post.clock.advance(claiming.LEASE_S)
    message = claim.message.notification_id

    def record(result: SendResult, attempt: int) -> str:
        with post.database.begin() as session:
            outbox.record_result(session, message, result, now=post.clock.now(), attempt=attempt)
        return post.statuses()[0]

    refused = SendResult(SendStatus.PERMANENT, failure="21211")
    assert record(_DOWN, 1) == "sending"
    assert record(refused, 1) == "sending"
    assert record(SendResult(SendStatus.SENT), 2) == "sent"
    assert record(_DOWN, 2) == "sent"
    assert record(refused, 1) == "sent"


def test_a_renewal_resurrects_nothing_that_has_been_recorded(post: Post) -> None:
    post.write(1, 2)
    with post.database.begin() as session:
        claim_due(session, now=post.clock.now(), limit=10)
        outbox.record_result(session, 1, SendResult(SendStatus.SENT), attempt=1, now=post.clock.now())
        claiming.renew(session, [1, 2], now=post.clock.advance(1))
    first, second = post.rows()
    assert (first.status, first.claimed_until) == ("sent", None)
    assert second.claimed_until == post.clock.now() + timedelta(seconds=claiming.LEASE_S)


def test_what_waits_for_a_failing_carrier_goes_another_way_at_once(post: Post) -> None:
    post.a.result = _DOWN
    post.write(*range(breaker.FAILURES_IN_A_ROW), purpose="duty")
    with post.at_work():
        until(lambda: len(post.b.asked) == breaker.FAILURES_IN_A_ROW)  # each after one failure
        until(lambda: post.statuses().count("queued") == breaker.FAILURES_IN_A_ROW)
        tried = len(post.a.asked)
        post.write(*range(100, 110), purpose="duty")  # never tried at all, but for a probe
        until(lambda: len(post.b.asked) == breaker.FAILURES_IN_A_ROW + 10)
        assert len(post.a.asked) - tried <= 1


def test_a_carrier_that_comes_back_gets_everything_that_waits_at_once(post: Post) -> None:
    post.a.result = _DOWN
    post.write(*range(12))
    with post.at_work():
        until(lambda: post.statuses().count("queued") == 12 and len(post.a.asked) >= 12)
        post.a.result = SendResult(SendStatus.SENT)
        tried = len(post.a.asked)
        post.clock.advance(1)  # the first attempts' pause is over, and a probe is due
        until(lambda: set(post.statuses()) == {"sent"})
        assert len(post.a.asked) == tried + 12


def test_the_only_carrier_is_asked_for_ever(post: Post) -> None:
    post.a.result = _DOWN
    post.setup = DispatchSetup(carriers={Channel.SMS: ("a",)})
    post.write(1, 2, 3)
    with post.at_work():
        for _ in range(5):
            post.a.asked.clear()
            post.clock.advance(outbox.BACKOFF_S[-1])
            until(lambda: post.a.asked)


def test_a_throttled_queue_of_texts_does_not_stop_calls(post: Post) -> None:
    post.a.result = SendResult(SendStatus.TEMPORARY, failure="429", retry_after_s=20)
    post.write(1)
    with post.at_work():
        until(lambda: post.rows()[0].failure == "429")
        post.a.result = SendResult(SendStatus.SENT)
        post.write(2)
        to = Contact("p3", "虚构3", "+8613800138003", PersonRole.MEMBER, 1, "zh")
        with post.database.begin() as session:
            call = Draft(to, "page", "text", "call", Channel.VOICE)
            outbox.enqueue(session, post.setup, call, now=post.clock.now())
        until(lambda: [row.status for row in post.rows() if row.channel == Channel.VOICE] == ["sent"])
        texts = [row.status for row in post.rows() if (row.channel, row.carrier) == (Channel.SMS, "a")]
        assert texts == ["queued", "queued"]  # a copy by the other carrier may be written at any moment
        post.clock.advance(20)
        until(lambda: {row.status for row in post.rows()} == {"sent"})


def test_a_result_waits_for_a_database_that_is_away(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    record, faults = outbox.record_result, [exc.OperationalError("UPDATE", {}, Exception("away"))] * 2

    def away_at_first(*given: Any, **named: Any) -> Any:
        if faults:
            raise faults.pop()
        return record(*given, **named)

    monkeypatch.setattr(outbox, "record_result", away_at_first)
    post.write(1)
    with post.at_work():
        until(lambda: post.statuses() == ["sent"])
    assert len(post.a.asked) == 1


def test_a_message_that_cannot_be_recorded_holds_up_no_other(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record = outbox.record_result

    def poisoned(session: Any, notification_id: int, *given: Any, **named: Any) -> Any:
        if notification_id == 1:
            raise ValueError("poison")
        return record(session, notification_id, *given, **named)

    monkeypatch.setattr(outbox, "record_result", poisoned)
    post.write(1, 2, 3)
    with post.at_work():
        until(lambda: post.statuses() == ["sending", "sent", "sent"])
        post.clock.advance(claiming.LEASE_S * 4)
        until(post.lease_is_fresh)
        assert len(post.a.asked) == 3  # not asked for again with every lease
    assert "message 1 could not be recorded" in caplog.text


def test_pages_leave_before_everything_else_that_waits(post: Post) -> None:
    post.write(1, 2, purpose="stand_down")
    post.write(3, purpose="page")
    with post.database.begin() as session:
        claims = claim_due(session, now=post.clock.now(), limit=2)
    assert [claim.message.phone[-3:] for claim in claims] == ["003", "001"]


def test_stopping_finishes_what_is_under_way_and_leaves_the_rest(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "WORKERS", 2)
    post.a.goes_on.clear()
    post.write(*range(5))
    started = post.sender()
    started.start()
    until(lambda: len(post.a.asked) == 2)
    started.ask_to_stop()
    post.clock.advance(1)
    until(post.lease_is_fresh)  # another process must not send what is under way
    post.a.goes_on.set()
    started.stop()
    assert post.statuses() == ["sent"] * 2 + ["queued"] * 3
    assert len(post.a.asked) == 2
    assert not started.is_alive
