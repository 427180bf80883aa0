"""The hand-over on the page: the sheet to read to 119 on the telephone, and what 119 said recorded."""

import pytest
from playwright.sync_api import Browser, Page, expect

from api.access import Role
from dispatch.values import EventKind
from tests.browser import Desk, browser, desk, page, window
from tests.sending import send_due_to_centre

__all__ = ["browser", "desk", "page"]
pytestmark = pytest.mark.browser


def test_when_the_line_is_down_the_sheet_is_read_out_and_the_number_written_down(
    page: Page, desk: Desk
) -> None:
    incident = desk.report_fire()
    story = desk.story
    send_due_to_centre(story.database, None, story.clock)
    story.event(story.district.window, EventKind.WINDOW_OPENED)
    page.goto(f"{desk.url}/incidents/{incident['id']}")
    card = page.locator("article")
    expect(card).to_contain_text("未接通119系统，请拨打119")
    expect(page.locator("#timeline")).to_contain_text("报文: 报警(第 1 号)")
    expect(page.locator("main")).not_to_contain_text("FIRE135_HANDOVER_URL")

    card.get_by_role("link", name="电话移交单").click()
    expect(page.get_by_role("heading", name="119 电话移交单")).to_be_visible()
    for words in (
        incident["code"],
        "确认火警",
        "五显镇宋宅村下许里7号",
        "24.770000, 118.190000",
        "WGS 84",
        "二楼住两位老人",
        "2 层",
        "看到浓烟",
        "宋宅村微型消防站",
        "未接通119系统，请拨打119",
    ):
        expect(page.locator("main")).to_contain_text(words)

    page.get_by_role("link", name="返回警情").click()
    card.get_by_role("button", name="登记 119 答复").click()
    page.get_by_label("119 警情编号").fill("119-0007")
    page.get_by_role("dialog").get_by_role("button", name="登记 119 答复").click()

    expect(card).to_contain_text("已受理")
    expect(card).to_contain_text("119 已受理,编号 119-0007,后续情况电话告知")
    expect(card).not_to_contain_text("未接通")
    card.get_by_role("link", name="电话移交单").click()
    expect(page.locator("main")).to_contain_text("119 已受理,编号 119-0007,后续情况电话告知")


def test_the_sheet_needs_no_script_fits_a_telephone_and_speaks_english(browser: Browser, desk: Desk) -> None:
    incident = desk.post("/drills", {"premises_id": desk.story.district.premises})
    with window(browser, desk, width=360, height=780) as page:
        desk.let_in(page, "duty", Role.VIEWER)
        page.route("**/*.js", lambda route: route.abort())

        page.goto(f"{desk.url}/incidents/{incident['id']}/sheet?lang=en")

        expect(page.get_by_text("DRILL: do not really ring 119!")).to_be_visible()
        expect(page.get_by_role("heading", name="Sheet for ringing 119")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.emulate_media(media="print")
        expect(page.get_by_role("link", name="中文")).to_be_hidden()
