"""The devices page in a real Chromium: what IT staff, installers and duty officers see and do."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.access import Role
from dispatch import commissioning
from dispatch.modes import Mode
from dispatch.supervision import TroubleKind
from dispatch.values import EventKind
from ingest.formats import parse_sources
from ingest.pipeline import Pipeline
from ingest.reading import Message
from store.upkeep import Trouble
from tests.browser import Desk, browser, desk, page, window

__all__ = ["browser", "desk", "page"]
pytestmark = pytest.mark.browser

_HOUR = timedelta(hours=1)
_BUDGET_SMOKE = (
    "zigbee2mqtt/0x00158d0001e5a3b7",
    b'{"smoke": true, "battery": 97, "name": "<b>kitchen</b>"}',
)
_UNKNOWN = "zigbee2mqtt:0x00158d0001e5a3b7"


@pytest.fixture
def installer(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A desktop window on the devices page, for somebody who may do everything."""
    with window(browser, desk) as opened:
        desk.let_in(opened, "installer", Role.ADMIN)
        opened.goto(f"{desk.url}/devices")
        yield opened


def _trouble(desk: Desk, kind: TroubleKind, device_id: str | None, village: str, **given: object) -> int:
    now = desk.story.clock.now()
    values = {"kind": kind, "device_id": device_id, "village_code": village, "began_at": now} | given
    with desk.story.database.begin() as session:
        row = Trouble(**values)
        session.add(row)
        session.flush()
        return row.id


def _maintain(desk: Desk, device_id: str, lasts: timedelta = _HOUR) -> None:
    now = desk.story.clock.now()
    with desk.story.database.begin() as session:
        commissioning.set_mode(
            session, device_id, Mode.MAINTENANCE, now + lasts, "换电池", actor="虚构安装员", now=now
        )


def _say(desk: Desk, topic: str, payload: bytes) -> None:
    """A device is heard as by MQTT."""
    story = desk.story
    pipeline = Pipeline(
        story.database, story.setup, parse_sources("all"), now=story.clock.now, on_queued=story.send
    )
    pipeline.gather(Message(topic, payload), None)
    pipeline.settle()
    pipeline.tick()


def _rows(page: Page) -> Locator:
    return page.locator("#worklist .trouble")


def _dialog(page: Page, name: str | None = None) -> Locator:
    """The dialog of this name; without one the dialog on top."""
    return page.get_by_role("dialog", name=name, exact=True) if name else page.get_by_role("dialog").last


def test_the_worst_village_comes_first_and_a_gateway_is_one_line_with_its_devices(
    installer: Page, desk: Desk
) -> None:
    district, now = desk.story.district, desk.story.clock.now()
    village, next_village = district.villages[:2]
    _trouble(desk, TroubleKind.LOW_BATTERY, district.window, next_village, began_at=now - 50 * _HOUR)
    _trouble(desk, TroubleKind.LOW_BATTERY, district.call_point, village, began_at=now - 3 * _HOUR)
    gateway = _trouble(desk, TroubleKind.GATEWAY_DOWN, district.gateway, village, began_at=now - 2 * _HOUR)
    _trouble(desk, TroubleKind.OFFLINE, district.smoke, village, part_of_id=gateway)

    installer.reload()

    expect(installer.locator("#worklist .village > summary strong")).to_have_text(["宋宅村", "明溪村"])
    expect(_rows(installer).locator(".trouble-kind")).to_have_text(["网关失联", "电量低", "电量低"])
    first = _rows(installer).first
    expect(first).to_contain_text("五显镇宋宅村下许里7号")
    expect(first).to_contain_text("已持续 2小时")
    expect(first).to_contain_text("虚构songzhai-leader")
    first.get_by_role("button", name=re.compile("^显示")).click()
    expect(first.get_by_role("link")).to_have_attribute("href", re.compile(r"^tel:\+86138"))
    expect(first.get_by_role("button", name=district.smoke, exact=True)).to_be_hidden()
    first.get_by_text("受影响设备 5 台").click()
    expect(first.get_by_role("button", name=district.smoke, exact=True)).to_be_visible()


def test_who_takes_a_trouble_is_seen_by_everyone_and_a_folded_village_stays_folded(
    installer: Page, browser: Browser, desk: Desk
) -> None:
    district = desk.story.district
    _trouble(desk, TroubleKind.LOW_BATTERY, district.smoke, district.village)
    with window(browser, desk) as other:
        desk.let_in(other, "duty", Role.DISPATCHER)
        other.goto(f"{desk.url}/devices")
        expect(_rows(other)).to_have_count(1)
        other.locator("#worklist summary").first.click()
        installer.reload()

        installer.get_by_role("button", name="我来处理").click()
        _dialog(installer).get_by_label("备注").fill("明天上门换电池")
        _dialog(installer).get_by_role("button", name="我来处理").click()

        expect(_rows(installer)).to_contain_text("installer 处理中")
        expect(_rows(installer)).to_contain_text("明天上门换电池")
        expect(_rows(other)).to_contain_text("installer 处理中")
        expect(_rows(other)).to_be_hidden()


