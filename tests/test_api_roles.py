"""Who may do what: every role at every route, and what a region hides."""

from pathlib import Path
from typing import Any

from api.access import Role
from store.access import ApiToken, User
from store.reliability import CommunicationTest
from store.upkeep import Trouble
from tests.factories import District
from tests.river import keeper_of, lay_roads
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]

_EVERYONE = frozenset({Role.VIEWER, Role.STATION, Role.DISPATCHER, Role.ADMIN})
_RESPONDERS = frozenset({Role.STATION, Role.DISPATCHER, Role.ADMIN})
_DISPATCHERS = frozenset({Role.DISPATCHER, Role.ADMIN})
_ADMINS = frozenset({Role.ADMIN})
#: A token has no password and no sessions.
_NO_TOKEN: frozenset[Role] = frozenset()

#: In force at the time of the stories.
_MODE = {"mode": "maintenance", "until": "2026-03-02T10:00:00Z", "reason": "换电池"}
_KINDS = ("regions", "stations", "people", "premises", "devices")
#: Method, path and body; `{incident}` and the names of the district's ids are filled in.
ROUTES: list[tuple[str, str, Any, frozenset[Role]]] = [
    *(
        ("GET", f"/{kind}", None, _EVERYONE)
        for kind in ("regions", "stations", "people", "premises", "devices")
    ),
    ("GET", "/regions/{code}", None, _EVERYONE),
    ("GET", "/stations/{home_station}", None, _EVERYONE),
    ("GET", "/people/{chief}", None, _EVERYONE),
    ("GET", "/premises/{premises}", None, _EVERYONE),
    ("GET", "/devices/{smoke}", None, _EVERYONE),
    ("PATCH", "/regions/{code}", {"name": "同安"}, _ADMINS),
    ("PATCH", "/stations/{home_station}", {"name": "宋宅站"}, _ADMINS),
    ("PATCH", "/people/{chief}", {"rank": 2}, _ADMINS),
    ("PATCH", "/premises/{premises}", {"floors": 4}, _ADMINS),
    ("PATCH", "/devices/{smoke}", {"room": "厨房"}, _ADMINS),
    ("POST", "/devices/{smoke}/bind", {"premises_id": "{premises}", "kind": "smoke"}, _ADMINS),
    ("POST", "/devices/{call_point}/replace", {"source": "native"}, _ADMINS),
    ("POST", "/devices/{smoke}/tests", {}, _DISPATCHERS),
    ("GET", "/devices/{smoke}/tests", None, _EVERYONE),
    ("DELETE", "/devices/{smoke}/tests", None, _DISPATCHERS),
    ("PUT", "/devices/{smoke}/mode", _MODE, _DISPATCHERS),
    ("DELETE", "/devices/{smoke}/mode", None, _DISPATCHERS),
    ("PUT", "/premises/new", {"name": "新房", "village_code": "350212110212"}, _ADMINS),
    ("GET", "/premises/{premises}/card", None, _EVERYONE),
    ("GET", "/premises/{premises}/card/changes", None, _EVERYONE),
    ("PUT", "/premises/{premises}/card", {"water": "池塘"}, _DISPATCHERS),
    ("GET", "/attention", None, _EVERYONE),
    *(("GET", f"/board/{part}", None, _EVERYONE) for part in ("stations", "incidents", "devices")),
    ("GET", "/incidents", None, _EVERYONE),
    ("GET", "/incidents/{incident}", None, _EVERYONE),
    ("GET", "/incidents/{incident}/timeline", None, _EVERYONE),
    ("GET", "/incidents/{incident}/cap", None, _EVERYONE),
    ("GET", "/incidents/{incident}/building", None, _EVERYONE),
    ("POST", "/alarms", {"premises_id": "{premises}"}, _DISPATCHERS),
    ("POST", "/drills", {"premises_id": "{premises}"}, _DISPATCHERS),
    (
        "POST",
        "/incidents/{incident}/milestones",
        {"station_id": "{home_station}", "milestone": "on_scene"},
        _RESPONDERS,
    ),
    (
        "POST",
        "/incidents/{incident}/answers",
        {"station_id": "{home_station}", "answer": "coming"},
        _RESPONDERS,
    ),
    ("POST", "/incidents/{incident}/assignments", {"station_id": "{next_station}"}, _DISPATCHERS),
    ("POST", "/incidents/{incident}/grade", {"grade": "suspected", "reason": "无明火"}, _DISPATCHERS),
    ("POST", "/incidents/{incident}/handover", {"status": "accepted", "number": "119-7"}, _DISPATCHERS),
    ("POST", "/incidents/{incident}/phones", {}, _DISPATCHERS),
    ("POST", "/people/{chief}/phone", {}, _DISPATCHERS),
    ("POST", "/premises/{premises}/phone", {}, _DISPATCHERS),
    ("POST", "/premises/{premises}/card/phone", {}, _DISPATCHERS),
    ("POST", "/troubles/1/phone", {}, _DISPATCHERS),
    ("GET", "/users", None, _ADMINS),
    ("POST", "/users", {"name": "new", "role": "viewer", "region_code": "{village}"}, _ADMINS),
    ("PATCH", "/users/900", {"role": "station", "region_code": "{village}"}, _ADMINS),
    ("POST", "/users/900/password", {}, _ADMINS),
    ("DELETE", "/users/900/sessions", None, _ADMINS),
    ("PUT", "/users/900/lock", None, _ADMINS),
    ("DELETE", "/users/900/lock", None, _ADMINS),
    ("DELETE", "/users/900", None, _ADMINS),
    ("GET", "/tokens", None, _ADMINS),
    ("POST", "/tokens", {"name": "new", "role": "viewer", "region_code": "{village}"}, _ADMINS),
    ("DELETE", "/tokens/900", None, _ADMINS),
    ("GET", "/account", None, _NO_TOKEN),
    ("PUT", "/account/password", {"current": "-", "new": "a long pass phrase"}, _NO_TOKEN),
    ("DELETE", "/account/sessions", None, _NO_TOKEN),
    ("GET", "/access-log", None, _ADMINS),
    ("GET", "/account-events", None, _ADMINS),
    ("POST", "/incidents/{incident}/close", {"disposition": "fire"}, _DISPATCHERS),
    ("GET", "/troubles", None, _EVERYONE),
    ("POST", "/troubles/1/take", {"note": "明天去换"}, _RESPONDERS),
    ("GET", "/readiness", None, _EVERYONE),
    ("POST", "/communication-tests", {}, _DISPATCHERS),
    ("GET", "/communication-tests", None, _EVERYONE),
    ("GET", "/communication-tests/1000", None, _EVERYONE),
    ("GET", "/recommend?lon=118.19&lat=24.77", None, _EVERYONE),
    ("GET", "/reports/response-times", None, _EVERYONE),
    ("GET", "/reports/review", None, _EVERYONE),
    ("GET", "/reports/review/records", None, _EVERYONE),
    ("GET", "/reports/false-alarms", None, _EVERYONE),
    ("GET", "/reports/false-alarms/incidents", None, _EVERYONE),
    ("GET", "/reports/month", None, _EVERYONE),
    ("GET", "/reports/responses.csv", None, _EVERYONE),
    ("GET", "/reports/responses.xlsx", None, _EVERYONE),
    ("GET", "/reports/coverage", None, _EVERYONE),
    ("GET", "/reports/coverage/map", None, _EVERYONE),
    ("GET", "/reports/coverage/best-sites", None, _EVERYONE),
    ("POST", "/reports/coverage/what-if", {"add": [{"lon": 118.19, "lat": 24.77}]}, _EVERYONE),
    ("GET", "/stations/{home_station}/availability", None, _EVERYONE),
    ("PUT", "/stations/{home_station}/availability", {"in_service": True}, _DISPATCHERS),
    ("GET", "/duty", None, _EVERYONE),
    ("GET", "/reports/coverage/forecast", None, _EVERYONE),
    ("GET", "/people/{chief}/leave", None, _EVERYONE),
    ("POST", "/people/{chief}/leave", {"until": "2026-03-03T15:12:00+08:00"}, _DISPATCHERS),
    ("DELETE", "/people/{chief}/leave", None, _DISPATCHERS),
    ("GET", "/people/{chief}/shifts", None, _EVERYONE),
    ("PUT", "/people/{chief}/shifts", {"items": []}, _DISPATCHERS),
    ("GET", "/roads", None, _EVERYONE),
    ("POST", "/roads/closures", {"lon": 118.195, "lat": 24.772, "reason": "塌方"}, _DISPATCHERS),
    ("GET", "/roads/closures", None, _EVERYONE),
    ("DELETE", "/roads/closures/1", None, _DISPATCHERS),
]


