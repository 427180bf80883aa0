"""A village sees its own homes, a town its villages: every route is walked, also those yet to be written.

The routes come from the application itself; one that needs a parameter which nobody here knows fails the
walk, and so does one that shows a place, a person or a number from outside the caller's region.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import account_log
from api.access import Role
from store.access import PersonalDataView, User
from store.cards import PremisesCard
from store.places import Person, Premises
from store.reliability import CommunicationTest
from store.upkeep import Trouble
from tests.factories import make_device, make_person, make_premises
from tests.river import keeper_of, lay_roads
from tests.signed_in import signed_in
from tests.test_api_roles import ROUTES, fill
from tests.web import Asker, Web, web

__all__ = ["web"]

_READERS = (Role.VIEWER, Role.STATION, Role.DISPATCHER, Role.ADMIN)
#: Streams without an end; tests/test_api_changes.py shows what a region hides of it.
_ENDLESS = {"/api/v1/stream"}
#: What is no place's: whether the process works, what it counts, and a cloud's question to itself.
_OF_NO_PLACE = {"/healthz", "/readyz", "/metrics", "/ingest/onenet"}
#: An incident says whom it was sent to, wherever they are from (docs/rights.md): stations and people there.
_SAYS_WHO_WAS_SENT = "incident_id"
#: Writes that have no place in their path or body, or only the caller's own.
_OF_ONES_OWN = {
    ("POST", "/communication-tests"): "asks the caller's own region",
    ("POST", "/reports/coverage/what-if"): "thinks about the caller's own region, and writes nothing",
    ("PUT", "/account/password"): "is one's own",
    ("DELETE", "/account/sessions"): "is one's own",
}
#: Where the villages' stations stand: each home is its own station's, and nobody else of a village is sent.
_STANDS = ((118.19, 24.7745), (118.19, 24.7835), (118.09, 24.79), (118.07, 24.80))
_QUERIES = {"lon": "118.19", "lat": "24.77"}


@dataclass(frozen=True)
class _Place:
    """One village with one of everything; `secrets` are words that belong to it alone."""

    code: str
    ids: dict[str, str]
    secrets: frozenset[str]
    #: Its station and people, whom an incident elsewhere may name.
    crew: frozenset[str]


def _furnish(web: Web) -> list[_Place]:
    """One of everything in every village: home, device, trouble, card, user, token, open incident."""
    places = []
    for number, code in enumerate(web.district.villages, start=1):
        _put_in(web, number, code)
        incident = web.report_fire(f"home{number}")["id"]
        token = f"token-of-{number}"
        answer = web.admin.post("/tokens", {"name": token, "role": "viewer", "region_code": code})
        ids = {
            "code": code,
            "premises_id": f"home{number}",
            "device_id": f"device{number}",
            "incident_id": incident,
            "trouble_id": str(number),
            "user_id": str(900 + number),
            "token_id": str(answer.json()["token"]["id"]),
            "test_id": "1000",
        }
        with web.story.database.read() as session:
            stations = (web.district.home_station, web.district.next_station, *web.district.far_stations)
            station = stations[number - 1]
            people = session.query(Person).filter(Person.station_id == station).all()
            crew = {word for one in people for word in (one.id, one.name)} | {station}
            phones = {one.phone for one in people}
        ids |= {"station_id": station, "person_id": f"{station}-chief"}
        secrets = {f"home{number}", f"住户{number}", f"device{number}", f"房间{number}", incident, token}
        secrets |= {f"user-{number}", f"+86138001389{number}1", f"卧床{number}", f"leader{number}", code}
        places.append(_Place(code, ids, frozenset(secrets | phones), frozenset(crew)))
    return places


def _put_in(web: Web, number: int, code: str) -> None:
    now = web.story.clock.now()
    phone = f"+86138001389{number}1"
    with web.story.database.begin() as session:
        lon, lat = _STANDS[number - 1]
        given = {
            "name": f"住户{number}",
            "lon": lon,
            "lat": lat,
            "contact_name": f"住户{number}",
            "contact_phone": phone,
        }
        make_premises(session, f"home{number}", code, **given)
        make_person(session, f"leader{number}", role="building_leader", region_code=code, phone=phone)
        session.flush()
        make_device(session, f"device{number}", premises_id=f"home{number}", room=f"房间{number}")
        needs = [{"floor": "3", "text": f"卧床{number}"}]
        card = {"needs_help": needs, "hazards": [], "changed_at": now, "changed_by": f"user-{number}"}
        session.add(PremisesCard(premises_id=f"home{number}", **card))
        given = {"kind": "low_battery", "device_id": f"device{number}", "village_code": code}
        session.add(Trouble(id=number, began_at=now, **given))
        given = {"role": "dispatcher", "region_code": code, "password_hash": "-", "created_at": now}
        session.add(User(id=900 + number, name=f"user-{number}", **given))
        account_log.write(session, "user", f"user-{number}", "signed_in", now, address="127.0.0.1")
        given = {"name": f"user-{number}", "role": "dispatcher", "source": "page", "region_code": code}
        given |= {"kind": "person", "subjects": [f"leader{number}"], "count": 1, "request": "GET"}
        session.add(PersonalDataView(at=now, **given))
        if number == 1:
            ends = now + timedelta(hours=1)
            session.add(CommunicationTest(id=1000, started_at=now, ends_at=ends, started_by="duty"))


def _paths(web: Web) -> Iterator[tuple[str, list[str], list[str]]]:
    """Every GET: its path with its parameters, and the queries that it insists on."""
    for path, methods in web.app.openapi()["paths"].items():
        if "get" in methods and path not in _ENDLESS | _OF_NO_PLACE:
            given = methods["get"].get("parameters", [])
            names = [one["name"] for one in given if one["in"] == "path"]
            queries = [one["name"] for one in given if one["in"] == "query" and one.get("required")]
            yield path, names, queries


def _seen(region: str | None, place: _Place) -> bool:
    return region is None or place.code.startswith(region)


@pytest.fixture
def places(web: Web, tmp_path: Path) -> list[_Place]:
    """Four furnished villages in two towns, and a road network."""
    lay_roads(web.story.database, tmp_path, web.story.clock.now())
    keeper_of(web.story).look()
    return _furnish(web)


@pytest.mark.parametrize("role", _READERS)
def test_no_answer_names_what_lies_outside_the_region(web: Web, places: list[_Place], role: Role) -> None:
    district = web.district
    for region in (district.village, district.town, None):
        asker = web.caller(role, region)
        for path, names, queries in _paths(web):
            answered = _walk(asker, role, region, path, names, queries, places)
            assert answered & {200, 403}, f"{role} {region} {path}: {answered}; the walk shows nothing of it"


def _walk(
    asker: Asker,
    role: Role,
    region: str | None,
    path: str,
    names: list[str],
    queries: list[str],
    places: list[_Place],
) -> set[int]:
    """Ask for everyone's; what is answered must hold nothing from outside. Gives the statuses."""
    outside = [place for place in places if not _seen(region, place)]
    answered = set()
    for place in places if names else places[:1]:
        asked = [place.ids[name] for name in names]
        address = path.format(**dict(zip(names, asked, strict=True)))
        answer = asker.ask("GET", address, params={name: _QUERIES[name] for name in queries})
        answered.add(answer.status_code)
        assert answer.status_code in (200, 403, 404, 501), f"{path}: {answer.status_code} {answer.text}"
        hidden = {word for other in outside for word in other.secrets}
        if _SAYS_WHO_WAS_SENT not in names:
            hidden |= {word for other in outside for word in other.crew}
        if answer.status_code != 200:
            hidden = {word for word in hidden if word not in address}  # the refusal repeats what was asked
        elif place in outside and not set(names) <= {"test_id"}:
            pytest.fail(f"{role} of {region} was answered {address}")
        told = {word for word in hidden if word in answer.text}
        assert not told, f"{role} of {region}, {address}: {told}"
    return answered


