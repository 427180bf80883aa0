"""How the page stays fresh in a real Chromium: what it asks for first, what it does without the stream."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from api.access import Role
from tests.browser import Desk, browser, desk, page, window

__all__ = ["browser", "desk", "page"]
pytestmark = pytest.mark.browser

_ASKED_DURING_A_READING = """async () => {
  const { Feed } = await import("/static/js/feed.js");
  const readings = [];
  let asked = [];
  const poll = async ({ deep }) => {
    readings.push(deep);
    if (readings.length === 1) asked = [false, true, false].map((deep) => feed.poll({ deep }));
  };
  const feed = new Feed({ poll, change: () => {} });
  await feed.poll({ deep: false });
  await Promise.all(asked);
  return readings;
}"""


def test_what_is_open_is_asked_for_before_everything_else(browser: Browser, desk: Desk) -> None:
    incident = desk.report_fire()
    asked: list[str] = []
    with window(browser, desk) as page:
        page.on("request", lambda request: asked.append(urlsplit(request.url).path))
        desk.let_in(page, "duty", Role.DISPATCHER)
        expect(page.locator("#map .marker")).to_have_count(7)
        expect(page.locator("#open article")).to_have_count(1)

    told = [path.removeprefix("/api/v1") for path in asked if path.startswith("/api/v1/")]
    told.remove("/stream")
    assert told[0] == "/board/incidents"
    assert told.index(f"/incidents/{incident['id']}") < told.index("/board/stations")


def test_who_asks_during_a_reading_shares_the_next_and_gets_everything_if_anyone_wants_it(page: Page) -> None:
    assert page.evaluate(_ASKED_DURING_A_READING) == [False, True]


def test_old_data_is_said_to_be_old_and_the_page_recovers_by_itself(page: Page, desk: Desk) -> None:
    expect(page.locator("#feed")).to_have_text("● 实时")
    desk.go_away()

    expect(page.locator("#stale")).to_contain_text("数据已旧")
    expect(page.locator("#feed")).to_have_text("■ 数据已旧")

    desk.come_back()
    desk.report_fire()

    expect(page.locator("#open article")).to_have_count(1)
    expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator("#feed")).to_have_text("● 实时")


def test_without_a_stream_the_page_polls_and_says_so(browser: Browser, desk: Desk) -> None:
    with window(browser, desk) as page:
        page.route("**/api/v1/stream", lambda route: route.abort())
        desk.let_in(page, "duty", Role.DISPATCHER)
        expect(page.locator("#stale")).to_contain_text("实时连接中断")

        desk.report_fire()

        expect(page.locator("#open article")).to_have_count(1)
