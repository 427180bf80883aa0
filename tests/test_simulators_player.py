"""The player: what it does for each step, and that what it expects is waited for and never assumed."""

from threading import Event
from typing import Any
from unittest.mock import call, create_autospec

import pytest

from simulators.field import Field
from simulators.phones import Phones
from simulators.player import Stage, StoppedError, play_story
from simulators.service_api import ServiceApi
from simulators.steps import (
    Answers,
    ArePaged,
    CentreAccepts,
    DeskCloses,
    DeviceShows,
    GetsText,
    IsOpen,
    NativeSays,
    NobodyIsPaged,
    Scenario,
    SetsMilestone,
    Step,
)
from simulators.teller import Teller

PLACE, STATION, CHIEF = "p-1", "st-1", "person-1"
ALARM = NativeSays("d-1", "alarm")
TOLD = {"person_id": CHIEF, "purpose": "page", "channel": "sms", "sent_at": "2026-03-02T07:12:00Z"}
VERY_FAST = 1e6


class Answering(ServiceApi):
    """A service with one incident, which is there once a device has spoken."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "token")
        self.posts: list[tuple[str, Any]] = []
        self.open_elsewhere = 0
        self.is_open = False
        self.incident: dict[str, Any] = {
            "id": "i-1",
            "code": "K7",
            "status": "open",
            "grade": "suspected",
            "opened_at": "2026-03-02T07:12:00Z",
            "disposition": None,
            "cause": None,
            "premises": {"id": PLACE, "name": "下许里7号"},
            "handover": {"status": "none"},
            "assignments": [
                {
                    "station_id": STATION,
                    "station_name": "宋宅村微型消防站",
                    "tier": "village",
                    "people": [TOLD],
                    "milestones": dict.fromkeys(
                        ("notified_at", "delivered_at", "acknowledged_at", "enroute_at", "on_scene_at")
                    ),
                }
            ],
        }

    def get(self, path: str, **query: str | int) -> Any:
        if path == "/incidents":
            elsewhere = {**self.incident, "id": "i-2", "premises": {"id": "p-2"}}
            here = [self.incident] if self.is_open else []
            return {"items": here + [elsewhere] * self.open_elsewhere, "next": None}
        if path == "/incidents/i-1":
            return self.incident
        return {"phone": "+8613800138001", "state": "normal"}

    def post(self, path: str, body: Any) -> Any:
        self.posts.append((path, dict(body)))


class Theatre:
    """A stage without devices, phones or a service behind it."""

    def __init__(self) -> None:
        self.api = Answering()
        self.field = create_autospec(Field, instance=True)
        self.field.do.side_effect = lambda what: setattr(self.api, "is_open", what == ALARM)
        self.phones = create_autospec(Phones, instance=True)
        self.phones.new_sent.return_value = ([], [])
        self.teller = create_autospec(Teller, instance=True)
        self.stopping = Event()

    def play(self, *steps: Step, phones: bool = True) -> bool:
        """Play a story of these steps in no time; nothing that is missing is waited for."""
        scenario = Scenario("story", "故事", PLACE, steps, must_be_seen_within_s=0)
        stage = Stage(self.field, self.api, self.phones if phones else None, self.teller, self.stopping)
        return play_story(scenario, stage, VERY_FAST)

    @property
    def told(self) -> list[str]:
        return [told.args[0] for told in self.teller.tell.call_args_list]


@pytest.fixture
def theatre() -> Theatre:
    return Theatre()


def test_devices_do_what_the_story_says_in_its_order(theatre: Theatre) -> None:
    restore = NativeSays("d-1", "restore")
    assert theatre.play(Step(0, ALARM, "烟感响了"), Step(60, restore))
    assert theatre.field.do.call_args_list == [call(ALARM), call(restore)]
    assert "… 烟感响了" in theatre.told


def test_what_is_seen_is_said_only_then(theatre: Theatre) -> None:
    assert theatre.play(Step(0, ALARM), Step(0, IsOpen("suspected"), "立案"))
    assert "✓ 立案" in theatre.told


@pytest.mark.parametrize(
    "expected",
    [IsOpen("confirmed"), ArePaged((STATION,)), DeviceShows("d-1", "offline"), NobodyIsPaged()],
    ids=lambda expected: type(expected).__name__,
)
def test_what_is_not_seen_is_named_and_ends_the_story(theatre: Theatre, expected: Any) -> None:
    assert not theatre.play(Step(0, ALARM), Step(0, expected, "看到了"), Step(0, NativeSays("d-1", "test")))
    assert str(expected) in theatre.told[-1]
    assert "✓ 看到了" not in theatre.told
    assert theatre.field.do.call_args_list == [call(ALARM)]


def test_a_story_does_not_begin_over_an_incident_that_is_open_there(theatre: Theatre) -> None:
    theatre.api.is_open = True
    assert not theatre.play(Step(0, ALARM))
    assert "K7" in theatre.told[-1]
    theatre.field.do.assert_not_called()


def test_whoever_was_paged_first_texts_back(theatre: Theatre) -> None:
    assert theatre.play(Step(0, ALARM), Step(20, Answers(STATION, "1", "acknowledged")))
    theatre.phones.text_back.assert_called_once_with("+8613800138001", "1")
    assert theatre.api.posts == []


def test_with_another_incident_open_the_code_goes_before_the_digit(theatre: Theatre) -> None:
    theatre.api.open_elsewhere = 1
    assert theatre.play(Step(0, ALARM), Step(20, Answers(STATION, "1", "acknowledged")))
    theatre.phones.text_back.assert_called_once_with("+8613800138001", "K7 1")


def test_nobody_answers_a_page_that_he_has_not_got(theatre: Theatre) -> None:
    theatre.api.incident["assignments"][0]["people"] = [TOLD | {"sent_at": None}]
    assert not theatre.play(Step(0, ALARM), Step(20, Answers(STATION, "1", "acknowledged")))
    theatre.phones.text_back.assert_not_called()


def test_without_phones_people_answer_on_the_page(theatre: Theatre) -> None:
    answers = (Answers(STATION, "1", "acknowledged"), Answers(STATION, "4", None))
    assert theatre.play(Step(0, ALARM), *(Step(20, answer) for answer in answers), phones=False)
    body = {"station_id": STATION, "milestone": "acknowledged"}
    assert theatre.api.posts == [("/incidents/i-1/milestones", body)]


@pytest.mark.parametrize(
    ("what", "path", "body"),
    [
        (SetsMilestone(STATION, "enroute"), "milestones", {"station_id": STATION, "milestone": "enroute"}),
        (CentreAccepts("演示119-1"), "handover", {"status": "accepted", "number": "演示119-1"}),
        (DeskCloses("fire", "蜡烛"), "close", {"disposition": "fire", "cause": "蜡烛", "note": None}),
    ],
)
def test_the_desk_decides_by_the_api(theatre: Theatre, what: Any, path: str, body: dict[str, Any]) -> None:
    assert theatre.play(Step(0, ALARM), Step(1, what))
    assert theatre.api.posts == [(f"/incidents/i-1/{path}", body)]


def test_the_desk_cannot_decide_about_what_is_not_there(theatre: Theatre) -> None:
    assert not theatre.play(Step(0, DeskCloses("fire")))
    assert theatre.api.posts == []


@pytest.mark.parametrize(
    ("texts", "is_seen"), [(["请查看并关好逃生窗"], True), (["别的"], False), ([], False)]
)
def test_a_text_is_looked_for_on_the_phone(theatre: Theatre, texts: list[str], is_seen: bool) -> None:
    theatre.phones.texts_to.return_value = texts
    assert theatre.play(Step(0, GetsText(CHIEF, "逃生窗"))) is is_seen


def test_a_text_cannot_be_missed_where_there_are_no_phones(theatre: Theatre) -> None:
    assert theatre.play(Step(0, GetsText(CHIEF, "逃生窗")), phones=False)


def test_the_story_ends_with_the_response_log(theatre: Theatre) -> None:
    assert theatre.play(Step(0, ALARM), Step(0, IsOpen()))
    assert "响应记录" in theatre.told[-2]
    assert "宋宅村微型消防站" in theatre.told[-1]


def test_a_play_can_be_stopped_while_it_waits_for_a_step(theatre: Theatre) -> None:
    theatre.stopping.set()
    with pytest.raises(StoppedError):
        theatre.play(Step(3600 * VERY_FAST, ALARM))
    theatre.teller.end_story.assert_called_once_with()


def test_devices_stay_alive_and_happenings_are_told_while_a_play_waits(theatre: Theatre) -> None:
    theatre.stopping.set()
    with pytest.raises(StoppedError):
        theatre.play(Step(3600 * VERY_FAST, ALARM))
    theatre.field.beat.assert_called_with()
    theatre.teller.look.assert_called_with()
