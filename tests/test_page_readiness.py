"""The readiness page in a real Chromium, and its line on the board."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from api.access import Role
from dispatch import communication, probe
from dispatch.values import EventKind, SensorEvent
from registry.version import bump_version
from store.places import PROBE_DEVICE
from tests.browser import Desk, browser, desk, page, window
from tests.factories import make_station
from tests.story import Phones

__all__ = ["browser", "desk", "page"]
pytestmark = pytest.mark.browser


def _spoil(desk: Desk) -> None:
    with desk.story.database.begin() as session:
        make_station(session, "lonely", desk.story.district.village)
        bump_version(session)


def _probe(desk: Desk) -> None:
    story, now = desk.story, desk.story.clock.now()
    with story.database.begin() as session:
        probe.take(
            session,
            story.setup,
            SensorEvent(PROBE_DEVICE, EventKind.ALARM, "p1", "native", now, now),
            now=now,
        )
    story.carriers["probe"] = Phones("probe")
    story.send()


def test_a_sound_district_shows_no_line_and_an_unsound_one_leads_to_the_list(page: Page, desk: Desk) -> None:
    line = page.locator("#readiness")
    expect(page.locator("#feed")).to_have_text("● 实时")
    expect(line).to_be_hidden()
    _spoil(desk)
    page.reload()
    expect(line).to_have_text("⚠ 战备检查发现 1 处问题:lonely消防站没有站长，请在people.csv中添加 →")
    line.click()
    expect(page.locator("#faults li")).to_have_count(1)
    expect(page.locator("#faults li")).to_contain_text("lonely消防站没有站长")
    expect(page.locator("#fault-count")).to_have_text("1")


def test_a_test_is_started_on_the_page_and_shows_who_did_not_answer(page: Page, desk: Desk) -> None:
    _probe(desk)
    page.goto(f"{desk.url}/readiness")
    expect(page.locator("#faults")).to_contain_text("没有发现问题")
    expect(page.locator("#probe")).to_contain_text("用时 0.00 秒")
    expect(page.locator("#probe")).to_contain_text("119 移交: 未设置")
    expect(page.locator("#test")).to_contain_text("还没有做过通讯测试")
    page.get_by_role("button", name="开始通讯测试").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("非火警")
    dialog.get_by_role("button", name="开始通讯测试").click()

    expect(page.locator("#test")).to_contain_text("询问 7 名站长")
    communication.run(desk.story.database, desk.story.setup, now=desk.story.clock.now())
    desk.story.wait(10)
    desk.story.reply(desk.story.district.chief, "1")
    page.reload()
    expect(page.locator("#test")).to_contain_text("询问 7 名站长 · 送达 7 · 回复 1")
    expect(page.locator("#test h3")).to_have_text("未回复 6 人")
    silent = page.locator(f"[data-person={desk.story.district.next_chief}]")
    expect(silent).to_contain_text("已送达,未回复")
    silent.get_by_role("button", name=re.compile("^显示")).click()
    expect(silent.get_by_role("link")).to_have_attribute("href", re.compile(r"^tel:\+86138"))
    expect(page.locator(f"[data-person={desk.story.district.chief}]")).to_be_hidden()
    page.get_by_text("已回复 1 人").click()
    expect(page.locator(f"[data-person={desk.story.district.chief}]")).to_be_visible()


def test_a_viewer_on_a_phone_reads_in_english_and_starts_nothing(browser: Browser, desk: Desk) -> None:
    _spoil(desk)
    with window(browser, desk, width=390, height=844) as phone:
        desk.let_in(phone, "viewer", Role.VIEWER)
        phone.goto(f"{desk.url}/readiness?lang=en")
        expect(phone.locator("#faults li")).to_have_text(
            "station lonely (lonely消防站): no chief; add one to people.csv"
        )
        expect(phone.get_by_role("button", name="Start a communication test")).to_be_hidden()
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
