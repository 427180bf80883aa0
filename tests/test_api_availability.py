"""Whether a station can be sent, who is on duty there, and who is on leave."""

from typing import Any

from store.places import Shift
from tests.web import Web, assert_problem, away, web

__all__ = ["web"]


def test_a_station_in_service_shows_who_is_on_duty(web: Web) -> None:
    d = web.district
    with web.story.database.begin() as session:  # 15:12 on a Monday
        session.add(Shift(person_id=d.deputy, weekday="tue", from_time="08:00", to_time="20:00"))
        session.add(Shift(person_id=d.member, weekday="mon", from_time="08:00", to_time="20:00"))
    shown = web.viewer.get(f"/stations/{d.home_station}/availability").json()
    assert (shown["in_service"], shown["until"], shown["reason"]) == (True, None, None)
    assert [(person["person_id"], person["role"]) for person in shown["on_duty"]] == [
        (d.chief, "chief"),
        (d.member, "member"),
    ]


def test_an_absence_ends_by_itself(web: Web) -> None:
    shown = away(web, until="2026-03-02T16:00:00+08:00", reason="培训")
    assert (shown["in_service"], shown["until"], shown["reason"]) == (False, "2026-03-02T08:00:00Z", "培训")
    web.story.clock.advance(3600)
    path = f"/stations/{web.district.home_station}/availability"
    shown = web.viewer.get(path).json()
    assert (shown["in_service"], shown["until"], shown["reason"]) == (True, None, None)


def test_the_next_alarm_follows_an_absence(web: Web) -> None:
    away(web)
    sent = [assignment["station_id"] for assignment in web.report_fire()["assignments"]]
    assert web.district.home_station not in sent


def test_an_absence_that_makes_no_sense_is_refused(web: Web) -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({}, "in_service"),
        ({"in_service": "no"}, "in_service"),
        ({"in_service": False, "until": "2026-03-02T15:00:00+08:00"}, "already over"),
        ({"in_service": False, "until": "tomorrow"}, "until"),
    ]
    path = f"/stations/{web.district.home_station}/availability"
    for body, word in refusals:
        assert_problem(web.dispatcher.put(path, body), 422, word)
    assert web.viewer.get(path).json()["in_service"] is True


def test_a_retired_station_has_no_availability(web: Web) -> None:
    web.admin.patch(f"/stations/{web.district.home_station}", {"active": False})
    answer = web.viewer.get(f"/stations/{web.district.home_station}/availability")
    assert_problem(answer, 404, "retired")
