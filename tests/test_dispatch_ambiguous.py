"""A message whose last request may have been taken: the carrier is asked; only certainty spares a page."""

from collections.abc import Sequence
from datetime import datetime
from threading import Event

import pytest

from dispatch import ambiguous, claiming, outbox
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.claiming import Claim
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.recording import AWAY, Recorder
from dispatch.sender import send_one
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.database import Database
from store.incidents import Notification
from tests.clock import ManualClock
from tests.sending import claim_due

_CHIEF = Contact("chief", "虚构", "+8613800138001", PersonRole.CHIEF, 1, "zh")  # invented
_LOST = SendResult(SendStatus.AMBIGUOUS, failure="no answer")


class Memory:
    """A carrier that remembers: takes everything, and answers with `answer` where one is set."""

    name = "memory"
    channels = frozenset(Channel)

    def __init__(self) -> None:
        self.has: list[SendResult] = []
        self.asked: list[datetime] = []
        self.answer: SendResult | None = None
        self.is_mute = False

    def send(self, _message: OutgoingMessage) -> SendResult:
        taken = SendResult(SendStatus.SENT, carrier_id=f"SM{len(self.has) + 1}")
        self.has.append(taken)
        return self.answer or taken

    def taken(self, _message: OutgoingMessage, *, since: datetime) -> Sequence[SendResult] | None:
        self.asked.append(since)
        return None if self.is_mute else self.has[::-1]

    def why_unusable(self) -> str | None:
        return None


