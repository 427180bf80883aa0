"""The communication test: who is asked, who answers, who is listed, and what it never touches."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from dispatch import communication, communication_results, outbox
from dispatch.channels.carrier import Channel, SendResult, SendStatus
from dispatch.communication_results import Asked, Reached
from dispatch.errors import ConflictError, NotFoundError
from dispatch.plan import ResponsePlan
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind
from dispatch.wording import fits_one_segment
from registry.version import bump_version
from store.database import Database
from store.incidents import DueStep, Incident, Notification
from store.places import Person
from store.reliability import CommunicationTest
from tests.clock import ManualClock
from tests.sending import claim_due
from tests.story import Story, story

__all__ = ["story"]

#: An hour of the first of a month, Asia/Shanghai.
_FIRST = datetime(2026, 4, 1, 10, 20, tzinfo=UTC) - timedelta(hours=8)
_CHIEFS = 7


def begin(story: Story, region: str | None = None) -> int:
    with story.database.begin() as session:
        test = communication.start(session, story.setup, region, started_by="duty", now=story.clock.now())
    communication.run(story.database, story.setup, now=story.clock.now())
    return test.id


def run(story: Story, setup: DispatchSetup | None = None) -> None:
    communication.run(story.database, setup or story.setup, now=story.clock.now())
    story.send()


def asked(story: Story, test_id: int) -> dict[str, Asked]:
    with story.database.read() as session:
        test = session.get_one(CommunicationTest, test_id)
        return {one.person_id: one for one in communication_results.results(session, story.setup, test)}


def begun(story: Story) -> list[CommunicationTest]:
    with story.database.read() as session:
        return list(session.scalars(select(CommunicationTest).order_by(CommunicationTest.id)))


def messages(story: Story) -> list[Notification]:
    with story.database.read() as session:
        wanted = Notification.communication_test_id.is_not(None)
        return list(session.scalars(select(Notification).where(wanted).order_by(Notification.id)))


def test_every_chief_is_asked_by_a_marked_message_and_nobody_else(story: Story) -> None:
    test_id = begin(story)
    story.wait(10)
    people = asked(story, test_id)
    assert len(people) == _CHIEFS
    assert all(person_id.endswith("-chief") for person_id in people)
    (text,) = story.texts(story.district.chief)
    assert text.startswith("通讯测试（非火警）")
    assert "请回1" in text
    assert fits_one_segment(text)
    assert story.texts(story.district.deputy) == story.texts(story.district.duty_officer) == []
    with story.database.read() as session:
        assert session.scalars(select(Incident)).all() == []
        assert session.scalars(select(DueStep)).all() == []


def test_an_answer_is_taken_once_and_timed_from_the_message(story: Story) -> None:
    test_id = begin(story)
    story.wait(10)
    story.clock.advance(40)
    story.reply(story.district.chief, "收到")
    story.clock.advance(20)
    story.reply(story.district.chief, "1")
    mine = asked(story, test_id)[story.district.chief]
    assert mine.reached is Reached.ANSWERED
    assert mine.answered_after_s is not None
    assert 40 <= mine.answered_after_s <= 50
    assert len(story.texts(story.district.chief)) == 1  # no help text
    other = asked(story, test_id)[story.district.next_chief]
    assert (other.reached, other.answered_after_s) == (Reached.DELIVERED, None)


def test_a_call_for_help_and_an_answer_to_an_incident_are_none_to_the_test(story: Story) -> None:
    test_id = begin(story)
    story.wait(10)
    story.reply(story.district.next_chief, "5")
    assert len(story.texts(story.district.next_chief)) == 2  # the help text
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "1")
    assert asked(story, test_id)[story.district.chief].reached is Reached.DELIVERED
    assert story.assignments()[story.district.home_station].acknowledged_at is not None


def test_nobody_whom_no_test_asked_answers_one(story: Story) -> None:
    begin(story, story.district.village)
    story.wait(10)
    story.reply(story.district.deputy, "1")
    story.clock.advance(86_400)
    story.reply(story.district.chief, "1")  # a day later it is over for good
    assert [row.answered_at for row in messages(story)] == [None]


def test_a_region_asks_its_own_chiefs(story: Story) -> None:
    test_id = begin(story, story.district.village)
    assert list(asked(story, test_id)) == [story.district.chief]
    with pytest.raises(NotFoundError, match="region nowhere"):
        begin(story, "nowhere")


def test_two_tests_never_ask_the_same_people_at_once(story: Story) -> None:
    begin(story, story.district.town)
    for region in (None, story.district.code, story.district.village):
        with pytest.raises(ConflictError, match="asks the same people"):
            begin(story, region)
    begin(story, story.district.other_town)
    story.clock.advance(communication.LASTS.total_seconds())
    begin(story)


def test_two_that_begin_at_the_same_instant_ask_nobody_twice(story: Story) -> None:
    with ThreadPoolExecutor(1) as other:
        with story.database.begin() as session:
            communication.start(session, story.setup, None, started_by="duty", now=story.clock.now())
            second = other.submit(begin, story, story.district.village)
            wait([second], timeout=0.2)  # it may look now, and must not find that nobody is asked
        with pytest.raises(ConflictError, match="asks the same people"):
            second.result()


def test_the_messages_of_a_large_test_are_written_little_by_little(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(communication, "WRITTEN_AT_ONCE", 3)
    with story.database.begin() as session:
        test = communication.start(session, story.setup, None, started_by="duty", now=story.clock.now())
    assert messages(story) == []  # whoever presses the button holds no alarm up
    begun_at = story.clock.now()
    written: list[Notification] = []
    for _round in range(4):
        people = asked(story, test.id)
        assert len(people) == _CHIEFS
        assert sum(one.reached is Reached.WAITING for one in people.values()) == _CHIEFS - len(written)
        # another process does the same, and the service may be killed after any of them
        run(story, DispatchSetup())
        story.clock.advance(2)
        run(story)
        story.wait(2)
        written = messages(story)
    assert [row.person_id for row in written] == test.person_ids
    assert len(story.texts(story.district.chief)) == 1
    assert all(
        row.next_attempt_at >= begun_at + number * communication.STEP for number, row in enumerate(written)
    )
    assert all(
        row.expires_at - row.next_attempt_at == timedelta(seconds=outbox.EXPIRES_AFTER_S) for row in written
    )


def test_who_is_no_chief_any_more_is_not_asked_and_holds_nobody_up(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(communication, "WRITTEN_AT_ONCE", 1)
    with story.database.begin() as session:
        test = communication.start(session, story.setup, None, started_by="duty", now=story.clock.now())
        session.execute(update(Person).where(Person.id == test.person_ids[0]).values(role="member"))
        bump_version(session)
    for _round in range(_CHIEFS):
        run(story)
    assert [row.person_id for row in messages(story)] == test.person_ids[1:]


def test_the_test_of_the_month_leaves_out_whom_a_dispatcher_is_asking(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.close()
    story.clock.advance((_FIRST - story.clock.now()).total_seconds() - 600)
    begin(story, story.district.village)
    story.clock.advance(600)
    run(story)
    asked_by = [row.person_id for row in messages(story)]
    assert len(asked_by) == len(set(asked_by)) == _CHIEFS
    assert [test.month for test in begun(story)] == [None, "2026-04"]


def test_a_page_leaves_before_the_messages_of_a_test(story: Story) -> None:
    begin(story)
    due = [row.next_attempt_at for row in messages(story)]
    assert [at - due[0] for at in due] == [number * communication.STEP for number in range(_CHIEFS)]
    story.clock.advance(60)  # the sender was away
    story.event(story.district.smoke, EventKind.ALARM, send=False)
    with story.database.begin() as session:
        claims = claim_due(session, now=story.clock.now(), limit=2)
        purposes = [session.get_one(Notification, c.message.notification_id).purpose for c in claims]
    assert purposes == ["page", "page"]


def test_who_was_not_reached_is_listed_with_the_reason_and_the_duty_officer_told(story: Story) -> None:
    phone = story.district.phones[story.district.next_chief]
    story.carriers["console"].results[phone] = [SendResult(SendStatus.PERMANENT, failure="no such number")]
    test_id = begin(story)
    story.wait(10)
    story.reply(story.district.chief, "1")
    story.clock.advance(communication.LASTS.total_seconds() - 20)
    run(story)
    assert story.texts(story.district.duty_officer) == []
    story.clock.advance(20)
    run(story)
    run(story)

    mine = asked(story, test_id)[story.district.next_chief]
    assert (mine.reached, mine.failure) == (Reached.FAILED, "no such number")
    assert list(asked(story, test_id))[-1] == story.district.chief  # who did not answer comes first
    (text,) = story.texts(story.district.duty_officer)
    assert text.startswith(f"通讯测试结束：{_CHIEFS}名站长中1名已回复")
    assert fits_one_segment(text)


def test_a_second_carrier_that_reaches_a_chief_counts(database: Database, clock: ManualClock) -> None:
    setup = DispatchSetup(carriers={Channel.SMS: ("first", "second"), Channel.VOICE: ()})
    story = Story(database, clock, setup)
    phone = story.district.phones[story.district.chief]
    story.carriers["first"].results[phone] = [SendResult(SendStatus.PERMANENT, failure="not on our network")]
    test_id = begin(story, story.district.village)
    story.send()
    mine = asked(story, test_id)[story.district.chief]
    assert (mine.reached, mine.failure) == (Reached.DELIVERED, None)
    story.reply(story.district.chief, "1")
    assert asked(story, test_id)[story.district.chief].reached is Reached.ANSWERED


@pytest.mark.parametrize(
    ("day", "hour", "minute", "month"),
    [(1, 10, 0, "2026-04"), (1, 10, 59, "2026-04"), (1, 11, 0, None), (1, 9, 59, None), (2, 10, 0, None)],
)
def test_the_test_of_the_month_begins_within_its_hour_of_local_time(
    day: int, hour: int, minute: int, month: str | None
) -> None:
    setup = DispatchSetup()
    at = datetime(2026, 4, day, hour, minute, tzinfo=setup.zone).astimezone(UTC)
    assert communication.due_month(setup.plan, setup.zone, at) == month
    never = ResponsePlan(communication_test_day=0)
    assert communication.due_month(never, setup.zone, at) is None


def test_the_test_of_the_month_is_begun_once_by_a_service_that_was_there_before(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.close()
    story.clock.advance((_FIRST - story.clock.now()).total_seconds())
    run(story)
    run(story, DispatchSetup())
    (test,) = begun(story)
    assert (test.month, test.started_by, test.region_code) == ("2026-04", communication.BY_ITSELF, None)
    assert len(messages(story)) == _CHIEFS


def test_a_service_that_has_just_been_set_up_asks_nobody(story: Story) -> None:
    story.clock.advance((_FIRST - story.clock.now()).total_seconds())
    story.alarm(story.district.smoke)
    run(story)
    assert begun(story) == []
