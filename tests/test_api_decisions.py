"""What people decide over HTTP: reports, drills, milestones, stations, grade, the end, the hand-over."""

from typing import Any

from tests.web import Web, assert_problem, web

__all__ = ["web"]

_ARRIVED = {"station_id": "songzhai", "milestone": "on_scene"}


def decide(web: Web, incident: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
    """A dispatcher decides; the incident as it is then."""
    answer = web.dispatcher.post(f"/incidents/{incident['id']}/{what}", body)
    assert answer.status_code in (200, 201), answer.text
    after: dict[str, Any] = answer.json()
    assert after == web.dispatcher.get(f"/incidents/{incident['id']}").json()
    return after


def test_a_persons_report_opens_a_confirmed_incident_and_sends_the_stations(web: Web) -> None:
    body = {"premises_id": web.district.premises, "caller": "虚构报警人", "note": "二楼冒烟"}
    answer = web.dispatcher.post("/alarms", body)
    assert answer.status_code == 201
    incident = answer.json()
    assert (incident["grade"], incident["handover"]["status"]) == ("confirmed", "sent")
    assert [sent["tier"] for sent in incident["assignments"]] == ["village", "town", "district"]
    assert incident["signals"][0]["kind"] == "person"
    assert web.woken == 1
    web.story.send()
    assert web.story.texts(web.district.chief)


def test_a_second_report_joins_the_open_incident(web: Web) -> None:
    first = web.report_fire()
    again = web.dispatcher.post("/alarms", {"premises_id": web.district.premises})
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert len(again.json()["signals"]) == 2


def test_a_report_confirms_what_a_detector_suspected(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    assert web.report_fire()["grade"] == "confirmed"


def test_a_report_at_a_point_with_an_address_is_enough(web: Web) -> None:
    body = {"lon": 118.19, "lat": 24.77, "address": "宋宅村小桥边", "caller": "虚构报警人"}
    incident = web.dispatcher.post("/alarms", body).json()
    assert incident["premises"]["id"] is None
    assert (incident["premises"]["address"], incident["premises"]["lon"]) == ("宋宅村小桥边", 118.19)


def test_a_report_with_an_address_alone_opens_at_the_premises_or_for_the_duty_officer(web: Web) -> None:
    known = web.dispatcher.post("/alarms", {"address": "同安区五显镇宋宅村下许里7号"})
    assert known.status_code == 201
    assert known.json()["premises"]["id"] == web.district.premises
    unknown = web.dispatcher.post("/alarms", {"address": "大榕树下"})
    assert unknown.status_code == 201
    assert unknown.json()["premises"]["address"] == "大榕树下"
    sent = [assignment["station_id"] for assignment in unknown.json()["assignments"]]
    assert sent == [web.district.brigade]  # a fire somewhere in its district


def test_a_report_that_cannot_be_used_is_refused_with_its_reason(web: Web) -> None:
    refusals: list[tuple[dict[str, Any], int, str]] = [
        ({}, 422, "premises_id"),
        ({"lon": 118.19}, 422, "lat"),
        ({"lon": 116.4, "lat": 39.9, "address": "北京"}, 422, "km outside its district 同安区"),
        ({"lon": 118.19, "lat": 95.0, "address": "x"}, 422, "95"),
        ({"premises_id": "none"}, 404, "none"),
        ({"premises_id": 7}, 422, "premises_id"),
        ({"premises": "xiaxuli-7"}, 422, "premises"),
        ({"premises_id": "xiaxuli-7", "note": "a\x00b"}, 422, "control"),
        ({"lon": "118.19", "lat": "24.77"}, 422, "lon"),
    ]
    for body, status, word in refusals:
        assert_problem(web.dispatcher.post("/alarms", body), status, word)
    assert web.story.incidents() == []


def test_a_drill_is_marked_and_beside_a_real_incident(web: Web) -> None:
    real = web.report_fire()
    drill = web.dispatcher.post("/drills", {"premises_id": web.district.premises})
    assert drill.status_code == 201
    assert drill.json()["drill"] is True
    assert drill.json()["id"] != real["id"]
    web.story.send()
    assert any("演练" in text for text in web.story.texts(web.district.chief))
    again = web.dispatcher.post("/drills", {"premises_id": web.district.premises})
    assert (again.status_code, again.json()["id"]) == (200, drill.json()["id"])


def test_a_milestone_is_recorded_and_a_correction_keeps_the_old_value(web: Web) -> None:
    incident = web.report_fire()
    web.story.clock.advance(200)
    station = web.district.home_station
    after = decide(web, incident, "milestones", station_id=station, milestone="on_scene")
    assert after["assignments"][0]["milestones"]["on_scene_at"] == "2026-03-02T07:15:20Z"
    assert after["assignments"][0]["status"] == "on_scene"
    at = "2026-03-02T15:15:00+08:00"
    after = decide(
        web, incident, "milestones", station_id=station, milestone="on_scene", at=at, note="对讲机报告"
    )
    assert after["assignments"][0]["milestones"]["on_scene_at"] == "2026-03-02T07:15:00Z"
    fact = web.viewer.items(f"/incidents/{incident['id']}/timeline")[-1]
    assert fact["kind"] == "milestone_corrected"
    assert fact["data"]["before"].startswith("2026-03-02T07:15:20")
    assert (fact["data"]["note"], fact["clock"]) == ("对讲机报告", "person")


def test_a_milestone_that_cannot_be_used_is_refused_with_its_reason(web: Web) -> None:
    refusals: list[tuple[dict[str, Any], int, str]] = [
        ({"station_id": "songzhai", "milestone": "arrived"}, 422, "milestone"),
        ({"station_id": "mingxi", "milestone": "on_scene"}, 404, "mingxi"),
        (_ARRIVED | {"at": "2026-03-02T16:00:00+08:00"}, 422, "future"),
        (_ARRIVED | {"at": "2026-03-02T15:00:00"}, 422, "at"),
        (_ARRIVED | {"at": 1772435520}, 422, "RFC 3339"),
        ({"milestone": "on_scene"}, 422, "station_id"),
    ]
    incident = web.report_fire()
    for body, status, word in refusals:
        answer = web.dispatcher.post(f"/incidents/{incident['id']}/milestones", body)
        assert_problem(answer, status, word)


def test_a_dispatcher_sends_one_more_station_once(web: Web) -> None:
    incident = web.report_fire()
    after = decide(web, incident, "assignments", station_id=web.district.next_station)
    sent = after["assignments"][-1]
    assert (sent["station_id"], sent["reason"]) == (web.district.next_station, "sent_by_dispatcher")
    path = f"/incidents/{incident['id']}/assignments"
    again = web.dispatcher.post(path, {"station_id": web.district.next_station})
    assert_problem(again, 409, "already sent")
    assert_problem(web.dispatcher.post(path, {"station_id": "none"}), 404, "none")


def test_raising_the_grade_hands_over_at_once(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    incident = web.viewer.items("/incidents")[0]
    after = decide(web, incident, "grade", grade="confirmed", reason="队员看到明火")
    assert (after["grade"], after["handover"]["status"]) == ("confirmed", "sent")
    assert after["confirmed_at"] == "2026-03-02T07:12:00Z"


def test_a_grade_needs_a_reason(web: Web) -> None:
    incident = web.report_fire()
    path = f"/incidents/{incident['id']}/grade"
    assert_problem(web.dispatcher.post(path, {"grade": "suspected"}), 422, "reason")
    assert_problem(web.dispatcher.post(path, {"grade": "suspected", "reason": " "}), 422, "reason")


def test_only_a_person_closes_and_says_what_it_was(web: Web) -> None:
    incident = web.report_fire()
    web.story.clock.advance(3600)
    after = decide(web, incident, "close", disposition="fire", cause="蜡烛", note="已扑灭")
    assert (after["status"], after["disposition"], after["cause"]) == ("closed", "fire", "蜡烛")
    assert (after["close_note"], after["closed_at"]) == ("已扑灭", "2026-03-02T08:12:00Z")
    path = f"/incidents/{incident['id']}/close"
    assert_problem(web.dispatcher.post(path, {"disposition": "test"}), 409, "already closed as fire")
    assert web.dispatcher.post(path, {"disposition": "fire"}).status_code == 200


def test_the_centre_reports_how_far_it_is(web: Web) -> None:
    incident = web.report_fire()
    after = decide(web, incident, "handover", status="accepted", number="119-0007")
    assert after["handover"] == {
        "status": "accepted",
        "at": "2026-03-02T07:12:00Z",
        "number": "119-0007",
        "reason": None,
        "delivered_at": None,
        "attempts": 0,
        "failure": None,
    }
    after = decide(web, incident, "handover", status="rejected", reason="不在辖区")
    assert (after["handover"]["status"], after["handover"]["reason"]) == ("rejected", "不在辖区")
    path = f"/incidents/{incident['id']}/handover"
    assert_problem(web.dispatcher.post(path, {"status": "lost"}), 422, "status")
