"""The story that the service exists for, clicked through by three roles at once, in both languages.

The duty officer watches at a desk, the village chief answers on a cheap phone, the district officer looks
back at the month. Set FIRE135_SCREENSHOTS to a folder to keep pictures of every step (`make screenshots`).
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.access import Role
from api.page.catalogue import Texts, texts
from dispatch.values import EventKind
from tests.browser import Desk, browser, desk, window
from tests.factories import make_device

__all__ = ["browser", "desk"]
pytestmark = pytest.mark.browser


class Theatre:
    """Three windows on one incident; `t` are the words of the language that they speak."""

    def __init__(self, desk: Desk, language: str, duty: Page, chief: Page, officer: Page) -> None:
        self.desk, self.t = desk, texts(language)
        self.duty, self.chief, self.officer = duty, chief, officer
        self._language, self._numbers = language, count(1)

    def picture(self, page: Page, name: str) -> None:
        """Keep what a window shows, where pictures are wanted."""
        folder = os.environ.get("FIRE135_SCREENSHOTS")
        if folder:
            path = Path(folder) / f"{self._language}-{next(self._numbers):02d}-{name}.png"
            page.screenshot(path=path)


@pytest.fixture(params=["zh", "en"])
def theatre(request: pytest.FixtureRequest, browser: Browser, desk: Desk) -> Iterator[Theatre]:
    """Everybody has signed in: at a desk, on a phone, at another desk."""
    district, language = desk.story.district, request.param
    with ExitStack() as windows:
        duty = windows.enter_context(window(browser, desk))
        chief = windows.enter_context(window(browser, desk, width=360, height=740))
        officer = windows.enter_context(window(browser, desk, width=1920, height=1080))
        for page, name, role, region in (
            (duty, "duty", Role.DISPATCHER, None),
            (chief, "chief", Role.STATION, district.village),
            (officer, "officer", Role.VIEWER, None),
        ):
            desk.let_in(page, f"{name}-{language}", role, region)
            page.goto(f"{desk.url}/?lang={language}")
        yield Theatre(desk, language, duty, chief, officer)


def _answer(theatre: Theatre, answer: str) -> None:
    """The chief presses a button on the phone's page, which needs no script."""
    theatre.chief.goto(f"{theatre.desk.url}/station")
    theatre.chief.get_by_role("button", name=theatre.t[f"answer.{answer}"], exact=True).click()
    expect(theatre.chief.get_by_role("status")).to_contain_text(theatre.t[f"answer.{answer}"])


def _close_as_fire(page: Page, t: Texts) -> None:
    page.get_by_role("button", name=t["action.close"], exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(t["disposition.fire"], exact=True).click()
    dialog.get_by_label(t["action.cause"]).fill("蜡烛")
    dialog.get_by_role("button", name=t["action.close"], exact=True).click()


def test_a_candle_in_the_living_room_from_the_first_smoke_to_the_month_s_figures(theatre: Theatre) -> None:
    desk, t, duty, officer = theatre.desk, theatre.t, theatre.duty, theatre.officer
    story, d = desk.story, desk.story.district
    with story.database.begin() as session:
        make_device(session, "bedroom", premises_id=d.premises, floor="2", room="卧室")
    expect(duty.locator("#open")).to_contain_text(t["open.none"])
    theatre.picture(duty, "quiet-board")

    story.alarm(d.smoke)
    card = duty.locator("#open article")
    expect(card).to_contain_text(t["grade.suspected"])
    theatre.picture(duty, "smoke")

    story.wait(20)
    _answer(theatre, "coming")
    theatre.picture(theatre.chief, "chief-answers")
    home = duty.locator("#open .station").filter(has_text="宋宅村微型消防站")
    expect(home.locator(".step-done").last).to_contain_text(t["milestone.acknowledged"])

    story.event("bedroom", EventKind.ALARM)
    expect(card).to_contain_text(t["grade.confirmed"])
    expect(duty.locator("#open .station").filter(has_text="同安区消防救援大队")).to_be_visible()

    story.wait(120)
    _answer(theatre, "on_scene")
    story.reply(d.town_chief, "1")
    story.reply(d.town_chief, "3")
    theatre.picture(duty, "on-scene")
    card.get_by_role("link", name=t["open.details"]).click()
    expect(
        duty.locator(".lane").filter(has_text="宋宅村微型消防站").locator(".mark-on_scene")
    ).to_be_visible()
    _close_as_fire(duty, t)
    expect(duty.locator("#incident")).to_contain_text("蜡烛")
    theatre.picture(duty, "incident-closed")
    theatre.chief.goto(f"{desk.url}/station")
    expect(theatre.chief.locator("body")).to_contain_text(t["station.none"])

    officer.get_by_role("link", name=t["review.link"], exact=True).click()
    for place in ("同安区", "五显镇", "宋宅村"):
        officer.get_by_role("link", name=place, exact=True).first.click()
        expect(officer.locator("#scope")).to_contain_text(place)
    theatre.picture(officer, "review-of-the-village")
    officer.locator(f'a[href*="/incidents/{story.incidents()[0].id}"]').first.click()
    expect(officer.locator("#timeline")).to_contain_text("蜡烛")
    expect(officer.get_by_role("button", name=t["action.close"], exact=True)).to_have_count(0)
    theatre.picture(officer, "incident-looked-back-at")
