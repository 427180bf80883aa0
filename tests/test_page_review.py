"""The response review in a real Chromium: from the month to the incident behind a figure, and on paper."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from api.access import Role
from tests.browser import Desk, browser, desk, page, window
from tests.history import make_past_assignment, make_past_incident

__all__ = ["browser", "desk", "page"]
pytestmark = pytest.mark.browser

_HOME_RESPONSES_S = (100, 110, 120, 130, 140, 150, 160, 170, 170, 175, 200, 260)  # P90 by nearest rank: 200


@pytest.fixture
def reviewed(desk: Desk) -> Desk:
    """Twelve fires at home in the last month, one next door, and what is left out of the figures."""
    d = desk.story.district
    opened_at = _last_month(desk)
    with desk.story.database.begin() as session:
        for number, seconds in enumerate(_HOME_RESPONSES_S):
            incident = make_past_incident(session, d, opened_at=opened_at + timedelta(hours=number))
            incident.place_name = f"{seconds}秒民宅"
            make_past_assignment(session, incident, d.home_station, notified=1, on_scene=seconds)
        make_past_assignment(session, incident, d.town_team, "town", notified=1)
        other = make_past_incident(session, d, village=d.next_village, opened_at=opened_at)
        make_past_assignment(session, other, d.next_station, notified=0, on_scene=90)
        false_alarm = make_past_incident(session, d, opened_at=opened_at, disposition="false_alarm")
        false_alarm.cause = "油烟"
        drill = make_past_incident(session, d, opened_at=opened_at, drill=True)
        make_past_assignment(session, drill, d.home_station, notified=1, on_scene=60)
    return desk


def _last_month(desk: Desk) -> datetime:
    """Noon of the last month's tenth day, in the district."""
    now = desk.story.clock.now().astimezone(desk.story.setup.zone)
    return (now.replace(day=1) - timedelta(days=1)).replace(day=10, hour=12, minute=0)


def _month(desk: Desk) -> str:
    return f"{_last_month(desk):%Y-%m}"