def test_a_trouble_appears_without_a_reload_when_a_device_speaks(installer: Page, desk: Desk) -> None:
    expect(installer.locator("#worklist")).to_contain_text("所有设备正常")
    expect(installer.locator("#feed")).to_have_text("● 实时")
    district = desk.story.district

    _trouble(desk, TroubleKind.TAMPER, district.smoke, district.village)
    desk.story.event(district.smoke, EventKind.TAMPER)

    expect(_rows(installer)).to_contain_text("被拆动")
    expect(installer.locator("#worklist-count")).to_have_text("1")


def test_an_unknown_device_is_bound_and_its_witnessed_test_is_seen_as_it_happens(
    installer: Page, desk: Desk
) -> None:
    expect(installer.locator("#unknown")).to_contain_text("没有未登记的设备")
    _say(desk, *_BUDGET_SMOKE)
    row = installer.locator("#unknown li")
    expect(row).to_contain_text("0x00158d0001e5a3b7")
    expect(row.locator(".heard")).to_have_text(_BUDGET_SMOKE[1].decode())
    expect(row).to_contain_text("设备报警")
    desk.story.close()

    row.get_by_role("button", name="登记安装位置").click()
    dialog = _dialog(installer)
    dialog.get_by_label("查找房屋").fill("下许里")
    expect(dialog.get_by_role("radio", name="下许里7号")).to_be_checked()
    dialog.get_by_text("烟感", exact=True).click()
    dialog.get_by_label("楼层").fill("1")
    dialog.get_by_label("房间").fill("厨房")
    dialog.get_by_label("新编号").fill("smoke-kitchen")
    dialog.get_by_role("button", name="登记安装位置").click()

    expect(installer.get_by_role("dialog", name="smoke-kitchen")).to_contain_text("烟感 · 1 层 · 厨房")
    expect(installer.locator("#unknown")).to_contain_text("没有未登记的设备")
    installer.get_by_role("button", name="开始见证测试").click()
    test = installer.locator(".test")
    expect(test).to_contain_text("请按设备的测试键")
    expect(installer.locator("#modes")).to_contain_text("smoke-kitchen")

    desk.story.event("smoke-kitchen", EventKind.TEST)

    expect(test.locator(".step-done")).to_have_count(4)
    expect(test.locator(".test-outcome")).to_have_text(re.compile(r"^通过:设备发声后 [\d.]+ 秒手机收到$"))
    assert any("测试" in text for text in desk.story.texts(desk.story.district.chief))
    assert not [one for one in desk.story.incidents() if one.status == "open"]


def test_a_test_without_a_word_is_not_passed(installer: Page, desk: Desk) -> None:
    smoke = desk.story.district.smoke
    installer.get_by_label("设备编号").fill(smoke)
    installer.keyboard.press("Enter")
    installer.get_by_role("button", name="开始见证测试").click()
    expect(installer.locator(".test")).to_contain_text("测试窗口还剩")

    desk.story.clock.advance(11 * 60)

    expect(installer.locator(".test-outcome")).to_have_text("未通过:窗口内没有收到设备的消息")


def test_a_device_that_nobody_knows_is_said_so(installer: Page) -> None:
    installer.get_by_label("设备编号").fill("no-such-device")
    installer.get_by_role("button", name="查看").click()

    expect(_dialog(installer).get_by_role("alert")).to_contain_text("no-such-device")


def test_maintenance_has_an_owner_an_end_and_a_banner_on_both_pages_until_it_is_ended(
    installer: Page, desk: Desk
) -> None:
    smoke = desk.story.district.smoke
    installer.get_by_label("设备编号").fill(smoke)
    installer.keyboard.press("Enter")
    installer.get_by_role("button", name="设为测试或维护").click()
    _dialog(installer).get_by_text("维护", exact=True).click()
    _dialog(installer).get_by_label("原因").fill("换电池")
    _dialog(installer).get_by_role("button", name="设为测试或维护").click()
    expect(_dialog(installer, smoke)).to_contain_text("维护 · installer")
    installer.keyboard.press("Escape")

    banner = installer.locator("#modes")
    expect(banner).to_contain_text("维护 · 五显镇宋宅村下许里7号")
    expect(banner).to_contain_text("负责人:installer · 换电池")
    expect(banner.locator("time")).to_have_text(re.compile(r"^59分钟[\d]+秒"))
    installer.goto(desk.url)
    line = installer.locator("#modes")
    expect(line).to_contain_text("1 台设备在测试或维护中")

    line.click()
    installer.get_by_role("button", name="现在结束").click()

    expect(installer.locator("#modes")).to_be_hidden()
    installer.goto(desk.url)
    expect(installer.locator("#feed")).to_have_text("● 实时")
    expect(installer.locator("#modes")).to_be_hidden()


