"""Silence after an answer is asked about, paged and reinforced; silence on scene is asked about, too."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from dispatch import escalate, handover, lifecycle, paging
from dispatch.asking import REOPENED
from dispatch.values import EventKind, HandoverStatus, Milestone, Source
from store.incidents import Notification
from tests.story import Story, story

__all__ = ["story"]


def later(story: Story, seconds: float) -> None:
    """Let the service look once, after a while."""
    story.clock.advance(seconds)
    escalate.run_due(story.database, story.setup, now=story.clock.now)
    story.send()


def both_answer(story: Story, text: str) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, text)
    story.reply(story.district.town_chief, text)


def questions(story: Story, person_id: str) -> list[str]:
    return [n.body for n in story.notifications(person_id) if n.purpose == "ask_progress"]


def told_duty(story: Story, word: str) -> int:
    return sum(word in text for text in story.texts(story.district.duty_officer))


def record(story: Story, milestone: Milestone, *, at: datetime | None = None) -> None:
    with story.database.begin() as session:
        lifecycle.record_milestone(
            session,
            story.setup,
            story.incident().id,
            story.district.home_station,
            milestone,
            at=at,
            note=None,
            source=Source.PAGE,
            actor="值班员",
            now=story.clock.now(),
        )


def test_answered_then_silent_reopens_the_paging_and_sends_the_next_station_once(story: Story) -> None:
    both_answer(story, "1")
    later(story, 180)
    assert len(questions(story, story.district.chief)) == 1
    assert told_duty(story, "未到场") == 1
    assert story.calls(story.district.chief) == []

    later(story, 60)
    first, second = questions(story, story.district.chief)
    assert first != second  # carriers refuse the same text again
    assert len(story.calls(story.district.chief)) == 1
    assert any("火警" in text for text in story.texts(story.district.deputy))
    assert story.assignments()[story.district.next_station].reason == "next_nearest"
    assert told_duty(story, "已加派明溪村微型消防站") == 1

    later(story, 60)
    assert len(story.calls(story.district.chief)) == 2
    assert len(questions(story, story.district.chief)) == 3
    assert story.timeline().count(REOPENED) == 1


@pytest.mark.parametrize("how", ["sms", "terminal", "milestone"])
def test_a_word_by_any_channel_puts_the_next_question_off(story: Story, how: str) -> None:
    both_answer(story, "1")
    later(story, 180)
    story.clock.advance(50)
    if how == "sms":
        story.reply(story.district.deputy, "1")
    elif how == "terminal":
        story.event(story.district.terminal, EventKind.ENROUTE)
    else:
        record(story, Milestone.ENROUTE)

    later(story, 59)
    assert len(questions(story, story.district.chief)) == 1
    later(story, 1)
    assert len(questions(story, story.district.chief)) == 2
    assert story.calls(story.district.chief) == []  # it had said something: asked, not paged again
    later(story, 60)
    assert len(story.calls(story.district.chief)) == 1


def test_the_questions_end_on_scene_and_with_a_decline(story: Story) -> None:
    both_answer(story, "1")
    later(story, 180)
    story.reply(story.district.chief, "3")
    later(story, 120)
    assert len(questions(story, story.district.chief)) == 1
    story.reply(story.district.town_chief, "2")
    before = len(questions(story, story.district.town_chief))
    later(story, 60)
    assert len(questions(story, story.district.town_chief)) == before


def test_who_declines_and_then_comes_after_all_is_watched_again(story: Story) -> None:
    both_answer(story, "1")
    story.reply(story.district.chief, "2")
    later(story, 200)  # the question of where they are has ended with the decline
    story.reply(story.district.chief, "1")
    later(story, 60)
    assert len(questions(story, story.district.chief)) == 1


def test_where_someone_is_on_scene_the_silent_station_is_paged_but_no_other_sent(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "1")
    story.reply(story.district.town_chief, "3")
    later(story, 180)
    later(story, 60)

    assert len(story.calls(story.district.chief)) == 1
    assert story.district.next_station not in story.assignments()


def test_on_scene_without_a_word_is_asked_and_then_the_duty_officer_told(story: Story) -> None:
    both_answer(story, "3")
    later(story, 599)
    assert questions(story, story.district.chief) == []
    later(story, 1)
    (asked,) = questions(story, story.district.chief)
    assert "到场已10分钟" in asked
    assert told_duty(story, "无回音") == 0

    story.reply(story.district.chief, "3")  # a word: asked again ten minutes after it
    later(story, 600)
    assert len(questions(story, story.district.chief)) == 2
    assert told_duty(story, "宋宅村微型消防站到场20分钟") == 0
    later(story, 600)
    assert told_duty(story, "宋宅村微型消防站到场30分钟") == 1

    record(story, Milestone.CLEARED)
    later(story, 600)
    assert len(questions(story, story.district.chief)) == 3


def test_an_arrival_recorded_on_behalf_is_watched_from_the_moment_it_is_known(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.clock.advance(30)
    record(story, Milestone.ON_SCENE, at=story.clock.now() - timedelta(seconds=20))
    record(story, Milestone.ON_SCENE, at=story.clock.now() - timedelta(seconds=10))  # corrected

    later(story, 600)
    assert len(questions(story, story.district.chief)) == 1


def test_119_is_rung_until_it_accepts_or_a_duty_officer_answers(story: Story) -> None:
    story.alarm(story.district.call_point)
    story.reply(story.district.duty_officer, "1")  # before the first notice to ring: that is no word on it
    for rung in (1, 2, 3):
        later(story, 60)
        assert told_duty(story, "立即拨打119") == rung

    story.reply(story.district.duty_officer, "1")
    later(story, 60)
    assert told_duty(story, "立即拨打119") == 3


def test_an_acceptance_by_the_centre_ends_the_ringing(story: Story) -> None:
    story.alarm(story.district.call_point)
    later(story, 60)
    with story.database.begin() as session:
        handover.report(
            session,
            story.setup,
            story.incident().id,
            HandoverStatus.ACCEPTED,
            number="119-1",
            reason=None,
            actor="指挥中心",
            source=Source.CENTRE,
            now=story.clock.now(),
        )
    later(story, 60)
    assert told_duty(story, "立即拨打119") == 1


def test_a_month_asleep_is_made_up_for_once(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.town_chief, "1")
    before = len(story.notifications(story.district.town_chief))
    story.clock.advance(30 * 24 * 3600)

    for _ in range(3):
        escalate.run_due(story.database, story.setup, now=story.clock.now)

    assert len(story.notifications(story.district.town_chief)) == before + 1  # one question
    assert "step_expired" in story.timeline()  # the call that was 43,200 minutes late
    assert story.district.next_station in story.assignments()
    later(story, 60)
    with story.database.read() as session:
        paged = select(func.count()).where(
            Notification.person_id == story.district.chief, Notification.purpose == "page"
        )
        assert session.scalar(paged) == 3  # the first page; then one call with its text


class Killed(BaseException):
    """The process ends here."""


def test_what_a_killed_process_began_another_takes_at_once(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.alarm(story.district.smoke)
    story.clock.advance(30)
    real, begun = paging.page_people, []

    def killed_midway(*args: object, **more: object) -> None:
        real(*args, **more)  # type: ignore[arg-type]
        begun.append(args)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(paging, "page_people", killed_midway)
        with pytest.raises(Killed):
            escalate.run_due(story.database, story.setup, now=story.clock.now)
    assert len(begun) == 1

    settled = [
        escalate.run_due(story.database, story.setup, now=story.clock.now) for _ in range(2)
    ]  # the survivor, and one more who finds nothing
    story.send()

    assert settled == [2, 0]
    assert len(story.calls(story.district.chief)) == 1
    assert len(story.calls(story.district.town_chief)) == 1


def test_more_broken_steps_than_are_read_at_once_hold_up_nobody(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escalate, "ROUND", 1)
    story.alarm(story.district.smoke)
    real = paging.page_people

    def broken_for_the_village(*args: object, **more: object) -> None:
        if args[3].station_id == story.district.home_station:  # type: ignore[attr-defined]
            raise RuntimeError("a fault of ours")
        real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(paging, "page_people", broken_for_the_village)
    later(story, 30)
    assert len(story.calls(story.district.town_chief)) == 1
