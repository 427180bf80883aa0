"""Incidents as the API shows them: the exact shape, the filters, the pages, the timeline."""

from typing import Any

import pytest

from dispatch.values import Disposition, EventKind
from tests.web import Web, assert_problem, web

__all__ = ["web"]

_SHAPE = {
    "": {"id", "code", "status", "grade", "drill", "opened_at", "closed_at", "disposition"},
    "premises": {"id", "name", "address", "floors", "residents", "notes", "lon", "lat"},
    "region": {"district", "town", "village"},
    "handover": {"status"},
    "signals": {"device_id", "kind", "floor", "room", "received_at", "device_at"},
    "assignments": {
        "id",
        "station_id",
        "station_name",
        "tier",
        "status",
        "reason",
        "travel_s",
        "distance_m",
        "method",
    },
    "milestones": {
        "notified_at",
        "delivered_at",
        "acknowledged_at",
        "enroute_at",
        "on_scene_at",
        "cleared_at",
    },
    "people": {
        "person_id",
        "name",
        "channel",
        "sent_at",
        "delivered_at",
        "answered_at",
        "answer",
        "failure",
    },
}


def told(web: Web) -> dict[str, Any]:
    """The first story as far as the answer: smoke, pages, the chief is coming."""
    web.story.alarm(web.district.smoke)
    web.story.clock.advance(41)
    web.story.reply(web.district.chief, "1")
    incident: dict[str, Any] = web.viewer.get(f"/incidents/{web.story.incident().id}").json()
    return incident


def test_an_incident_has_every_field_of_the_contract(web: Web) -> None:
    incident = told(web)
    assignment = incident["assignments"][0]
    given = {
        "": incident,
        "premises": incident["premises"],
        "region": incident["region"],
        "handover": incident["handover"],
        "signals": incident["signals"][0],
        "assignments": assignment,
        "milestones": assignment["milestones"],
        "people": assignment["people"][0],
    }
    for name, fields in _SHAPE.items():
        assert fields <= given[name].keys(), name


def test_an_incident_says_what_happened(web: Web) -> None:
    incident = told(web)
    assert incident["status"] == "open"
    assert incident["grade"] == "suspected"
    assert incident["drill"] is False
    assert incident["opened_at"] == "2026-03-02T07:12:00Z"
    assert incident["closed_at"] is None
    assert incident["premises"] | {"id": "", "notes": ""} == {
        "id": "",
        "name": "下许里7号",
        "address": "五显镇宋宅村下许里7号",
        "floors": 3,
        "residents": 5,
        "notes": "",
        "lon": 118.19,
        "lat": 24.77,
    }
    names = {"district": "同安区", "town": "五显镇", "village": "宋宅村"}
    assert names.items() <= incident["region"].items()
    (signal,) = incident["signals"]
    assert (signal["device_id"], signal["kind"], signal["floor"], signal["room"]) == (
        web.district.smoke,
        "smoke",
        "1",
        "客厅",
    )
    assert incident["handover"]["status"] == "none"


def test_an_assignment_says_who_was_told_and_who_answered(web: Web) -> None:
    village, town = told(web)["assignments"]
    assert (village["station_id"], village["tier"], village["status"]) == (
        "songzhai",
        "village",
        "acknowledged",
    )
    assert (town["station_id"], town["tier"], town["status"]) == ("wuxian-team", "town", "notified")
    assert village["method"] == "straight_line"
    assert village["travel_s"] == pytest.approx(84, abs=1)
    assert village["distance_m"] == pytest.approx(700, abs=5)
    assert village["milestones"]["acknowledged_at"] == "2026-03-02T07:12:41Z"
    assert town["milestones"]["acknowledged_at"] is None
    (chief,) = village["people"]
    assert (chief["person_id"], chief["channel"], chief["answer"]) == (web.district.chief, "sms", "coming")
    assert chief["answered_at"] == "2026-03-02T07:12:41Z"
    assert chief["failure"] is None


