"""Every station's duty, and the forecast of gaps, as callers see them."""

from typing import Any

import pytest

from api.access import Role
from registry.version import bump_version
from tests.factories import make_region
from tests.web import Web, assert_problem, web

__all__ = ["web"]

FORECAST = "/reports/coverage/forecast"


def shifts(web: Web, start: str, end: str, *people: str) -> None:
    """These people are on duty on Mondays only."""
    for person in people:
        item = {"weekday": "mon", "from": start, "to": end}
        assert web.admin.put(f"/people/{person}/shifts", {"items": [item]}).status_code == 200


def empty_at_two(web: Web) -> None:
    d = web.district
    shifts(web, "08:00", "02:00", d.chief, d.deputy, d.member)


def test_every_station_shows_who_is_on_duty_now_and_the_next_day(web: Web) -> None:
    d = web.district
    empty_at_two(web)
    found = web.viewer.get("/duty").json()
    assert found["next"] is None
    assert len(found["items"]) == 7
    (home,) = [item for item in found["items"] if item["station_id"] == d.home_station]
    assert [person["person_id"] for person in home["on_duty"]] == [d.chief, d.deputy, d.member]
    assert [person["always"] for person in home["people"]] == [False] * 3
    assert home["turns"][0] == {
        "from": "2026-03-02T07:12:00Z",
        "to": "2026-03-02T18:00:00Z",
        "person_id": d.chief,
        "name": "虚构songzhai-chief",
    }
    gap = {"from": "2026-03-02T18:00:00Z", "to": "2026-03-03T07:12:00Z", "reason": "nobody_on_duty"}
    assert home["gaps"] == [gap]
    pages = [web.viewer.get("/duty", limit=4).json()]
    pages.append(web.viewer.get("/duty", limit=4, cursor=pages[0]["next"]).json())
    assert [item["station_id"] for page in pages for item in page["items"]] == [
        item["station_id"] for item in found["items"]
    ]


def test_which_village_has_nobody_between_two_and_six(web: Web) -> None:
    d = web.district
    empty_at_two(web)
    path = f"/stations/{d.next_station}/availability"
    until = "2026-03-03T05:00:00+08:00"
    web.dispatcher.put(path, {"in_service": False, "until": until, "reason": "培训"})
    found = web.viewer.get(FORECAST, tier="village").json()
    assert (found["from"], found["to"]) == ("2026-03-02T14:00:00Z", "2026-03-02T22:00:00Z")
    assert found["stations"] == 4
    away, home = found["items"]
    assert away["gaps"] == [
        {"from": "2026-03-02T14:00:00Z", "to": "2026-03-02T21:00:00Z", "reason": "out_of_service"}
    ]
    assert (home["station_id"], home["region_name"]) == (d.home_station, "宋宅村")
    assert home["gaps"] == [
        {"from": "2026-03-02T18:00:00Z", "to": "2026-03-02T22:00:00Z", "reason": "nobody_on_duty"}
    ]
    window = {"from": "2026-03-03T02:00:00+08:00", "to": "2026-03-03T02:30:00+08:00"}
    found = web.viewer.get(FORECAST, **window, tier="village").json()
    assert [gap["to"] for item in found["items"] for gap in item["gaps"]] == ["2026-03-02T18:30:00Z"] * 2
    assert web.viewer.get(FORECAST, tier="town").json()["items"] == []


def test_leave_is_in_the_forecast(web: Web) -> None:
    d = web.district
    for person in (d.chief, d.deputy, d.member):
        body = {"from": "2026-03-03T03:00:00+08:00", "until": "2026-03-04T03:00:00+08:00"}
        web.dispatcher.post(f"/people/{person}/leave", body)
    (item,) = web.viewer.get(FORECAST).json()["items"]
    assert [gap["from"] for gap in item["gaps"]] == ["2026-03-02T19:00:00Z"]


def test_who_is_bound_to_a_region_sees_its_stations_only(web: Web) -> None:
    d = web.district
    empty_at_two(web)
    bound = web.caller(Role.VIEWER, d.other_town)
    assert {item["station_id"] for item in bound.get("/duty").json()["items"]} == {
        *d.far_stations,
        d.other_town_team,
    }
    found = bound.get(FORECAST).json()
    assert (found["stations"], found["items"]) == (3, [])


def lonely(web: Web, code: str, **given: Any) -> None:
    """A village in which no station is."""
    with web.story.database.begin() as session:
        make_region(session, code, f"孤村{code[-3:]}", "village", parent_code=code[:9], **given)
        bump_version(session)


def test_a_village_without_a_station_has_nobody_when_its_nearest_station_has_nobody(web: Web) -> None:
    d = web.district
    empty_at_two(web)
    lonely(web, "350212110299", lon=118.19, lat=24.775)
    found = web.viewer.get(FORECAST).json()
    assert (found["stations"], found["villages"]) == (7, 1)
    (village,) = found["village_items"]
    assert village == {
        "region_code": "350212110299",
        "region_name": "孤村299",
        "station_id": d.home_station,
        "station_name": "宋宅村微型消防站",
        "gaps": [{"from": "2026-03-02T18:00:00Z", "to": "2026-03-02T22:00:00Z", "reason": "nobody_on_duty"}],
    }
    town = web.viewer.get(FORECAST, tier="town").json()
    assert (town["villages"], town["village_items"]) == (0, [])


def test_a_village_whose_nearest_station_is_staffed_is_only_counted(web: Web) -> None:
    lonely(web, "350212110299", lon=118.19, lat=24.775)
    found = web.viewer.get(FORECAST, tier="village").json()
    assert (found["villages"], found["village_items"]) == (1, [])


def test_who_is_bound_to_a_region_sees_its_villages_but_no_station_outside(web: Web) -> None:
    empty_at_two(web)
    lonely(web, "350212105299", lon=118.19, lat=24.775)  # beside the home station of the other town
    (village,) = web.caller(Role.VIEWER, web.district.other_town).get(FORECAST).json()["village_items"]
    assert (village["region_code"], village["station_id"]) == ("350212105299", None)
    assert village["gaps"]
    found = web.caller(Role.VIEWER, web.district.town).get(FORECAST).json()
    assert (found["villages"], found["village_items"]) == (0, [])


def test_leave_that_has_not_begun_is_shown_until_it_is_withdrawn(web: Web) -> None:
    d = web.district
    body = {"from": "2026-03-09T03:00:00+08:00", "until": "2026-03-10T03:00:00+08:00"}
    web.dispatcher.post(f"/people/{d.chief}/leave", body)

    def ahead() -> list[dict[str, str]]:
        items = web.viewer.get("/duty").json()["items"]
        (home,) = [item for item in items if item["station_id"] == d.home_station]
        found: list[dict[str, str]] = home["people"][0]["leave_ahead"]
        return found

    assert ahead() == [{"from": "2026-03-08T19:00:00Z", "to": "2026-03-09T19:00:00Z"}]
    web.dispatcher.delete(f"/people/{d.chief}/leave")
    assert ahead() == []


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"from": "2026-03-03T06:00:00Z", "to": "2026-03-03T06:00:00Z"}, "in order"),
        ({"from": "2026-03-01T00:00:00Z", "to": "2026-03-16T00:00:00Z"}, "14 days"),
        ({"from": "tonight"}, "from"),
        ({"tier": "county"}, "tier"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(web: Web, query: dict[str, Any], word: str) -> None:
    assert_problem(web.viewer.get(FORECAST, **query), 422, word)