def fill(value: Any, incident: str, district: District) -> Any:
    if isinstance(value, dict):
        return {key: fill(part, incident, district) for key, part in value.items()}
    names = {name: getattr(district, name) for name in ("code", "village", "home_station", "next_station")}
    names |= {name: getattr(district, name) for name in ("chief", "premises", "smoke", "call_point")}
    return value.format(incident=incident, **names) if isinstance(value, str) else value


def _ask(web: Web, asker: Asker, method: str, path: str, body: Any, incident: str) -> int:
    path = "/api/v1" + fill(path, incident, web.district)
    given = {} if body is None else {"json": fill(body, incident, web.district)}
    return asker.ask(method, path, **given).status_code


def test_every_role_at_every_route(web: Web, tmp_path: Path) -> None:
    lay_roads(web.story.database, tmp_path, web.story.clock.now())
    keeper_of(web.story).look()
    incident = web.report_fire()["id"]
    with web.story.database.begin() as session:
        found = {"device_id": web.district.smoke, "village_code": web.district.village}
        now = web.story.clock.now()
        session.add(ApiToken(id=900, name="program", role="viewer", sha256="-", created_at=now))
        session.add(User(id=900, name="somebody", role="viewer", password_hash="-", created_at=now))
        session.add(Trouble(id=1, kind="low_battery", began_at=now, **found))
        session.add(CommunicationTest(id=1000, started_at=now, ends_at=now, started_by="duty"))
    for method, path, body, allowed in ROUTES:
        for role in Role:
            status = _ask(web, web.caller(role), method, path, body, incident)
            # what was done by the role before may be refused as done already, or be over
            done = {404} if method == "DELETE" else {409}
            wanted = {200, 201} | done if role in allowed else {403}
            assert status in wanted, f"{role} {method} {path}: {status}"


