"""Every page before axe-core, on a desk and on a phone, in both languages: no serious fault.

A page that is added to the routes is looked at without anybody adding it here.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, Page, expect

from api.access import Role
from api.page.routes import router
from benchmarks.page import INCIDENT, PAGES
from tests.browser import Desk, browser, desk, window

__all__ = ["browser", "desk"]
pytestmark = pytest.mark.browser

_ADDRESSES = sorted(route.path for route in router.routes if isinstance(route, APIRoute))
#: Pages that a script fills, by what it puts there first.
_FILLED = PAGES | {"/incidents/{incident_id}": PAGES[INCIDENT]}
#: What axe-core calls these keeps somebody from using the page; milder ones are advice.
_SERIOUS = ("serious", "critical")


def _faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for fault in found
        if fault["impact"] in _SERIOUS
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize("address", _ADDRESSES)
def test_a_page_has_no_serious_fault(browser: Browser, desk: Desk, address: str) -> None:
    story = desk.story
    incident = desk.report_fire()
    story.clock.advance(20)
    story.reply(story.district.chief, "1")
    path = address.format(incident_id=incident["id"])
    faults: list[str] = []
    for language, width, height in (("zh", 1440, 900), ("en", 360, 740)):
        with window(browser, desk, width=width, height=height) as page:
            if path != "/sign-in":
                desk.let_in(page, f"admin-{language}", Role.ADMIN)
            page.goto(f"{desk.url}{path}?lang={language}")
            expect(page.locator("h1, h2").first).to_be_visible()
            expect(page.locator(_FILLED.get(address, "h1, h2")).first).to_be_attached()
            faults += [f"{language} {width}: {fault}" for fault in _faults(page)]
    assert not faults, "\n".join(faults)