def test_a_mode_that_has_run_out_leaves_the_board_by_itself(page: Page, desk: Desk) -> None:
    _maintain(desk, desk.story.district.smoke)
    page.reload()
    expect(page.locator("#modes")).to_be_visible()

    desk.story.clock.advance(61 * 60)

    expect(page.locator("#modes")).to_be_hidden()


def test_replaced_hardware_keeps_the_device(installer: Page, desk: Desk) -> None:
    smoke = desk.story.district.smoke
    installer.get_by_label("设备编号").fill(smoke)
    installer.keyboard.press("Enter")
    installer.get_by_role("button", name="更换设备").click()
    _dialog(installer).get_by_label("新设备的原始编号").fill("0x00158d00deadbeef")
    _dialog(installer).get_by_role("button", name="更换设备").click()

    expect(_dialog(installer, smoke)).to_contain_text("zigbee2mqtt · 0x00158d00deadbeef")


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, set()),
        (Role.STATION, {"我来处理", "开始见证测试"}),
        (Role.DISPATCHER, {"我来处理", "开始见证测试", "设为测试或维护", "现在结束"}),
    ],
)
def test_everyone_has_the_buttons_of_his_role(
    browser: Browser, desk: Desk, role: Role, may: set[str]
) -> None:
    district = desk.story.district
    _trouble(desk, TroubleKind.LOW_BATTERY, district.smoke, district.village)
    _maintain(desk, district.smoke)
    _say(desk, *_BUDGET_SMOKE)
    every = ("我来处理", "开始见证测试", "设为测试或维护", "现在结束", "登记安装位置", "更换设备")
    with window(browser, desk) as page:
        desk.let_in(page, "somebody", role, district.village)
        page.goto(f"{desk.url}/devices")
        expect(page.locator("#modes")).to_contain_text("维护")
        page.locator(".trouble .link").click()
        expect(page.get_by_role("dialog")).to_contain_text("烟感")

        assert {name for name in every if page.locator("button", has_text=name).count()} == may


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_nothing_is_cut_off(browser: Browser, desk: Desk, language: str) -> None:
    district = desk.story.district
    _trouble(desk, TroubleKind.GATEWAY_DOWN, district.gateway, district.village)
    _trouble(desk, TroubleKind.VILLAGE_DARK, None, district.next_village)
    _maintain(desk, district.smoke)
    _say(desk, "zigbee2mqtt/" + "kitchen" * 20, b'{"smoke": true}')
    with window(browser, desk, width=360, height=740) as page:
        desk.let_in(page, "installer", Role.ADMIN)
        page.goto(f"{desk.url}/devices?lang={language}")
        expect(_rows(page)).to_have_count(2)
        assert _is_whole(page)

        for opens in (page.locator("#unknown button"), page.locator(".trouble .link").first):
            opens.click()
            expect(page.get_by_role("dialog")).to_be_visible()
            expect(page.locator("dialog input[name=premises_id], dialog dl").first).to_be_visible()
            assert _is_whole(page)
            page.keyboard.press("Escape")

        page.goto(desk.url)
        expect(page.locator("#modes")).to_be_visible()
        expect(page.locator("#needs")).to_contain_text("kitchen" * 20)
        assert _is_whole(page)


def test_what_a_device_said_is_text_and_never_markup(installer: Page, desk: Desk) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    _say(desk, "zigbee2mqtt/kitchen", json.dumps({"smoke": True, "note": hostile}).encode())

    expect(installer.locator(".heard")).to_contain_text("<img src=x")
    expect(installer.locator("#unknown img")).to_have_count(0)


def test_the_keyboard_keeps_its_place_while_the_lists_change(installer: Page, desk: Desk) -> None:
    district = desk.story.district
    _trouble(desk, TroubleKind.LOW_BATTERY, district.smoke, district.village)
    installer.reload()
    expect(_rows(installer)).to_have_count(1)
    installer.locator("#worklist summary").first.focus()
    installer.keyboard.press("Tab")
    installer.keyboard.press("Tab")
    installer.keyboard.press("Tab")
    expect(installer.get_by_role("button", name="我来处理")).to_be_focused()

    _trouble(desk, TroubleKind.TAMPER, district.window, district.village)
    desk.story.event(district.window, EventKind.TAMPER)

    expect(_rows(installer)).to_have_count(2)
    expect(_rows(installer).last.get_by_role("button", name="我来处理")).to_be_focused()


def _is_whole(page: Page) -> bool:
    """Nothing reaches beyond the screen's edge, and no dialog scrolls sideways."""
    wide = "[document.documentElement, ...document.querySelectorAll('dialog')]"
    return bool(page.evaluate(f"{wide}.every((one) => one.scrollWidth <= one.clientWidth)"))
