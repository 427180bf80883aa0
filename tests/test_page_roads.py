"""The roads on the page: whose data they are, and who was ranked how for an incident."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Desk, browser, desk, page
from tests.river import ATTRIBUTION, keeper_of, lay_roads

__all__ = ["browser", "desk", "page"]
pytestmark = pytest.mark.browser


def test_the_timeline_says_who_was_ranked_how_and_the_page_whose_roads_they_are(
    page: Page, desk: Desk, tmp_path: Path
) -> None:
    story = desk.story
    lay_roads(story.database, tmp_path, story.clock.now())
    keeper_of(story).look()
    incident = desk.report_fire()

    page.goto(f"{desk.url}/incidents/{incident['id']}")

    ranked = page.locator("#timeline tr").filter(has_text="站队排序").first
    expect(ranked).to_contain_text("1. 明溪村微型消防站 (5:")
    expect(ranked).to_contain_text("2. 宋宅村微型消防站 (")
    expect(ranked).to_contain_text("✓ 已派")
    expect(ranked).to_contain_text("⚠ 3:00内无站队可到达，最快5:")
    expect(page.locator("footer.attribution")).to_have_text(f"道路数据：{ATTRIBUTION}")


def test_a_page_without_roads_names_no_source(page: Page, desk: Desk) -> None:
    expect(page.locator("#place")).to_be_visible()
    expect(page.locator("footer.attribution")).to_have_count(0)
