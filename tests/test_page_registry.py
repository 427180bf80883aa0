"""The registry page in a real Chromium: found, edited, added, imported; by whom, and what he is told."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from api.access import Role
from store.places import Person, Premises, Station
from tests.browser import Desk, browser, desk, window
from tests.district_files import workbook
from tests.factories import make_premises

__all__ = ["browser", "desk"]
pytestmark = pytest.mark.browser

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A desktop window in which an admin of the whole district has signed in."""
    with window(browser, desk) as opened:
        desk.let_in(opened, "admin", Role.ADMIN)
        yield opened


def tab(page: Page, desk: Desk, kind: str, language: str = "zh") -> None:
    page.goto(f"{desk.url}/registry?tab={kind}&lang={language}")
    expect(page.locator("#rows tbody tr").first).to_be_visible()


def row(page: Page, row_id: str) -> Locator:
    return page.locator(f"[data-row='{row_id}']")


def open_row(page: Page, row_id: str) -> Locator:
    row(page, row_id).locator(".registry-open").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def stored(desk: Desk, kind: type[Any], row_id: str) -> Any:
    with desk.story.database.read() as session:
        return session.get(kind, row_id)


def sheet(*phones: str) -> FilePayload:
    people: list[list[object]] = [
        [f"sheet-{n}", f"虚构{n}", phone, "member", "songzhai"] for n, phone in enumerate(phones)
    ]
    people.insert(0, ["id", "name", "phone", "role", "station_id"])
    book = workbook({"people": people})
    return FilePayload(name="people.xlsx", mimeType=_XLSX, buffer=book)


def test_a_person_is_added_with_a_mistyped_number_which_is_named_at_its_field_and_mended(
    page: Page, desk: Desk
) -> None:
    page.locator("a", has_text="台账").click()
    page.get_by_role("button", name="人员").click()
    page.get_by_role("button", name="新增").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("编号").fill("new-member")
    dialog.get_by_label("名称").fill("虚构新队员")
    dialog.get_by_label("手机").fill("13800138001")
    dialog.get_by_label("职务").select_option("member")
    dialog.get_by_label("所属站队").select_option(desk.story.district.home_station)
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.locator("#fault-phone")).to_contain_text("没有 + 和国家码")
    expect(dialog.get_by_label("手机")).to_be_focused()
    expect(dialog.get_by_label("手机")).to_have_attribute("aria-invalid", "true")
    assert stored(desk, Person, "new-member") is None
    dialog.get_by_label("手机").fill("+8613800138001")
    dialog.get_by_label("手机").press("Enter")
    expect(dialog).to_be_hidden()
    expect(row(page, "new-member")).to_contain_text("宋宅村微型消防站")
    person = stored(desk, Person, "new-member")
    assert (person.phone, person.station_id, person.rank) == ("+8613800138001", "songzhai", 1)


def test_an_id_in_use_overwrites_nobody(page: Page, desk: Desk) -> None:
    d = desk.story.district
    tab(page, desk, "people")
    page.get_by_role("button", name="新增").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("编号").fill(d.chief)
    dialog.get_by_label("名称").fill("别人")
    dialog.get_by_label("手机").fill("+8613800138001")
    dialog.get_by_label("职务").select_option("member")
    dialog.get_by_label("所属站队").select_option(d.next_station)
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.locator("#fault-id")).to_contain_text("这个编号已有人用")
    assert stored(desk, Person, d.chief).station_id == d.home_station


def test_escape_asks_before_it_throws_away_what_was_filled_in(page: Page, desk: Desk) -> None:
    tab(page, desk, "people")
    page.get_by_role("button", name="新增").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("虚构新人")
    for _ in range(2):
        page.keyboard.press("Escape")  # whatever is asked is answered no
        expect(dialog.get_by_label("名称")).to_have_value("虚构新人")
    page.once("dialog", lambda asked: asked.accept())
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_station_is_moved_on_the_map(page: Page, desk: Desk) -> None:
    home = desk.story.district.home_station
    tab(page, desk, "stations")
    dialog = open_row(page, home)
    expect(dialog.get_by_label("纬度")).to_have_value("24.7745")
    place = dialog.locator(".registry-map")
    expect(place.locator(".registry-here .marker-sign")).to_be_visible()
    place.click(position={"x": 120, "y": 60})
    expect(dialog.get_by_label("纬度")).not_to_have_value("24.7745")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_be_hidden()
    moved = stored(desk, Station, home)
    assert 0.0001 < abs(moved.lat - 24.7745) < 0.02
    assert (moved.name, moved.crs) == ("宋宅村微型消防站", "wgs84")


def test_a_position_in_another_datum_far_away_is_refused_at_the_field(page: Page, desk: Desk) -> None:
    tab(page, desk, "premises")
    dialog = open_row(page, desk.story.district.premises)
    dialog.get_by_label("经度").fill("119.19")
    dialog.get_by_label("坐标系").select_option("gcj02")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.locator("#fault-lon")).to_contain_text("公里")
    assert stored(desk, Premises, desk.story.district.premises).lon == 118.19


def test_a_station_is_retired_and_brought_back(page: Page, desk: Desk) -> None:
    home = desk.story.district.home_station
    tab(page, desk, "stations")
    for press, shown, active in (("停用此站", "已停用", False), ("恢复此站", "可出动", True)):
        open_row(page, home).get_by_role("button", name=press).click()
        page.get_by_role("dialog").last.locator("[type=submit]").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(row(page, home)).to_contain_text(shown)
        assert stored(desk, Station, home).active is active


