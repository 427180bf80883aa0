"""Nobody answers for a long time: stations are paged on, and nobody is flooded by it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from dispatch import auditor
from dispatch.escalation import is_for_all, is_said, is_silence_told, times
from dispatch.plan import ResponsePlan
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from store.database import Database
from store.incidents import Notification
from tests.clock import STORY_START, ManualClock
from tests.story import Story, story

__all__ = ["story"]


def heard(story: Story, seconds: int) -> list[str]:
    """What the duty officer's phone gets within so many seconds from now."""
    before = len(story.texts(story.district.duty_officer))
    story.wait(seconds)
    return story.texts(story.district.duty_officer)[before:]


def silent(texts: list[str]) -> list[str]:
    return [text for text in texts if "未应答" in text and "119" not in text]


def test_the_stations_that_are_still_silent_make_one_notice_a_repetition(story: Story) -> None:
    story.alarm(story.district.smoke)
    first = silent(heard(story, 60))
    assert [text.count("已加派") for text in first] == [1, 1]  # each station's next one, at once

    sent = len(story.assignments())
    told = silent(heard(story, 240))
    assert len(told) < sent + 4
    again = [text for text in told if "次）" in text]
    assert all("等" in text and "站未应答（第" in text for text in again)
    assert len(set(again)) == len(again) <= 4


def test_notices_come_ever_more_seldom_and_never_end(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(60 * 10 + 5)

    told = silent(heard(story, 60 * 20))
    assert [text[text.index("（") : text.index("）") + 1] for text in told] == [
        "（第15次）",
        "（第20次）",
        "（第25次）",
        "（第30次）",
    ]


def test_a_duty_officers_answer_pauses_what_is_repeated_until_something_happens(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(245)
    story.reply(story.district.duty_officer, "1")
    assert silent([text for text in heard(story, 60) if "次）" in text]) == []

    story.reply(story.district.chief, "2")
    story.clock.advance(30)
    assert silent([text for text in heard(story, 60 * 6) if "次）" in text]) != []


def test_who_cannot_has_not_heard_it(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(245)
    story.reply(story.district.duty_officer, "2")

    assert silent(heard(story, 60 * 6)) != []


def test_chiefs_are_paged_every_minute_and_the_others_ever_more_seldom(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(60 * 12 + 5)

    assert len(story.calls(story.district.chief)) == 12  # after 30 s, then from 120 s every minute
    assert len(story.texts(story.district.chief)) == 12
    assert len(story.texts(story.district.deputy)) == 1 + 3 + 2  # the 5th and the 10th repetition
    with story.database.read() as session:
        keys = select(func.count(), func.count(Notification.dedup_key.distinct()))
        written, distinct = session.execute(keys).one()
    assert written == distinct


def test_so_many_silent_stations_are_enough_but_a_decline_still_sends_one(
    database: Database, clock: ManualClock
) -> None:
    setup = DispatchSetup(plan=ResponsePlan(most_stations_per_tier=2))
    story = Story(database, clock, setup)
    story.alarm(story.district.smoke)
    story.wait(60 * 5 + 5)

    villages = [row for row in story.assignments().values() if row.tier == "village"]
    assert len(villages) == 2
    told = [text for text in story.texts(story.district.duty_officer) if "村级各站均未应答" in text]
    assert len(told) == 1
    assert story.timeline().count("stations_silent") == 2  # village and town
    assert auditor.audit_all(story.database, story.setup, now=story.clock.now()) == 0
    calls = len(story.calls(story.district.chief))
    story.reply(story.district.next_chief, "2")
    assert len([row for row in story.assignments().values() if row.tier == "village"]) == 3
    story.wait(60)
    assert len(story.calls(story.district.chief)) == calls + 1  # never silently given up


def test_whatever_goes_at_once_is_joined_by_one_more() -> None:
    plan = ResponsePlan(most_stations_per_tier=1)
    assert all(plan.most_silent(tier) == 2 for tier in Tier)


def test_stations_late_on_the_way_make_one_notice_a_repetition(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "1")
    story.reply(story.district.town_chief, "1")
    story.wait(305)
    told = [text for text in heard(story, 60) if "未到场" in text]

    assert len([text for text in told if "等2站" in text]) <= 1
    assert len(told) <= 2


@pytest.mark.parametrize(
    ("due_s", "time"), [(-3600, 1), (0, 1), (44, 1), (46, 2), (60, 2), (104, 2), (106, 3), (600, 11)]
)
def test_the_how_manyeth_time_is_told_from_the_first(due_s: int, time: int) -> None:
    assert times(60, STORY_START, STORY_START + timedelta(seconds=due_s)) == time


def test_what_is_repeated_thins_out() -> None:
    each = range(1, 21)
    assert [time for time in each if is_said(time)] == [1, 2, 3, 4, 5, 10, 15, 20]
    assert [repetition for repetition in each if is_for_all(repetition)] == [1, 2, 3, 5, 10, 15, 20]
    assert [n for n in range(1, 10) if is_silence_told(n, can_be_asked=True)] == [2, 5, 8]
    assert [n for n in range(1, 10) if is_silence_told(n, can_be_asked=False)] == [1, 4, 7]