class Desk:
    """Messages with the same words for the same phone, sent one claim at a time."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.setup = DispatchSetup(carriers={Channel.SMS: ("memory",), Channel.VOICE: ("memory",)})
        self.carrier = Memory()
        self.heard: list[SendResult] = []

    def write(self, key: str, body: str = "火警K7：下许里7号", channel: Channel = Channel.SMS) -> int:
        with self.database.begin() as session:
            draft = Draft(_CHIEF, "help", body, key, channel)
            written = outbox.enqueue(session, self.setup, draft, now=self.clock.now())
        assert written is not None
        return written

    def claim(self) -> list[Claim]:
        with self.database.begin() as session:
            return claim_due(session, now=self.clock.now())

    def send(self, claim: Claim) -> SendResult:
        return send_one(
            self.database,
            Recorder(self.database, self.setup),
            {"memory": self.carrier},
            claim,
            self.clock,
            giving_up=Event(),
            heard=lambda result, _at: self.heard.append(result),
        )

    def send_and_be_killed(self, claim: Claim) -> None:
        self.carrier.send(claim.message)
        self.clock.advance(claiming.LEASE_S)

    def row(self, number: int) -> Notification:
        with self.database.read() as session:
            return session.get_one(Notification, number)


@pytest.fixture
def desk(database: Database, clock: ManualClock) -> Desk:
    return Desk(database, clock)


def test_an_earlier_message_with_the_same_words_never_passes_for_a_page_that_did_not_leave(
    desk: Desk,
) -> None:
    desk.write("first")
    (first,) = desk.claim()
    desk.send(first)
    lost = desk.write("second")
    desk.claim()  # and killed before the request
    desk.clock.advance(claiming.LEASE_S)
    (again,) = desk.claim()
    desk.send(again)
    assert len(desk.carrier.asked) == 1
    assert len(desk.carrier.has) == 2
    assert desk.row(lost).carrier_id == "SM2"


def test_two_alike_that_may_both_be_meant_are_both_sent(desk: Desk) -> None:
    desk.write("first")
    desk.write("second")
    one, other = desk.claim()
    desk.send_and_be_killed(one)  # the other never left
    for claim in desk.claim():
        desk.send(claim)
    assert len(desk.carrier.has) == 3
    assert other.message.notification_id != one.message.notification_id


def test_of_two_calls_to_a_phone_with_other_words_either_may_be_the_one_that_rang(desk: Desk) -> None:
    desk.write("first", channel=Channel.VOICE)
    (mine,) = desk.claim()
    desk.send_and_be_killed(mine)
    (again,) = desk.claim()
    assert ambiguous.already_taken(desk.database, desk.carrier, again) is not None

    other = desk.write("other", "火警P4：上许里2号", Channel.VOICE)
    with desk.database.begin() as session:
        session.get_one(Notification, other).is_ambiguous = True
    assert ambiguous.already_taken(desk.database, desk.carrier, again) is None


def test_one_that_another_process_is_just_sending_may_be_the_one_that_is_seen(desk: Desk) -> None:
    desk.write("first")
    (mine,) = desk.claim()
    desk.clock.advance(claiming.LEASE_S)
    (mine,) = desk.claim()
    desk.write("second")
    (theirs,) = desk.claim()
    desk.carrier.send(theirs.message)  # not recorded yet
    assert ambiguous.already_taken(desk.database, desk.carrier, mine) is None


def test_what_was_taken_before_a_kill_is_recorded_and_not_sent_again(desk: Desk) -> None:
    number = desk.write("page")
    began_at = desk.clock.now()
    (first,) = desk.claim()
    desk.send_and_be_killed(first)
    (again,) = desk.claim()
    assert desk.send(again).carrier_id == "SM1"
    assert len(desk.carrier.has) == 1
    assert desk.carrier.asked == [began_at]
    assert (desk.row(number).status, desk.row(number).carrier_id) == ("sent", "SM1")
    assert desk.heard == []  # that it remembers does not show that it takes messages now


def test_what_was_taken_without_an_answer_is_found(desk: Desk) -> None:
    number = desk.write("page")
    desk.carrier.answer = _LOST
    (first,) = desk.claim()
    desk.send(first)
    desk.clock.advance(outbox.BACKOFF_S[0])
    (again,) = desk.claim()
    desk.send(again)
    assert len(desk.carrier.has) == 1
    assert desk.row(number).status == "sent"
    assert desk.heard == [_LOST]


def test_what_failed_after_it_was_taken_is_that_failure(desk: Desk) -> None:
    number = desk.write("page")
    (first,) = desk.claim()
    desk.send_and_be_killed(first)
    desk.carrier.has = [SendResult(SendStatus.PERMANENT, "SM1", "Twilio 30003: unreachable handset")]
    (again,) = desk.claim()
    desk.send(again)
    assert (desk.row(number).status, desk.row(number).failure) == (
        "failed",
        "Twilio 30003: unreachable handset",
    )


def test_one_that_arrived_outweighs_one_that_failed(desk: Desk) -> None:
    desk.write("page")
    (first,) = desk.claim()
    desk.send_and_be_killed(first)
    there = SendResult(SendStatus.DELIVERED, "SM1")
    desk.carrier.has = [there, SendResult(SendStatus.PERMANENT, "SM2", "undelivered")]
    (again,) = desk.claim()
    assert desk.send(again) == there


def test_after_a_clear_refusal_nothing_is_asked(desk: Desk) -> None:
    desk.write("page")
    desk.carrier.answer = SendResult(SendStatus.TEMPORARY, failure="429")
    (first,) = desk.claim()
    desk.send(first)
    desk.clock.advance(outbox.BACKOFF_S[0])
    (again,) = desk.claim()
    desk.send(again)
    assert desk.carrier.asked == []


def test_what_the_record_cannot_confirm_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("page")
    (first,) = desk.claim()
    desk.send_and_be_killed(first)
    (again,) = desk.claim()

    def away(*_given: object) -> bool:
        raise AWAY[0]("SELECT", {}, Exception("away"))

    monkeypatch.setattr(ambiguous, "_has_twin", away)
    assert ambiguous.already_taken(desk.database, desk.carrier, again) is None


def test_a_carrier_that_gives_no_answer_is_asked_again_before_it_gets_the_same_text_twice(desk: Desk) -> None:
    number = desk.write("a")
    desk.carrier.answer, desk.carrier.is_mute = _LOST, True
    desk.send(*desk.claim())
    for wait_s in (1, 2):
        desk.clock.advance(wait_s)
        assert desk.send(*desk.claim()).status is SendStatus.AMBIGUOUS
    assert len(desk.carrier.has) == 1
    assert len(desk.heard) == 3  # so that others go another way meanwhile

    desk.carrier.is_mute = False
    desk.clock.advance(4)
    assert desk.send(*desk.claim()).carrier_id == "SM1"
    assert (len(desk.carrier.has), desk.row(number).status) == (1, "sent")


def test_a_page_does_not_wait_for_ever_for_a_carrier_that_gives_no_answer(desk: Desk) -> None:
    desk.write("a")
    desk.carrier.answer, desk.carrier.is_mute = _LOST, True
    for wait_s in (0, 1, 2, 4):
        desk.clock.advance(wait_s)
        desk.send(*desk.claim())
    assert len(desk.carrier.has) == 2
