"""What installers do over HTTP, from the unknown device to its evidence; on both databases."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from api.access import Role
from dispatch.channels.carrier import SendResult, SendStatus
from dispatch.values import EventKind
from store.places import Device
from store.signals import DeviceState, EventRecord
from tests.factories import make_device
from tests.web import Web, assert_problem, web

__all__ = ["web"]

_EUI = "24e124136b324567"


def hear_stranger(web: Web, gateway_id: str | None = None) -> str:
    """A detector that nobody registered said something."""
    with web.story.database.begin() as session:
        device = make_device(
            session,
            f"tts:{_EUI}",
            source="tts",
            external_id=_EUI,
            kind="unknown",
            registered=False,
            gateway_id=gateway_id,
        )
        session.flush()
        session.add(DeviceState(device_id=device.id, conditions={}, state="alarm", heard='{"smoke": true}'))
    web.story.event(device.id, EventKind.ALARM, key="1")
    return device.id


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def in_hours(web: Web, hours: float) -> str:
    return (web.story.clock.now() + timedelta(hours=hours)).isoformat()


def maintain(web: Web, device_id: str, **given: Any) -> dict[str, Any]:
    body = {"mode": "maintenance", "until": in_hours(web, 2), "reason": "更换电池"} | given
    answer = web.dispatcher.put(f"/devices/{device_id}/mode", body)
    assert answer.status_code == 200, answer.text
    device: dict[str, Any] = answer.json()
    return device


def delete(web: Web, path: str, role: Role = Role.DISPATCHER) -> Any:
    return web.caller(role).delete(path)


# -- unknown devices -----------------------------------------------------------------------------------


def test_an_unknown_device_is_listed_with_what_it_said(web: Web) -> None:
    listed = hear_stranger(web)
    (device,) = web.viewer.items("/devices", state="unregistered")
    assert (device["id"], device["heard"]) == (listed, '{"smoke": true}')
    (event,) = device["events"]
    assert (event["kind"], event["at"], event["live"]) == ("alarm", "2026-03-02T07:12:00Z", True)
    assert event["incident_id"] is not None
    assert web.viewer.get(f"/devices/{listed}").json()["events"] == [event]


def test_one_call_binds_it_and_its_events_and_signals_follow(web: Web) -> None:
    listed = hear_stranger(web)
    body = {
        "premises_id": web.district.premises,
        "kind": "smoke",
        "floor": "2",
        "room": "厨房",
        "new_id": "kitchen",
    }
    answer = web.admin.post(f"/devices/{listed}/bind", body, key="k1")
    assert answer.status_code == 200, answer.text
    device = answer.json()
    assert (device["id"], device["registered"], device["state"]) == ("kitchen", True, "alarm")
    assert (device["premises_id"], device["floor"], device["room"]) == (web.district.premises, "2", "厨房")
    assert [event["kind"] for event in device["events"]] == ["alarm"]
    assert web.admin.post(f"/devices/{listed}/bind", body, key="k1").json() == device
    assert web.viewer.items("/devices", state="unregistered") == []
    incident = web.viewer.get(f"/incidents/{web.story.incident().id}").json()
    assert [signal["device_id"] for signal in incident["signals"]] == ["kitchen"]
    # from now on its alarm is one of its house
    web.story.event("kitchen", EventKind.ALARM)
    assert any("下许里7号" in text for text in web.story.texts(web.district.chief))


def test_a_device_whose_name_holds_slashes_is_bound_tested_and_shown_like_any_other(web: Web) -> None:
    name = "010203040506/01012802000100"
    with web.story.database.begin() as session:
        unknown = {"kind": "unknown", "registered": False}
        make_device(session, f"gb26875:{name}", source="gb26875", external_id=name, **unknown)
    for path in (f"gb26875:{name}", f"gb26875%3A{name.replace('/', '%2F')}"):
        assert web.viewer.get(f"/devices/{path}").json()["external_id"] == name
        assert web.viewer.get(f"/devices/{path}/tests").json()["items"] == []
    body = {"premises_id": web.district.premises, "kind": "smoke"}
    bound = web.admin.post(f"/devices/gb26875%3A{name.replace('/', '%2F')}/bind", body)
    assert (bound.status_code, bound.json()["registered"]) == (200, True)
    assert web.dispatcher.post(f"/devices/{bound.json()['id']}/tests", {}).status_code in (200, 201)


def test_what_cannot_be_bound_is_refused_with_its_reason(web: Web) -> None:
    listed = hear_stranger(web)
    here = {"premises_id": web.district.premises, "kind": "smoke"}
    assert_problem(web.admin.post(f"/devices/{web.district.smoke}/bind", here), 409, "registered already")
    assert_problem(web.admin.post("/devices/nobody/bind", here), 404, "nobody")
    nowhere = here | {"premises_id": "nowhere"}
    assert_problem(web.admin.post(f"/devices/{listed}/bind", nowhere), 422, "premises_id")
    assert_problem(web.admin.post(f"/devices/{listed}/tests", {}), 409, "bind it")
    mode = {"mode": "test", "until": in_hours(web, 1), "reason": "调试"}
    assert_problem(web.admin.put(f"/devices/{listed}/mode", mode), 409, "bind it")
    assert_problem(web.admin.post(f"/devices/{listed}/replace", {"source": "native"}), 409, "bind it")


def test_a_bound_admin_binds_only_what_he_sees_and_only_at_home(web: Web) -> None:
    listed = hear_stranger(web, web.district.gateway)
    body = {"premises_id": web.district.premises, "kind": "smoke"}
    elsewhere = web.caller(Role.ADMIN, web.district.other_town)
    assert_problem(elsewhere.post(f"/devices/{listed}/bind", body), 404, listed)
    village = web.caller(Role.ADMIN, web.district.village)
    abroad = body | {"premises_id": web.district.other_premises}
    assert_problem(village.post(f"/devices/{listed}/bind", abroad), 403, "outside your region")
    assert village.post(f"/devices/{listed}/bind", body).status_code == 200


# -- witnessed tests -----------------------------------------------------------------------------------


def test_a_test_is_witnessed_from_the_button_to_the_phone_with_its_seconds(web: Web) -> None:
    path = f"/devices/{web.district.smoke}/tests"
    opened = web.dispatcher.post(path, {})
    assert opened.status_code == 201
    test = opened.json()
    assert (test["asked_by"], test["until"], test["passed"]) == (
        "dispatcher-everywhere",
        "2026-03-02T07:22:00Z",
        None,
    )
    assert web.viewer.get(f"/devices/{web.district.smoke}").json()["mode"] == {
        "mode": "test",
        "owner": "dispatcher-everywhere",
        "reason": None,
        "began_at": "2026-03-02T07:12:00Z",
        "until": "2026-03-02T07:22:00Z",
    }
    web.story.event(web.district.smoke, EventKind.TEST, send=False)
    (waiting,) = web.viewer.items(path)
    assert (waiting["event_kind"], waiting["seconds"], waiting["passed"]) == ("test", None, None)
    web.story.clock.advance(2.5)
    web.story.send()
    (test,) = web.viewer.items(path)
    assert test["event_at"] == "2026-03-02T07:12:00Z"
    assert test["message_sent_at"] == test["message_delivered_at"] == "2026-03-02T07:12:02.500000Z"
    assert (test["seconds"], test["passed"], test["failure"]) == (2.5, True, None)
    assert web.viewer.items("/incidents") == []


def test_a_window_without_a_word_has_failed_when_it_is_over(web: Web) -> None:
    path = f"/devices/{web.district.smoke}/tests"
    assert web.dispatcher.post(path, {"minutes": 1}).status_code == 201
    web.story.clock.advance(60)
    (test,) = web.viewer.items(path)
    assert (test["event_at"], test["passed"]) == (None, False)
    assert web.viewer.get(f"/devices/{web.district.smoke}").json()["mode"] is None


def test_a_message_that_was_refused_is_no_proof(web: Web) -> None:
    path = f"/devices/{web.district.smoke}/tests"
    web.dispatcher.post(path, {})
    chief = web.district.phones[web.district.chief]
    web.story.carriers["console"].results[chief] = [SendResult(SendStatus.PERMANENT, failure="wrong number")]
    web.story.event(web.district.smoke, EventKind.TEST)
    (test,) = web.viewer.items(path)
    assert (test["passed"], test["failure"], test["seconds"]) == (False, "wrong number", None)


def test_tests_are_listed_newest_first_in_pages(web: Web) -> None:
    path = f"/devices/{web.district.smoke}/tests"
    made = [web.dispatcher.post(path, {}).json()["id"] for _ in range(3)]
    page = web.viewer.get(path, limit=2).json()
    assert ids(page["items"]) == made[:0:-1]
    rest = web.viewer.get(path, limit=2, cursor=page["next"]).json()
    assert (ids(rest["items"]), rest["next"]) == (made[:1], None)


def test_a_window_is_open_for_a_minute_to_an_hour(web: Web) -> None:
    path = f"/devices/{web.district.smoke}/tests"
    for minutes in (0, 61, 1.5, "10", None):
        assert_problem(web.dispatcher.post(path, {"minutes": minutes}), 422, "minutes")
    assert web.dispatcher.post(path, {"minutes": 60}).json()["until"] == "2026-03-02T08:12:00Z"
    assert web.dispatcher.ask("POST", f"/api/v1{path}").status_code == 201  # ten minutes, nothing to say


def test_a_window_is_ended_by_hand(web: Web) -> None:
    path = f"/devices/{web.district.smoke}/tests"
    web.dispatcher.post(path, {})
    answer = delete(web, path)
    assert (answer.status_code, answer.json()["mode"]) == (200, None)
    assert_problem(delete(web, path), 404, "no test window")
    web.story.alarm(web.district.smoke)
    assert len(web.viewer.items("/incidents")) == 1


def test_a_stations_people_test_the_devices_of_their_village_and_no_others(web: Web) -> None:
    path = f"/devices/{web.district.smoke}/tests"
    assert web.caller(Role.STATION, web.district.village).post(path, {}).status_code == 201
    assert_problem(web.caller(Role.STATION, web.district.next_village).post(path, {}), 404, "outside")
    assert_problem(web.caller(Role.STATION).post(path, {}), 403, "bound to none")


# -- modes ---------------------------------------------------------------------------------------------


def test_a_device_under_maintenance_has_an_owner_an_end_and_a_banner(web: Web) -> None:
    device = maintain(web, web.district.smoke)
    assert device["mode"] == {
        "mode": "maintenance",
        "owner": "dispatcher-everywhere",
        "reason": "更换电池",
        "began_at": "2026-03-02T07:12:00Z",
        "until": "2026-03-02T09:12:00Z",
    }
    web.dispatcher.post(f"/devices/{web.district.call_point}/tests", {})
    both = [web.district.call_point, web.district.smoke]
    assert ids(web.viewer.items("/devices", state="test")) == both
    assert ids(web.viewer.items("/devices", mode="any")) == both
    assert ids(web.viewer.items("/devices", mode="test")) == both[:1]
    assert ids(web.viewer.items("/devices", mode="maintenance")) == both[1:]
    web.story.clock.advance(7200)
    assert web.viewer.items("/devices", mode="any") == []
    assert web.viewer.get(f"/devices/{web.district.smoke}").json()["mode"] is None


def test_its_alarm_shows_and_pages_nobody_but_the_duty_officer(web: Web) -> None:
    maintain(web, web.district.smoke)
    web.story.alarm(web.district.smoke)
    (event,) = web.viewer.get(f"/devices/{web.district.smoke}").json()["events"]
    assert (event["kind"], event["data"]["taken_as"]) == ("alarm", "maintenance")
    assert len(web.story.texts(web.district.duty_officer)) == 1
    assert web.viewer.items("/incidents") == []


def test_a_mode_that_would_not_end_is_refused(web: Web) -> None:
    path = f"/devices/{web.district.smoke}/mode"
    good = {"mode": "test", "until": in_hours(web, 24), "reason": "联调"}
    for bad, word in (
        ({"until": in_hours(web, 25)}, "24 hours"),
        ({"mode": "maintenance", "until": in_hours(web, 24 * 31)}, "720 hours"),
        ({"until": in_hours(web, -1)}, "passed"),
        ({"until": "2026-03-03T00:00:00"}, "until"),
        ({"until": None}, "until"),
        ({"reason": " "}, "reason"),
        ({"mode": "sleep"}, "mode"),
    ):
        assert_problem(web.dispatcher.put(path, good | bad), 422, word)
    assert web.dispatcher.put(path, good).status_code == 200
    ended = delete(web, path)
    assert (ended.status_code, ended.json()["mode"]) == (200, None)
    assert_problem(delete(web, path), 404, "in no mode")


def test_what_is_outside_the_region_is_left_alone(web: Web) -> None:
    stranger = web.caller(Role.DISPATCHER, web.district.other_town)
    path = f"/devices/{web.district.smoke}"
    mode = {"mode": "test", "until": in_hours(web, 1), "reason": "调试"}
    assert_problem(stranger.put(f"{path}/mode", mode), 404, "outside")
    assert_problem(stranger.delete(f"{path}/mode"), 404, "outside")
    assert_problem(stranger.get(f"{path}/tests"), 404, "outside")


# -- replacing -----------------------------------------------------------------------------------------


def test_new_hardware_takes_the_place_and_the_old_one_is_a_stranger(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    body = {"source": "chirpstack", "external_id": "LW:D0:24E124C0002A0001:24E124136B324567:00F00001"}
    answer = web.admin.post(f"/devices/{web.district.smoke}/replace", body | {"reason": "电池鼓包"})
    assert answer.status_code == 200, answer.text
    device = answer.json()
    assert (device["id"], device["source"], device["external_id"]) == (web.district.smoke, "chirpstack", _EUI)
    assert (device["premises_id"], device["state"]) == (web.district.premises, "unknown")
    assert [event["kind"] for event in device["events"]] == ["alarm"]
    (replacement,) = device["replacements"]
    assert (replacement["old_source"], replacement["old_external_id"], replacement["actor"]) == (
        "zigbee2mqtt",
        web.district.smoke_external_id,
        "admin-everywhere",
    )
    assert (replacement["new_external_id"], replacement["reason"]) == (_EUI, "电池鼓包")
    with web.story.database.read() as session:
        assert (
            session.scalar(select(Device).where(Device.external_id == web.district.smoke_external_id)) is None
        )
        assert session.scalars(select(EventRecord.device_id)).all() == [web.district.smoke]


def test_hardware_in_use_cannot_replace_another(web: Web) -> None:
    body = {"source": "zigbee2mqtt", "external_id": web.district.smoke_external_id}
    path = f"/devices/{web.district.call_point}/replace"
    assert_problem(web.admin.post(path, body), 422, web.district.smoke)
    assert_problem(web.admin.post(path, {"source": "chirpstack", "external_id": "24E1"}), 422, "devEUI")
    assert web.viewer.get(f"/devices/{web.district.call_point}").json()["replacements"] == []
