"""Leave, shifts and days off over HTTP: who may change whose, and what follows."""

from typing import Any

import pytest

from api.access import Role
from tests.web import Web, assert_problem, web

__all__ = ["web"]

TWO_HOURS = "2026-03-02T17:12:00+08:00"  # it is 15:12


def on_duty(web: Web) -> list[str]:
    shown = web.viewer.get(f"/stations/{web.district.home_station}/availability").json()
    return [person["person_id"] for person in shown["on_duty"]]


def test_leave_is_given_shown_and_ended(web: Web) -> None:
    d = web.district
    answer = web.dispatcher.post(f"/people/{d.chief}/leave", {"until": TWO_HOURS})
    assert answer.status_code == 201
    taken = {
        "from": "2026-03-02T07:12:00Z",
        "until": "2026-03-02T09:12:00Z",
        "source": "api",
        "created_by": "dispatcher-everywhere",
    }
    assert answer.json() == {"items": [taken]}
    assert web.viewer.get(f"/people/{d.chief}/leave").json() == {"items": [taken]}
    shown = web.viewer.get(f"/stations/{d.home_station}/availability").json()
    assert shown["on_leave"] == [
        {
            "person_id": d.chief,
            "name": "虚构songzhai-chief",
            "role": "chief",
            "until": "2026-03-02T09:12:00Z",
        }
    ]
    assert on_duty(web) == [d.deputy, d.member]
    for _ in range(2):
        assert web.dispatcher.delete(f"/people/{d.chief}/leave").json() == {"items": []}
    assert on_duty(web) == [d.chief, d.deputy, d.member]


def test_planned_leave_is_listed_before_it_begins(web: Web) -> None:
    body = {"from": "2026-03-09T08:00:00+08:00", "until": "2026-03-11T08:00:00+08:00"}
    given = web.admin.post(f"/people/{web.district.chief}/leave", body).json()
    assert [item["from"] for item in given["items"]] == ["2026-03-09T00:00:00Z"]
    assert web.district.chief in on_duty(web)


def test_the_next_alarm_calls_who_is_there(web: Web) -> None:
    d = web.district
    web.dispatcher.post(f"/people/{d.chief}/leave", {"until": TWO_HOURS})
    web.report_fire()
    assert web.story.texts(d.chief) == []
    assert web.story.texts(d.deputy)


def test_a_station_gives_its_own_people_leave_and_nobody_else(web: Web) -> None:
    d = web.district
    own = web.caller(Role.STATION, d.village)
    assert own.post(f"/people/{d.deputy}/leave", {"until": TWO_HOURS}).status_code == 201
    assert own.delete(f"/people/{d.deputy}/leave").status_code == 200
    assert_problem(own.post(f"/people/{d.next_chief}/leave", {"until": TWO_HOURS}), 404, "outside")
    assert_problem(own.post(f"/people/{d.building_leader}/leave", {"until": TWO_HOURS}), 403, "no station")
    nowhere = web.caller(Role.STATION)
    assert_problem(nowhere.post(f"/people/{d.deputy}/leave", {"until": TWO_HOURS}), 403, "bound to none")
    assert_problem(web.viewer.post(f"/people/{d.deputy}/leave", {"until": TWO_HOURS}), 403)
    assert_problem(own.put(f"/people/{d.deputy}/shifts", {"items": []}), 403)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "until"),
        ({"until": "tomorrow"}, "until"),
        ({"until": "2026-03-02T15:00:00+08:00"}, "not after"),
        ({"until": "2026-03-17T15:12:00+08:00"}, "more than 14 days"),
        ({"until": TWO_HOURS, "from": "2026-03-01T00:00:00Z"}, "already over"),
        ({"until": TWO_HOURS, "days": 2}, "days"),
    ],
)
def test_leave_that_makes_no_sense_is_refused(web: Web, body: dict[str, Any], word: str) -> None:
    assert_problem(web.dispatcher.post(f"/people/{web.district.chief}/leave", body), 422, word)
    assert_problem(web.dispatcher.post("/people/nobody/leave", {"until": TWO_HOURS}), 404, "nobody")


def test_shifts_are_replaced_as_a_whole_and_followed_at_once(web: Web) -> None:
    d = web.district
    path = f"/people/{d.chief}/shifts"
    assert web.viewer.get(path).json() == {"items": []}
    night = {"weekday": "mon", "date": None, "from": "22:00", "to": "06:00"}
    day = {"weekday": "tue", "date": None, "from": "08:00", "to": "00:00"}
    off = {"weekday": None, "date": "2026-05-01", "from": None, "to": None}
    items = [night, {"weekday": "tue", "from": "8:00", "to": "24:00"}, {"date": "2026-05-01"}]
    for _ in range(2):
        assert web.dispatcher.put(path, {"items": items}).json() == {"items": [night, day, off]}
    assert on_duty(web) == [d.deputy, d.member]  # Monday 15:12
    assert web.dispatcher.put(path, {"items": [off]}).json() == {"items": [off]}
    assert on_duty(web)[0] == d.chief
    today = {"date": "2026-03-02"}
    web.dispatcher.put(path, {"items": [today]})
    assert on_duty(web) == [d.deputy, d.member]
    assert web.dispatcher.put(path, {"items": []}).json() == {"items": []}
    assert on_duty(web)[0] == d.chief


@pytest.mark.parametrize(
    ("item", "word"),
    [
        ({"weekday": "mon"}, "shifts:2:from: empty; a weekday needs its times"),
        ({"weekday": "mon", "from": "08:00"}, "shifts:2:to"),
        ({"weekday": "mon", "date": "2026-05-01"}, "shifts:2:date"),
        ({}, "shifts:2:weekday"),
        ({"weekday": "sun", "from": "08:00", "to": "12:00"}, "stands in row 1 already"),
        ({"weekday": "sun", "from": "25:00", "to": "12:00"}, "no time of day"),
        ({"weekday": "someday"}, "weekday"),
    ],
)
def test_a_shift_that_makes_no_sense_is_refused_and_nothing_is_written(
    web: Web, item: dict[str, Any], word: str
) -> None:
    path = f"/people/{web.district.chief}/shifts"
    first = {"weekday": "sun", "from": "08:00", "to": "20:00"}
    assert_problem(web.admin.put(path, {"items": [first, item]}), 422, word)
    assert web.viewer.get(path).json() == {"items": []}


def test_who_is_bound_to_a_region_changes_nobody_elsewhere(web: Web) -> None:
    d = web.district
    bound = web.caller(Role.DISPATCHER, d.other_town)
    assert_problem(bound.put(f"/people/{d.chief}/shifts", {"items": []}), 404, "outside your region")
    assert_problem(bound.get(f"/people/{d.chief}/shifts"), 404)
    assert_problem(bound.get(f"/people/{d.chief}/leave"), 404)
    assert_problem(bound.delete(f"/people/{d.chief}/leave"), 404)