def _open(page: Page, desk: Desk, **query: str) -> None:
    """Look at the last month."""
    last = _last_month(desk)
    end = (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    given = {"from": f"{last:%Y-%m}-01", "to": f"{end:%Y-%m-%d}"} | query
    page.goto(f"{desk.url}/review?" + "&".join(f"{name}={value}" for name, value in given.items()))
    expect(page.locator("#figures tbody").first).to_be_visible()


def _rows_of(page: Page, name: str) -> Locator:
    """The rows of one group, a tier each."""
    return page.locator("#figures tbody", has=page.locator(".group-name", has_text=name)).locator("tr")


def _title(page: Page) -> Locator:
    return page.locator("dialog.behind h2")


def test_a_district_officer_goes_from_the_month_to_the_incident_behind_a_figure(
    page: Page, reviewed: Desk
) -> None:
    page.get_by_role("link", name="复盘").click()
    expect(page.locator("#figures")).to_contain_text("这段时间这里没有出动记录")  # this month
    page.get_by_role("link", name="上月").click()
    page.get_by_role("link", name="同安区").click()
    expect(page.locator("#scope")).to_have_text("同安区 · 到场(全程)")
    expect(page.locator("#scope")).to_be_focused()
    expect(_rows_of(page, "莲花镇")).to_have_text(re.compile("没有记录"))
    page.get_by_role("link", name="五显镇").click()
    expect(_rows_of(page, "明溪村")).to_contain_text(["△ 样本少"])
    home = _rows_of(page, "宋宅村").first
    expect(home).to_contain_text("村居站")
    expect(home).to_contain_text("2:303:20 ✕ 未达标")
    expect(home).to_contain_text("83.3% 10/12 · 超时 2")
    home.get_by_role("link", name="3:20").click()
    expect(_title(page)).to_have_text("宋宅村 · 村居站 · 到场(全程) 不短于 3:20 · 2 条记录")
    lines = page.locator("dialog.behind tbody tr")
    expect(lines).to_contain_text(["260秒民宅", "200秒民宅"])
    expect(lines.first).to_contain_text("4:20 ✕ 超时 1:20")
    lines.first.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/incidents/past-"))
    page.go_back()
    expect(_title(page)).to_contain_text("2 条记录")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.behind")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("behind="))
    page.locator("#breadcrumb").get_by_role("link", name="同安区").click()
    expect(_rows_of(page, "五显镇").first).to_be_visible()
    page.go_back()
    expect(_rows_of(page, "宋宅村").first).to_be_visible()


def test_figures_of_another_period_lead_nowhere_until_those_asked_for_are_there(
    page: Page, reviewed: Desk
) -> None:
    _open(page, reviewed)
    kept: list[Route] = []

    def keep(route: Route) -> None:
        kept.append(route)

    page.route("**/api/v1/reports/review?*", keep, times=1)
    page.get_by_role("link", name="今年").click()
    expect(page.locator("#review section").first).to_have_attribute("inert", "")
    kept.pop().continue_()
    expect(page.locator("#review section").first).not_to_have_attribute("inert", "")
    expect(page.locator("#figures tbody").first).to_be_visible()


def test_a_village_lists_its_incidents_and_what_lacks_a_time_is_never_zero(
    page: Page, reviewed: Desk
) -> None:
    _open(page, reviewed, region=reviewed.story.district.village)
    expect(page.locator("#figures .records tbody tr")).to_have_count(13)
    town = page.locator("#figures .whole tr", has_text="镇队")
    expect(town.locator("td")).to_have_text(["0", "1", "—", "—", "—", "5 分钟"])
    town.get_by_role("link", name="1", exact=True).click()
    expect(_title(page)).to_contain_text("缺时间节点 · 1 条记录")
    expect(page.locator("dialog.behind tbody tr")).to_contain_text("缺:已到场")


def test_a_sent_link_opens_the_records_and_closing_them_stays_on_the_page(page: Page, reviewed: Desk) -> None:
    _open(page, reviewed, behind="left_out%3Ddrill")
    expect(_title(page)).to_have_text("未计入:演练 · 1 条记录")
    page.get_by_role("button", name="关闭").click()
    expect(page).not_to_have_url(re.compile("behind="))
    expect(page.locator("#left-out")).to_contain_text("演练 1")


def test_every_picture_is_a_table_too_and_its_columns_open_their_records(page: Page, reviewed: Desk) -> None:
    _open(page, reviewed)
    expect(page.locator("#spread canvas")).to_have_count(1)  # no town record is measured
    expect(page.locator("#months canvas")).to_have_count(2)
    page.locator("#spread summary").click()
    over = page.locator("#spread tr", has_text="3:00 以上至")
    expect(over).to_be_visible()
    page.locator("#months .u-over").first.click()
    expect(_title(page)).to_contain_text(f"村居站 · {_month(reviewed)} · 13 条记录")


def test_another_interval_and_tier_stand_in_the_address_and_back_undoes_them(
    page: Page, reviewed: Desk
) -> None:
    _open(page, reviewed)
    page.get_by_role("combobox", name="区间").select_option("handling")
    expect(page.locator("#scope")).to_contain_text("处理")
    page.get_by_role("combobox", name="层级").select_option("town")
    expect(page.locator("#figures .whole tr")).to_have_count(1)
    expect(page.locator("#figures .whole tr")).to_contain_text("镇队")
    expect(page).to_have_url(re.compile("interval=handling&tier=town"))
    page.go_back()
    expect(page.locator("#figures .whole tr")).to_have_count(2)
    page.get_by_label("至(含)").fill("2020-01-01")
    page.get_by_label("至(含)").blur()
    expect(page).not_to_have_url(re.compile("2020"))  # it would end before it begins


def test_stations_are_compared_and_false_alarms_have_their_causes(page: Page, reviewed: Desk) -> None:
    _open(page, reviewed)
    page.locator("#stations").get_by_text("宋宅村微型消防站").wait_for()
    expect(page.locator("#stations tr", has_text="宋宅村微型消防站")).to_contain_text("无可比")
    expect(page.locator("#false")).to_contain_text("已结案真实警情 14 起,其中 误报 1 起 (7.1%)")
    page.locator("#false tr", has_text="油烟").get_by_role("link").click()
    expect(_title(page)).to_have_text("误报 · 油烟 · 1 条记录")


def test_the_response_log_is_downloaded_for_the_period_and_region(page: Page, reviewed: Desk) -> None:
    d = reviewed.story.district
    _open(page, reviewed, region=d.next_village)
    with page.expect_download() as csv:
        page.get_by_role("link", name="导出 CSV").click()
    assert re.fullmatch(rf"responses_.*_{d.next_village}\.csv", csv.value.suggested_filename)
    written = Path(csv.value.path()).read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    assert written.decode("utf-8-sig").count("\n") == 2
    assert "明溪村" in written.decode("utf-8-sig")
    with page.expect_download() as xlsx:
        page.get_by_role("link", name="导出 Excel").click()
    assert xlsx.value.suggested_filename.endswith(".xlsx")


def test_the_monthly_report_is_words_and_tables_without_any_script(page: Page, reviewed: Desk) -> None:
    _open(page, reviewed, region=reviewed.story.district.town)
    page.get_by_role("link", name="月报(可打印)").click()
    expect(page.locator("h1")).to_contain_text("五显镇")
    expect(page.locator(".sentence").first).to_contain_text("14")
    expect(page.locator("script")).to_have_count(0)
    expect(page.locator("section[aria-labelledby=children] tbody")).to_contain_text(["明溪村", "宋宅村"])
    expect(page.locator("section[aria-labelledby=worst] tbody tr").first).to_contain_text("4:20 ✕")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_contain_text("Monthly response report")
    expect(page.locator("h1")).to_contain_text("五显镇")
    page.get_by_role("link", name=re.compile("^← 20")).click()
    expect(page.locator("section[aria-labelledby=tiers]")).to_contain_text("No records")
    page.get_by_role("link", name="Back to the review").click()
    expect(page.locator("#figures")).to_contain_text("No station was sent here in this period")


def test_a_town_sees_itself_only_on_a_small_phone_in_english(browser: Browser, reviewed: Desk) -> None:
    d = reviewed.story.district
    with window(browser, reviewed, width=360, height=740) as phone:
        reviewed.let_in(phone, "town", Role.VIEWER, d.town)
        _open(phone, reviewed, lang="en")
        expect(phone.locator("#scope")).to_have_text("五显镇 · Response")
        expect(phone.locator("#breadcrumb a")).to_have_count(0)
        expect(phone.locator("#figures .group-name")).to_have_count(3)
        expect(phone.locator("#figures")).to_contain_text("2 late")
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        phone.get_by_role("link", name="2 late").first.click()
        expect(phone.locator("dialog.behind tbody tr")).to_have_count(2)
        phone.keyboard.press("Escape")
        switch = phone.get_by_role("link", name="中文")
        expect(switch).to_have_attribute("href", re.compile("from="))
        switch.click()
        expect(phone.locator("#scope")).to_have_text("五显镇 · 到场(全程)")


def test_what_the_server_cannot_say_is_said(page: Page, reviewed: Desk) -> None:
    _open(page, reviewed)
    reviewed.go_away()
    page.get_by_role("combobox", name="区间").select_option("travel")
    expect(page.locator("#fault")).to_have_text("服务器没有应答,请再试一次。")
    reviewed.come_back()
    expect(page.locator("#scope")).to_contain_text("行驶")  # the poll reads it
    expect(page.locator("#fault")).to_be_empty()
