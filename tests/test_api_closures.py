"""Closures: who may close a road, where, for how long; and whose roads they are."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.access import Role
from store.roads import RoadClosure
from tests.river import ATTRIBUTION, EAST_BRIDGE, IN_THE_RIVER, keeper_of, lay_roads
from tests.web import Web, assert_problem, web

__all__ = ["web"]

BRIDGE = {"lon": EAST_BRIDGE.lon, "lat": EAST_BRIDGE.lat, "reason": "塌方"}


@pytest.fixture
def river(web: Web, tmp_path: Path) -> Web:
    lay_roads(web.story.database, tmp_path, web.story.clock.now())
    keeper_of(web.story).look()
    return web


def nearest(web: Web) -> Any:
    """The village station that would be sent first, once the keeper has looked."""
    keeper_of(web.story).look()
    return web.viewer.get("/recommend", lon=118.19, lat=24.77, tier="village").json()["items"][0]


def test_a_closed_bridge_changes_the_recommendation_until_it_is_opened(river: Web) -> None:
    assert nearest(river)["station_id"] == "mingxi"
    answer = river.dispatcher.post("/roads/closures", BRIDGE)
    assert answer.status_code == 201, answer.text
    closure = answer.json()
    assert (closure["until"], closure["reason"]) == (None, "塌方")
    assert closure["created_by"] == "dispatcher-everywhere"
    assert river.viewer.items("/roads/closures") == [closure]
    assert nearest(river)["station_id"] == "songzhai"

    opened = river.dispatcher.ask("DELETE", f"/api/v1/roads/closures/{closure['id']}")
    assert opened.status_code == 200, opened.text
    assert river.viewer.items("/roads/closures") == []
    assert nearest(river)["station_id"] == "mingxi"
    with river.story.database.read() as session:  # the record keeps it
        assert session.get_one(RoadClosure, closure["id"]).ended_by == "dispatcher-everywhere"
    again = river.dispatcher.ask("DELETE", f"/api/v1/roads/closures/{closure['id']}")
    assert_problem(again, 404, "no longer in force")


def test_a_closure_with_an_end_is_over_by_itself(river: Web) -> None:
    until = (river.story.clock.now() + timedelta(minutes=30)).isoformat()
    closure = river.dispatcher.post("/roads/closures", {**BRIDGE, "until": until}).json()
    river.story.clock.advance(1800)
    assert river.viewer.items("/roads/closures") == []
    assert nearest(river)["station_id"] == "mingxi"
    again = river.dispatcher.ask("DELETE", f"/api/v1/roads/closures/{closure['id']}")
    assert_problem(again, 404)


def test_the_same_order_twice_closes_once(river: Web) -> None:
    answers = [river.dispatcher.post("/roads/closures", BRIDGE, key="one").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(river.viewer.items("/roads/closures")) == 1


def test_what_closes_no_road_is_refused_in_one_line(river: Web) -> None:
    path = "/roads/closures"
    off = {**BRIDGE, "lon": IN_THE_RIVER.lon, "lat": IN_THE_RIVER.lat}
    assert_problem(river.dispatcher.post(path, off), 422, "no road within 50 m", "the nearest is")
    past = {**BRIDGE, "until": "2026-03-02T07:00:00Z"}
    assert_problem(river.dispatcher.post(path, past), 422, "already over")
    for wrong in ({"lon": 200.0}, {"lon": "118"}, {"reason": ""}, {"reason": None}, {"more": 1}):
        assert_problem(river.dispatcher.post(path, {**BRIDGE, **wrong}), 422)
    assert_problem(river.viewer.post(path, BRIDGE), 403)
    assert river.viewer.items(path) == []


def test_without_roads_there_is_nothing_to_close(web: Web) -> None:
    answer = web.dispatcher.post("/roads/closures", BRIDGE)
    assert_problem(answer, 409, "no road network is loaded", "fire135 roads FILE")
    assert_problem(web.viewer.get("/roads"), 404, "no road network is loaded")


def test_roads_that_are_still_being_read_say_so(web: Web, tmp_path: Path) -> None:
    lay_roads(web.story.database, tmp_path, web.story.clock.now())
    assert_problem(web.dispatcher.post("/roads/closures", BRIDGE), 409, "still being read")
    assert web.viewer.get("/roads").json()["in_use"] is False


def test_a_town_s_dispatcher_closes_and_sees_only_what_is_in_his_town(river: Web) -> None:
    d = river.district
    own, other = (river.caller(Role.DISPATCHER, town) for town in (d.town, d.other_town))
    far = {**BRIDGE, "lon": 118.07, "lat": 24.80}
    assert_problem(own.post("/roads/closures", far), 422, "outside your region")
    closure = other.post("/roads/closures", far).json()
    assert own.items("/roads/closures") == []
    assert other.items("/roads/closures") == [closure]
    assert_problem(own.ask("DELETE", f"/api/v1/roads/closures/{closure['id']}"), 404)
    assert river.viewer.items("/roads/closures") == [closure]


def test_closures_come_in_pages(river: Web) -> None:
    ids = [river.dispatcher.post("/roads/closures", BRIDGE).json()["id"] for _ in range(3)]
    page = river.viewer.get("/roads/closures", limit=2).json()
    rest = river.viewer.get("/roads/closures", limit=2, cursor=page["next"]).json()
    assert [row["id"] for row in (*page["items"], *rest["items"])] == ids
    assert rest["next"] is None


def test_the_roads_say_whose_data_they_are(river: Web) -> None:
    shown = river.viewer.get("/roads").json()
    assert (shown["source"], shown["attribution"], shown["in_use"]) == ("river.geojson", ATTRIBUTION, True)
    assert shown["segments"] > shown["nodes"] // 2


def test_a_station_held_by_another_incident_is_ranked_behind_and_named(river: Web) -> None:
    incident = river.report_fire()
    found = river.viewer.get("/recommend", lon=118.19, lat=24.77, tier="village").json()
    reasons = {item["station_id"]: item["reason"] for item in found["items"]}
    assert reasons["mingxi"] == reasons["songzhai"] == f"committed: {incident['code']}"
    assert [item["station_id"] for item in found["items"]][:2] == ["junying", "xiaoping"]