def test_who_edits_what_another_has_changed_meanwhile_notices(page: Page, desk: Desk) -> None:
    premises = desk.story.district.premises
    tab(page, desk, "premises")
    dialog = open_row(page, premises)
    with desk.story.database.begin() as session:
        session.get_one(Premises, premises).notes = "二楼住三位老人"
    dialog.get_by_label("层数").fill("4")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_contain_text("别人改过这一行")
    assert stored(desk, Premises, premises).floors == 3


def test_a_workbook_with_one_bad_row_writes_nothing_and_the_good_one_is_written(
    page: Page, desk: Desk
) -> None:
    tab(page, desk, "people")
    page.get_by_text("导入表格").click()
    files = page.get_by_label("选择文件")
    files.set_input_files(sheet("+8613800138001", "138"))
    expect(page.locator(".import-faults li")).to_have_text(re.compile(r"people:3:phone.*“138”没有 \+"))
    expect(page.get_by_role("button", name="确认写入")).to_have_count(0)
    assert stored(desk, Person, "sheet-0") is None
    files.set_input_files(sheet("+8613800138001", "+8613800138002"))
    expect(page.locator(".import-outcome tbody tr")).to_have_text("people200")
    assert stored(desk, Person, "sheet-0") is None
    page.get_by_role("button", name="确认写入").click()
    expect(page.locator(".import-outcome")).to_contain_text("已写入")
    expect(row(page, "sheet-1")).to_be_visible()
    assert stored(desk, Person, "sheet-1").phone == "+8613800138002"
    files.set_input_files(sheet("+8613800138001", "+8613800138002"))
    expect(page.locator(".import-outcome")).to_contain_text("没有要写的")


def test_a_building_is_found_among_many_by_part_of_its_address(page: Page, desk: Desk) -> None:
    d = desk.story.district
    with desk.story.database.begin() as session:
        for n in range(120):
            make_premises(session, f"house-{n:03}", d.villages[n % 4], address=f"同安区埔头里{n}号")
    tab(page, desk, "premises")
    expect(page.locator("#shown")).to_have_text("已显示 50 条,还有更多")
    page.get_by_role("button", name="再显示一些").click()
    expect(page.locator("#rows tbody tr")).to_have_count(100)
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("HOUSE 埔头里117号")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.locator("#shown")).to_have_text("共 1 条")
    expect(row(page, "house-117")).to_be_visible()
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("HOUSE 埔头里117号")
    expect(row(page, "house-117")).to_be_visible()
    page.get_by_role("searchbox").fill("埔头里")
    page.get_by_label("辖区").select_option(d.village)
    expect(page.locator("#shown")).to_have_text("共 30 条")


def test_a_building_leads_to_its_devices_and_a_new_device_finds_its_building(page: Page, desk: Desk) -> None:
    d = desk.story.district
    tab(page, desk, "premises")
    open_row(page, d.premises).get_by_role("link", name="楼内设备").click()
    expect(page.locator("#only")).to_contain_text(d.premises)
    expect(row(page, d.smoke)).to_contain_text("烟感")
    expect(row(page, d.terminal)).to_have_count(0)
    page.get_by_role("button", name="新增").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("编号", exact=False).first.fill("kitchen")
    dialog.get_by_label("类型").select_option("heat")
    dialog.get_by_label("所在房屋或站队").press_sequentially("下许里")
    expect(dialog.locator(f"datalist option[value={d.premises}]")).to_have_count(1)
    dialog.get_by_label("所在房屋或站队").fill(d.premises)
    dialog.get_by_label("数据格式").select_option("native")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_be_hidden()
    expect(row(page, "kitchen")).to_contain_text("温感")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STATION, Role.DISPATCHER])
def test_who_may_not_edit_reads_only(browser: Browser, desk: Desk, role: Role) -> None:
    d = desk.story.district
    with window(browser, desk) as shown:
        desk.let_in(shown, "reader", role, d.village)
        tab(shown, desk, "people", "en")
        expect(shown.get_by_role("button", name="Add")).to_have_count(0)
        expect(shown.locator("#import")).to_be_hidden()
        expect(row(shown, d.next_chief)).to_have_count(0)
        dialog = open_row(shown, d.chief)
        expect(dialog).to_contain_text("Order of calling")
        expect(dialog.locator("input, select, textarea, [type=submit]")).to_have_count(0)
        if role is Role.VIEWER:
            expect(shown.locator("#rows")).not_to_contain_text(d.phones[d.chief])


def test_on_a_phone_everything_fits_and_a_row_is_edited(browser: Browser, desk: Desk) -> None:
    premises = desk.story.district.premises
    with window(browser, desk, width=360, height=740) as phone:
        desk.let_in(phone, "admin", Role.ADMIN)
        for kind in ("stations", "people", "premises", "devices", "regions"):
            tab(phone, desk, kind, "en")
            assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), kind
        tab(phone, desk, "premises", "en")
        dialog = open_row(phone, premises)
        dialog.get_by_label("Residents").fill("9")
        assert dialog.evaluate("element => element.scrollWidth <= element.clientWidth")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_be_hidden()
    assert stored(desk, Premises, premises).residents == 9
