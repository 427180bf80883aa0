"""Receipts: they come twice, late, early and out of order, and status only moves forward."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dispatch import answers, delivery, outbox
from dispatch.answers import IncomingSms
from dispatch.channels.carrier import Channel, DeliveryStatus, SendResult, SendStatus
from dispatch.delivery import Receipt
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.values import Disposition, EventKind, PersonRole
from store.incidents import Assignment, Notification, TimelineEntry
from tests.clock import ManualClock
from tests.sending import claim_due, see_to_overdue
from tests.story import Story, story

__all__ = ["story"]

SENT, DELIVERED, FAILED = DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.FAILED
_keys = count()
_RANK = {"queued": 0, "sending": 0, "sent": 1, "failed": 2, "delivered": 3}


class Told:
    """The chief's page, taken by the carrier under `sid`, unless it is still being sent."""

    def __init__(self, story: Story, *, sid: str | None = "SM1") -> None:
        self.story = story
        story.event(story.district.smoke, EventKind.ALARM, send=False)
        self.id = self.row().id
        with story.database.begin() as session:
            claim_due(session, now=story.clock.now(), limit=10)
        if sid:
            self.result(SendResult(SendStatus.SENT, carrier_id=sid))

    def row(self) -> Notification:
        return self.story.notifications(self.story.district.chief)[0]

    def assignment(self) -> Assignment:
        return self.story.assignments()[self.story.district.home_station]

    def result(self, result: SendResult) -> None:
        """The carrier answers our attempt now."""
        with self.story.database.begin() as session:
            attempt = session.get_one(Notification, self.id).attempts
            outbox.record_result(session, self.id, result, attempt=attempt, now=self.story.clock.now())

    def receipt(
        self,
        status: DeliveryStatus,
        *,
        sid: str = "SM1",
        named: bool = False,
        failure: str | None = None,
        carrier: str = "console",
    ) -> bool:
        """The carrier says something later; `named` where it knows our number of the message."""
        receipt = Receipt(carrier, sid, status, self.id if named else None, failure)
        with self.story.database.begin() as session:
            return delivery.record_receipt(session, self.story.setup, receipt, now=self.story.clock.now())

    def journal(self) -> list[str]:
        with self.story.database.read() as session:
            entries = session.scalars(select(TimelineEntry).order_by(TimelineEntry.id)).all()
        return [entry.kind for entry in entries if entry.data.get("notification_id") == self.id]


@pytest.fixture
def told(story: Story) -> Told:
    return Told(story)


def test_the_first_delivered_page_is_the_assignments_delivery(told: Told, clock: ManualClock) -> None:
    sent_at = clock.now()
    delivered_at = clock.advance(3)
    assert told.receipt(DELIVERED)
    assert (told.row().status, told.row().sent_at, told.row().delivered_at) == (
        "delivered",
        sent_at,
        delivered_at,
    )
    assert (told.assignment().notified_at, told.assignment().delivered_at) == (sent_at, delivered_at)
    assert told.journal() == ["message_sent", "message_delivered"]


def test_a_receipt_that_comes_twice_changes_nothing(told: Told, clock: ManualClock) -> None:
    told.receipt(DELIVERED)
    first = told.row().delivered_at
    clock.advance(60)
    told.receipt(DELIVERED)
    told.receipt(SENT)
    told.receipt(FAILED)
    assert (told.row().status, told.row().delivered_at) == ("delivered", first)
    assert told.journal() == ["message_sent", "message_delivered"]


def test_a_receipt_faster_than_our_own_record_is_not_lost(story: Story) -> None:
    told = Told(story, sid=None)
    assert not told.receipt(DELIVERED)
    assert told.receipt(DELIVERED, named=True)
    assert (told.row().status, told.row().carrier_id) == ("delivered", "SM1")
    assert told.assignment().notified_at is not None

    told.result(SendResult(SendStatus.SENT, carrier_id="SM1"))
    assert told.row().status == "delivered"
    assert told.journal() == ["message_delivered"]


