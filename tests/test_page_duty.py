"""The duty page in a real Chromium: what is seen, and what is changed, by whom."""

import pytest
from playwright.sync_api import Browser, Page, expect

from api.access import Role
from registry.version import bump_version
from tests.browser import Desk, browser, desk, page, window
from tests.factories import make_region

__all__ = ["browser", "desk", "page"]


pytestmark = pytest.mark.browser


def station(page: Page, station_id: str) -> None:
    """Open a station of the list."""
    page.locator(f"[data-station={station_id}] > summary").click()


def test_leave_is_given_with_the_keyboard_and_ended(page: Page, desk: Desk) -> None:
    d = desk.story.district
    page.locator("a", has_text="排班").click()
    expect(page.locator("#night")).to_contain_text("今夜每个村级站都有人值班")
    summary = page.locator(f"[data-station={d.home_station}] > summary")
    expect(summary).to_contain_text("虚构songzhai-chief、虚构songzhai-deputy")
    summary.press("Enter")
    person = page.locator(f"[data-person={d.chief}]")
    expect(person).to_contain_text("全天值班")
    person.get_by_role("button", name="休假").press("Enter")
    page.get_by_role("dialog").get_by_label("3 天").check()
    page.keyboard.press("Enter")
    expect(person).to_contain_text("休假至")
    expect(summary).not_to_contain_text("虚构songzhai-chief")
    person.get_by_role("button", name="销假").click()
    expect(person).to_contain_text("全天值班")
    expect(summary).to_contain_text("虚构songzhai-chief")


def test_leave_that_begins_later_is_given_and_withdrawn(page: Page, desk: Desk) -> None:
    d = desk.story.district
    page.goto(f"{desk.url}/duty")
    station(page, d.home_station)
    person = page.locator(f"[data-person={d.chief}]")
    person.get_by_role("button", name="休假").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("开始")).to_be_hidden()
    dialog.get_by_label("另定起止时间").check()
    dialog.get_by_label("开始").fill("2030-01-09T08:00")
    dialog.get_by_label("结束").fill("2030-01-09T07:00")
    dialog.get_by_role("button", name="休假").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not after the beginning")
    dialog.get_by_label("结束").fill("2030-01-10T18:30")
    dialog.get_by_role("button", name="休假").click()
    expect(dialog).to_be_hidden()
    expect(person).to_contain_text("计划休假 01-09 08:00–01-10 18:30")
    expect(page.locator(f"[data-station={d.home_station}] > summary")).to_contain_text("虚构songzhai-chief")
    person.get_by_role("button", name="撤销休假").click()
    expect(person).not_to_contain_text("计划休假")


def test_a_village_without_a_station_is_named_with_the_one_that_covers_it(page: Page, desk: Desk) -> None:
    with desk.story.database.begin() as session:
        make_region(
            session, "350212110299", "孤村", "village", parent_code="350212110", lon=118.19, lat=24.775
        )
        bump_version(session)
    page.goto(f"{desk.url}/duty")
    expect(page.locator("#night")).to_contain_text("1 个无站的村")
    station(page, desk.story.district.home_station)
    shown = page.locator(f"[data-station={desk.story.district.home_station}]")
    shown.get_by_role("button", name="停勤").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("直至另行通知").check()
    dialog.get_by_label("原因").fill("车辆维修")
    dialog.get_by_role("button", name="停勤").click()
    village = page.locator("[data-gap='350212110299']")
    expect(village).to_contain_text("孤村(本村无站,就近归宋宅村微型消防站)")
    expect(village).to_contain_text("停勤")
    expect(page.locator("#gap-count")).to_have_text("2")


def test_a_station_goes_out_of_service_and_back(page: Page, desk: Desk) -> None:
    home = desk.story.district.home_station
    page.goto(f"{desk.url}/duty")
    station(page, home)
    shown = page.locator(f"[data-station={home}]")
    shown.get_by_role("button", name="停勤").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("直至另行通知").check()
    dialog.get_by_label("原因").fill("车辆维修")
    dialog.get_by_role("button", name="停勤").click()
    expect(shown.locator(".duty-service")).to_contain_text("停勤 · 直至另行通知 · 车辆维修")
    expect(page.locator(f"[data-gap={home}]")).to_contain_text("停勤")
    expect(page.locator("[data-station]").first).to_have_attribute("data-station", home)
    shown.get_by_role("button", name="恢复执勤").click()
    page.get_by_role("dialog").get_by_role("button", name="恢复执勤").click()
    expect(shown.locator(".duty-service")).to_contain_text("可出动")


def test_shifts_and_days_off_are_edited_and_leave_a_gap_in_the_night(page: Page, desk: Desk) -> None:
    d = desk.story.district
    page.goto(f"{desk.url}/duty")
    station(page, d.home_station)
    for person in (d.chief, d.deputy, d.member):
        page.locator(f"[data-person={person}]").get_by_role("button", name="排班").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="加班次").click()
        dialog.get_by_label("星期或日期").select_option("date")
        dialog.get_by_label("日期", exact=True).fill("2030-01-07")
        dialog.get_by_role("button", name="加休息日").click()
        dialog.get_by_label("日期", exact=True).nth(1).fill("2030-01-08")
        dialog.get_by_role("button", name="保存").click()
        expect(dialog).to_be_hidden()
    expect(page.locator(f"[data-gap={d.home_station}]")).to_contain_text("无人值班")
    expect(page.locator("#gap-count")).to_have_text("1")
    page.locator(f"[data-person={d.chief}]").get_by_role("button", name="排班").click()
    rows = page.get_by_role("dialog").locator(".shifts li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0).get_by_label("开始")).to_have_value("08:00")
    expect(rows.nth(1).get_by_label("开始")).to_be_hidden()
    for _ in range(2):
        rows.first.get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.locator(f"[data-person={d.chief}]")).to_contain_text("全天值班")
    expect(page.locator("#night")).to_contain_text("今夜每个村级站都有人值班")


def test_a_search_finds_a_station_by_its_people(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.url}/duty")
    expect(page.locator("[data-station]")).to_have_count(7)
    page.get_by_role("searchbox").fill("MINGXI-dep")
    expect(page.locator("[data-station]")).to_have_count(1)
    page.get_by_role("searchbox").fill("nobody")
    expect(page.locator("#stations")).to_contain_text("没有匹配的站队")


def test_a_station_gives_leave_and_no_more_on_a_narrow_phone(browser: Browser, desk: Desk) -> None:
    d = desk.story.district
    with window(browser, desk, width=360, height=780) as phone:
        desk.let_in(phone, "songzhai", Role.STATION, d.village)
        phone.goto(f"{desk.url}/duty?lang=en")
        expect(phone.locator("[data-station]")).to_have_count(1)
        station(phone, d.home_station)
        expect(phone.get_by_role("button", name="Leave")).to_have_count(3)
        expect(phone.get_by_role("button", name="Shifts")).to_have_count(0)
        expect(phone.get_by_role("button", name="Take out of service")).to_have_count(0)
        phone.get_by_role("button", name=f"Leave 虚构{d.deputy}").click()
        phone.get_by_role("dialog").get_by_role("button", name="Leave").click()
        expect(phone.locator(f"[data-person={d.deputy}]")).to_contain_text("On leave until")
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_viewer_changes_nothing(browser: Browser, desk: Desk) -> None:
    with window(browser, desk) as shown:
        desk.let_in(shown, "viewer", Role.VIEWER)
        shown.goto(f"{desk.url}/duty")
        station(shown, desk.story.district.home_station)
        expect(shown.locator(f"[data-station={desk.story.district.home_station}] button")).to_have_count(0)
