"""The race of carriers: what the first has not delivered in 15 seconds, the next is asked to send as well."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from dispatch import delivery
from dispatch.channels.carrier import Channel, DeliveryStatus, SendResult, SendStatus
from dispatch.delivery import Receipt
from dispatch.setup import DispatchSetup
from dispatch.values import Disposition, EventKind
from store.database import Database
from store.incidents import Notification, TimelineEntry
from tests.clock import ManualClock
from tests.sending import claim_due, see_to_overdue
from tests.story import Story

_TAKEN = SendResult(SendStatus.SENT)
_HANGS = SendResult(SendStatus.AMBIGUOUS, failure="no answer")


def two_carriers(database: Database, clock: ManualClock, *names: str) -> Story:
    """A district whose first carriers take every text and never deliver it."""
    carriers = names or ("slow", "quick")
    setup = DispatchSetup(carriers={Channel.SMS: carriers, Channel.VOICE: carriers[:1]})
    told = Story(database, clock, setup)
    for name in carriers[:-1]:
        told.carriers[name].results = {phone: [_TAKEN] * 99 for phone in told.district.phones.values()}
    return told


@pytest.fixture
def story(database: Database, clock: ManualClock) -> Story:
    return two_carriers(database, clock)


def lines(story: Story, person: str) -> list[tuple[str, str]]:
    return [(row.carrier, row.status) for row in story.notifications(person) if row.channel == Channel.SMS]


def receive(story: Story, row: Notification, status: DeliveryStatus) -> None:
    receipt = Receipt(row.carrier, "id", status, row.id)
    with story.database.begin() as session:
        delivery.record_receipt(session, story.setup, receipt, now=story.clock.now())


def test_a_page_that_is_not_delivered_goes_by_the_next_carrier_as_well(story: Story) -> None:
    chief = story.district.chief
    story.alarm(story.district.smoke)
    story.wait(14)
    assert lines(story, chief) == [("slow", "sent")]

    story.wait(1)
    assert lines(story, chief) == [("slow", "sent"), ("quick", "delivered")]
    first, second = (row for row in story.notifications(chief) if row.channel == Channel.SMS)
    assert (second.body, second.assignment_id) == (first.body, first.assignment_id)
    assert "message_raced" in story.timeline()


def test_a_page_is_raced_once_for_each_carrier(database: Database, clock: ManualClock) -> None:
    story = two_carriers(database, clock, "first", "second", "third")
    story.alarm(story.district.smoke)
    for seconds, expected in ((15, 2), (14, 2), (1, 3)):
        story.wait(seconds)
        assert len(lines(story, story.district.chief)) == expected
    assert [carrier for carrier, _ in lines(story, story.district.chief)] == ["first", "second", "third"]
    with database.read() as session:
        page = select(Notification).where(Notification.race_at <= clock.now())
        assert session.scalars(page).all() == []


def test_a_carrier_that_hangs_is_raced_too(story: Story) -> None:
    story.event(story.district.smoke, EventKind.ALARM, send=False)
    with story.database.begin() as session:
        claim_due(session, now=story.clock.now(), limit=10)  # and the call never ends
    story.clock.advance(15)
    see_to_overdue(story.database, story.setup, story.clock)
    assert lines(story, story.district.chief) == [("slow", "sending"), ("quick", "queued")]


@pytest.mark.parametrize("happens", ["delivered", "answered", "closed"])
def test_what_has_arrived_been_answered_or_is_over_is_not_raced(story: Story, happens: str) -> None:
    chief = story.district.chief
    story.alarm(story.district.smoke)
    if happens == "delivered":
        receive(story, story.notifications(chief)[0], DeliveryStatus.DELIVERED)
    elif happens == "answered":
        story.reply(chief, "1")
    else:
        story.close(Disposition.FALSE_ALARM)
    story.wait(20)
    pages = [row for row in story.notifications(chief) if row.purpose == "page"]
    assert [row.carrier for row in pages] == ["slow"]
    assert pages[0].race_at is None


def test_what_went_the_other_way_already_is_not_raced_again(story: Story) -> None:
    chief = story.district.chief
    story.carriers["slow"].results[story.district.phones[chief]] = [_HANGS, _HANGS, _TAKEN]
    story.alarm(story.district.smoke)
    story.wait(2)
    assert [carrier for carrier, _ in lines(story, chief)] == ["slow", "quick"]
    story.wait(20)
    assert [carrier for carrier, _ in lines(story, chief)] == ["slow", "quick"]


def test_notices_to_the_duty_officer_and_confirmations_are_raced_and_nothing_else(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.alarm(story.district.smoke_upstairs)
    story.wait(28)
    with story.database.read() as session:
        rows: Sequence[Notification] = session.scalars(select(Notification)).all()
        raced = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "message_raced")).all()
    assert {row.purpose for row in rows if row.carrier == "quick"} <= {"page", "confirmed", "duty"}
    assert {"page", "confirmed"} <= {str(entry.data["purpose"]) for entry in raced}
