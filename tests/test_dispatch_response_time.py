"""Response times, by examples that can be calculated by hand."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.plan import ResponsePlan, TierPlan, TierPlans
from dispatch.profiles import DEFAULT_PROFILE, Interval, Profile, profile_named, profile_names
from dispatch.record_table import COUNTED, NEVER
from dispatch.response_time import (
    MICROSECONDS,
    Figures,
    Reason,
    count_left_out,
    figures_by,
    intervals,
    is_in_order,
    measure,
    measured,
    rank,
    totals,
)
from dispatch.values import Milestone, Tier
from tests.recorded import RECEIVED_AT, Part, part, table_of


def own_profile(plan: ResponsePlan | None = None) -> Profile:
    profile = profile_named(DEFAULT_PROFILE, plan or ResponsePlan())
    assert profile is not None
    return profile


CN_135 = own_profile()


def stamps(**seconds: float) -> dict[Milestone, datetime | None]:
    """Milestones by their seconds after the alarm was received."""
    return {Milestone(name): RECEIVED_AT + timedelta(seconds=after) for name, after in seconds.items()}


def only_figures(parts: list[Part], interval: Interval = Interval.RESPONSE) -> Figures:
    (found,) = totals(measured(table_of(parts), interval, CN_135))
    return found


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
    ("count", "percent", "place"),
    [(1, 50, 1), (1, 90, 1), (2, 50, 1), (3, 50, 2), (9, 90, 9), (10, 90, 9), (11, 90, 10), (100, 90, 90)],
)
def test_percentiles_go_by_nearest_rank(count: int, percent: int, place: int) -> None:
    assert rank(count, percent) == place - 1


def test_ten_arrivals_by_hand() -> None:
    seconds = (100, 110, 120, 130, 140, 150, 160, 180, 200, 900)
    found = only_figures([part(after) for after in reversed(seconds)])
    assert (found.n, found.missing, found.p50_s, found.p90_s) == (10, 0, 140, 200)
    assert (found.within_n, found.within_target) == (8, 0.8)  # the 180 s are still within
    assert found.target is not None
    assert (found.target.seconds, found.target.source) == (
        180,
        "ours, after the 1-3-5 rule; no published standard",
    )


def test_a_missing_interval_is_counted_and_is_never_zero() -> None:
    found = only_figures([part(120), part(), part()])
    assert (found.n, found.missing, found.p50_s, found.within_target) == (1, 2, 120, 1.0)


def test_a_group_where_nothing_is_measured_has_no_percentiles_and_no_share() -> None:
    found = only_figures([part()])
    assert (found.n, found.missing) == (0, 1)
    assert (found.p50_s, found.p90_s, found.within_n, found.within_target) == (None, None, None, None)
    assert found.target is not None


def test_an_interval_without_a_target_has_no_share() -> None:
    found = only_figures([Part({"notified": 2}, Tier.TOWN)], Interval.HANDLING)
    assert (found.n, found.p90_s, found.within_target, found.target) == (1, 2, None, None)


def test_nine_are_small_and_ten_are_not() -> None:
    assert only_figures([part(100)] * 9).is_small
    assert not only_figures([part(100)] * 10).is_small
    assert only_figures([part()] * 10).is_small  # what is not measured carries no judgement


def test_one_row_a_group_and_tier_nearest_tier_first() -> None:
    table = table_of(
        [
            part(800, tier=Tier.DISTRICT, station="b"),
            part(100, station="b"),
            part(290, tier=Tier.TOWN, station="a"),
            part(310, tier=Tier.TOWN, station="b"),
        ]
    )
    found = measured(table, Interval.RESPONSE, CN_135)
    by_station = figures_by(found, found.table.rows["station"])
    assert {
        table.stations.text(number): [(one.tier, one.p50_s, one.within_n) for one in several]
        for number, several in by_station.items()
    } == {
        "a": [(Tier.TOWN, 290, 1)],
        "b": [(Tier.VILLAGE, 100, 1), (Tier.TOWN, 310, 0), (Tier.DISTRICT, 800, 1)],
    }


def test_drills_tests_and_records_out_of_order_are_left_out_and_counted_once() -> None:
    backwards = {"notified": 10.0, "acknowledged": 5.0}
    table = table_of(
        [
            part(100),
            part(999, is_drill=True),
            part(999, is_test=True),
            Part(backwards, is_drill=True, is_test=True),
            Part(backwards),
        ]
    )
    (found,) = totals(measured(table, Interval.RESPONSE, CN_135))
    assert (found.n, found.missing) == (1, 0)
    assert count_left_out(table) == {Reason.DRILL: 2, Reason.TEST: 1, Reason.OUT_OF_ORDER: 1}


_TIMES = st.dictionaries(st.sampled_from([m.value for m in Milestone]), st.integers(-3, 30))


@given(st.lists(_TIMES, max_size=12))
def test_many_are_measured_as_one_is(several: list[dict[str, float]]) -> None:
    """The log measures record by record, a report all of them at once; nobody may see a difference."""
    table = table_of([Part(times) for times in several])
    alone = [stamps(**times) for times in several]
    assert [reason == COUNTED for reason in table.rows["left_out"]] == [
        is_in_order(RECEIVED_AT, times) for times in alone
    ]
    for interval in Interval:
        took = intervals(table, interval)
        expected = [measure(interval, RECEIVED_AT, times) for times in alone]
        assert [None if us == NEVER else us / MICROSECONDS for us in took.tolist()] == expected


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
    found = only_figures([part(after) for after in seconds])
    assert found.p90_s is not None
    assert (found.p90_s <= 180) == (sum(after <= 180 for after in seconds) * 10 >= len(seconds) * 9)
    assert found.p90_s in seconds
    assert found.p50_s == sorted(seconds)[rank(len(seconds), 50)]
    assert found.within_n == sum(after <= 180 for after in seconds)


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
