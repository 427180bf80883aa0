"""Response times, by examples that can be calculated by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.plan import ResponsePlan, TierPlan, TierPlans
from dispatch.profiles import DEFAULT_PROFILE, Interval, Profile, profile_named, profile_names
from dispatch.response_time import (
    Item,
    LeftOut,
    Record,
    is_in_order,
    measure,
    nearest_rank,
    summarise,
)
from dispatch.values import Milestone, Tier

RECEIVED_AT = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)


def own_profile(plan: ResponsePlan | None = None) -> Profile:
    profile = profile_named(DEFAULT_PROFILE, plan or ResponsePlan())
    assert profile is not None
    return profile


CN_135 = own_profile()


def stamps(**seconds: float) -> dict[Milestone, datetime | None]:
    """Milestones by their seconds after the alarm was received."""
    return {Milestone(name): RECEIVED_AT + timedelta(seconds=after) for name, after in seconds.items()}


def arrival(
    on_scene: float | None, *, tier: Tier = Tier.VILLAGE, group: str = "g", drill: bool = False
) -> Record:
    times = {} if on_scene is None else stamps(on_scene=on_scene)
    return Record(group, group.upper(), tier, RECEIVED_AT, times, is_drill=drill)


def only_item(records: list[Record], interval: Interval = Interval.RESPONSE) -> Item:
    (item,) = summarise(records, interval, CN_135).items
    return item


def test_the_first_story_measured_by_hand() -> None:
    times = stamps(notified=1, delivered=3, acknowledged=41, enroute=61, on_scene=175, cleared=4000)
    measured = {interval.value: measure(interval, RECEIVED_AT, times) for interval in Interval}
    assert measured == {
        "handling": 1,
        "delivery": 2,
        "acknowledgement": 40,
        "turnout": 60,
        "travel": 114,
        "response": 175,
    }


def test_a_walking_crew_that_never_said_it_left_has_no_turnout_and_no_travel() -> None:
    times = stamps(notified=1, acknowledged=20, on_scene=170)
    assert measure(Interval.TURNOUT, RECEIVED_AT, times) is None
    assert measure(Interval.TRAVEL, RECEIVED_AT, times) is None
    assert measure(Interval.RESPONSE, RECEIVED_AT, times) == 170


@pytest.mark.parametrize(
    ("count", "percent", "rank"),
    [(1, 50, 1), (1, 90, 1), (2, 50, 1), (3, 50, 2), (9, 90, 9), (10, 90, 9), (11, 90, 10), (100, 90, 90)],
)
def test_percentiles_go_by_nearest_rank(count: int, percent: int, rank: int) -> None:
    assert nearest_rank([float(value) for value in range(1, count + 1)], percent) == rank


def test_ten_arrivals_by_hand() -> None:
    seconds = (100, 110, 120, 130, 140, 150, 160, 180, 200, 900)
    item = only_item([arrival(after) for after in reversed(seconds)])
    assert (item.n, item.missing, item.p50_s, item.p90_s) == (10, 0, 140, 200)
    assert (item.within_target, item.target_s) == (0.8, 180)  # the 180 s are still within
    assert item.source == "ours, after the 1-3-5 rule; no published standard"


def test_a_missing_interval_is_counted_and_is_never_zero() -> None:
    item = only_item([arrival(120), arrival(None), arrival(None)])
    assert (item.n, item.missing, item.p50_s, item.within_target) == (1, 2, 120, 1.0)


def test_a_group_where_nothing_is_measured_has_no_percentiles_and_no_share() -> None:
    item = only_item([arrival(None)])
    assert (item.n, item.missing) == (0, 1)
    assert (item.p50_s, item.p90_s, item.within_target, item.target_s) == (None, None, None, 180)


def test_an_interval_without_a_target_has_no_share() -> None:
    records = [Record("g", "G", Tier.TOWN, RECEIVED_AT, stamps(notified=2))]
    item = only_item(records, Interval.HANDLING)
    assert (item.n, item.p90_s, item.within_target, item.target_s, item.source) == (1, 2, None, None, None)


def test_one_item_per_group_and_tier_nearest_tier_first() -> None:
    records = [
        arrival(800, tier=Tier.DISTRICT, group="b"),
        arrival(100, tier=Tier.VILLAGE, group="b"),
        arrival(290, tier=Tier.TOWN, group="a"),
        arrival(310, tier=Tier.TOWN, group="b"),
    ]
    report = summarise(records, Interval.RESPONSE, CN_135)
    assert [(item.group, item.tier, item.target_s, item.within_target) for item in report.items] == [
        ("a", Tier.TOWN, 300, 1.0),
        ("b", Tier.VILLAGE, 180, 1.0),
        ("b", Tier.TOWN, 300, 0.0),
        ("b", Tier.DISTRICT, 900, 1.0),
    ]


def test_drills_tests_and_records_out_of_order_are_left_out_and_counted_once() -> None:
    backwards = stamps(notified=10, acknowledged=5)
    records = [
        arrival(100),
        arrival(999, drill=True),
        Record("g", "G", Tier.VILLAGE, RECEIVED_AT, stamps(on_scene=999), is_test=True),
        Record("g", "G", Tier.VILLAGE, RECEIVED_AT, backwards, is_drill=True, is_test=True),
        Record("g", "G", Tier.VILLAGE, RECEIVED_AT, backwards),
    ]
    report = summarise(records, Interval.RESPONSE, CN_135)
    assert [(item.n, item.missing) for item in report.items] == [(1, 0)]
    assert report.left_out == LeftOut(drill=2, test=1, out_of_order=1)


@pytest.mark.parametrize(
    "times",
    [
        stamps(notified=-1),
        stamps(on_scene=-1),
        stamps(notified=10, acknowledged=9),
        stamps(notified=10, delivered=9),
        stamps(acknowledged=30, on_scene=20),
        stamps(enroute=30, on_scene=20),
        stamps(on_scene=30, cleared=20),
    ],
)
def test_a_milestone_before_one_that_must_precede_it_is_out_of_order(
    times: dict[Milestone, datetime | None],
) -> None:
    assert not is_in_order(RECEIVED_AT, times)


@pytest.mark.parametrize(
    "times",
    [
        {},
        stamps(notified=0, delivered=0, acknowledged=0, enroute=0, on_scene=0, cleared=0),
        stamps(notified=1, acknowledged=5, delivered=300),  # the receipt came after the answer
    ],
)
def test_equal_instants_and_a_late_receipt_are_in_order(times: dict[Milestone, datetime | None]) -> None:
    assert is_in_order(RECEIVED_AT, times)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=200))
def test_p90_is_within_the_target_exactly_when_nine_in_ten_are(seconds: list[int]) -> None:
    item = only_item([arrival(after) for after in seconds])
    assert item.p90_s is not None
    assert item.within_target is not None
    assert (item.p90_s <= 180) == (sum(after <= 180 for after in seconds) * 10 >= len(seconds) * 9)
    assert item.p90_s in seconds


def test_the_default_profile_is_the_1_3_5_rule() -> None:
    wanted = {
        (Tier.VILLAGE, Interval.ACKNOWLEDGEMENT): 60,
        (Tier.VILLAGE, Interval.RESPONSE): 180,
        (Tier.TOWN, Interval.RESPONSE): 300,
        (Tier.DISTRICT, Interval.RESPONSE): 900,
    }
    assert {key: target.seconds for key, target in CN_135.targets.items()} == wanted


def test_a_plan_that_sets_its_own_target_is_judged_by_it_and_named_as_the_source() -> None:
    plan = ResponsePlan(tier=TierPlans(village=TierPlan(target_response_s=240, stations_at_once=1)))
    target = own_profile(plan).target(Tier.VILLAGE, Interval.RESPONSE)
    assert target is not None
    assert (target.seconds, target.source) == (240, "the response plan of this service")
    assert own_profile(plan).target(Tier.VILLAGE, Interval.ACKNOWLEDGEMENT) is None


def test_every_profile_can_be_asked_for_by_its_name() -> None:
    for name in profile_names():
        profile = profile_named(name, ResponsePlan())
        assert profile is not None
        assert profile.name == name
        assert all(target.source for target in profile.targets.values())
    assert profile_named("nfpa_9999", ResponsePlan()) is None
