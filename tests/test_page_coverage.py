"""The coverage page in a real Chromium: what is not reached, what would change, what would help."""

import pytest
from playwright.sync_api import Browser, Page, expect

from api.access import Role
from registry.version import bump_version
from store.places import Boundary
from tests.browser import Desk, browser, desk, page, window
from tests.factories import make_premises

__all__ = ["browser", "desk", "page"]
pytestmark = pytest.mark.browser

_LATE_ZH = "3 分钟内:5 处建筑(28 人)中,3 处(18 人)没有在勤站队能按时到达。"


@pytest.fixture
def hamlet(desk: Desk) -> Desk:
    """Three houses 1.5 km from every station, the last in the middle of its village's border."""
    d = desk.story.district
    square = [[118.14, 24.74], [118.21, 24.74], [118.21, 24.8], [118.14, 24.8], [118.14, 24.74]]
    with desk.story.database.begin() as session:
        for number in range(3):
            lon = 118.173 + number * 0.001
            make_premises(session, f"far-{number}", d.village, lon=lon, lat=24.77, residents=6)
        for code in (d.town, d.village):
            session.add(Boundary(region_code=code, geometry={"type": "Polygon", "coordinates": [square]}))
        bump_version(session)
    return desk


def _open(page: Page, desk: Desk, query: str = "") -> None:
    page.goto(f"{desk.url}/coverage{query}")
    expect(page.locator("#summary")).not_to_be_empty()


def test_the_board_leads_to_who_is_not_reached_in_time(page: Page, hamlet: Desk) -> None:
    page.get_by_role("link", name="覆盖").click()
    expect(page.locator("#summary")).to_contain_text(_LATE_ZH)
    expect(page.locator("#summary")).to_contain_text("尚无路网")
    expect(page.locator("#late-count")).to_have_text("3")
    expect(page.locator("#villages li")).to_have_count(1)
    expect(page.locator("#villages li")).to_contain_text("宋宅村")
    expect(page.locator("#villages li")).to_contain_text("3 处、18 人")
    page.locator("#villages button").click()
    expect(page.locator(".marker-village")).to_have_count(4)
    page.get_by_label("层级").select_option("town")
    expect(page.get_by_label("时限(秒)")).to_have_value("300")
    page.get_by_role("button", name="查看").click()
    expect(page.locator("#summary")).to_contain_text("5 分钟内")
    expect(page.locator(".marker-town")).to_have_count(2)


def test_a_station_is_thought_of_by_a_click_and_the_difference_is_told(page: Page, hamlet: Desk) -> None:
    _open(page, hamlet)
    compute = page.get_by_role("button", name="推演")
    expect(compute).to_be_disabled()
    page.locator("#villages button").click()
    page.get_by_role("button", name="增设站点").click()
    expect(page.get_by_text("请在地图上点选位置")).to_be_visible()
    page.get_by_role("button", name="就在地图中心").click()
    expect(page.locator(".thought li")).to_contain_text("新站 1")
    compute.click()
    expect(page.locator(".difference")).to_contain_text("新增可达: 3 处、18 人")
    expect(page.locator(".difference")).to_contain_text("3 处(18 人)→ 0 处(0 人)")
    page.get_by_label("选择站点").select_option("songzhai")
    page.get_by_role("button", name="撤销该站").click()
    expect(page.locator(".difference")).to_be_hidden()
    compute.click()
    expect(page.locator(".difference")).to_contain_text("不再可达: 1 处、5 人")
    page.get_by_role("button", name="去掉:新站 1").click()
    expect(page.locator(".thought li")).to_have_count(1)
    page.get_by_role("button", name="清除").click()
    expect(page.locator(".thought li")).to_have_count(0)


def test_a_click_on_the_map_says_who_would_be_first(page: Page, hamlet: Desk) -> None:
    _open(page, hamlet)
    page.locator("#villages button").click()
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    page.locator("#map").click()  # its middle
    expect(page.locator(".leaflet-popup")).to_contain_text("far-2民宅")
    expect(page.locator(".leaflet-popup")).to_contain_text("最快:宋宅村微型消防站")


def test_the_best_site_is_found_and_taken(page: Page, hamlet: Desk) -> None:
    _open(page, hamlet)
    page.get_by_role("button", name="最佳选址").click()
    expect(page.locator("#what-if")).to_contain_text("1. 宋宅村: +3 处、18 人")
    expect(page.locator("#what-if")).to_contain_text("已证明是其中最优的组合")
    expect(page.locator(".sign-site")).to_have_count(1)
    page.get_by_role("button", name="把第 1 处作为新站").click()
    page.get_by_role("button", name="推演").click()
    expect(page.locator(".difference")).to_contain_text("新增可达: 3 处、18 人")


def test_without_roads_none_can_be_closed_and_what_fails_is_said(page: Page, hamlet: Desk) -> None:
    _open(page, hamlet)
    expect(page.get_by_role("button", name="封闭道路")).to_be_disabled()
    hamlet.go_away()
    page.get_by_role("button", name="最佳选址").click()
    expect(page.locator("#what-if .fault")).to_be_visible()
    hamlet.come_back()


def test_a_viewer_on_a_small_phone_reads_it_in_english(browser: Browser, hamlet: Desk) -> None:
    with window(browser, hamlet, width=360, height=740) as phone:
        hamlet.let_in(phone, "viewer", Role.VIEWER)
        _open(phone, hamlet, "?lang=en")
        expect(phone.locator("#summary")).to_contain_text(
            "3 (18 residents) are reached in time by no station"
        )
        expect(phone.get_by_role("button", name="Best sites")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