def test_nobody_is_let_in_without_a_token(web: Web) -> None:
    incident = web.report_fire()["id"]
    for method, path, body, _ in ROUTES:
        assert _ask(web, web.nobody(), method, path, body, incident) == 401, path
    answer = web.nobody().get("/stream")
    assert_problem(answer, 401, "Bearer")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_device_push_token_reads_no_stream(web: Web) -> None:
    assert_problem(web.caller(Role.DEVICE_PUSH).get("/stream"), 403, "device_push")


def test_the_matrix_names_every_route_of_the_api(web: Web) -> None:
    documented = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in web.app.openapi()["paths"].items()
        if path.startswith("/api/v1")
        for method in methods
    }
    # files are no JSON: tests/test_api_registry_import.py asks as every role
    apart = ("/stream", "/registry/import")
    shapes = {(method, _shape(path)) for method, path in documented if path not in apart}
    # PUT of the registry is one code for all five kinds; one of them stands for all
    covered = {(method, _shape(path.partition("?")[0])) for method, path, *_ in ROUTES}
    covered |= {("PUT", f"/{kind}/*") for kind in ("regions", "stations", "people", "devices")}
    assert shapes == covered


def _shape(path: str) -> str:
    parts = path.split("/")
    named = {"reports": 0, "roads": 3}.get(parts[1], 2)  # which part names one of many
    return "/".join("*" if i == named and i else part for i, part in enumerate(parts))


def _ids(items: list[dict[str, Any]]) -> set[str]:
    return {item.get("id") or item["code"] for item in items}


