"""The stories as data: all that they name is in the demo district, in words the service knows."""

import csv
from itertools import chain

import pytest

from dispatch.replies import parse_reply
from dispatch.values import Disposition, EventKind, Grade, HandoverStatus, Milestone
from fire135.demo_district import FOLDER
from simulators.scenarios import CANDLE, SCENARIOS
from simulators.steps import (
    Answers,
    ArePaged,
    CentreAccepts,
    DeskCloses,
    HasReached,
    IsClosed,
    IsHandedOver,
    IsOpen,
    NativeSays,
    Scenario,
    SetsMilestone,
    ZigbeeLost,
    ZigbeeReports,
)

each_story = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))


def ids(file: str, column: str = "id") -> set[str]:
    with (FOLDER / f"{file}.csv").open(encoding="utf-8", newline="") as rows:
        return {row[column] for row in csv.DictReader(rows)}


def named(scenario: Scenario, attribute: str) -> set[str]:
    """What the steps name by this attribute."""
    return {getattr(step.what, attribute) for step in scenario.steps if hasattr(step.what, attribute)}


@each_story
def test_steps_come_in_order_and_the_story_begins_at_once(scenario: Scenario) -> None:
    instants = [step.at_s for step in scenario.steps]
    assert instants == sorted(instants)
    assert instants[0] == 0


@each_story
def test_everything_it_names_is_in_the_demo_district(scenario: Scenario) -> None:
    paged = chain.from_iterable(s.what.station_ids for s in scenario.steps if isinstance(s.what, ArePaged))
    assert scenario.premises_id in ids("premises")
    assert named(scenario, "device_id") | named(scenario, "gateway_id") <= ids("devices")
    assert set(scenario.zigbee) <= ids("devices", "external_id")
    assert named(scenario, "station_id") | set(paged) <= ids("stations")
    assert named(scenario, "person_id") <= ids("people")


@each_story
def test_its_zigbee_devices_have_a_state_in_which_they_rest(scenario: Scenario) -> None:
    for step in scenario.steps:
        match step.what:
            case ZigbeeReports(name, changes):
                assert set(changes) <= set(scenario.zigbee[name])
            case ZigbeeLost(name):
                assert name in scenario.zigbee


@each_story
def test_devices_people_and_desk_use_words_that_the_service_knows(scenario: Scenario) -> None:
    for step in scenario.steps:
        match step.what:
            case NativeSays(_, kind):
                EventKind(kind)
            case Answers(_, text, milestone):
                assert parse_reply(text).answer is not None
                assert milestone is None or Milestone(milestone)
            case SetsMilestone(_, milestone) | HasReached(_, milestone):
                Milestone(milestone)
            case DeskCloses(disposition) | IsClosed(disposition):
                Disposition(disposition)
            case IsOpen(grade):
                assert grade is None or Grade(grade)
            case IsHandedOver(states):
                assert all(HandoverStatus(state) for state in states)


@each_story
def test_what_opens_is_closed_by_a_person(scenario: Scenario) -> None:
    kinds = {type(step.what) for step in scenario.steps}
    assert (IsOpen in kinds) == (DeskCloses in kinds) == (IsClosed in kinds)


def test_numbers_of_the_centre_differ_and_say_that_they_are_invented() -> None:
    steps = chain.from_iterable(scenario.steps for scenario in SCENARIOS.values())
    numbers = [step.what.number for step in steps if isinstance(step.what, CentreAccepts)]
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("演示") for number in numbers)


@pytest.mark.parametrize("station_id", ["st-350212110212", "st-350212110"])
def test_in_the_candle_story_both_stations_answer_soon_and_are_there_at_15_15(station_id: str) -> None:
    at_s = {step.what: step.at_s for step in CANDLE.steps if isinstance(step.what, Answers)}
    assert 20 <= at_s[Answers(station_id, "1", "acknowledged")] <= 40
    assert 170 <= at_s[Answers(station_id, "3", "on_scene")] <= 180


def test_the_candle_is_closed_as_fire() -> None:
    (closing,) = [step.what for step in CANDLE.steps if isinstance(step.what, DeskCloses)]
    assert (closing.disposition, closing.cause) == ("fire", "蜡烛 candle")
