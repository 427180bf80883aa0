"""Whole stories of contract section 7: what a sound means, from the first to the record."""

from typing import Any

import pytest
from sqlalchemy import select

from dispatch import paging
from dispatch.values import Disposition, EventKind, Fate, Grade, HandoverStatus
from store.incidents import Signal
from tests.factories import make_device
from tests.story import Story, story

__all__ = ["story"]


def test_one_detector_pages_village_and_town_in_the_same_second(story: Story) -> None:
    outcome = story.alarm(story.district.smoke)

    assert outcome.fate is Fate.OPENED
    sent = story.assignments()
    assert list(sent) == [story.district.home_station, story.district.town_team]
    assert sent[story.district.home_station].travel_s == pytest.approx(83.8, abs=1)  # 499 m x 1.4 at 30 km/h
    code = story.incident().code
    for chief in (story.district.chief, story.district.town_chief):
        (text,) = story.texts(chief)
        assert code in text
        assert "下许里7号" in text
        assert "烟感" in text
    assert story.texts(story.district.deputy) == []
    assert {row.notified_at for row in sent.values()} == {story.clock.now()}


def test_the_same_event_twice_has_one_effect(story: Story) -> None:
    story.event(story.district.smoke, EventKind.ALARM, key="same")
    again = story.event(story.district.smoke, EventKind.ALARM, key="same")

    assert again.fate is Fate.DUPLICATE
    assert len(story.incidents()) == 1
    assert len(story.texts(story.district.chief)) == 1


def test_second_detector_confirms_and_hands_over(story: Story) -> None:
    story.alarm(story.district.smoke)
    assert story.incident().grade == Grade.SUSPECTED
    story.wait(20)

    joined = story.alarm(story.district.smoke_upstairs)

    incident = story.incident()
    assert joined.fate is Fate.JOINED
    assert incident.grade == Grade.CONFIRMED
    assert incident.handover_status == HandoverStatus.SENT
    assert "火警已确认" in story.texts(story.district.chief)[-1]
    assert "移交" in story.texts(story.district.duty_officer)[-1]
    assert story.district.brigade in story.assignments()


