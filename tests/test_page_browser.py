"""The live page in a real Chromium, over the real app: what a duty officer sees and does."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.access import Role
from store.places import Premises
from store.upkeep import Trouble
from tests.browser import PASSWORD, Desk, browser, desk, page, window

__all__ = ["browser", "desk", "page"]
pytestmark = pytest.mark.browser


def _sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def _cards(page: Page) -> Locator:
    return page.locator("#open article")


def _station(page: Page, name: str) -> Locator:
    return page.locator("#open .station").filter(has_text=name)


def test_a_wrong_password_is_told_and_the_right_one_opens_the_board(browser: Browser, desk: Desk) -> None:
    desk.add_user("duty")
    with window(browser, desk) as page:
        page.goto(desk.url)
        _sign_in(page, "duty", "not the pass phrase")
        expect(page.get_by_role("alert")).to_have_text("用户名或密码不对,请再试。")

        _sign_in(page, "duty", PASSWORD)

        expect(page.locator("#place")).to_have_text("同安区火警值班台")
        expect(page.locator("#open")).to_contain_text("当前没有火警")
        expect(page.locator("#feed")).to_have_text("● 实时")


def test_an_alarm_appears_by_itself_with_a_running_clock_and_who_was_told(page: Page, desk: Desk) -> None:
    expect(page.locator("#feed")).to_have_text("● 实时")

    incident = desk.report_fire()

    card = _cards(page)
    expect(card).to_have_count(1)
    expect(card.locator(".code")).to_have_text(incident["code"])
    expect(card).to_contain_text("五显镇宋宅村下许里7号")
    expect(card).to_contain_text("确认火警")
    expect(card).to_contain_text("人员报警")
    expect(card).to_contain_text("二楼住两位老人")
    expect(_station(page, "宋宅村微型消防站")).to_contain_text("虚构songzhai-chief")
    expect(_station(page, "宋宅村微型消防站").locator(".person").first).to_contain_text("送达")
    clock = card.locator(".ring-clock")
    shown = clock.text_content() or ""
    assert re.fullmatch(r"0:[0-5]\d", shown)
    expect(clock).not_to_have_text(shown)
    expect(card.locator(".ring-mark")).to_have_text(["1", "3", "5"])
    expect(page).to_have_title("(1) 火警处置中")


def test_an_answer_by_sms_and_milestones_appear_without_a_reload(page: Page, desk: Desk) -> None:
    incident = desk.report_fire()
    station = _station(page, "宋宅村微型消防站")
    expect(station.locator(".step-done")).to_have_count(2)

    desk.story.reply(desk.story.district.chief, "1")

    expect(station.locator(".step-done")).to_have_count(3)
    expect(station.locator(".step-done").last).to_contain_text("已应答")
    expect(_cards(page).locator(".goal-met")).to_contain_text("宋宅村微型消防站")
    station.locator("summary").click()
    expect(station.locator(".person-answered")).to_contain_text("马上到")

    report = {"station_id": desk.story.district.home_station, "milestone": "on_scene"}
    desk.post(f"/incidents/{incident['id']}/milestones", report)

    expect(station.locator(".step-done").last).to_contain_text("已到场")


def test_a_drill_says_so_everywhere(page: Page, desk: Desk) -> None:
    desk.post("/drills", {"premises_id": desk.story.district.premises})

    expect(_cards(page).locator(".badge-drill")).to_contain_text("演练")
    expect(page.locator("#map .alarm-code")).to_contain_text("演练")


def test_the_page_speaks_english_when_asked_and_remembers_it(page: Page, desk: Desk) -> None:
    desk.report_fire()

    page.get_by_role("link", name="English").click()

    expect(page.get_by_role("heading", name="Open incidents")).to_be_visible()
    expect(_cards(page)).to_contain_text("Confirmed")
    expect(_cards(page)).to_contain_text("Village answers in 1 min")
    page.goto(desk.url)
    expect(page.get_by_role("heading", name="Past incidents")).to_be_visible()
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", name="历史警情")).to_be_visible()


def test_the_officer_runs_an_incident_from_first_word_to_the_past_list(page: Page, desk: Desk) -> None:
    desk.story.alarm(desk.story.district.smoke)
    expect(_cards(page)).to_contain_text("疑似火警")

    page.get_by_role("button", name="确认火情").click()
    page.get_by_label("依据").fill("现场看到明火")
    page.get_by_role("dialog").get_by_role("button", name="确认火情").click()
    expect(_cards(page)).to_contain_text("确认火警")

    page.get_by_role("button", name="增派站队").click()
    page.get_by_role("dialog").get_by_role("button", name="军营村微型消防站").click()
    expect(_station(page, "军营村微型消防站")).to_contain_text("调度增派")

    _station(page, "五显镇专职消防队").get_by_role("button", name="记录进展").click()
    page.get_by_role("dialog").get_by_text("已出动").click()
    page.get_by_role("button", name="按当前时间记录").click()
    expect(_station(page, "五显镇专职消防队").locator(".step-done").last).to_contain_text("已出动")

    page.get_by_role("button", name="结案").click()
    page.get_by_role("dialog").get_by_text("火灾", exact=True).click()
    page.get_by_label("原因").fill("蜡烛")
    page.get_by_role("dialog").get_by_role("button", name="结案").click()

    expect(_cards(page)).to_have_count(0)
    past = page.locator("#past tbody tr")
    expect(past).to_have_count(1)
    expect(past).to_contain_text("蜡烛")
    past.get_by_role("link").click()
    expect(page.locator("#timeline")).to_contain_text("现场看到明火")
    expect(page.locator("#timeline tbody tr").last).to_contain_text("结案")
    expect(page.locator("#timeline tbody tr").first).to_contain_text("接警立案")
    expect(page.locator("#intervals")).to_contain_text("五显镇专职消防队")
    expect(page.get_by_role("button", name="结案")).to_have_count(0)


def test_a_refusal_is_shown_in_the_dialog_and_nothing_is_lost(page: Page, desk: Desk) -> None:
    incident = desk.report_fire()
    page.get_by_role("button", name="结案").click()
    page.get_by_role("dialog").get_by_text("误报").click()
    desk.post(f"/incidents/{incident['id']}/close", {"disposition": "fire"})

    page.get_by_role("dialog").get_by_role("button", name="结案").click()

    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("already closed as fire")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_past_list_filters(page: Page, desk: Desk) -> None:
    for premises in (desk.story.district.premises, desk.story.district.other_premises):
        incident = desk.report_fire(premises)
        desk.post(f"/incidents/{incident['id']}/close", {"disposition": "false_alarm"})
    drill = desk.post("/drills", {"premises_id": desk.story.district.premises})
    desk.post(f"/incidents/{drill['id']}/close", {"disposition": "other"})
    rows = page.locator("#past tbody tr")
    expect(rows).to_have_count(3)

    page.get_by_label("性质").select_option("true")
    expect(rows).to_have_count(1)

    page.get_by_label("性质").select_option("")
    page.get_by_label("至").fill("2020-01-01")
    expect(rows).to_have_count(0)
    expect(page.locator("#past")).to_contain_text("没有符合条件的警情")


def test_a_reader_gets_no_buttons_and_a_village_only_its_own(browser: Browser, desk: Desk) -> None:
    district = desk.story.district
    desk.report_fire()

    with window(browser, desk) as page:
        desk.let_in(page, "reader", Role.VIEWER)
        expect(_cards(page)).to_have_count(1)
        expect(page.get_by_role("button", name=re.compile("记录进展|结案|增派|确认火情"))).to_have_count(0)
    with window(browser, desk, width=360, height=740) as page:
        desk.let_in(page, "chief", Role.STATION, district.village)
        expect(page.locator("#place")).to_have_text("宋宅村火警值班台")
        expect(page.get_by_role("button", name="记录进展")).to_have_count(1)
        _station(page, "宋宅村微型消防站").get_by_role("button", name="记录进展").click()
        page.get_by_role("button", name="按当前时间记录").click()
        expect(_station(page, "宋宅村微型消防站").locator(".step-done").last).to_contain_text("已应答")


def test_on_a_phone_nothing_is_cut_off(browser: Browser, desk: Desk) -> None:
    desk.report_fire()
    with window(browser, desk, width=360, height=740) as page:
        desk.let_in(page, "duty", Role.DISPATCHER)
        expect(_cards(page)).to_have_count(1)
        expect(page.locator("#times tbody tr")).not_to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == 360

        page.get_by_role("link", name="详情与时间线").click()
        expect(page.locator("#timeline tbody tr")).not_to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_keyboard_alone_is_enough(page: Page, desk: Desk) -> None:
    desk.story.alarm(desk.story.district.smoke)
    expect(_cards(page)).to_have_count(1)
    page.get_by_role("button", name="结案").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="结案")).to_be_focused()

    desk.story.reply(desk.story.district.chief, "1")  # the card is drawn anew under the keyboard

    expect(_cards(page).locator(".goal-met")).to_have_count(1)
    expect(page.get_by_role("button", name="结案")).to_be_focused()


def test_enter_alone_closes_nothing(page: Page, desk: Desk) -> None:
    desk.story.alarm(desk.story.district.smoke)
    page.get_by_role("button", name="结案").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert desk.story.incident().status == "open"


def test_a_card_drawn_anew_under_a_dialog_keeps_the_keyboards_place(page: Page, desk: Desk) -> None:
    desk.story.alarm(desk.story.district.smoke)
    expect(_cards(page)).to_have_count(1)
    page.get_by_role("button", name="结案").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio").first).to_be_focused()
    desk.story.reply(desk.story.district.chief, "1")
    expect(_cards(page).locator(".goal-met")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="结案")).to_be_focused()


def test_the_clock_is_the_servers_on_a_computer_that_is_an_hour_ahead(browser: Browser, desk: Desk) -> None:
    desk.report_fire()
    with window(browser, desk) as page:
        page.add_init_script("const right = Date.now.bind(Date); Date.now = () => right() + 3_600_000;")
        desk.let_in(page, "duty", Role.DISPATCHER)

        expect(_cards(page).locator(".ring-clock")).to_have_text(re.compile(r"^0:[0-5]\d$"))


def _storm(desk: Desk, count: int) -> list[dict[str, Any]]:
    """So many people report fires at places of their own."""
    places = [{"lon": 118.15 + n / 1000, "lat": 24.75, "address": f"虚构路{n}号"} for n in range(count)]
    return [desk.post("/alarms", {**place, "caller": "虚构报警人"}) for place in places]


def test_a_storm_is_lines_with_the_newest_on_top_and_cards_on_demand(page: Page, desk: Desk) -> None:
    codes = [incident["code"] for incident in _storm(desk, 5)]
    lines = page.locator("#rows li")
    expect(lines).to_have_count(5)
    expect(page).to_have_title("(5) 火警处置中")

    desk.story.clock.advance(3)
    newest = desk.report_fire()
    expect(lines).to_have_count(6)

    expect(lines.first).to_contain_text(newest["code"])
    expect(lines.first).to_be_in_viewport()
    expect(lines.first.locator(".tier-part")).not_to_have_count(0)
    open_already = _cards(page).count()
    lines.first.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(_cards(page)).to_have_count(open_already + 1)
    expect(lines.first.get_by_role("button")).to_have_attribute("aria-expanded", "true")
    assert newest["code"] not in codes


def test_a_station_that_moves_is_seen_on_its_line(page: Page, desk: Desk) -> None:
    _storm(desk, 2)
    incident = desk.report_fire()
    line = page.locator("#rows li").filter(has_text=incident["code"])
    expect(line.locator(".tier-part").first).to_contain_text("已送达")

    report = {"station_id": desk.story.district.home_station, "milestone": "on_scene"}
    desk.post(f"/incidents/{incident['id']}/milestones", report)

    expect(line.locator(".tier-part-on_scene")).to_contain_text("✓ 已到场")


def test_what_needs_somebody_stands_on_top_until_it_is_seen_to(page: Page, desk: Desk) -> None:
    needs = page.locator("#needs")
    expect(needs).to_contain_text("暂无需要人工处理的事项")

    desk.story.alarm(desk.story.district.smoke)
    desk.story.clock.advance(31)
    desk.story.send()

    expect(needs.locator(".need-no_answer")).to_contain_text("请直接致电站长")
    needs.get_by_role("link").first.click()
    expect(_cards(page).get_by_role("link", name="详情与时间线")).to_be_in_viewport()

    desk.story.reply(desk.story.district.chief, "1")
    expect(needs).to_contain_text("暂无需要人工处理的事项")


def test_layers_of_the_map_are_switched_and_remembered(page: Page, desk: Desk) -> None:
    village, now = desk.story.district.village, desk.story.clock.now()
    with desk.story.database.begin() as session:
        session.add(Trouble(kind="village_dark", village_code=village, began_at=now))
    page.reload()
    dark = page.locator("#map .map-sign-dark")
    expect(dark).to_have_count(1)
    expect(page.locator("#needs")).to_contain_text("宋宅村大部分设备失联")

    page.get_by_label("全村失联").uncheck()
    expect(dark).to_have_count(0)
    page.reload()
    expect(page.locator("#map .marker")).to_have_count(7)
    expect(dark).to_have_count(0)

    page.get_by_label("不能按时到达").check()
    expect(page.locator("#map-legend")).to_contain_text(re.compile(r"不能按时到达的房屋：\d+ 处"))


def test_the_map_shows_stations_and_incidents_from_our_own_data(page: Page, desk: Desk) -> None:
    expect(page.locator("#map .marker")).to_have_count(7)
    expect(page.locator("#map .marker-village")).to_have_count(4)
    expect(page.locator("#map .map-label")).to_have_text(["莲花镇", "五显镇"])

    incident = desk.report_fire()

    expect(page.locator("#map .alarm-code")).to_have_text(incident["code"])
    expect(page.locator("#map .marker-sent")).not_to_have_count(0)


def test_what_people_typed_is_text_and_never_markup(page: Page, desk: Desk) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    with desk.story.database.begin() as session:
        session.get_one(Premises, desk.story.district.premises).name = hostile
    desk.report_fire()

    expect(_cards(page)).to_contain_text(hostile)
    expect(page.locator("#map .alarm")).to_have_count(1)
    expect(page).to_have_title("(1) 火警处置中")