@pytest.mark.parametrize("region", ["village", "town"])
def test_no_page_names_what_lies_outside_the_region(web: Web, places: list[_Place], region: str) -> None:
    bound = getattr(web.district, region)
    cookie = signed_in(web.story.database, web.story.clock.now(), "walker", Role.DISPATCHER, bound)
    asker = Asker(web.app, {"Cookie": f"fire135_session={cookie}"})
    outside = [place for place in places if not _seen(bound, place)]
    for place in outside:
        for path in ("/", "/station", "/incidents/{incident_id}", "/incidents/{incident_id}/sheet"):
            address = path.format(**place.ids)
            answer = asker.ask("GET", address)
            told = {word for word in place.secrets - set(place.ids.values()) if word in answer.text}
            assert not told, f"{address}: {told}"


def test_every_write_is_refused_outside_the_region(web: Web, places: list[_Place]) -> None:
    """The matrix of routes names them all, with bodies that an admin of the whole district may send."""
    del places
    incident = web.report_fire()["id"]
    caller = web.caller(Role.ADMIN, web.district.other_town)
    for method, path, body, _ in ROUTES:
        if method == "GET" or (method, path) in _OF_ONES_OWN:
            continue
        address = "/api/v1" + fill(path, incident, web.district)
        given: dict[str, Any] = {} if body is None else {"json": fill(body, incident, web.district)}
        answer = caller.ask(method, address, **given)
        refused = answer.status_code in (403, 404) or "outside your region" in answer.text
        assert refused, f"{method} {path}: {answer.status_code} {answer.text}"


def test_the_walk_would_see_a_route_that_forgets_the_region(web: Web, places: list[_Place]) -> None:
    """The whole list, as a route without a scope would answer it, names others' homes."""
    whole = web.viewer.get("/premises").text
    hidden = {word for place in places if not _seen(web.district.village, place) for word in place.secrets}
    assert {word for word in hidden if word in whole} >= {"home2", "home3", "home4"}
    with web.story.database.read() as session:
        assert len(session.query(Premises).all()) == len(json.loads(whole)["items"])