def test_a_receipt_shows_that_an_attempt_without_an_answer_had_been_taken(
    story: Story, clock: ManualClock
) -> None:
    told = Told(story, sid=None)
    told.result(SendResult(SendStatus.AMBIGUOUS, failure="time-out"))
    assert told.row().status == "queued"
    told.receipt(SENT, named=True)
    clock.advance(60)
    with story.database.begin() as session:
        assert told.id not in {
            claim.message.notification_id for claim in claim_due(session, now=clock.now(), limit=99)
        }


def test_no_answer_after_a_receipt_does_not_send_again(story: Story) -> None:
    told = Told(story, sid=None)
    told.receipt(SENT, named=True)
    told.result(SendResult(SendStatus.AMBIGUOUS, failure="time-out"))
    assert (told.row().status, told.row().failure) == ("sent", None)


def test_an_undelivered_page_goes_to_voice_and_to_the_next_person(told: Told) -> None:
    told.receipt(FAILED, failure="Twilio 30003: unreachable handset")
    assert (told.row().status, told.row().failure) == ("failed", "Twilio 30003: unreachable handset")
    chief = told.story.notifications(told.story.district.chief)
    assert [notice.channel for notice in chief] == [Channel.SMS, Channel.VOICE]
    assert len(told.story.notifications(told.story.district.deputy)) == 1
    assert told.assignment().delivered_at is None

    told.receipt(FAILED)
    assert len(told.story.notifications(told.story.district.chief)) == 2


def test_a_late_delivery_corrects_a_failure(told: Told) -> None:
    told.receipt(FAILED)
    told.receipt(SENT)
    assert told.row().status == "failed"
    told.receipt(DELIVERED)
    assert told.row().status == "delivered"


def test_whoever_has_answered_has_been_reached(told: Told) -> None:
    told.story.reply(told.story.district.chief, "1")
    told.receipt(FAILED)
    assert told.row().status == "sent"


def test_a_later_attempt_does_not_fail_with_an_earlier_one(story: Story, clock: ManualClock) -> None:
    told = Told(story, sid=None)
    told.result(SendResult(SendStatus.AMBIGUOUS, failure="time-out"))
    told.receipt(FAILED, sid="SM0", named=True)
    assert told.row().status == "queued"

    clock.advance(1)
    with story.database.begin() as session:
        claim_due(session, now=clock.now(), limit=10)
    told.result(SendResult(SendStatus.SENT, carrier_id="SM1"))
    told.receipt(FAILED, sid="SM0", named=True)
    assert told.row().status == "sent"
    told.receipt(FAILED, sid="SM1", named=True)
    assert told.row().status == "failed"


def test_a_later_attempt_that_is_under_way_does_not_fail_with_an_earlier_one(
    story: Story, clock: ManualClock
) -> None:
    told = Told(story, sid=None)
    told.result(SendResult(SendStatus.AMBIGUOUS, failure="time-out"))
    told.receipt(FAILED, sid="SM0", named=True)
    clock.advance(1)
    with story.database.begin() as session:
        claim_due(session, now=clock.now())
    for _ in range(2):  # carriers repeat themselves
        told.receipt(FAILED, sid="SM0", named=True)
        assert told.row().status == "sending"


def test_a_failure_faster_than_our_own_record_counts(story: Story) -> None:
    told = Told(story, sid=None)
    told.receipt(FAILED, named=True)
    told.result(SendResult(SendStatus.SENT, carrier_id="SM1"))
    assert told.row().status == "failed"