def test_an_incident_of_a_device_without_premises_has_a_place_all_the_same(web: Web) -> None:
    web.story.alarm(web.district.terminal)
    incident = web.viewer.items("/incidents")[0]
    assert incident["premises"]["id"] is None
    assert incident["premises"]["name"]
    assert incident["region"]["village"] is None


def test_the_list_is_newest_first_and_filtered_by_everything(web: Web) -> None:
    d = web.district
    web.story.alarm(d.smoke)
    web.story.close(Disposition.FALSE_ALARM)
    web.story.clock.advance(3600)
    second = web.report_fire(d.other_premises)["id"]
    web.story.clock.advance(3600)
    drill = web.dispatcher.post("/drills", {"premises_id": d.premises}).json()["id"]
    first = next(i.id for i in web.story.incidents() if i.id not in (second, drill))

    def ids(**query: Any) -> list[str]:
        return [item["id"] for item in web.viewer.items("/incidents", **query)]

    assert ids() == [drill, second, first]
    assert ids(status="open") == [drill, second]
    assert ids(status="closed") == [first]
    assert ids(drill=True) == [drill]
    assert ids(drill=False) == [second, first]
    assert ids(region=d.code) == [drill, second, first]
    assert ids(region=d.next_village) == [second]
    assert ids(region=d.other_town) == []
    assert ids(station=d.home_station, drill=False) == [first]
    assert ids(station=d.next_station) == [second]
    assert ids(**{"from": "2026-03-02T08:12:00Z"}) == [drill, second]
    assert ids(to="2026-03-02T08:12:00Z") == [first]  # exclusive
    assert ids(**{"from": "2026-03-02T16:12:00+08:00", "to": "2026-03-02T17:12:00+08:00"}) == [second]
    assert ids(**{"from": "2026-03-02", "to": "2026-03-03"}) == [drill, second, first]
    assert ids(to="2026-03-02") == []


def test_a_plus_that_nobody_escaped_is_understood(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    answer = web.viewer.ask("GET", "/api/v1/incidents?from=2026-03-02T15:12:00+08:00")
    assert len(answer.json()["items"]) == 1


def test_an_instant_that_cannot_be_read_is_named(web: Web) -> None:
    for moment in ("yesterday", "2026-13-01", "2026-03-02T15:12:00", "15:12"):
        assert_problem(web.viewer.get("/incidents", **{"from": moment}), 422, "from", moment)


def test_the_timeline_tells_every_fact_in_order_with_its_source(web: Web) -> None:
    incident = told(web)
    facts = web.viewer.items(f"/incidents/{incident['id']}/timeline")
    assert [fact["id"] for fact in facts] == sorted(fact["id"] for fact in facts)
    assert facts[0]["kind"] == "opened"
    assert facts[0]["source"] == "device"
    answered = next(fact for fact in facts if fact["kind"] == "answered")
    assert (answered["source"], answered["clock"], answered["at"]) == (
        "sms",
        "server",
        "2026-03-02T07:12:41Z",
    )
    assert answered["assignment_id"] == incident["assignments"][0]["id"]


def test_the_timeline_comes_in_pages(web: Web) -> None:
    path = f"/incidents/{told(web)['id']}/timeline"
    whole = web.viewer.items(path)
    page = web.viewer.get(path, limit=2).json()
    assert page["items"] == whole[:2]
    assert web.viewer.items(path, limit=500, cursor=page["next"]) == whole[2:]


def test_a_restored_detector_changes_the_information_only(web: Web) -> None:
    incident = told(web)
    web.story.event(web.district.smoke, EventKind.RESTORE)
    after = web.viewer.get(f"/incidents/{incident['id']}").json()
    assert after["signals"][0]["restored_at"] == "2026-03-02T07:12:41Z"
    assert after["status"] == "open"


def test_an_unknown_incident_is_not_found(web: Web) -> None:
    for path in ("/incidents/none", "/incidents/none/timeline"):
        assert_problem(web.viewer.get(path), 404, "none")