def test_a_region_hides_everything_outside_it(web: Web) -> None:
    d = web.district
    caller = web.caller(Role.DISPATCHER, d.other_town)
    assert _ids(caller.items("/regions")) == {d.other_town, d.villages[2], d.villages[3]}
    assert _ids(caller.items("/stations")) == {*d.far_stations, d.other_town_team}
    assert {person["station_id"] for person in caller.items("/people")} == {
        *d.far_stations,
        d.other_town_team,
    }
    assert caller.items("/premises") == []
    assert caller.items("/devices") == []
    for path in (f"/regions/{d.town}", f"/stations/{d.home_station}", f"/people/{d.chief}"):
        assert_problem(caller.get(path), 404, "outside your region")
    for path in (
        f"/premises/{d.premises}",
        f"/devices/{d.smoke}",
        f"/stations/{d.home_station}/availability",
    ):
        assert_problem(caller.get(path), 404, "outside your region")


def test_a_region_shows_what_is_below_it(web: Web) -> None:
    d = web.district
    caller = web.caller(Role.VIEWER, d.town)
    assert _ids(caller.items("/regions")) == {d.town, d.village, d.next_village}
    assert _ids(caller.items("/stations")) == {d.home_station, d.next_station, d.town_team}
    assert _ids(caller.items("/premises")) == {d.premises, d.other_premises}
    assert d.smoke in _ids(caller.items("/devices"))
    assert d.terminal in _ids(caller.items("/devices"))  # in a station rather than in premises
    assert d.building_leader in _ids(caller.items("/people"))  # of a region rather than of a station


def test_an_incident_elsewhere_is_neither_seen_nor_touched(web: Web) -> None:
    incident = web.report_fire()["id"]
    caller = web.caller(Role.DISPATCHER, web.district.other_town)
    assert caller.items("/incidents") == []
    for path in ("", "/timeline", "/cap"):
        assert_problem(caller.get(f"/incidents/{incident}{path}"), 404, "outside your region")
    refused = caller.post(f"/incidents/{incident}/close", {"disposition": "fire"})
    assert_problem(refused, 404, "outside your region")
    assert web.viewer.get(f"/incidents/{incident}").json()["status"] == "open"
    assert caller.get("/reports/response-times").json()["items"] == []


def test_the_own_village_sees_its_incident(web: Web) -> None:
    incident = web.report_fire()["id"]
    for region in (web.district.code, web.district.town, web.district.village):
        caller = web.caller(Role.DISPATCHER, region)
        assert _ids(caller.items("/incidents")) == {incident}
    assert web.caller(Role.DISPATCHER, web.district.next_village).items("/incidents") == []


def test_an_alarm_or_drill_outside_the_region_is_refused_whole(web: Web) -> None:
    d = web.district
    caller = web.caller(Role.DISPATCHER, d.other_town)
    for path in ("/alarms", "/drills"):
        assert_problem(caller.post(path, {"premises_id": d.premises}), 404, "outside your region")
    _draw_map(web)
    at_the_premises = {"lon": 118.19, "lat": 24.7745, "address": "宋宅村口"}
    assert_problem(caller.post("/alarms", at_the_premises), 403, "outside your region")
    assert web.viewer.items("/incidents") == []
    assert web.story.timeline() == []


def _draw_map(web: Web) -> None:
    """Give two villages a centre, so that a point has a village."""
    for code, lon, lat in ((web.district.village, 118.19, 24.77), (web.district.villages[2], 118.09, 24.79)):
        assert web.admin.patch(f"/regions/{code}", {"lon": lon, "lat": lat}).status_code == 200


def test_an_alarm_at_a_point_that_no_map_places_is_taken_all_the_same(web: Web) -> None:
    web.without_positions()
    body = {"lon": 118.19, "lat": 24.77, "address": "宋宅村口"}
    assert web.caller(Role.DISPATCHER, web.district.other_town).post("/alarms", body).status_code == 201


def test_an_alarm_at_a_point_of_the_own_region_is_taken(web: Web) -> None:
    _draw_map(web)
    caller = web.caller(Role.DISPATCHER, web.district.other_town)
    body = {"lon": 118.09, "lat": 24.79, "address": "军营村口"}
    assert caller.post("/alarms", body).status_code == 201


