"""Users, one's own account, the access log and numbers that are asked for, in a real Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.access import Role
from dispatch.supervision import TroubleKind
from store.upkeep import Trouble
from tests.browser import PASSWORD, Desk, browser, desk, window

__all__ = ["browser", "desk"]
pytestmark = pytest.mark.browser


@pytest.fixture
def admin(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A desktop window on the users page, for an admin of every region."""
    with window(browser, desk) as opened:
        desk.let_in(opened, "admin-a", Role.ADMIN)
        opened.goto(f"{desk.url}/users")
        yield opened


def _dialog(page: Page) -> Locator:
    return page.get_by_role("dialog").last


def _add(page: Page, name: str, role: str, region: str) -> str:
    """Fill in the form for a new user; gives the temporary password."""
    page.get_by_role("button", name="新增用户").click()
    _dialog(page).get_by_label("名称").fill(name)
    _dialog(page).get_by_label(re.compile(role)).check(force=True)
    _dialog(page).locator("select").select_option(region)
    _dialog(page).get_by_role("button", name="保存").click()
    password = page.locator("[data-secret]").inner_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    return password


def _fill_in(page: Page, desk: Desk, name: str, password: str) -> None:
    page.goto(f"{desk.url}/sign-in")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def test_a_new_user_signs_in_with_what_was_read_out_and_must_choose_his_own_password(
    admin: Page, browser: Browser, desk: Desk
) -> None:
    temporary = _add(admin, "宋宅站", "站队", desk.story.district.village)
    row = admin.locator('[data-user="宋宅站"]')
    expect(row).to_contain_text("宋宅村")
    expect(row).to_contain_text("临时密码")

    with window(browser, desk, width=360, height=740) as phone:
        _fill_in(phone, desk, "宋宅站", temporary)
        expect(phone.get_by_role("alert").first).to_contain_text("临时密码")
        phone.goto(f"{desk.url}/devices")
        expect(phone).to_have_url(f"{desk.url}/account")
        phone.get_by_label("当前密码").fill(temporary)
        phone.get_by_label("新密码(至少 8 位)").fill(PASSWORD)
        phone.get_by_label("再输一次新密码").fill(PASSWORD)
        phone.get_by_role("button", name="修改密码").click()
        expect(phone).to_have_url(f"{desk.url}/")

    admin.reload()
    expect(row).not_to_contain_text("临时密码")
    expect(row).to_contain_text("1 处登录")


def test_a_locked_user_is_out_at_once_and_the_form_says_whom_to_ask(
    admin: Page, browser: Browser, desk: Desk
) -> None:
    desk.add_user("duty")
    with window(browser, desk) as officer:
        _fill_in(officer, desk, "duty", PASSWORD)
        expect(officer).to_have_url(f"{desk.url}/")
        officer.goto(f"{desk.url}/account")  # a board would go on asking, and the browser report each refusal
        expect(officer.locator("#account")).to_contain_text("duty")
        admin.reload()
        row = admin.locator('[data-user="duty"]')

        row.get_by_role("button", name="锁定").click()
        _dialog(admin).get_by_role("button", name="锁定").click()

        expect(row).to_contain_text("已锁定")
        officer.goto(f"{desk.url}/devices")
        expect(officer).to_have_url(f"{desk.url}/sign-in")
        _fill_in(officer, desk, "duty", PASSWORD)
        expect(officer.get_by_role("alert")).to_contain_text("联系管理员")


def test_the_last_admin_cannot_remove_himself(admin: Page) -> None:
    admin.locator('[data-user="admin-a"]').get_by_role("button", name="停用").click()
    _dialog(admin).get_by_role("button", name="停用").click()

    expect(_dialog(admin).get_by_role("alert")).to_contain_text("last admin")


def test_a_token_is_shown_once_and_revoked(admin: Page) -> None:
    admin.get_by_role("button", name="新建令牌").click()
    _dialog(admin).get_by_label("名称").fill("119 中心")
    _dialog(admin).get_by_role("button", name="保存").click()
    secret = admin.locator("[data-secret]").inner_text()
    admin.keyboard.press("Escape")
    row = admin.locator('[data-token="119 中心"]')

    expect(row).to_be_visible()
    expect(admin.locator("main")).not_to_contain_text(secret)
    row.get_by_role("button", name="撤销").click()
    _dialog(admin).get_by_role("button", name="撤销").click()
    expect(row).to_have_count(0)
    admin.get_by_label("显示已停用的").check()
    expect(row).to_contain_text("撤销")


def test_a_number_is_masked_until_it_is_asked_for_and_the_log_says_who_asked(
    admin: Page, browser: Browser, desk: Desk
) -> None:
    district = desk.story.district
    now = desk.story.clock.now()
    with desk.story.database.begin() as session:
        kind, village = TroubleKind.LOW_BATTERY, district.village
        session.add(Trouble(kind=kind, device_id=district.smoke, village_code=village, began_at=now))
    with window(browser, desk) as officer:
        desk.let_in(officer, "duty-b", Role.DISPATCHER)
        officer.goto(f"{desk.url}/devices")
        care = officer.locator(".trouble")
        expect(care).to_contain_text("****")

        care.get_by_role("button", name="显示").click()

        whole = district.phones[district.building_leader]
        expect(care.get_by_role("link", name=whole)).to_have_attribute("href", f"tel:{whole}")
    admin.goto(f"{desk.url}/access-log")
    seen = admin.locator('[data-view="trouble"]')
    expect(seen).to_contain_text("duty-b")
    expect(seen).not_to_contain_text(whole)
    admin.get_by_role("button", name="查询").click()
    expect(admin.locator('[data-view="access_log"]').first).to_contain_text("admin-a")


def test_the_numbers_of_an_open_incident_come_by_one_click(browser: Browser, desk: Desk) -> None:
    incident = desk.report_fire()
    district = desk.story.district
    with window(browser, desk) as officer:
        desk.let_in(officer, "duty-b", Role.DISPATCHER)
        officer.goto(f"{desk.url}/incidents/{incident['id']}")

        officer.get_by_role("button", name="联系电话").click()

        dialog = _dialog(officer)
        expect(dialog).to_contain_text("已记入访问记录")
        chief = district.phones[district.chief]
        expect(dialog.get_by_role("link", name=chief)).to_have_attribute("href", f"tel:{chief}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_nothing_is_cut_off(browser: Browser, desk: Desk, language: str) -> None:
    with window(browser, desk, width=360, height=740) as page:
        desk.let_in(page, "admin-a", Role.ADMIN)
        for path in ("users", "access-log", "account"):
            page.goto(f"{desk.url}/{path}?lang={language}")
            expect(page.locator("h1")).to_be_visible()
            expect(page.locator("#users tr, #events tr, #account p").first).to_be_attached()
            wide = "[document.documentElement].every((one) => one.scrollWidth <= one.clientWidth)"
            assert page.evaluate(wide), path
        page.goto(f"{desk.url}/users")
        page.locator("#add-user").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert page.evaluate("document.querySelector('dialog').scrollWidth <= 360")
