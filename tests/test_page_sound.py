"""The call of a new alarm: heard once somebody has touched the page, and again until somebody answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from api.access import Role
from tests.browser import Desk, browser, desk, window

__all__ = ["browser", "desk"]
pytestmark = pytest.mark.browser

_COUNTED_TONES = """
    window.tones = 0;
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
        window.audio = this;
        window.tones += 1;
        return make.call(this);
    };
"""
_TOLD = "id => document.dispatchEvent(new CustomEvent('incident-changed', { detail: id }))"
_CALL = 8  # tones


def _tones(page: Page, calls: int) -> None:
    page.wait_for_function("calls => tones === calls", arg=calls * _CALL)


def _tells_of_an_answer(response: Response) -> bool:
    return "/board/incidents" in response.url and '"acknowledged_at":"' in response.text()


@contextmanager
def _hearing(browser: Browser, desk: Desk) -> Iterator[Page]:
    """The board with its sound on and its clock in the test's hands."""
    with window(browser, desk) as page:
        page.add_init_script(_COUNTED_TONES)
        page.clock.install()
        desk.let_in(page, "duty", Role.DISPATCHER)
        page.locator("#sound").click()
        expect(page.locator("#sound")).to_contain_text("声音开")
        expect(page.locator("#feed")).to_have_text("● 实时")
        yield page


def test_a_new_alarm_sounds_once_somebody_has_touched_the_page(browser: Browser, desk: Desk) -> None:
    with window(browser, desk) as page:
        page.add_init_script(_COUNTED_TONES)
        desk.let_in(page, "duty", Role.DISPATCHER)
        sound = page.locator("#sound")
        expect(sound).to_contain_text("点此启用声音")
        sound.click()
        expect(sound).to_contain_text("声音开")
        desk.report_fire()
        expect(page.locator("#open article")).to_have_count(1)
        sounded = page.evaluate("tones")

        sound.click()
        expect(sound).to_contain_text("已静音")
        desk.report_fire(desk.story.district.other_premises)
        expect(page.locator("#open article")).to_have_count(2)

        assert sounded > 0
        assert page.evaluate("tones") == sounded


def test_a_call_that_nobody_answers_sounds_again_until_somebody_touches_the_page(
    browser: Browser, desk: Desk
) -> None:
    with _hearing(browser, desk) as page:
        desk.report_fire()
        _tones(page, 1)
        page.clock.run_for(21_000)
        _tones(page, 2)
        page.keyboard.press("Shift")
        page.clock.run_for(60_000)
        _tones(page, 2)


def test_a_call_ends_with_the_first_answer(browser: Browser, desk: Desk) -> None:
    with _hearing(browser, desk) as page:
        desk.report_fire()
        _tones(page, 1)
        with page.expect_response(_tells_of_an_answer):  # the line of the incident, which ends the call
            desk.story.reply(desk.story.district.chief, "1")
        expect(page.locator("#open article").locator(".goal-met")).to_have_count(1)
        page.clock.run_for(60_000)
        _tones(page, 1)


def test_many_alarms_at_once_are_one_call(browser: Browser, desk: Desk) -> None:
    with _hearing(browser, desk) as page:
        page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
        for n in range(5):
            place = {"lon": 118.15 + n / 1000, "lat": 24.75, "address": f"虚构路{n}号"}
            incident = desk.post("/alarms", {**place, "caller": "虚构报警人"})
            page.evaluate(_TOLD, incident["id"])  # the stream may still be on its way
        page.clock.run_for(1000)
        expect(page.locator("#rows li")).to_have_count(5)
        _tones(page, 1)


def test_sound_that_the_machine_takes_away_is_told_and_asked_back(browser: Browser, desk: Desk) -> None:
    with _hearing(browser, desk) as page:
        desk.report_fire()
        _tones(page, 1)
        page.evaluate("audio.suspend()")
        expect(page.locator("#sound")).to_contain_text("点此启用声音")
        page.clock.run_for(21_000)
        _tones(page, 2)
        expect(page.locator("#sound")).to_contain_text("声音开")
