"""What a screen of the review counts, by small examples: spread, change, local time, comparison of places."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.distribution import distributions
from dispatch.monthly_facts import compare, percent, whole_seconds
from dispatch.plan import ResponsePlan
from dispatch.profiles import DEFAULT_PROFILE, Interval, Profile, profile_named
from dispatch.record_table import local_times, microseconds, month_name, month_number
from dispatch.response_time import Figures, measured, totals
from dispatch.review import Period
from dispatch.station_change import Judgement, change
from dispatch.values import Tier
from tests.recorded import part, table_of


def own_profile() -> Profile:
    profile = profile_named(DEFAULT_PROFILE, ResponsePlan())
    assert profile is not None
    return profile


CN_135 = own_profile()


def figures(p50_s: float, p90_s: float, n: int = 20) -> Figures:
    return Figures(Tier.VILLAGE, n, p50_s=p50_s, p90_s=p90_s)


def test_what_took_exactly_the_target_is_in_the_bin_that_ends_with_it() -> None:
    found = measured(
        table_of([part(0), part(180), part(180.000001), part(9999), part()]), Interval.RESPONSE, CN_135
    )
    (spread,) = distributions(found, Interval.RESPONSE)
    filled = [(one.from_s, one.to_s, one.n, one.cumulative) for one in spread.bins if one.n]
    assert filled == [(None, 30, 1, 0.25), (150, 180, 1, 0.5), (180, 210, 1, 0.75), (3600, None, 1, 1.0)]
    assert (spread.n, spread.target_s) == (4, 180)


@given(st.lists(st.floats(0, 5000), min_size=1, max_size=60))
def test_the_bins_up_to_the_target_hold_what_is_within_it(seconds: list[float]) -> None:
    found = measured(table_of([part(after) for after in seconds]), Interval.RESPONSE, CN_135)
    (spread,), (total,) = distributions(found, Interval.RESPONSE), totals(found)
    assert sum(one.n for one in spread.bins) == total.n
    within = sum(one.n for one in spread.bins if one.to_s is not None and one.to_s <= 180)
    assert within == total.within_n


@pytest.mark.parametrize(
    ("now", "before", "judgement"),
    [
        (figures(90, 200), figures(100, 200), Judgement.BETTER),
        (figures(91, 200), figures(100, 200), Judgement.SAME),  # less than a tenth
        (figures(90, 201), figures(100, 200), Judgement.SAME),  # the slow ones became slower
        (figures(110, 200), figures(100, 200), Judgement.WORSE),
        (figures(110, 199), figures(100, 200), Judgement.SAME),
        (figures(50, 100, n=9), figures(100, 200), Judgement.SMALL),
        (figures(50, 100), figures(100, 200, n=9), Judgement.SMALL),
        (figures(0, 0), figures(0, 0), Judgement.SAME),
        (figures(90, 200), None, None),
        (Figures(Tier.VILLAGE, missing=3), figures(100, 200), None),
    ],
)
def test_a_station_is_judged_only_where_its_figures_allow_it(
    now: Figures, before: Figures | None, judgement: Judgement | None
) -> None:
    assert change(now, before).judgement is judgement


@given(
    st.lists(st.integers(-60 * 24 * 366 * 15, 60 * 24 * 366 * 15), max_size=30),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
)
def test_local_months_and_hours_are_those_of_the_clock_on_the_wall(minutes: list[int], name: str) -> None:
    zone = ZoneInfo(name)
    instants = [datetime(2010, 1, 1, tzinfo=UTC) + timedelta(minutes=after) for after in minutes]
    instants += [datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)]
    local = local_times(np.array([microseconds(at) for at in instants], dtype=np.int64), zone)
    on_the_wall = [at.astimezone(zone) for at in instants]
    assert local.hour.tolist() == [at.hour for at in on_the_wall]
    assert [month_name(month) for month in local.month.tolist()] == [f"{at:%Y-%m}" for at in on_the_wall]


def test_a_month_has_one_number() -> None:
    assert [month_number(name) for name in ("1970-01", "1969-12", "2026-03")] == [0, -1, 674]
    assert month_name(674) == "2026-03"


def test_the_period_before_is_as_long_and_ends_where_this_one_begins() -> None:
    start, now = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)
    day = timedelta(days=1)
    assert Period(start, start + day).before(now) == Period(start - day, start)
    assert Period(start).before(now) == Period(start - 10 * day, start)
    assert Period(None, now).before(now) is None
    assert Period(now, start).before(now) is None


def test_nothing_reads_better_than_it_was() -> None:
    assert (whole_seconds(180.0), whole_seconds(180.000001)) == (180, 181)
    assert [percent(1999, 2000), percent(2000, 2000), percent(1, 3)] == ["99.9%", "100.0%", "33.3%"]


def test_places_are_compared_only_where_both_ends_have_enough_records() -> None:
    target = CN_135.target(Tier.VILLAGE, Interval.RESPONSE)

    def place(name: str, n: int, within: int) -> tuple[str, list[Figures]]:
        return name, [Figures(Tier.VILLAGE, n, p50_s=1, p90_s=1, within_n=within, target=target)]

    parts = [place("甲", 20, 10), place("乙", 10, 9), place("丙", 9, 9), ("丁", [])]
    found = compare(parts, Tier.VILLAGE)
    assert found is not None
    assert (found.best[0], found.worst[0], found.small) == ("乙", "甲", 1)
    assert compare(parts[:1] + parts[2:], Tier.VILLAGE) is None
    assert compare([place("甲", 20, 10), place("乙", 10, 5)], Tier.VILLAGE) is None
    assert compare(parts, Tier.TOWN) is None