def test_a_receipt_for_somebody_elses_message_is_said_and_forgotten(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    assert not told.receipt(DELIVERED, sid="SM999")
    assert not told.receipt(DELIVERED, named=True, carrier="another")
    assert told.row().status == "sent"
    assert "unknown message SM999" in caplog.text


def test_after_the_incident_nobody_else_is_woken(told: Told) -> None:
    told.story.close(Disposition.FALSE_ALARM)
    told.receipt(FAILED)
    assert told.row().status == "failed"
    assert told.story.notifications(told.story.district.deputy) == []


@pytest.mark.parametrize("receipts", [*permutations([SENT, DELIVERED, FAILED])])
def test_in_any_order_the_end_is_the_best_that_is_known(
    told: Told, receipts: Sequence[DeliveryStatus]
) -> None:
    rank = ["sending", "sent", "failed", "delivered"]
    seen = [told.row().status]
    for status in receipts:
        told.receipt(status)
        seen.append(told.row().status)
    assert seen == sorted(seen, key=rank.index)
    assert seen[-1] == "delivered"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    said=st.permutations([SENT, SENT, DELIVERED, DELIVERED, FAILED, FAILED]),
    known=st.integers(1, 6),
    own=st.sampled_from(SendStatus),
    at=st.integers(0, 6),
    seconds=st.lists(st.integers(0, 90), min_size=7, max_size=7),
)
def test_however_often_late_and_disordered_receipts_come_status_only_moves_forward(
    story: Story, said: list[DeliveryStatus], known: int, own: SendStatus, at: int, seconds: list[int]
) -> None:
    steps: list[DeliveryStatus | SendStatus] = list(said[:known])
    steps.insert(at, own)  # our own record comes anywhere among them
    message = write_and_claim(story, key=f"{next(_keys)}")
    ranks, arrived = [], []
    for step, pause_s in zip(steps, seconds, strict=False):
        now = story.clock.advance(pause_s)
        with story.database.begin() as session:
            if isinstance(step, SendStatus):
                result = SendResult(step, "SM1", "said so")
                outbox.record_result(session, message, result, attempt=1, now=now)
            else:
                delivery.record_receipt(
                    session, story.setup, Receipt("console", "SM1", step, message), now=now
                )
            row = session.get_one(Notification, message)
            ranks.append(_RANK[row.status])
            arrived += [row.delivered_at] if row.delivered_at else []
            assert (row.status == "delivered") == (row.delivered_at is not None)
    assert ranks == sorted(ranks)
    assert len(set(arrived)) <= 1
    assert (ranks[-1] == _RANK["delivered"]) == (DELIVERED in steps or SendStatus.DELIVERED in steps)


def write_and_claim(story: Story, key: str) -> int:
    """A page to nobody's incident, on its way to the carrier; gives its id."""
    now = story.clock.now()
    to = Contact("p", "虚构", "+8613800138001", PersonRole.MEMBER, 1, "zh")
    with story.database.begin() as session:
        notice_id = outbox.enqueue(session, story.setup, Draft(to, "page", "text", key), now=now)
        claim_due(session, now=now, limit=10)
        assert notice_id is not None
        return notice_id


def test_a_message_that_arrives_late_is_a_fault_and_says_so(told: Told, clock: ManualClock) -> None:
    clock.advance(61)
    told.receipt(DELIVERED)
    assert (told.row().status, told.row().failure) == ("delivered", "delivered late: 61 s after it was sent")
    assert told.journal() == ["message_sent", "message_delivered", "message_late"]
    told.receipt(DELIVERED)
    assert told.journal().count("message_late") == 1


def test_a_page_without_any_receipt_is_a_fault_once_unless_it_was_answered(
    told: Told, clock: ManualClock
) -> None:
    story = told.story
    clock.advance(60)
    for _ in range(2):
        see_to_overdue(story.database, story.setup, clock)
    assert (told.row().status, told.row().failure) == ("sent", "no receipt 60 s after it was sent")
    assert told.journal() == ["message_sent", "message_late"]


def test_a_page_that_was_answered_needs_no_receipt(told: Told, clock: ManualClock) -> None:
    told.story.reply(told.story.district.chief, "1")
    clock.advance(60)
    see_to_overdue(told.story.database, told.story.setup, clock)
    assert told.row().failure is None


def test_receipts_and_answers_that_arrive_together_never_wait_for_each_other(told: Told) -> None:
    story, now = told.story, told.story.clock.now()

    def receive(turn: int) -> None:
        told.receipt([SENT, FAILED, DELIVERED][turn % 3], named=True)

    def record(_turn: int) -> None:
        told.result(SendResult(SendStatus.SENT, carrier_id="SM1"))

    def answer(turn: int) -> None:
        sms = IncomingSms("console", f"in-{turn}", story.district.phones[story.district.chief], "1")
        with story.database.begin() as session:
            answers.receive_sms(session, story.setup, sms, now=now)

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(job, turn) for turn in range(8) for job in (receive, record, answer)]
    assert [job.exception() for job in jobs] == [None] * len(jobs)
    assert (told.row().status, told.row().answer) == ("delivered", "coming")
