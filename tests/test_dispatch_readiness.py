"""What would fail an alarm is found before one comes, the worst first."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from dispatch import communication, outbox, probe, readiness
from dispatch.channels.carrier import SendResult, SendStatus
from dispatch.probe import Stage
from dispatch.readiness import Fault, FaultKind
from dispatch.values import EventKind, SensorEvent
from registry.version import bump_version
from store.places import PROBE_DEVICE, Person, Shift
from tests.factories import make_station
from tests.sending import claim_due
from tests.story import Phones, Story, story

__all__ = ["story"]


def find(story: Story) -> list[Fault]:
    with story.database.read() as session:
        return readiness.find(session, story.setup, now=story.clock.now())


def shift(story: Story, person_id: str, start: str, end: str) -> None:
    """Give a person of the home station a turn every day; who has none is always on duty."""
    with story.database.begin() as session:
        for weekday in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
            session.add(Shift(person_id=person_id, weekday=weekday, from_time=start, to_time=end))
        bump_version(session)


def arrive(story: Story) -> None:
    event = SensorEvent(PROBE_DEVICE, EventKind.ALARM, "p1", "native", story.clock.now(), story.clock.now())
    with story.database.begin() as session:
        probe.take(session, story.setup, event, now=story.clock.now())
    story.carriers.setdefault("probe", Phones("probe"))
    story.send()


def test_a_sound_district_has_no_fault(story: Story) -> None:
    arrive(story)
    assert find(story) == []


def test_a_station_without_a_chief_and_a_district_without_a_duty_officer_are_faults(story: Story) -> None:
    with story.database.begin() as session:
        make_station(session, "lonely", story.district.village)
        session.execute(delete(Person).where(Person.role == "duty_officer"))
        bump_version(session)
    district, station = find(story)
    assert (district.what, district.region_code) == (FaultKind.NO_DUTY_OFFICER, story.district.code)
    assert (station.what, station.region_code) == (FaultKind.NO_CHIEF, story.district.village)
    assert station.words.zh == "lonely消防站没有站长，请在people.csv中添加"


def test_a_station_that_nobody_answers_for_now_or_at_night_is_found(story: Story) -> None:
    people = (story.district.chief, story.district.deputy, story.district.member)
    for person in people:
        shift(story, person, "08:00", "22:00")
    (soon,) = find(story)  # it is 15:12
    assert (soon.what, soon.region_code) == (FaultKind.GAPS_TONIGHT, story.district.code)
    assert soon.words.zh == "今晚1个村级站有无人可派的时段：宋宅村微型消防站 22:00–06:00，请安排替班"
    story.clock.advance(8 * 3600)
    now, tonight = find(story)
    assert (now.what, tonight.what) == (FaultKind.NOBODY_ON_DUTY, FaultKind.GAPS_TONIGHT)
    shift(story, people[1], "22:00", "08:00")
    assert find(story) == []


def test_a_gap_by_day_or_a_short_one_at_night_names_its_beginning(story: Story) -> None:
    people = (story.district.chief, story.district.deputy, story.district.member)
    for person in people:
        shift(story, person, "08:00", "16:20")
    shift(story, people[1], "17:00", "23:40")
    shift(story, people[2], "00:00", "08:00")
    (soon,) = find(story)
    assert soon.what is FaultKind.NOBODY_ON_DUTY_SOON
    assert "03-02 16:20" in soon.words.zh


def test_a_phone_that_was_refused_is_a_fault_until_a_message_gets_there(story: Story) -> None:
    phone = story.district.phones[story.district.chief]
    refused = SendResult(SendStatus.PERMANENT, failure="no such number")
    story.carriers["console"].results[phone] = [refused]
    story.alarm(story.district.smoke)
    (fault,) = find(story)
    assert fault.what is FaultKind.PHONE_REFUSED
    assert fault.person is not None
    assert fault.person.id == story.district.chief
    assert "no such number" in fault.words.en
    story.close()  # he is told that it is over
    assert find(story) == []


def test_a_chief_who_did_not_answer_the_last_test_is_a_fault(story: Story) -> None:
    def ask() -> None:
        with story.database.begin() as session:
            region = story.district.town
            communication.start(session, story.setup, region, started_by="duty", now=story.clock.now())
        communication.run(story.database, story.setup, now=story.clock.now())
        story.wait(10)

    ask()
    for chief in (story.district.next_chief, story.district.town_chief):
        story.reply(chief, "1")
    assert find(story) == []  # there is time yet
    story.clock.advance(communication.LASTS.total_seconds())
    (silent,) = find(story)
    assert silent.what is FaultKind.CHIEF_SILENT
    assert silent.person is not None
    assert silent.person.id == story.district.chief
    ask()
    assert find(story) == [silent]  # the new test is not over
    for chief in (story.district.chief, story.district.next_chief, story.district.town_chief):
        story.reply(chief, "1")
    story.clock.advance(communication.LASTS.total_seconds())
    assert find(story) == []


def test_a_loop_that_has_gone_quiet_is_the_worst_fault(story: Story) -> None:
    arrive(story)
    story.clock.advance(150)
    assert find(story) == []
    story.clock.advance(1)
    with story.database.begin() as session:
        make_station(session, "lonely", story.district.village)
        bump_version(session)
    assert [fault.what for fault in find(story)] == [FaultKind.PROBE_LOST, FaultKind.NO_CHIEF]


def test_a_loop_that_was_missed_and_never_heard_is_a_fault(story: Story) -> None:
    now = story.clock.now()
    with story.database.begin() as session:
        probe.tell_missed(session, story.setup, Stage.INGEST, now - timedelta(seconds=30), now=now)
    story.send()
    (fault,) = find(story)
    assert fault.what is FaultKind.PROBE_LOST
    assert "报警未能入库" in fault.words.zh


def test_messages_and_steps_that_nobody_sees_to_are_faults(story: Story) -> None:
    story.event(story.district.smoke, EventKind.ALARM, send=False)
    story.clock.advance(14)
    assert find(story) == []
    story.clock.advance(120)
    assert [fault.what for fault in find(story)] == [FaultKind.MESSAGES_WAIT, FaultKind.STEPS_WAIT]


def test_a_carrier_that_fails_is_no_dispatch_that_stands_still(story: Story) -> None:
    fails = SendResult(SendStatus.TEMPORARY, failure="busy")
    for phone in story.district.phones.values():
        story.carriers["console"].results[phone] = [fails] * 50
    story.event(story.district.smoke, EventKind.ALARM, send=False)
    with story.database.begin() as session:  # one is tried again and again, the others wait behind it
        (claimed,) = claim_due(session, now=story.clock.now(), limit=1)
    for second in range(20):
        with story.database.begin() as session:
            message, now = claimed.message.notification_id, story.clock.now()
            row = outbox.record_result(session, message, fails, attempt=second + 1, now=now)
            assert row is not None
            row.status, row.attempts = "queued", row.attempts + 1
        story.clock.advance(1)
    with story.database.read() as session:
        assert not readiness.messages_wait(session, story.clock.now())
    assert [fault.what for fault in find(story)] == [FaultKind.CARRIER_FAILS]
    story.clock.advance(60)  # the dispatch process has died
    with story.database.read() as session:
        assert readiness.messages_wait(session, story.clock.now())


@pytest.mark.parametrize("served", [True, False])
def test_premises_that_the_probe_found_nobody_for_are_named(story: Story, *, served: bool) -> None:
    with story.database.begin() as session:
        session.execute(update(Person).where(Person.role != "duty_officer").values(station_id=None))
        bump_version(session)
    arrive(story)
    if served:
        with story.database.begin() as session:
            station = story.district.home_station
            session.execute(update(Person).where(Person.role == "chief").values(station_id=station))
            bump_version(session)
    named = [fault.premises_id for fault in find(story) if fault.what is FaultKind.NOBODY_TO_SEND]
    assert len(named) == (0 if served else 1)
