"""The response-time report over HTTP, by figures that can be checked by hand."""

from datetime import timedelta
from typing import Any

import pytest

from api.access import Role
from tests.clock import STORY_START
from tests.history import make_past_assignment, make_past_incident
from tests.web import Web, assert_problem, web

__all__ = ["web"]


@pytest.fixture
def reviewed(web: Web) -> Web:
    """Two fires in the home village, one loaded from history next door, a drill, a test, a mistake."""
    d = web.district
    with web.story.database.begin() as session:
        first = make_past_incident(session, d)
        make_past_assignment(session, first, d.home_station, notified=1, acknowledged=41, on_scene=175)
        make_past_assignment(session, first, d.town_team, "town", notified=1, enroute=60, on_scene=310)
        # 23:30 on the last of March in Tong'an
        second = make_past_incident(
            session, d, opened_at=STORY_START + timedelta(days=29, hours=8, minutes=18)
        )
        make_past_assignment(session, second, d.home_station, notified=2, acknowledged=80, on_scene=240)
        make_past_assignment(session, second, d.town_team, "town", notified=2)
        other = make_past_incident(
            session, d, village=d.next_village, opened_at=STORY_START + timedelta(days=30), origin="history"
        )
        make_past_assignment(session, other, d.next_station, notified=0, on_scene=90)
        for flags in ({"drill": True}, {"disposition": "test"}, {}):
            left_out = make_past_incident(session, d, **flags)
            make_past_assignment(session, left_out, d.home_station, notified=10, acknowledged=5)
    return web


def report(web: Web, **query: Any) -> dict[str, Any]:
    answer = web.viewer.get("/reports/response-times", **query)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def rows(web: Web, **query: Any) -> list[tuple[str, str, int, int]]:
    return [
        (item["group"], item["tier"], item["n"], item["missing"]) for item in report(web, **query)["items"]
    ]


def test_the_report_has_exactly_the_shape_of_the_contract(reviewed: Web) -> None:
    assert report(reviewed) == {
        "profile": "cn_135",
        "interval": "response",
        "items": [
            {
                "group": "village",
                "name": "村级",
                "tier": "village",
                "n": 3,
                "missing": 0,
                "p50_s": 175.0,
                "p90_s": 240.0,
                "within_target": pytest.approx(2 / 3),
                "target_s": 180,
                "source": "ours, after the 1-3-5 rule; no published standard",
            },
            {
                "group": "town",
                "name": "镇级",
                "tier": "town",
                "n": 1,
                "missing": 1,
                "p50_s": 310.0,
                "p90_s": 310.0,
                "within_target": 0.0,
                "target_s": 300,
                "source": "ours, after the 1-3-5 rule; no published standard",
            },
        ],
        "left_out": {"drill": 1, "test": 1, "out_of_order": 1},
    }


def test_every_grouping(reviewed: Web) -> None:
    d = reviewed.district
    assert rows(reviewed, group_by="district") == [(d.code, "village", 3, 0), (d.code, "town", 1, 1)]
    assert rows(reviewed, group_by="town") == [(d.town, "village", 3, 0), (d.town, "town", 1, 1)]
    assert rows(reviewed, group_by="village") == [
        (d.next_village, "village", 1, 0),
        (d.village, "village", 2, 0),
        (d.village, "town", 1, 1),
    ]
    assert rows(reviewed, group_by="station") == [
        (d.next_station, "village", 1, 0),
        (d.home_station, "village", 2, 0),
        (d.town_team, "town", 1, 1),
    ]
    # 23:30 local time on March 31 is still March here, though in UTC it is the afternoon
    assert rows(reviewed, group_by="month") == [
        ("2026-03", "village", 2, 0),
        ("2026-03", "town", 1, 1),
        ("2026-04", "village", 1, 0),
    ]


def test_groups_carry_the_names_of_people(reviewed: Web) -> None:
    def names(group_by: str) -> set[str]:
        return {item["name"] for item in report(reviewed, group_by=group_by)["items"]}

    assert names("village") == {"宋宅村", "明溪村"}
    assert names("station") == {"宋宅村微型消防站", "明溪村微型消防站", "五显镇专职消防队"}
    assert names("month") == {"2026-03", "2026-04"}


def test_every_interval_and_its_target(reviewed: Web) -> None:
    def village(interval: str) -> tuple[int, float | None, float | None, int | None]:
        items = report(reviewed, interval=interval)["items"]
        item = next(item for item in items if item["tier"] == "village")
        return item["n"], item["p50_s"], item["within_target"], item["target_s"]

    assert village("handling") == (3, 1.0, None, None)
    assert village("delivery") == (0, None, None, None)
    assert village("acknowledgement") == (2, 40.0, 0.5, 60)
    assert village("turnout") == (0, None, None, None)
    assert village("travel") == (0, None, None, None)


def test_another_profile_judges_by_its_own_targets(reviewed: Web) -> None:
    found = report(reviewed, profile="nfpa_1720_rural")
    assert found["profile"] == "nfpa_1720_rural"
    assert {item["target_s"] for item in found["items"]} == {840}
    assert all("NFPA 1720" in item["source"] for item in found["items"])
    travel = report(reviewed, profile="nfpa_1710", interval="travel")["items"]
    assert [(item["tier"], item["p50_s"], item["target_s"]) for item in travel] == [
        ("village", None, 240),
        ("town", 250.0, 240),
    ]


def test_the_end_of_a_period_is_not_in_it(reviewed: Web) -> None:
    assert rows(reviewed, **{"from": "2026-04-01"}) == [("village", "village", 1, 0)]
    assert rows(reviewed, to="2026-03-02") == []
    assert rows(reviewed, to="2026-03-02T07:12:00Z") == []
    assert rows(reviewed, **{"from": "2026-03-02T07:12:00Z", "to": "2026-03-03"}) == [
        ("village", "village", 1, 0),
        ("town", "town", 1, 0),
    ]


def test_a_region_may_be_asked_for_and_a_binding_holds(reviewed: Web) -> None:
    d = reviewed.district
    assert rows(reviewed, region=d.next_village) == [("village", "village", 1, 0)]
    assert rows(reviewed, region=d.other_town) == []
    bound = reviewed.caller(Role.VIEWER, d.next_village)
    items = bound.get("/reports/response-times", group_by="village").json()["items"]
    assert [item["group"] for item in items] == [d.next_village]
    assert bound.get("/reports/response-times", region=d.village).json()["items"] == []


def test_an_incident_without_a_region_is_a_group_of_its_own(web: Web) -> None:
    web.without_positions()
    web.dispatcher.post("/alarms", {"lon": 118.19, "lat": 24.77, "address": "路边"})
    (group,) = {(item["group"], item["name"]) for item in report(web, group_by="village")["items"]}
    assert group == ("unknown", "未知")


def test_a_question_that_cannot_be_answered_is_refused(web: Web) -> None:
    for query, word in (
        ({"group_by": "colour"}, "group_by"),
        ({"interval": "lunch"}, "interval"),
        ({"profile": "nfpa_9999"}, "nfpa_1710"),
        ({"from": "soon"}, "soon"),
    ):
        assert_problem(web.viewer.get("/reports/response-times", **query), 422, word)
