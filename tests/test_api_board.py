"""What the board reads: open incidents in short, stations and devices for the map; packed, and scoped."""

from typing import Any

from api.access import Role
from api.page.static_files import VERSIONED
from dispatch.values import EventKind
from registry.version import bump_version
from store.places import Person, Station
from tests.web import Web, web

__all__ = ["web"]


def _board(web: Web, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = web.viewer.get("/board/incidents", **query).json()
    return answer


def test_an_open_incident_in_short_agrees_with_the_whole_of_it(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    web.story.reply(web.district.chief, "1")

    board = _board(web)
    (short,) = board["items"]
    whole = web.viewer.get(f"/incidents/{short['id']}").json()

    assert board["total"] == 1
    for field in ("id", "code", "status", "grade", "drill", "opened_at", "closed_at"):
        assert short[field] == whole[field]
    assert short["area"] == whole["region"]["village"] == "宋宅村"
    assert short["handover"] == whole["handover"]["status"]
    assert short["premises"] == {key: whole["premises"][key] for key in ("name", "address", "lon", "lat")}
    named = ("station_id", "station_name", "tier", "status", "milestones")
    assert short["assignments"] == [{key: sent[key] for key in named} for sent in whole["assignments"]]


def test_one_asked_for_by_id_is_told_of_when_it_has_closed_too(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    incident = web.story.incident()
    web.story.close()

    assert _board(web)["items"] == []
    (closed,) = _board(web, id=incident.id)["items"]
    assert closed["status"] == "closed"
    assert web.viewer.get("/board/incidents", id=["x"] * 101).status_code == 422


def test_real_incidents_come_before_drills_and_the_newest_first(web: Web) -> None:
    web.dispatcher.post("/drills", {"premises_id": web.district.other_premises})
    web.story.alarm(web.district.smoke)
    web.story.clock.advance(5)
    web.dispatcher.post("/alarms", {"premises_id": web.district.other_premises, "caller": "虚构"})

    told = [(one["drill"], one["premises"]["name"]) for one in _board(web)["items"]]

    assert told == [(False, "明溪12号"), (False, "下许里7号"), (True, "明溪12号")]


def test_stations_say_whether_somebody_would_come(web: Web) -> None:
    with web.story.database.begin() as session:
        session.get_one(Station, web.district.next_station).in_service = False
        for role in ("chief", "deputy", "member"):
            session.delete(session.get_one(Person, f"{web.district.far_stations[0]}-{role}"))
        bump_version(session)

    states = {station["id"]: station["state"] for station in web.viewer.items("/board/stations")}

    assert states[web.district.next_station] == "out_of_service"
    assert states[web.district.far_stations[0]] == "nobody_on_duty"
    assert states[web.district.home_station] == "ready"
    own = web.caller(Role.VIEWER, web.district.village).items("/board/stations")
    assert [station["id"] for station in own] == [web.district.home_station]


def test_devices_are_points_with_a_state_and_known_ones_are_not_sent_again(web: Web) -> None:
    web.story.event(web.district.smoke, EventKind.FAULT)
    first = web.viewer.get("/board/devices")
    points = first.json()

    assert len({len(points[column]) for column in ("id", "lon", "lat", "state")}) == 1
    place = points["id"].index(web.district.smoke)
    assert (points["lon"][place], points["lat"][place]) == (118.19, 24.77)
    assert web.district.terminal in points["id"]
    again = web.viewer.ask("GET", "/api/v1/board/devices", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = web.caller(Role.VIEWER, web.district.other_town).get("/board/devices").json()
    assert (other["id"], other["unplaced"]) == ([], 0)


def test_files_are_packed_and_kept_as_long_as_their_address_names_their_contents(web: Web) -> None:
    kept = web.nobody().ask("GET", f"{VERSIONED}/css/board.css", headers={"Accept-Encoding": "gzip"})
    asked = web.nobody().ask("GET", "/static/css/board.css", headers={"Accept-Encoding": "identity"})

    assert kept.headers["Content-Encoding"] == "gzip"
    assert "immutable" in kept.headers["Cache-Control"]
    assert "Content-Encoding" not in asked.headers
    assert asked.headers["Cache-Control"] == "no-cache"
    assert kept.text == asked.text
    etag = {"If-None-Match": asked.headers["ETag"]}
    assert web.nobody().ask("GET", "/static/css/board.css", headers=etag).status_code == 304