def test_a_station_speaks_only_for_itself(web: Web) -> None:
    d = web.district
    incident = web.report_fire()["id"]
    caller = web.caller(Role.STATION, d.village)
    path = f"/incidents/{incident}/milestones"
    own = caller.post(path, {"station_id": d.home_station, "milestone": "enroute"})
    assert own.status_code == 200
    other = caller.post(path, {"station_id": d.town_team, "milestone": "enroute"})
    assert_problem(other, 403, d.town_team)


def test_a_station_sees_the_incident_across_the_border_that_it_was_sent_to(web: Web) -> None:
    d = web.district
    incident = web.report_fire(d.other_premises)["id"]
    neighbour = web.caller(Role.STATION, d.village)
    assert neighbour.items("/incidents") == []
    sent = web.dispatcher.post(f"/incidents/{incident}/assignments", {"station_id": d.home_station})
    assert sent.status_code == 201
    assert _ids(neighbour.items("/incidents")) == {incident}
    path = f"/incidents/{incident}/milestones"
    arrived = neighbour.post(path, {"station_id": d.home_station, "milestone": "on_scene"})
    assert arrived.status_code == 200
    assert web.caller(Role.VIEWER, d.village).items("/incidents") == []


def test_a_bound_dispatcher_sends_only_stations_of_his_region(web: Web) -> None:
    d = web.district
    incident = web.report_fire()["id"]
    caller = web.caller(Role.DISPATCHER, d.town)
    path = f"/incidents/{incident}/assignments"
    assert_problem(caller.post(path, {"station_id": d.other_town_team}), 404, "outside your region")
    assert caller.post(path, {"station_id": d.next_station}).status_code == 201


def test_a_bound_admin_edits_only_inside_his_region(web: Web) -> None:
    d = web.district
    caller = web.caller(Role.ADMIN, d.town)
    assert caller.patch(f"/premises/{d.premises}", {"floors": 4}).status_code == 200
    elsewhere = {"name": "别处", "village_code": d.villages[2]}
    assert_problem(caller.put("/premises/elsewhere", elsewhere), 403, "outside your region")
    moved = caller.patch(f"/premises/{d.premises}", {"village_code": d.villages[2]})
    assert_problem(moved, 403, "outside your region")
    assert web.admin.get(f"/premises/{d.premises}").json()["village_code"] == d.village
    assert web.admin.get("/premises/elsewhere").status_code == 404
    foreign = caller.put(
        f"/stations/{d.other_town_team}", {"name": "夺", "tier": "town", "region_code": d.town}
    )
    assert_problem(foreign, 404, "outside your region")


def test_recommendations_name_only_stations_of_the_region(web: Web) -> None:
    d = web.district
    found = web.caller(Role.DISPATCHER, d.town).get("/recommend", lon=118.19, lat=24.77).json()
    assert {item["station_id"] for item in found["items"]} == {d.home_station, d.next_station, d.town_team}


def test_a_viewer_sees_no_whole_phone_number(web: Web) -> None:
    d = web.district
    phone = d.phones[d.chief]
    assert web.dispatcher.get(f"/people/{d.chief}").json()["phone"] == phone
    assert web.viewer.get(f"/people/{d.chief}").json()["phone"] == f"+86138****{phone[-4:]}"
    masked = web.viewer.get(f"/premises/{d.premises}").json()["contact_phone"]
    assert masked == f"+86138****{d.phones[d.building_leader][-4:]}"
    called = {"premises_id": d.premises, "caller": "虚构报警人 13800138555", "note": "二楼冒烟"}
    incident = web.dispatcher.post("/alarms", called).json()
    assert incident["signals"][0]["note"] == "虚构报警人 13800138555 二楼冒烟"
    for path in (f"/incidents/{incident['id']}", f"/incidents/{incident['id']}/timeline"):
        seen = web.viewer.get(path).text
        assert "13800138555" not in seen
    assert "138****8555" in web.viewer.get(f"/incidents/{incident['id']}").text
