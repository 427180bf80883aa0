"""Whole stories of contract section 7: who is called, who answers, and who is sent when nobody does."""

import pytest

from dispatch.channels.carrier import Channel
from dispatch.errors import InvalidError
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind, HandoverStatus
from store.database import Database
from tests.clock import ManualClock
from tests.story import Story, story

__all__ = ["story"]


def test_nobody_answers_and_help_widens_by_the_second(story: Story) -> None:
    story.alarm(story.district.smoke)

    story.wait(29)
    assert story.calls(story.district.chief) == []
    story.wait(1)
    assert len(story.calls(story.district.chief)) == 1
    assert len(story.texts(story.district.deputy)) == 1
    assert len(story.texts(story.district.member)) == 1

    story.wait(29)
    assert story.district.next_station not in story.assignments()
    story.wait(1)
    assert story.assignments()[story.district.next_station].reason == "next_nearest"
    assert story.other_town_is_sent()
    assert any("未应答" in text for text in story.texts(story.district.duty_officer))

    story.wait(60)
    assert len(story.calls(story.district.chief)) == 2
    story.wait(120)
    assert len(story.calls(story.district.chief)) == 4  # never silently given up


def test_an_answer_stops_that_stations_escalation_and_no_other(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(10)
    story.reply(story.district.chief, "1")
    story.wait(80)

    assert story.calls(story.district.chief) == []
    assert len(story.calls(story.district.town_chief)) == 1
    assert story.district.next_station not in story.assignments()
    assert story.other_town_is_sent()


def test_a_decline_sends_the_next_station_at_once(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(5)
    story.reply(story.district.chief, "2")

    assert story.assignments()[story.district.next_station].created_at == story.clock.now()
    assert story.assignments()[story.district.home_station].status == "declined"
    assert any("不能出动" in text for text in story.texts(story.district.duty_officer))


def test_need_help_sends_the_next_station_at_once_and_the_first_stays(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "3")
    story.reply(story.district.chief, "5")

    assert story.district.next_station in story.assignments()
    assert story.assignments()[story.district.home_station].status == "on_scene"


def test_suspected_for_ninety_seconds_is_handed_over_unverified(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "1")
    story.reply(story.district.town_chief, "1")
    story.wait(89)
    assert story.incident().handover_status == HandoverStatus.NONE
    story.wait(1)

    assert story.incident().handover_status == HandoverStatus.SENT
    assert "未核实" in story.texts(story.district.duty_officer)[-1]


def test_called_false_is_not_handed_over_but_stays_open(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "4")
    story.reply(story.district.town_chief, "1")
    story.wait(120)

    assert story.incident().handover_status == HandoverStatus.NONE
    assert story.incident().status == "open"
    assert any("误报" in text for text in story.texts(story.district.duty_officer))


def test_no_acceptance_within_a_minute_rings_119(story: Story) -> None:
    story.alarm(story.district.call_point)
    story.wait(59)
    assert not any("119" in text for text in story.texts(story.district.duty_officer))
    story.wait(1)

    assert any("119" in text for text in story.texts(story.district.duty_officer))


def test_answered_but_not_there_within_the_target_is_asked(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "1")
    story.reply(story.district.town_chief, "3")
    story.wait(180)

    assert "到场了吗" in story.texts(story.district.chief)[-1]
    assert any("未到场" in text for text in story.texts(story.district.duty_officer))


def test_a_terminals_buttons_answer_for_its_station(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(5)
    story.event(story.district.terminal, EventKind.ACKNOWLEDGE)
    story.wait(5)
    story.event(story.district.terminal, EventKind.ENROUTE)
    story.wait(60)
    story.event(story.district.terminal, EventKind.ON_SCENE)

    home = story.assignments()[story.district.home_station]
    start = story.incident().opened_at
    seconds = [
        (at - start).total_seconds() for at in (home.acknowledged_at, home.enroute_at, home.on_scene_at) if at
    ]
    assert seconds == [5, 10, 70]


def test_when_everyone_has_declined_the_duty_officer_hears_it_until_he_answers(story: Story) -> None:
    story.alarm(story.district.smoke)
    chiefs = [
        f"{station}-chief" for station in (*story.district.far_stations, story.district.other_town_team)
    ]
    for chief in (story.district.chief, story.district.town_chief, story.district.next_chief, *chiefs):
        story.reply(chief, "2")
    story.wait(95)  # the district has it, too
    story.reply(story.district.brigade_chief, "2")
    story.wait(60)
    before = len(story.texts(story.district.duty_officer))

    story.wait(180)
    heard = story.texts(story.district.duty_officer)[before:]
    assert len([text for text in heard if "无站可派" in text]) == 3
    assert len([text for text in heard if "立即拨打119" in text]) == 3  # the centre has not accepted either
    assert len(set(heard)) == 6  # carriers refuse the same text again
    story.reply(story.district.duty_officer, "1")
    before = len(story.texts(story.district.duty_officer))
    story.wait(180)
    assert len(story.texts(story.district.duty_officer)) == before


def test_a_smoke_detector_cannot_answer_for_a_station(story: Story) -> None:
    story.alarm(story.district.smoke)

    with pytest.raises(InvalidError, match="station terminals"):
        story.event(story.district.smoke_upstairs, EventKind.ON_SCENE)
    assert story.assignments()[story.district.home_station].on_scene_at is None


def test_a_chief_who_cannot_does_not_strike_out_the_deputy_who_comes(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(31)
    story.reply(story.district.deputy, "1")
    story.reply(story.district.chief, "2")

    assert story.assignments()[story.district.home_station].status == "acknowledged"
    assert story.district.next_station in story.assignments()
    story.alarm(story.district.smoke_upstairs)
    assert "火警已确认" in story.texts(story.district.deputy)[-1]
    assert "火警已确认" not in story.texts(story.district.chief)[-1]


def test_the_next_station_learns_of_the_open_window(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.event(story.district.window, EventKind.WINDOW_OPENED)
    story.reply(story.district.chief, "2")

    assert "2楼逃生窗已开" in story.texts(story.district.next_chief)[-1]


def test_escalation_goes_on_after_an_outage_of_more_than_an_hour(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.clock.advance(3700)
    story.wait(2)

    assert story.district.next_station in story.assignments()
    assert story.incident().handover_status == HandoverStatus.SENT
    story.wait(61)
    assert story.calls(story.district.chief) != []


def test_without_a_voice_carrier_the_chief_gets_a_second_text(database: Database, clock: ManualClock) -> None:
    story = Story(database, clock, DispatchSetup(carriers={Channel.SMS: ("console",), Channel.VOICE: ()}))
    story.alarm(story.district.smoke)
    story.wait(30)

    first, second = story.texts(story.district.chief)
    assert first != second
