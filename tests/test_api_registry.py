"""The registry over HTTP: what is shown, what is changed, what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from api.access import Role
from geo.datum import gcj02_from_wgs84
from store.places import Device, Station
from store.signals import DeviceState
from tests.factories import make_device
from tests.web import Web, assert_problem, web

__all__ = ["web"]

_KINDS = ("regions", "stations", "people", "premises", "devices")


def keys(items: list[dict[str, Any]]) -> list[str]:
    return [item.get("id") or item["code"] for item in items]


def test_a_list_comes_in_pages_and_every_row_can_be_looked_up(web: Web) -> None:
    for kind in _KINDS:
        _check_pages(web, kind)


def _check_pages(web: Web, kind: str) -> None:
    whole = web.viewer.items(f"/{kind}")
    assert keys(whole) == sorted(keys(whole))
    paged, cursor = [], ""
    while cursor is not None:
        page = web.viewer.get(f"/{kind}", limit=2, **({"cursor": cursor} if cursor else {})).json()
        assert len(page["items"]) <= 2
        paged += page["items"]
        cursor = page["next"]
    assert paged == whole
    for row in whole:
        one = web.viewer.get(f"/{kind}/{keys([row])[0]}").json()
        assert one == row | {name: one[name] for name in ("events", "replacements") if name in one}


def test_what_is_shown_can_be_put_back_and_changes_nothing(web: Web) -> None:
    for kind in _KINDS:
        for row in web.admin.items(f"/{kind}"):
            answer = web.admin.put(f"/{kind}/{keys([row])[0]}", row)
            assert (answer.status_code, answer.json()) == (200, row)


def test_a_row_is_created_and_then_replaced(web: Web) -> None:
    body = {"name": "新房", "village_code": web.district.village, "floors": 2, "contact_name": "虚构联系人"}
    created = web.admin.put("/premises/new", body)
    assert created.status_code == 201
    assert (created.json()["floors"], created.json()["contact_name"]) == (2, "虚构联系人")
    replaced = web.admin.put("/premises/new", {"name": "新房", "village_code": web.district.village})
    assert replaced.status_code == 200
    assert (replaced.json()["floors"], replaced.json()["contact_name"]) == (None, None)


def test_whatever_id_a_load_takes_can_be_looked_up_and_followed(web: Web) -> None:
    odd, escaped = "p/x 测?#", "p/x%20%E6%B5%8B%3F%23"
    home = {"name": "新房", "village_code": web.district.village}
    assert web.admin.put(f"/premises/{escaped}", home).json()["id"] == odd
    assert web.admin.get(f"/premises/{escaped}/card").status_code == 200
    person = {
        "name": "虚构",
        "phone": "+8613800138777",
        "role": "member",
        "station_id": web.district.home_station,
    }
    assert web.admin.put(f"/people/{escaped}", person).json()["id"] == odd
    assert web.admin.get(f"/people/{escaped}").json()["id"] == odd
    assert web.admin.get(f"/people/{escaped}/leave").status_code == 200


def test_nobody_moves_the_division_that_he_is_bound_to(web: Web) -> None:
    bound = web.caller(Role.ADMIN, web.district.village)
    path = f"/regions/{web.district.village}"
    assert_problem(bound.patch(path, {"parent_code": web.district.other_town}), 403, "bound to")
    assert_problem(bound.put(path, {"name": "新村", "level": "village"}), 403, "bound to")
    above = web.caller(Role.ADMIN, web.district.town)
    assert above.patch(path, {"name": "宋宅新村"}).status_code == 200


def test_a_patch_keeps_what_it_does_not_name_and_null_empties(web: Web) -> None:
    path = f"/premises/{web.district.premises}"
    before = web.admin.get(path).json()
    after = web.admin.patch(path, {"floors": 4, "notes": None}).json()
    assert after == before | {"floors": 4, "notes": None}


def test_a_position_in_a_chinese_datum_is_served_in_wgs_84(web: Web) -> None:
    lon, lat = gcj02_from_wgs84(118.19, 24.77)
    path = f"/stations/{web.district.home_station}"
    after = web.admin.patch(path, {"lon": lon, "lat": lat, "crs": "gcj02"}).json()
    assert (after["lon"], after["lat"]) == (pytest.approx(118.19, abs=1e-7), pytest.approx(24.77, abs=1e-7))
    with web.story.database.read() as session:
        assert session.get_one(Station, web.district.home_station).crs == "gcj02"


def test_a_fault_is_named_by_its_column_and_nothing_is_written(web: Web) -> None:
    faulty: list[tuple[str, dict[str, Any], str]] = [
        ("/people/new", {"name": "张三", "phone": "059212345678", "role": "chief"}, "phone"),
        ("/people/new", {"name": "张三", "role": "chief", "station_id": "songzhai"}, "phone"),
        ("/stations/new", {"name": "新站", "tier": "village", "region_code": "999"}, "999"),
        ("/stations/new", {"name": "新站", "tier": "hamlet", "region_code": "350212110212"}, "tier"),
        ("/stations/new", {"id": "other", "name": "新站"}, "cannot change"),
        ("/stations/new", {"name": "新站", "colour": "red"}, "colour"),
        ("/stations/new", {"name": ["新站"]}, "name"),
        ("/devices/new", {"kind": "smoke", "source": "zigbee2mqtt"}, "external_id"),
    ]
    for path, body, word in faulty:
        assert_problem(web.admin.put(path, body), 422, word)
        assert web.admin.get(path).status_code == 404


def test_every_fault_of_a_row_is_listed(web: Web) -> None:
    answer = web.admin.put("/people/new", {"name": "张三", "phone": "1", "role": "king"})
    assert_problem(answer, 422, "more")
    columns = {error.partition(":")[0] for error in answer.json()["errors"]}
    assert {"phone", "role"} <= columns


def test_an_unknown_row_cannot_be_patched(web: Web) -> None:
    assert_problem(web.admin.patch("/stations/none", {"name": "新站"}), 404, "none")


def test_a_change_is_followed_by_the_next_recommendation(web: Web) -> None:
    def first() -> str:
        found = web.viewer.get("/recommend", lon=118.19, lat=24.77, tier="village").json()
        station: str = found["items"][0]["station_id"]
        return station

    assert first() == web.district.home_station
    web.admin.patch(f"/stations/{web.district.home_station}", {"active": False})
    assert first() == web.district.next_station


def test_a_device_shows_what_it_last_said(web: Web) -> None:
    seen_at = web.story.clock.now() - timedelta(seconds=5)
    with web.story.database.begin() as session:
        state = DeviceState(
            device_id=web.district.smoke, state="low_battery", battery=12.5, last_seen_at=seen_at
        )
        session.add(state)
    device = web.viewer.get(f"/devices/{web.district.smoke}").json()
    assert (device["state"], device["battery"], device["last_seen_at"]) == (
        "low_battery",
        12.5,
        "2026-03-02T07:11:55Z",
    )
    silent = web.viewer.get(f"/devices/{web.district.call_point}").json()
    assert (silent["state"], silent["battery"], silent["last_seen_at"]) == ("unknown", None, None)


def test_the_worklist_asks_for_devices_by_state(web: Web) -> None:
    said = {"smoke-living-room": "offline", "smoke-bedroom": "fault", "window-2": "test", "gateway": "normal"}
    with web.story.database.begin() as session:
        session.add_all(DeviceState(device_id=device, state=state) for device, state in said.items())
        stranger = make_device(session, "tts:0011", source="tts", kind="unknown", registered=False)
        session.add(DeviceState(device_id=stranger.id, state="alarm"))
    for device, state in said.items():
        if state != "normal":
            assert keys(web.viewer.items("/devices", state=state)) == [device]
    assert web.viewer.items("/devices", state="low_battery") == []
    (unregistered,) = web.viewer.items("/devices", state="unregistered")
    assert (unregistered["id"], unregistered["state"]) == ("tts:0011", "unregistered")
    assert_problem(web.viewer.get("/devices", state="asleep"), 422, "state")


def test_a_device_that_spoke_before_it_was_known_is_commissioned_by_putting_it(web: Web) -> None:
    with web.story.database.begin() as session:
        make_device(
            session,
            "tts:70b3d57ed0000011",
            source="tts",
            kind="unknown",
            external_id="70b3d57ed0000011",
            registered=False,
        )
    body = {
        "kind": "smoke",
        "premises_id": web.district.premises,
        "source": "tts",
        "external_id": "70b3d57ed0000011",
    }
    assert web.admin.put("/devices/kitchen", body).status_code == 201
    assert web.viewer.items("/devices", state="unregistered") == []
    with web.story.database.read() as session:
        assert session.get_one(Device, "kitchen").registered
