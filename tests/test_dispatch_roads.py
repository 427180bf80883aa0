"""Alarms compared by road: who is nearest really, closures, and what happens where roads cannot tell."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from dispatch import selection
from dispatch.recommend import recommend
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from geo.point import Point
from registry.version import bump_version
from store.incidents import TimelineEntry
from store.places import Premises, Station
from store.roads import RoadClosure, RoadNetworkFile
from tests.river import EAST_BRIDGE, IN_THE_RIVER, WEST_BRIDGE, close_bridge, keeper_of, lay_roads
from tests.story import Story, story

__all__ = ["story"]

HERE = Point(118.19, 24.77)


@pytest.fixture
def river(story: Story, tmp_path: Path) -> Story:
    """The story with its roads, the keeper having looked once."""
    lay_roads(story.database, tmp_path, story.clock.now())
    keeper_of(story).look()
    return story


def villages(story: Story, point: Point = HERE) -> list[tuple[str, str]]:
    """Who would be sent, best first, and how the travel was found."""
    with story.database.read() as session:
        found = recommend(session, story.setup, point, Tier.VILLAGE, now=story.clock.now())
    return [(c.station.id, c.travel.method if c.travel else "") for c in found.items]


def facts(story: Story, kind: str) -> list[dict[str, Any]]:
    with story.database.read() as session:
        rows = select(TimelineEntry.data).where(TimelineEntry.kind == kind).order_by(TimelineEntry.id)
        return list(session.scalars(rows))


def test_without_a_network_the_straight_line_rules(story: Story) -> None:
    keeper_of(story).look()
    assert villages(story)[:2] == [("songzhai", "straight_line"), ("mingxi", "straight_line")]


def test_the_nearest_by_road_goes_and_the_home_village_as_well(river: Story) -> None:
    river.alarm(river.district.smoke)

    sent = river.assignments()
    assert sent["mingxi"].reason == selection.NEAREST
    assert sent["mingxi"].method == "road"
    assert sent["mingxi"].distance_m == pytest.approx(2510, abs=40)
    assert sent["songzhai"].reason == selection.HOME_VILLAGE
    assert sent["songzhai"].distance_m == pytest.approx(3510, abs=40)
    assert sent["wuxian-team"].method == "road"


def test_what_was_recommended_is_kept_beside_what_was_sent(river: Story) -> None:
    with river.database.begin() as session:
        session.execute(
            update(Station).where(Station.id == "junying").values(in_service=False, out_reason="培训")
        )
        bump_version(session)
    river.alarm(river.district.smoke)

    village, town = facts(river, "recommended")
    assert [(line["station_id"], line["sent"]) for line in village["ranked"]] == [
        ("mingxi", True),
        ("songzhai", True),
        ("xiaoping", False),
    ]
    assert village["passed_over"] == [
        {"station_id": "junying", "station": "军营村微型消防站", "reason": "out_of_service: 培训"}
    ]
    assert village["ranked"][0]["method"] == "road"
    assert "straight_line_because" not in village
    assert town["tier"] == "town"
    # the way alone takes longer than the three minutes of the plan
    (short,) = village["shortfalls"]
    assert (short["shortfall"], short["target_s"]) == ("none_within_target", 180)
    assert short["best_s"] == village["ranked"][0]["travel_s"]


def test_a_closed_bridge_changes_the_next_alarm_after_one_look(river: Story) -> None:
    keeper = keeper_of(river)
    keeper.look()
    assert villages(river)[:2] == [("mingxi", "road"), ("songzhai", "road")]

    close_bridge(river)
    keeper.look()

    assert villages(river)[:2] == [("songzhai", "road"), ("mingxi", "road")]


def test_a_closure_survives_a_restart_and_ends_by_itself(river: Story) -> None:
    close_bridge(river, until_at=river.clock.now() + timedelta(hours=1))
    river.setup = DispatchSetup()
    restarted = keeper_of(river)
    restarted.look()
    assert villages(river)[0] == ("songzhai", "road")

    river.clock.advance(3600)
    restarted.look()
    assert villages(river)[0] == ("mingxi", "road")


def test_a_closure_that_was_ended_holds_no_longer(river: Story) -> None:
    closure_id, keeper = close_bridge(river), keeper_of(river)
    keeper.look()
    with river.database.begin() as session:
        session.get_one(RoadClosure, closure_id).ended_at = river.clock.now()
    keeper.look()
    assert villages(river)[0] == ("mingxi", "road")


def test_with_both_bridges_closed_the_alarm_goes_by_straight_line_and_says_why(river: Story) -> None:
    for bridge in (EAST_BRIDGE, WEST_BRIDGE):
        close_bridge(river, bridge)
    keeper_of(river).look()

    river.alarm(river.district.smoke)

    village, town = facts(river, "recommended")
    assert {line["method"] for line in village["ranked"]} == {"straight_line"}
    assert village["straight_line_because"] == "unreachable"
    assert next(iter(river.assignments())) == "songzhai"
    methods = [line["method"] for line in town["ranked"]]
    assert methods == ["road", "straight_line"], "the other town's team is beyond the river, and ranked last"


def test_only_the_alarm_off_the_roads_goes_by_straight_line(river: Story) -> None:
    assert {method for _, method in villages(river, Point(118.13, 24.76))} == {"straight_line"}
    assert {method for _, method in villages(river)} == {"road"}


def test_a_station_that_moves_is_compared_from_its_new_place_after_a_look(river: Story) -> None:
    keeper = keeper_of(river)
    keeper.look()
    with river.database.begin() as session:
        session.execute(update(Station).where(Station.id == "xiaoping").values(lon=118.1899, lat=24.77))
        bump_version(session)
    # not believed where the roads do not know it yet, and too near to be left out: all by straight line
    assert villages(river)[0] == ("xiaoping", "straight_line")
    keeper.look()
    assert villages(river)[0] == ("xiaoping", "road")


def test_premises_that_moved_are_not_looked_up_at_their_old_place(river: Story) -> None:
    with river.database.begin() as session:
        moved = update(Premises).where(Premises.id == river.district.premises)
        session.execute(moved.values(lon=118.0701, lat=24.80))
        bump_version(session)
    river.alarm(river.district.smoke)
    assert next(iter(river.assignments())) == "xiaoping"


def test_a_change_that_moves_nothing_builds_nothing(river: Story) -> None:
    keeper = keeper_of(river)
    keeper.look()
    before = river.setup.roads.in_use
    with river.database.begin() as session:
        session.execute(update(Station).where(Station.id == "junying").values(in_service=False))
        bump_version(session)
    keeper.look()
    assert river.setup.roads.in_use is before
    close_bridge(river)
    keeper.look()
    assert before is not None
    assert river.setup.roads.in_use is not None
    assert river.setup.roads.in_use.ground is before.ground, "a closure leaves the ground as it is"


def test_a_damaged_network_leaves_the_old_one_in_use_and_is_told_once(
    river: Story, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = keeper_of(river)
    keeper.look()
    given = {"source": "broken", "attribution": "", "built_at": river.clock.now(), "packed": b"no archive"}
    with river.database.begin() as session:
        session.add(RoadNetworkFile(**given))
    for _ in range(3):
        keeper._round()
    assert villages(river)[0] == ("mingxi", "road")
    (fault,) = river.setup.roads.faults
    assert fault.startswith("stored road network: damaged")
    assert [record.message for record in caplog.records] == [f"roads: {fault}"]

    with river.database.begin() as session:
        session.delete(
            session.scalars(select(RoadNetworkFile).where(RoadNetworkFile.source == "broken")).one()
        )
    keeper.look()
    assert river.setup.roads.faults == ()


def test_a_closure_that_no_road_of_a_new_network_has_is_told_and_the_others_hold(river: Story) -> None:
    closure_id = close_bridge(river, IN_THE_RIVER)
    close_bridge(river)
    keeper_of(river).look()
    (fault,) = river.setup.roads.faults
    assert fault.startswith(f"road closure {closure_id} is without effect: no road within 50 m of")
    assert villages(river)[0] == ("songzhai", "road")


def test_roads_that_fail_do_not_stop_an_alarm(
    river: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("dispatch.road_tables.RoadsInUse.compare", fail)
    river.alarm(river.district.smoke)
    assert river.assignments()["songzhai"].method == "straight_line"
    assert "by straight line" in caplog.text


def test_a_network_that_is_taken_away_is_used_no_more(river: Story) -> None:
    keeper = keeper_of(river)
    keeper.look()
    with river.database.begin() as session:
        session.delete(session.scalars(select(RoadNetworkFile)).one())
    keeper.look()
    assert river.setup.roads.in_use is None


def test_until_the_first_table_is_there_the_straight_line_says_why(story: Story, tmp_path: Path) -> None:
    lay_roads(story.database, tmp_path, story.clock.now())
    keeper, roads = keeper_of(story), story.setup.roads
    keeper.announce()

    with story.database.read() as session:
        items = recommend(session, story.setup, HERE, Tier.VILLAGE, now=story.clock.now()).items
    assert {item.not_by_road for item in items} == {"not_ready"}
    story.alarm(story.district.smoke)
    assert facts(story, "recommended")[0]["straight_line_because"] == "not_ready"
    story.clock.advance(60)
    assert roads.why_not_ready(story.clock.now()) is None, "every start takes some seconds"
    story.clock.advance(1)
    assert "is being built" in (roads.why_not_ready(story.clock.now()) or "")

    keeper.look()
    assert roads.why_not_ready(story.clock.now()) is None
    assert {method for _, method in villages(story)} == {"road"}


def test_where_no_network_is_kept_none_is_waited_for(story: Story) -> None:
    keeper_of(story).announce()
    with story.database.read() as session:
        items = recommend(session, story.setup, HERE, Tier.VILLAGE, now=story.clock.now()).items
    assert {item.not_by_road for item in items} == {None}
    story.clock.advance(3600)
    assert story.setup.roads.why_not_ready(story.clock.now()) is None
