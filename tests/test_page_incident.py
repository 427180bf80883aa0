"""The incident page in a real Chromium: the candle story as a picture, corrections, the card, paper."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from api.access import Role
from api.callers import COOKIE
from dispatch.values import EventKind
from registry.cards import put_card
from registry.version import bump_version
from store.access import PersonalDataView
from tests.browser import Desk, browser, desk, window
from tests.factories import make_station
from tests.signed_in import signed_in

__all__ = ["browser", "desk"]
pytestmark = pytest.mark.browser

_CARD: dict[str, Any] = {
    "needs_help": "3楼老人卧床;2楼孕妇",
    "hazards": "一楼电动车充电",
    "water": "村口消火栓,120 米",
    "access": "南侧巷道,铁门平时上锁",
    "lane_width_m": 2.8,
    "key_holder_name": "虚构房东",
    "key_holder_phone": "+8613800138901",
}
_DISTRICT = ZoneInfo("Asia/Shanghai")


def _candle(desk: Desk) -> str:
    """Smoke in the living room of a house whose card is filled in; gives the incident's id."""
    story, d = desk.story, desk.story.district
    with story.database.begin() as session:
        put_card(session, d.premises, _CARD, actor="测试", now=story.clock.now())
    incident_id = story.alarm(d.smoke).incident_id
    assert incident_id
    return incident_id


def _open(
    page: Page, desk: Desk, incident_id: str, role: Role = Role.DISPATCHER, region: str | None = None
) -> None:
    cookie = signed_in(desk.story.database, desk.story.clock.now(), f"user-{role}", role, region)
    page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": desk.url}])
    page.goto(f"{desk.url}/incidents/{incident_id}")
    expect(page.locator(".lane").first).to_be_visible()


def _lane(page: Page, title: str) -> Locator:
    return page.locator(".lane").filter(has_text=title)


