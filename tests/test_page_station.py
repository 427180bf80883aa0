"""The light page of a station: what it shows, what its buttons do, its weight, its look on a phone."""

import re
from html import unescape
from typing import Any

import pytest
from httpx import Response
from playwright.sync_api import Browser, expect

from api.access import Role
from api.callers import COOKIE
from tests.browser import Desk, browser, desk, window
from tests.factories import make_device, make_premises
from tests.signed_in import signed_in
from tests.web import Asker, Web, web

__all__ = ["browser", "desk", "web"]
_VILLAGE = "350212110212"


@pytest.fixture
def phone(web: Web) -> Asker:
    """The phone of somebody of the village station, signed in."""
    return phone_of(web, Role.STATION, _VILLAGE)


def phone_of(web: Web, role: Role, region: str | None) -> Asker:
    asker = Asker(web.app)
    cookie = signed_in(web.story.database, web.story.clock.now(), f"{role}-{region}", role, region)
    asker.cookies.set(COOKIE, cookie)
    return asker


def look(phone: Asker, address: str = "/station", **headers: str) -> str:
    answer = phone.ask("GET", address, headers=headers)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def press(phone: Asker, html: str, answer: str, **headers: str) -> Response:
    """Press a button of the first incident, as a browser without scripts does."""
    fields: dict[str, Any] = dict(
        re.findall(r'name="(\w+)" value="([^"]*)"', html.partition("</article>")[0])
    )
    return phone.ask("POST", "/station/answers", data=fields | {"answer": answer}, headers=headers)


def home(web: Web) -> Any:
    return web.story.assignments()[web.district.home_station]


def test_it_shows_what_a_station_has_to_know(web: Web, phone: Asker) -> None:
    assert "目前没有" in look(phone)
    web.story.alarm(web.district.smoke)
    web.story.clock.advance(130)

    html = look(phone)

    shown = (web.story.incident().code, "疑似火警", "五显镇宋宅村下许里7号", "1楼客厅 烟感报警")
    for word in (*shown, "二楼住两位老人", "15:12:00", "已 2 分钟", "宋宅村微型消防站", "尚未应答"):
        assert word in html
    assert html.count("<article") == 1  # the town's team is another station
    assert html.count("<button name=") == 6
    assert '<meta http-equiv="refresh" content="15;url=/station">' in html
    assert "<script" not in html


def test_a_button_is_the_same_answer_as_an_sms_and_is_said_back(web: Web, phone: Asker) -> None:
    web.story.alarm(web.district.smoke)
    after = press(phone, look(phone), "coming")

    code = web.story.incident().code
    assert (after.status_code, after.headers["location"]) == (303, f"/station?said=coming&code={code}")
    assert f"已记录:{code} 马上到" in look(phone, after.headers["location"])
    assert "本站:已应答 15:12:00" in look(phone)
    assert home(web).status == "acknowledged"
    assert home(web).last_word_at == web.story.clock.now()
    assert web.woken == 1


def test_a_second_tap_of_a_button_has_no_second_effect(web: Web, phone: Asker) -> None:
    web.story.alarm(web.district.smoke)
    html = look(phone)
    for _ in range(2):
        assert "said=need_help" in press(phone, html, "need_help").headers["location"]

    villages = [a for a in web.story.assignments().values() if a.tier == "village"]
    assert len(villages) == 2  # one more, not two
    assert "said=on_scene" in press(phone, html, "on_scene").headers["location"]


def test_what_is_not_recorded_is_said(web: Web, phone: Asker) -> None:
    web.story.alarm(web.district.smoke)
    html = look(phone)
    web.story.close()
    for changed in (html, html.replace(web.district.home_station, web.district.town_team)):
        assert press(phone, changed, "coming").headers["location"] == "/station?refused=1"
    assert "没有记录" in look(phone, "/station?refused=1")
    assert "<b>x" not in look(phone, "/station?said=<b>x&code=<b>x")


def test_another_sites_page_cannot_press_and_nobody_is_sent_to_the_form(web: Web, phone: Asker) -> None:
    web.story.alarm(web.district.smoke)
    html = look(phone)
    assert press(phone, html, "cannot", origin="https://evil.example").status_code == 403
    assert home(web).declined_at is None
    for answer in (web.nobody().ask("GET", "/station"), press(web.nobody(), html, "coming")):
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/station")
    assert 'value="/station"' in web.nobody().ask("GET", "/sign-in?next=/station").text
    assert 'value="/"' in web.nobody().ask("GET", "/sign-in?next=https://evil.example").text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DISPATCHER])
def test_who_is_no_station_has_the_board(web: Web, role: Role) -> None:
    web.story.alarm(web.district.smoke)
    other = phone_of(web, role, None)
    assert other.ask("GET", "/station").headers["location"] == "/"
    html = look(phone_of(web, Role.STATION, _VILLAGE))
    assert press(other, html, "coming").headers["location"] == "/station?refused=1"
    assert home(web).acknowledged_at is None


def test_it_speaks_the_readers_language(web: Web, phone: Asker) -> None:
    web.story.alarm(web.district.smoke)
    assert "Incidents of your station" in look(phone, **{"accept-language": "en-GB,en;q=0.9,zh;q=0.5"})
    assert "本站警情" in look(phone, **{"accept-language": "fr, zh-CN;q=0.8, en;q=0.5"})
    assert "Incidents of your station" in look(phone, "/station?lang=en")


def test_it_stays_light_with_many_incidents(web: Web) -> None:
    with web.story.database.begin() as session:
        for number in range(9):
            make_premises(session, f"house-{number}", _VILLAGE, address=f"五显镇宋宅村下许里{number}0号")
            session.flush()
            make_device(session, f"smoke-{number}", premises_id=f"house-{number}")
    for number in range(9):
        web.story.alarm(f"smoke-{number}")
        web.story.clock.advance(1)

    phone = phone_of(web, Role.STATION, _VILLAGE)
    html = look(phone)

    assert "另有 3 条" in html
    weight = len(html.encode()) + len(phone.ask("GET", "/static/css/station.css").content)
    assert weight < 10_000


@pytest.mark.browser
def test_one_thumb_answers_on_a_small_phone(browser: Browser, desk: Desk) -> None:
    desk.story.alarm(desk.story.district.smoke)
    with window(browser, desk, width=360, height=640) as page:
        desk.let_in(page, "village", Role.STATION, _VILLAGE)
        page.goto(f"{desk.url}/station")
        button = page.get_by_role("button", name="马上到")
        box = button.bounding_box()
        assert box and box["height"] >= 48  # a thumb; WCAG 2.5.5 asks for 44
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        button.click()
        expect(page.get_by_role("status")).to_contain_text("马上到")
        expect(page.locator(".state")).to_contain_text("已应答")


@pytest.mark.browser
def test_a_dispatcher_answers_on_behalf_on_the_board(browser: Browser, desk: Desk) -> None:
    desk.report_fire()
    with window(browser, desk) as page:
        desk.let_in(page, "duty", Role.DISPATCHER)
        station = page.locator("#open .station").filter(has_text="宋宅村微型消防站")
        station.get_by_role("button", name="代为应答").click()
        page.get_by_role("dialog").get_by_text("不能去").click()
        page.get_by_role("dialog").get_by_role("button", name="代为应答").click()
        expect(station).to_contain_text("不能出动")
    assert desk.story.district.next_station in desk.story.assignments()
