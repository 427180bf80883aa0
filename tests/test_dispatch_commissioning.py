"""Witnessed tests and devices under maintenance: who hears of it, who does not, and what follows."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch import commissioning
from dispatch.channels.carrier import Channel, SendResult, SendStatus
from dispatch.errors import ConflictError, InvalidError, NotFoundError
from dispatch.modes import Mode
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind, Fate
from store.database import Database
from store.places import Person, RegistryVersion
from store.signals import DeviceState, EventRecord
from store.upkeep import DeviceMode, DeviceTest
from tests.clock import ManualClock
from tests.factories import make_device
from tests.story import Story, story

__all__ = ["story"]

_MINUTES = timedelta(minutes=10)


def open_test(story: Story, device_id: str, lasts: timedelta = _MINUTES) -> None:
    with story.database.begin() as session:
        commissioning.open_test(session, device_id, lasts, actor="安装员", now=story.clock.now())


def maintain(story: Story, device_id: str, mode: Mode = Mode.MAINTENANCE, hours: int = 2) -> None:
    until = story.clock.now() + timedelta(hours=hours)
    with story.database.begin() as session:
        commissioning.set_mode(
            session, device_id, mode, until, "更换电池", actor="维保张工", now=story.clock.now()
        )


def pass_time(story: Story, by: timedelta) -> int:
    """Let time pass, and the service see to what has run out; how many alarms still stood."""
    story.clock.advance(by.total_seconds())
    standing = commissioning.see_to_ended(story.database, story.setup, now=story.clock.now())
    story.send()
    return standing


def show_state(story: Story, device_id: str, state: str) -> None:
    with story.database.begin() as session:
        session.merge(DeviceState(device_id=device_id, conditions={}, state=state))


def the_test(story: Story) -> DeviceTest:
    with story.database.read() as session:
        return session.scalars(select(DeviceTest).order_by(DeviceTest.id)).all()[-1]


def nobody_went(story: Story) -> bool:
    return story.incidents() == [] and story.texts(story.district.town_chief) == []


def test_a_pressed_test_button_reaches_the_chief_as_a_test_and_nobody_goes(story: Story) -> None:
    open_test(story, story.district.smoke)
    outcome = story.event(story.district.smoke, EventKind.TEST)
    assert (outcome.fate, outcome.taken_as) == (Fate.INFORMED, "test")
    (text,) = story.texts(story.district.chief)
    assert text.startswith("测试")
    assert "下许里7号" in text
    assert "1楼客厅烟感" in text
    assert "无需出动" in text
    assert len(text) <= 70
    assert nobody_went(story)
    (message,) = story.notifications(story.district.chief)
    test = the_test(story)
    assert (test.event_kind, test.event_at) == ("test", story.clock.now())
    assert test.notification_id == message.id
    assert message.delivered_at is not None


def test_a_device_without_a_button_proves_itself_by_an_alarm_in_the_window(story: Story) -> None:
    open_test(story, story.district.call_point)
    assert story.alarm(story.district.call_point).taken_as == "test"
    assert the_test(story).event_kind == "alarm"
    assert nobody_went(story)
    with story.database.read() as session:
        (event,) = session.scalars(select(EventRecord))
    assert (event.kind, event.data["taken_as"]) == ("alarm", "test")


def test_the_chief_who_reads_english_gets_english(story: Story) -> None:
    with story.database.begin() as session:
        session.get_one(Person, story.district.chief).language = "en"
        session.get_one(RegistryVersion, 1).version += 1
    open_test(story, story.district.smoke)
    story.event(story.district.smoke, EventKind.TEST)
    (text,) = story.texts(story.district.chief)
    assert text.startswith("TEST, no fire")


def test_a_test_button_outside_a_window_tells_nobody(story: Story) -> None:
    story.event(story.district.smoke, EventKind.TEST)
    assert story.texts(story.district.chief) == []


def test_a_restore_after_the_test_changes_nothing(story: Story) -> None:
    open_test(story, story.district.smoke)
    story.alarm(story.district.smoke)
    assert story.event(story.district.smoke, EventKind.RESTORE).fate is Fate.RECORDED
    assert nobody_went(story)
    assert len(story.texts(story.district.chief)) == 1


def test_another_device_of_the_house_pages_as_always(story: Story) -> None:
    open_test(story, story.district.smoke)
    story.alarm(story.district.smoke)
    assert story.alarm(story.district.smoke_upstairs).fate is Fate.OPENED
    assert "火警" in story.texts(story.district.chief)[-1]
    # and now the detector under test is a witness of a fire like any other
    assert story.alarm(story.district.smoke).fate is Fate.JOINED
    assert story.incident().grade == "confirmed"


def test_the_same_device_again_in_its_window_shows_and_pages_nobody(story: Story) -> None:
    open_test(story, story.district.smoke)
    story.alarm(story.district.smoke)
    again = story.alarm(story.district.smoke)
    assert (again.fate, again.taken_as) == (Fate.RECORDED, "test")
    assert len(story.texts(story.district.chief)) == 1
    assert nobody_went(story)


def test_when_the_window_is_over_alarms_page_again_at_once(story: Story) -> None:
    open_test(story, story.district.smoke)
    story.clock.advance(600)  # nobody has looked after the end yet
    assert story.alarm(story.district.smoke).fate is Fate.OPENED
    assert "火警" in story.texts(story.district.chief)[-1]


def test_a_window_ended_by_hand_covers_nothing_any_more(story: Story) -> None:
    open_test(story, story.district.smoke)
    story.event(story.district.smoke, EventKind.TEST)
    with story.database.begin() as session:
        commissioning.end_test(session, story.setup, story.district.smoke, now=story.clock.now())
    assert story.alarm(story.district.smoke).fate is Fate.OPENED


def test_a_window_is_not_ended_by_hand_into_a_false_alarm(story: Story) -> None:
    open_test(story, story.district.smoke)
    story.alarm(story.district.smoke)
    show_state(story, story.district.smoke, "alarm")
    with pytest.raises(ConflictError, match="still stands"), story.database.begin() as session:
        commissioning.end_test(session, story.setup, story.district.smoke, now=story.clock.now())
    show_state(story, story.district.smoke, "normal")
    with story.database.begin() as session:
        commissioning.end_test(session, story.setup, story.district.smoke, now=story.clock.now())
    assert story.incidents() == []


def test_an_alarm_that_still_stands_when_the_window_ends_is_an_alarm(story: Story) -> None:
    open_test(story, story.district.smoke)
    story.alarm(story.district.smoke)
    show_state(story, story.district.smoke, "alarm")
    assert pass_time(story, timedelta(minutes=9)) == 0
    assert nobody_went(story)
    assert pass_time(story, timedelta(minutes=1)) == 1
    assert story.incident().opened_at == story.clock.now()
    assert "火警" in story.texts(story.district.chief)[-1]
    assert pass_time(story, timedelta(minutes=1)) == 0  # once


def test_an_alarm_that_was_restored_or_tested_again_pages_nobody_when_the_window_ends(story: Story) -> None:
    open_test(story, story.district.smoke)
    story.alarm(story.district.smoke)
    show_state(story, story.district.smoke, "alarm")
    story.clock.advance(540)
    open_test(story, story.district.smoke)  # it needs longer
    assert pass_time(story, timedelta(minutes=5)) == 0
    show_state(story, story.district.smoke, "normal")
    assert pass_time(story, timedelta(minutes=5)) == 0
    assert nobody_went(story)


def test_what_stood_before_the_test_was_paged_then_and_not_again(story: Story) -> None:
    story.alarm(story.district.smoke)
    show_state(story, story.district.smoke, "alarm")
    story.close()
    open_test(story, story.district.smoke)
    assert pass_time(story, _MINUTES) == 0


def test_an_alarm_during_maintenance_is_the_duty_officers(story: Story) -> None:
    maintain(story, story.district.smoke)
    outcome = story.alarm(story.district.smoke)
    assert (outcome.fate, outcome.taken_as) == (Fate.INFORMED, "maintenance")
    (text,) = story.texts(story.district.duty_officer)
    for word in ("维护", "报警", "维保张工", "下许里7号", "03-02 17:12"):
        assert word in text
    assert story.texts(story.district.chief) == []
    assert nobody_went(story)


def test_maintenance_runs_out_and_what_still_stands_pages(story: Story) -> None:
    maintain(story, story.district.smoke)
    story.alarm(story.district.smoke)
    show_state(story, story.district.smoke, "alarm")
    assert pass_time(story, timedelta(hours=2)) == 1
    assert "火警" in story.texts(story.district.chief)[-1]
    with story.database.read() as session:
        (mode,) = session.scalars(select(DeviceMode))
    assert mode.ended_at == mode.until_at


def test_maintenance_ended_by_hand_ends_at_once(story: Story) -> None:
    maintain(story, story.district.smoke)
    with story.database.begin() as session:
        commissioning.end_mode(session, story.setup, story.district.smoke, now=story.clock.now())
    assert story.alarm(story.district.smoke).fate is Fate.OPENED


def test_a_new_mode_takes_the_place_of_the_old_one(story: Story) -> None:
    maintain(story, story.district.smoke, hours=2)
    maintain(story, story.district.smoke, Mode.TEST, hours=1)
    assert story.alarm(story.district.smoke).taken_as == "test"
    story.clock.advance(3600)
    assert story.alarm(story.district.smoke).fate is Fate.OPENED


def test_a_device_under_maintenance_neither_opens_nor_confirms_but_stands_in_the_timeline(
    story: Story,
) -> None:
    story.alarm(story.district.smoke_upstairs)
    maintain(story, story.district.smoke)
    outcome = story.alarm(story.district.smoke)
    assert outcome.incident_id == story.incident().id
    assert story.incident().grade == "suspected"
    assert "device_alarm" in story.timeline()
    assert any("维护" in text for text in story.texts(story.district.duty_officer))


def test_without_a_duty_officer_an_alarm_during_maintenance_pages_as_ever(story: Story) -> None:
    with story.database.begin() as session:
        session.delete(session.get_one(Person, story.district.duty_officer))
        session.get_one(RegistryVersion, 1).version += 1
    maintain(story, story.district.smoke)
    assert story.alarm(story.district.smoke).fate is Fate.OPENED


def test_a_window_that_is_tested_or_worked_on_counts_for_no_fire(story: Story) -> None:
    open_test(story, story.district.window)
    maintain(story, story.district.other_window)
    assert story.event(story.district.window, EventKind.WINDOW_OPENED).taken_as == "test"
    assert story.event(story.district.other_window, EventKind.WINDOW_OPENED).fate is Fate.RECORDED
    assert story.texts(story.district.building_leader) == []
    assert story.alarm(story.district.smoke).fate is Fate.OPENED
    assert story.incident().grade == "suspected"


def test_what_cannot_be_vouched_for_is_refused(story: Story) -> None:
    now = story.clock.now()
    with story.database.begin() as session:
        make_device(session, "tts:1", source="tts", kind="unknown", registered=False)
        make_device(session, "homeless")
    refused: list[tuple[type[Exception], str, timedelta]] = [
        (NotFoundError, "nobody", _MINUTES),
        (ConflictError, "tts:1", _MINUTES),
        (ConflictError, "homeless", _MINUTES),
        (InvalidError, story.district.smoke, timedelta(minutes=61)),
        (InvalidError, story.district.smoke, timedelta()),
    ]
    for error, device_id, lasts in refused:
        with pytest.raises(error), story.database.begin() as session:
            commissioning.open_test(session, device_id, lasts, actor="安装员", now=now)
    with pytest.raises(NotFoundError), story.database.begin() as session:
        commissioning.end_mode(session, story.setup, story.district.smoke, now=now)
    with pytest.raises(NotFoundError), story.database.begin() as session:
        commissioning.end_test(session, story.setup, story.district.smoke, now=now)


def test_the_evidence_follows_the_message_to_the_next_carrier(database: Database, clock: ManualClock) -> None:
    carriers = {Channel.SMS: ("console", "second"), Channel.VOICE: ("console",)}
    story = Story(database, clock, DispatchSetup(carriers=carriers))
    chief = story.district.phones[story.district.chief]
    story.carriers["console"].results[chief] = [SendResult(SendStatus.PERMANENT, failure="no route")]
    open_test(story, story.district.smoke)
    story.event(story.district.smoke, EventKind.TEST)
    story.send()
    refused, arrived = story.notifications(story.district.chief)
    assert (refused.status, arrived.status) == ("failed", "delivered")
    assert the_test(story).notification_id == arrived.id
