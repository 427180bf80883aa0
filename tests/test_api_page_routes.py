"""The page's addresses: who is let in, what the browser is told, and that no value becomes markup."""

import asyncio
import json
import re
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import update

from api.access import Role
from api.callers import COOKIE
from api.context import Service
from api.page.routes import router
from dispatch.plan import ResponsePlan, TierPlan, TierPlans
from dispatch.setup import DispatchSetup
from fire135.settings import Settings
from store.access import User
from store.database import Database
from tests.clock import ManualClock
from tests.factories import District, make_district
from tests.signed_in import signed_in

_SLOWER_TOWN = TierPlans(town=TierPlan(target_response_s=420, stations_at_once=1))


class Visitor:
    """A browser without a window: asks the app and keeps cookies."""

    def __init__(self, app: FastAPI) -> None:
        self._client = AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1:8135")
        self.cookies = self._client.cookies

    def get(self, address: str) -> Response:
        """Ask for one address, without following redirects."""
        return asyncio.run(self._client.get(address))


@pytest.fixture
def page(database: Database, clock: ManualClock) -> Visitor:
    """The page over a district, with a plan in which the town has seven minutes."""
    app = FastAPI()
    setup = DispatchSetup(plan=ResponsePlan(tier=_SLOWER_TOWN))
    app.state.service = Service(database, setup, Settings(), clock)
    app.include_router(router)
    return Visitor(app)


def _sign_in(
    page: Visitor, database: Database, clock: ManualClock, name: str, role: Role, region: str | None = None
) -> None:
    page.cookies.set(COOKIE, signed_in(database, clock.now(), name, role, region))


def _district(database: Database) -> District:
    with database.begin() as session:
        return make_district(session)


def _bootstrap(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="bootstrap">(.*?)</script>', html, re.DOTALL)
    assert found
    loaded: dict[str, Any] = json.loads(found.group(1))
    return loaded


@pytest.mark.parametrize("address", ["/", "/incidents/some-id", "/devices"])
def test_who_is_not_signed_in_gets_the_form(page: Visitor, address: str) -> None:
    answer = page.get(address)

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_the_form_says_what_was_wrong_and_repeats_nothing_else(page: Visitor) -> None:
    assert "用户名或密码不对" in page.get("/sign-in?fault=wrong").text
    assert "Too many failed sign-ins" in page.get("/sign-in?fault=locked&lang=en").text
    assert "<b>" not in page.get("/sign-in?fault=<b>").text


_PAGES = sorted(
    route.path.replace("{incident_id}", "x")
    for route in router.routes
    if isinstance(route, APIRoute) and route.path not in ("/sign-in", "/account")
)


@pytest.mark.parametrize("address", _PAGES)
def test_who_was_given_a_password_chooses_another_before_any_page_opens(
    page: Visitor, database: Database, clock: ManualClock, address: str
) -> None:
    _sign_in(page, database, clock, "new", Role.ADMIN)
    with database.begin() as session:
        session.execute(update(User).values(must_change_password=True))

    answer = page.get(address)

    assert (answer.status_code, answer.headers["location"]) == (303, "/account")


def test_the_board_gets_its_limits_from_the_plan(
    page: Visitor, database: Database, clock: ManualClock
) -> None:
    _sign_in(page, database, clock, "duty", Role.DISPATCHER)

    bootstrap = _bootstrap(page.get("/").text)

    assert bootstrap["plan"]["village"]["target_acknowledgement_s"] == 60
    assert bootstrap["plan"]["town"]["target_response_s"] == 420
    assert bootstrap["zone"] == "Asia/Shanghai"
    assert bootstrap["user"] == {
        "name": "duty",
        "runs_incidents": True,
        "looks_after_devices": True,
        "shows_phones": True,
        "must_change_password": False,
        "region": None,
        "gives_leave": True,
        "takes_troubles": True,
        "edits_registry": False,
        "answers_for": None,
    }


def test_a_village_answers_for_its_own_station_only(
    page: Visitor, database: Database, clock: ManualClock
) -> None:
    district = _district(database)
    _sign_in(page, database, clock, "chief", Role.STATION, district.village)

    user = _bootstrap(page.get("/").text)["user"]

    assert user == {
        "name": "chief",
        "runs_incidents": False,
        "looks_after_devices": True,
        "shows_phones": True,
        "must_change_password": False,
        "region": district.village,
        "gives_leave": True,
        "takes_troubles": True,
        "edits_registry": False,
        "answers_for": [district.home_station],
    }


def test_a_station_without_a_region_takes_troubles_but_tests_no_device(
    page: Visitor, database: Database, clock: ManualClock
) -> None:
    _sign_in(page, database, clock, "anywhere", Role.STATION)

    user = _bootstrap(page.get("/").text)["user"]

    assert (user["takes_troubles"], user["looks_after_devices"]) == (True, False)


def test_who_only_reads_gets_no_buttons(page: Visitor, database: Database, clock: ManualClock) -> None:
    _sign_in(page, database, clock, "reader", Role.VIEWER)

    user = _bootstrap(page.get("/").text)["user"]

    assert user == {
        "name": "reader",
        "runs_incidents": False,
        "looks_after_devices": False,
        "shows_phones": False,
        "must_change_password": False,
        "region": None,
        "gives_leave": False,
        "takes_troubles": False,
        "edits_registry": False,
        "answers_for": [],
    }


def test_a_session_that_has_ended_leads_back_to_the_form(
    page: Visitor, database: Database, clock: ManualClock
) -> None:
    _sign_in(page, database, clock, "duty", Role.DISPATCHER)
    clock.advance(13 * 3600)

    assert page.get("/").status_code == 303


def test_the_language_is_remembered(page: Visitor) -> None:
    assert '<html lang="zh-CN">' in page.get("/sign-in").text
    assert '<html lang="en">' in page.get("/sign-in?lang=en").text
    assert '<html lang="en">' in page.get("/sign-in").text


def test_only_our_own_files_may_run(page: Visitor, database: Database, clock: ManualClock) -> None:
    _sign_in(page, database, clock, "duty", Role.DISPATCHER)

    answer = page.get("/")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    scripts = re.findall(r"<script([^>]*)>", answer.text)
    assert all("src=" in script or "application/json" in script for script in scripts)
    assert not re.search(r"\son\w+=|\sstyle=", answer.text)


def test_no_value_becomes_markup(page: Visitor, database: Database, clock: ManualClock) -> None:
    hostile = "</script><script>alert(1)</script>"
    _sign_in(page, database, clock, hostile, Role.DISPATCHER)

    board = page.get("/").text
    incident = page.get('/incidents/"><b>').text

    assert "<script>alert" not in board
    assert _bootstrap(board)["user"]["name"] == hostile
    assert "<b>" not in incident
    assert 'data-incident-id=""><b>"' in unescape(incident)


def test_every_file_that_a_page_names_is_served(
    page: Visitor, database: Database, clock: ManualClock
) -> None:
    _sign_in(page, database, clock, "duty", Role.DISPATCHER)

    named = {
        name
        for address in ("/", "/incidents/some-id", "/devices")
        for name in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.get(address).text)
    }

    assert len(named) > 5
    assert {name: page.get(name).status_code for name in named} == dict.fromkeys(named, 200)