def test_the_same_detector_again_confirms_nothing(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.event(story.district.smoke, EventKind.RESTORE)
    story.alarm(story.district.smoke)

    assert story.incident().grade == Grade.SUSPECTED
    assert len(story.texts(story.district.chief)) == 1


def test_call_point_confirms_from_the_start(story: Story) -> None:
    story.alarm(story.district.call_point)

    assert story.incident().grade == Grade.CONFIRMED
    assert story.incident().handover_status == HandoverStatus.SENT
    (text,) = story.texts(story.district.chief)
    assert "火警已确认" in text


def test_escape_window_after_smoke_confirms_and_names_the_floor(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(40)
    story.event(story.district.window, EventKind.WINDOW_OPENED)

    assert story.incident().grade == Grade.CONFIRMED
    assert "2楼逃生窗" in story.texts(story.district.chief)[-1]


def test_escape_window_before_smoke_confirms_from_the_start(story: Story) -> None:
    story.event(story.district.window, EventKind.WINDOW_OPENED)
    story.wait(120)
    story.alarm(story.district.smoke)

    assert story.incident().grade == Grade.CONFIRMED


def test_escape_window_long_after_the_smoke_confirms_nothing(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "3")
    story.reply(story.district.town_chief, "3")
    story.reply(story.district.chief, "4")
    story.wait(301)
    story.event(story.district.window, EventKind.WINDOW_OPENED)

    assert story.incident().grade == Grade.SUSPECTED


def test_one_escape_window_without_smoke_tells_the_building_leader_only(story: Story) -> None:
    outcome = story.event(story.district.window, EventKind.WINDOW_OPENED)

    assert outcome.fate is Fate.INFORMED
    assert story.incidents() == []
    assert any("逃生窗" in text for text in story.texts(story.district.building_leader))
    assert story.texts(story.district.chief) == []


def test_two_escape_windows_within_five_minutes_are_a_suspected_fire(story: Story) -> None:
    story.event(story.district.window, EventKind.WINDOW_OPENED)
    story.wait(299)
    story.event(story.district.other_window, EventKind.WINDOW_OPENED)

    assert story.incident().grade == Grade.SUSPECTED
    assert len(story.texts(story.district.chief)) == 1


def test_two_escape_windows_further_apart_are_no_fire(story: Story) -> None:
    story.event(story.district.window, EventKind.WINDOW_OPENED)
    story.wait(301)
    story.event(story.district.other_window, EventKind.WINDOW_OPENED)

    assert story.incidents() == []


def test_the_first_story_candle_in_songzhai(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(20)
    story.reply(story.district.chief, "１")
    story.wait(15)
    story.reply(story.district.town_chief, "收到")
    story.wait(120)
    story.reply(story.district.chief, "到场")
    story.wait(20)
    story.reply(story.district.town_chief, "3")
    story.close(Disposition.FIRE)

    (incident,) = story.incidents()
    assert (incident.status, incident.disposition) == ("closed", "fire")
    home = story.assignments()[story.district.home_station]
    assert home.acknowledged_at is not None
    assert home.on_scene_at is not None
    assert (home.acknowledged_at - incident.opened_at).total_seconds() == 20
    assert (home.on_scene_at - incident.opened_at).total_seconds() == 155
    assert all(step.outcome is not None for step in story.due_steps())
    assert story.timeline()[0] == "opened"
    assert story.timeline()[-1] in ("closed", "message_delivered")


def test_an_unregistered_device_reaches_the_duty_officer_until_he_answers(story: Story) -> None:
    with story.database.begin() as session:
        make_device(
            session,
            "zigbee2mqtt:attic",
            source="zigbee2mqtt",
            external_id="attic",
            kind="unknown",
            registered=False,
            floor=None,
            room=None,
            gateway_id=story.district.gateway,
        )
    story.alarm("zigbee2mqtt:attic")

    assert story.assignments() == {}
    (text,) = story.texts(story.district.duty_officer)
    assert "attic" in text
    assert "下许里7号" in text
    story.wait(60)
    first, second = story.texts(story.district.duty_officer)
    assert first != second  # carriers refuse the same text again
    story.reply(story.district.duty_officer, "1")
    story.wait(120)
    assert sum("attic" in text for text in story.texts(story.district.duty_officer)) == 2
    assert story.incident().handover_status == HandoverStatus.SENT  # still suspected after 90 s


@pytest.mark.parametrize(
    "kind", [EventKind.TEST, EventKind.FAULT, EventKind.TAMPER, EventKind.LOW_BATTERY, EventKind.OFFLINE]
)
def test_what_is_no_alarm_never_pages(story: Story, kind: EventKind) -> None:
    assert story.event(story.district.smoke, kind).fate is Fate.RECORDED
    story.wait(2)
    assert all(not phones.sent for phones in story.carriers.values())


def test_historical_and_restated_events_never_page(story: Story) -> None:
    story.event(story.district.smoke, EventKind.ALARM, live=False)
    story.event(story.district.smoke, EventKind.ALARM, data={"restated": True})

    assert story.incidents() == []


def test_an_alarm_that_ends_beside_a_tamper_is_known_to_be_over(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(9)
    story.event(story.district.smoke, EventKind.TAMPER, data={"restated": True, "alarm_over": True})

    with story.database.read() as session:
        (signal,) = session.scalars(select(Signal)).all()
    assert signal.restored_at == story.clock.now()
    assert story.incident().status == "open"


def test_one_broken_step_never_blocks_its_neighbours(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.alarm(story.district.smoke)
    real = paging.page_people

    def broken_for_the_village(*args: Any, **more: Any) -> None:
        if args[3].station_id == story.district.home_station:
            raise RuntimeError("a fault of ours")
        real(*args, **more)

    monkeypatch.setattr(paging, "page_people", broken_for_the_village)
    story.wait(30)

    assert story.calls(story.district.chief) == []
    assert len(story.calls(story.district.town_chief)) == 1
    monkeypatch.setattr(paging, "page_people", real)
    story.wait(1)
    assert len(story.calls(story.district.chief)) == 1
