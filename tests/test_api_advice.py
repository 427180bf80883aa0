"""Who would be sent, and who is in service."""

from typing import Any

import pytest

from tests.web import Web, assert_problem, away, web

__all__ = ["web"]

HERE = {"lon": 118.19, "lat": 24.77}


def test_the_nearest_of_each_tier_comes_first(web: Web) -> None:
    d = web.district
    found = web.viewer.get("/recommend", **HERE).json()
    assert [item["station_id"] for item in found["items"]] == [
        d.home_station,
        d.next_station,
        *d.far_stations,
        d.town_team,
        d.other_town_team,
        d.brigade,
    ]
    first = found["items"][0]
    assert first == {
        "station_id": "songzhai",
        "station_name": "宋宅村微型消防站",
        "tier": "village",
        "travel_s": pytest.approx(84, abs=1),
        "distance_m": pytest.approx(700, abs=5),
        "method": "straight_line",
        "not_by_road": None,
        "reason": "nearest",
    }
    assert found["passed_over"] == []


def test_one_tier_may_be_asked_for(web: Web) -> None:
    found = web.viewer.get("/recommend", **HERE, tier="town").json()
    assert {item["tier"] for item in found["items"]} == {"town"}


def test_who_is_out_of_service_is_passed_over_with_the_reason(web: Web) -> None:
    away(web, reason="培训")
    found = web.viewer.get("/recommend", **HERE, tier="village").json()
    assert found["items"][0]["station_id"] == web.district.next_station
    assert found["passed_over"] == [{"station_id": "songzhai", "reason": "out_of_service: 培训"}]


def test_a_place_that_is_none_is_refused(web: Web) -> None:
    queries: list[dict[str, Any]] = [{"lon": 118}, {"lon": 200, "lat": 24}, {"lon": "nan", "lat": 24}]
    for query in (*queries, {**HERE, "tier": "x"}):
        assert_problem(web.viewer.get("/recommend", **query), 422)


def test_a_place_outside_every_district_is_refused_like_a_report_from_there(web: Web) -> None:
    answer = web.viewer.get("/recommend", lon=116.4, lat=39.9)
    assert_problem(answer, 422, "km outside its district 同安区")
    assert_problem(web.dispatcher.post("/alarms", {"lon": 116.4, "lat": 39.9, "address": "北京"}), 422)
