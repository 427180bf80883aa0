"""The worklist over HTTP."""

import json

import pytest

from api.access import Role
from ingest.reading import Condition
from tests.watch import Watch
from tests.web import Web, assert_problem, web

__all__ = ["web"]


@pytest.fixture
def watch(web: Web) -> Watch:
    return Watch(web.story)


def test_an_item_says_what_where_since_when_and_who(web: Web, watch: Watch) -> None:
    device = web.district.smoke_upstairs
    watch.heartbeat(device)
    watch.look()
    watch.wait(1800)
    watch.clock.advance(60)
    (item,) = web.dispatcher.items("/troubles")
    assert item["kind"] == "offline"
    assert item["device"] == {
        "id": device,
        "kind": "smoke",
        "floor": "2",
        "room": "卧室",
        "last_seen_at": "2026-03-02T07:12:00Z",
    }
    assert item["premises"] == {"id": "xiaxuli-7", "name": "下许里7号", "address": "五显镇宋宅村下许里7号"}
    assert item["village"] == {"code": web.district.village, "name": "宋宅村"}
    assert (item["began_at"], item["age_s"], item["ended_at"]) == ("2026-03-02T07:42:00Z", 60, None)
    assert item["responsible"]["phone"] == web.district.phones[web.district.building_leader]
    assert (item["taken_by"], item["note"], item["parts"], item["children"]) == (None, None, 0, [])


def test_a_viewer_sees_no_whole_phone_number(web: Web, watch: Watch) -> None:
    watch.says(web.district.smoke, {Condition.TAMPER: True})
    watch.look()
    (item,) = web.viewer.items("/troubles")
    assert "****" in item["responsible"]["phone"]


def test_a_gateway_down_names_its_children_and_they_are_no_items(web: Web, watch: Watch) -> None:
    watch.says(web.district.gateway, {Condition.OFFLINE: True})
    watch.look()
    watch.look()
    (item,) = web.viewer.items("/troubles")
    assert item["kind"] == "gateway_down"
    assert item["parts"] == 5
    assert item["children"] == sorted(item["children"])
    assert web.district.smoke in item["children"]
    states = {row["id"]: row["state"] for row in web.viewer.items("/devices", state="offline")}
    assert set(states) == {web.district.gateway, *item["children"]}


def test_a_dark_village_is_one_item_with_the_duty_officer(web: Web, watch: Watch) -> None:
    lost = watch.add(60)
    watch.heartbeat(*lost)
    watch.look()
    watch.wait(180)
    watch.look()
    (item,) = web.dispatcher.items("/troubles")
    assert (item["kind"], item["device"], item["premises"]) == ("village_dark", None, None)
    assert (item["parts"], len(item["children"])) == (60, 50)
    assert item["responsible"]["phone"] == web.district.phones[web.district.duty_officer]


def test_filters_and_pages(web: Web, watch: Watch) -> None:
    watch.says(web.district.smoke, {Condition.TAMPER: True, Condition.LOW_BATTERY: True})
    (elsewhere,) = watch.add(1)
    watch.says(elsewhere, {Condition.FAULT: True})
    watch.look()
    assert len(web.viewer.items("/troubles")) == 3
    assert [row["kind"] for row in web.viewer.items("/troubles", kind="tamper")] == ["tamper"]
    assert [row["kind"] for row in web.viewer.items("/troubles", village=web.district.next_village)] == [
        "fault"
    ]
    assert len(web.viewer.items("/troubles", village=web.district.town)) == 3
    first = web.viewer.get("/troubles", limit=2).json()
    second = web.viewer.get("/troubles", limit=2, cursor=first["next"]).json()
    assert len({row["id"] for page in (first, second) for row in page["items"]}) == 3
    assert second["next"] is None
    watch.clock.advance(60)
    watch.says(elsewhere, {Condition.FAULT: False})
    watch.look()
    (over,) = web.viewer.items("/troubles", open="false")
    assert (over["kind"], over["age_s"]) == ("fault", 60)
    assert_problem(web.viewer.get("/troubles", kind="fire"), 422, "kind")


def test_who_is_bound_to_a_region_sees_and_takes_only_what_is_there(web: Web, watch: Watch) -> None:
    watch.says(web.district.smoke, {Condition.TAMPER: True})
    watch.look()
    other = web.caller(Role.DISPATCHER, web.district.other_town)
    assert other.items("/troubles") == []
    (item,) = web.caller(Role.VIEWER, web.district.town).items("/troubles")
    assert_problem(other.post(f"/troubles/{item['id']}/take", {}), 404, "trouble")


def test_somebody_takes_it_and_everybody_sees_who(web: Web, watch: Watch) -> None:
    watch.says(web.district.smoke, {Condition.LOW_BATTERY: True})
    watch.look()
    (item,) = web.dispatcher.items("/troubles")
    path = f"/troubles/{item['id']}/take"
    taken = web.dispatcher.post(path, {"by": "虚构电工", "note": "周五换电池"}, key="k1")
    assert taken.status_code == 200
    assert taken.json() == web.dispatcher.items("/troubles")[0]
    assert (taken.json()["taken_by"], taken.json()["note"]) == ("虚构电工", "周五换电池")
    assert (
        web.dispatcher.post(path, {"by": "虚构电工", "note": "周五换电池"}, key="k1").json() == taken.json()
    )
    again = web.dispatcher.post(path, {}).json()
    assert (again["taken_by"], again["note"]) == ("dispatcher-everywhere", "周五换电池")
    assert_problem(web.viewer.post(path, {}), 403, "viewer")
    watch.clock.advance(1)
    watch.says(web.district.smoke, {Condition.LOW_BATTERY: False})
    watch.look()
    assert_problem(web.dispatcher.post(path, {}), 409, "over")


def test_unknown_troubles_and_words_are_refused(web: Web) -> None:
    assert_problem(web.dispatcher.post("/troubles/1/take", {}), 404, "trouble 1")
    assert_problem(web.dispatcher.post("/troubles/1/take", {"who": "x"}), 422, "who")


def test_the_device_list_and_the_metrics_tell_silence(web: Web, watch: Watch) -> None:
    device = web.district.smoke_upstairs
    watch.heartbeat(device)
    watch.look()
    watch.wait(1800)
    assert [row["id"] for row in web.viewer.items("/devices", state="offline")] == [device]
    text = web.nobody().ask("GET", "/metrics").text
    assert 'fire135_troubles_open{kind="offline"} 1.0' in text
    assert 'fire135_troubles_open{kind="village_dark"} 0.0' in text
    watch.clock.advance(1)
    watch.heartbeat(device)
    watch.look()
    assert web.viewer.items("/devices", state="offline") == []
    assert web.viewer.get(f"/devices/{device}").json()["state"] == "normal"
    assert json.loads(web.viewer.get("/troubles").text)["items"] == []