def _dialog_button(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog").get_by_role("button", name=name)


def test_the_candle_story_fills_the_lanes_and_a_double_click_closes_it_once(
    browser: Browser, desk: Desk
) -> None:
    story, d = desk.story, desk.story.district
    incident_id = _candle(desk)
    with window(browser, desk) as page:
        _open(page, desk, incident_id)
        village, town = _lane(page, "宋宅村微型消防站"), _lane(page, "五显镇专职消防队")
        expect(village.locator(".mark")).to_have_count(2)
        expect(town.locator(".mark-notified")).to_have_count(1)

        story.wait(20)
        story.reply(d.chief, "1")
        expect(village.locator(".mark-acknowledged")).to_have_attribute("aria-label", _has("已应答 · 0:20"))
        expect(village.locator(".mark-acknowledged")).to_have_attribute("aria-label", _has("来源:短信"))
        story.wait(130)
        story.reply(d.chief, "3")
        expect(village.locator(".mark-on_scene")).to_have_attribute("aria-label", _has("已到场 · 2:30"))
        expect(_lane(page, "警情").locator(".mark-handed_over")).to_have_count(1)

        page.get_by_role("button", name="结案").click()
        page.get_by_role("dialog").get_by_text("火灾", exact=True).click()
        page.get_by_label("原因").fill("蜡烛")
        expect(page.get_by_role("dialog")).to_contain_text("结案后不能重新打开")
        _dialog_button(page, "结案").dblclick()

        expect(_lane(page, "警情").locator(".mark-closed")).to_have_count(1)
        expect(page.locator("#incident")).to_contain_text("蜡烛")
        expect(page.locator("#incident .incident-actions button")).to_have_count(0)
        expect(page.locator(".lanes-now")).to_have_count(0)
    assert story.timeline().count("closed") == 1


def test_a_wrong_arrival_is_corrected_with_a_reason_and_both_times_stay(browser: Browser, desk: Desk) -> None:
    story, d = desk.story, desk.story.district
    incident_id = _candle(desk)
    story.wait(150)
    story.reply(d.chief, "3")
    story.close()
    was = story.assignments()[d.home_station].on_scene_at
    assert was
    right = was - timedelta(seconds=40)
    with window(browser, desk) as page:
        _open(page, desk, incident_id)
        page.get_by_role("button", name="更正 宋宅村微型消防站").click()
        field = page.get_by_label("实际时刻")
        expect(field).to_have_value(_wall(was))
        field.fill(_wall(right))
        page.get_by_label("更正理由").fill("以站长手表为准")
        _dialog_button(page, "保存更正").click()

        corrected = page.locator("#timeline tr").filter(has_text="更正进展")
        for words in ("以站长手表为准", "原记录", _clock(was), _clock(right), "值班台"):
            expect(corrected).to_contain_text(words)
        expect(page.locator("#timeline tr").filter(has_text="已更正为")).to_contain_text(_clock(was))
        mark = _lane(page, "宋宅村微型消防站").locator(".mark-on_scene")
        expect(mark).to_have_attribute("aria-label", _has(f"更正过,原为 {_clock(was)}"))
    now = story.assignments()[d.home_station].on_scene_at
    assert now == right.replace(microsecond=0)


def test_who_closes_what_another_has_closed_otherwise_is_told_at_the_form(
    browser: Browser, desk: Desk
) -> None:
    incident_id = _candle(desk)
    with window(browser, desk) as page:
        _open(page, desk, incident_id)
        page.get_by_role("button", name="结案").click()
        page.get_by_role("dialog").get_by_text("误报", exact=True).click()
        desk.post(f"/incidents/{incident_id}/close", {"disposition": "fire"})
        _dialog_button(page, "结案").click()

        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("already closed as fire")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_keyboard_walks_the_marks_and_goes_to_the_fact(browser: Browser, desk: Desk) -> None:
    incident_id = _candle(desk)
    with window(browser, desk) as page:
        _open(page, desk, incident_id)
        alarm = _lane(page, "警情").locator(".mark-alarm")
        alarm.focus()
        expect(page.locator(".lanes-tip")).to_contain_text("烟感")
        page.keyboard.press("ArrowDown")
        expect(_lane(page, "宋宅村微型消防站").locator(".mark-notified")).to_be_focused()
        page.keyboard.press("ArrowRight")
        delivered = _lane(page, "宋宅村微型消防站").locator(".mark-delivered")
        expect(delivered).to_be_focused()
        expect(page.locator(".lanes-picture [tabindex='0']")).to_have_count(1)

        page.keyboard.press("Enter")

        expect(page.locator("#timeline tr:focus")).to_contain_text("消息已送达")


def test_a_village_chief_sees_and_mends_the_card_but_runs_no_incident(browser: Browser, desk: Desk) -> None:
    story, d = desk.story, desk.story.district
    incident_id = _candle(desk)
    story.event(d.window, EventKind.WINDOW_OPENED)
    with window(browser, desk) as page:
        _open(page, desk, incident_id, Role.STATION, d.village)
        storeys = page.locator(".storey")
        expect(storeys.first).to_contain_text("3 层")
        expect(storeys.first).to_contain_text("老人卧床")
        expect(page.locator(".storey-open")).to_contain_text("逃生窗已打开 · 南窗")
        expect(page.locator("#building")).to_contain_text("巷道最窄 2.8 米")
        expect(page.locator("#building")).not_to_contain_text("13800138901")
        expect(page.locator("#incident .incident-actions button")).to_have_count(0)
        expect(page.get_by_role("button", name="更正 宋宅村微型消防站")).to_be_visible()
        expect(page.get_by_role("button", name="更正 五显镇专职消防队")).to_have_count(0)

        page.get_by_role("button", name="修改建筑卡").click()
        page.get_by_label("需要帮助的人").fill("三楼老人已接走\n2楼孕妇")
        page.get_by_label("水源").fill("门前池塘")
        _dialog_button(page, "保存").click()

        expect(storeys.first).to_contain_text("老人已接走")
        expect(page.locator("#building")).to_contain_text("门前池塘")
        expect(page.locator("#building")).to_contain_text("user-station")


def test_numbers_are_shown_on_purpose_and_that_is_written_down(browser: Browser, desk: Desk) -> None:
    with window(browser, desk) as page:
        _open(page, desk, _candle(desk))
        expect(page.locator("#building")).to_contain_text("+86138****8901")
        page.get_by_role("button", name=re.compile("虚构房东")).click()

        expect(page.get_by_role("link", name="+8613800138901")).to_have_attribute(
            "href", "tel:+8613800138901"
        )
    with desk.story.database.read() as session:
        asked = f"POST /api/v1/premises/{desk.story.district.premises}/card/phone"
        views = session.scalars(select(PersonalDataView).where(PersonalDataView.request == asked)).all()
        assert [(view.name, view.kind, view.subjects) for view in views] == [
            ("user-dispatcher", "card", [desk.story.district.premises])
        ]


def test_one_more_station_is_offered_with_its_reason_and_the_grade_can_be_lowered(
    browser: Browser, desk: Desk
) -> None:
    incident_id = desk.report_fire()["id"]
    with window(browser, desk) as page:
        _open(page, desk, incident_id)
        page.get_by_role("button", name="增派站队").click()
        offer = page.locator(".offer").filter(has_text="明溪村微型消防站")
        expect(offer).to_contain_text("公里")
        expect(offer).to_contain_text("最近")
        offer.click()
        expect(_lane(page, "明溪村微型消防站")).to_contain_text("调度增派")

        page.get_by_role("button", name="降为疑似").click()
        page.get_by_label("依据").fill("现场未见明火")
        _dialog_button(page, "降为疑似").click()

        expect(page.locator("#incident .badges")).to_contain_text("疑似火警")
        expect(page.locator("#timeline")).to_contain_text("现场未见明火")
        cap = page.get_by_role("link", name="CAP 报文").get_attribute("href") or ""
        assert page.request.get(f"{desk.url}{cap}").text().startswith("<?xml")


def test_a_chief_with_a_cheap_phone_sees_first_what_where_who(browser: Browser, desk: Desk) -> None:
    incident_id = _candle(desk)
    with window(browser, desk, width=360, height=740) as page:
        _open(page, desk, incident_id, Role.STATION, desk.story.district.village)
        for words in ("下许里7号", "客厅", "老人卧床", "五显镇专职消防队"):
            box = page.locator("#incident").get_by_text(words).first.bounding_box()
            assert box, words
            assert box["y"] + box["height"] <= 740, words
        _nothing_sticks_out(page)
        expect(page.locator("#timeline")).to_be_hidden()
        _marks_stand_apart(page)

        page.goto(f"{desk.url}/incidents/{incident_id}?lang=en")
        expect(page.get_by_role("heading", name="The building")).to_be_visible()
        expect(page.locator(".gist")).to_contain_text("Needs help")
        expect(page.locator(".lanes-legend")).to_contain_text("not recorded")
        _nothing_sticks_out(page)


def test_twelve_stations_and_three_hours_fit_the_picture(browser: Browser, desk: Desk) -> None:
    story, d = desk.story, desk.story.district
    incident_id = _candle(desk)
    names = [f"more-{number}" for number in range(10)]
    with story.database.begin() as session:
        for name in names:
            make_station(session, name, d.village)
        bump_version(session)
    for name in names:
        desk.post(f"/incidents/{incident_id}/assignments", {"station_id": name})
    story.send()
    opened = story.incident().opened_at
    story.clock.advance(3 * 3600)
    for number, name in enumerate(names):
        for minutes, milestone in enumerate(("acknowledged", "enroute", "on_scene", "cleared"), start=1):
            at = opened + timedelta(minutes=minutes * (number + 1) * 4)
            report = {"station_id": name, "milestone": milestone, "at": at.isoformat()}
            desk.post(f"/incidents/{incident_id}/milestones", report)
    story.close()
    with window(browser, desk) as page:
        _open(page, desk, incident_id)
        expect(page.locator(".lane")).to_have_count(13)
        expect(page.locator(".lanes-tip")).to_contain_text("后段已压缩")
        _marks_stand_apart(page)
        expect(page.locator(".target-word.target-late").first).to_be_visible()


def test_the_sheet_and_the_printed_page_hold_the_card(browser: Browser, desk: Desk) -> None:
    incident_id = _candle(desk)
    desk.story.event(desk.story.district.window, EventKind.WINDOW_OPENED)
    with window(browser, desk) as page:
        _open(page, desk, incident_id)
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="结案")).to_be_hidden()
        expect(page.locator(".lanes-picture")).to_be_visible()
        page.goto(f"{desk.url}/incidents/{incident_id}/sheet")
        for words in (
            "3 层 老人卧床",
            "1 层 电动车充电",
            "村口消火栓",
            "南侧巷道",
            "+8613800138901",
            "2 层 南窗",
        ):
            expect(page.locator("main")).to_contain_text(words)


def _nothing_sticks_out(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for place in (".incident", "#building", "#lanes"):
        assert page.locator(place).evaluate("box => box.scrollWidth <= box.clientWidth"), place


def _marks_stand_apart(page: Page) -> None:
    """No mark covers another of its lane, and none leaves the picture."""
    width = page.locator(".lanes-picture").evaluate("picture => picture.viewBox.baseVal.width")
    lanes = page.locator(".lane").evaluate_all(
        "lanes => lanes.map(lane => [...lane.querySelectorAll('.mark-disc')].map(d => d.cx.baseVal.value))"
    )
    assert lanes
    for places in lanes:
        assert all(10 <= place <= width - 10 for place in places), places
        assert all(b - a >= 23.9 for a, b in pairwise(places)), places


def _has(words: str) -> re.Pattern[str]:
    return re.compile(re.escape(words))


def _wall(at: datetime) -> str:
    return at.astimezone(_DISTRICT).strftime("%Y-%m-%dT%H:%M:%S")


def _clock(at: datetime) -> str:
    return at.astimezone(_DISTRICT).strftime("%H:%M:%S")
