"""The round of due steps: what goes first, at which instant, and when it ends."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from dispatch import escalate, paging, receive
from dispatch.escalator import Escalator
from store.incidents import DueStep, TimelineEntry
from tests.story import Story, story

__all__ = ["story"]


def run(story: Story, *, is_stopping: Callable[[], bool] = lambda: False) -> int:
    return escalate.run_due(story.database, story.setup, now=story.clock.now, is_stopping=is_stopping)


def run_after(story: Story) -> list[DueStep]:
    """What has run, in order."""
    done = [step for step in story.due_steps() if step.outcome_at is not None]
    return sorted(done, key=lambda step: (step.outcome_at or step.due_at, step.id))


@pytest.fixture
def slow(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Each step takes two seconds."""
    real = escalate._run_one

    def slowly(*args: object) -> bool:
        settled = real(*args)  # type: ignore[arg-type]
        story.clock.advance(2)
        return settled

    monkeypatch.setattr(escalate, "_run_one", slowly)
    return story


def test_each_step_is_recorded_at_its_own_instant(slow: Story) -> None:
    slow.alarm(slow.district.smoke)
    start = slow.clock.advance(30)
    assert run(slow) == 2

    assert [step.outcome_at for step in run_after(slow)] == [start, start + timedelta(seconds=2)]


def test_a_fresh_alarms_call_goes_before_repetitions_that_are_long_overdue(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(125)
    story.clock.advance(600)  # nobody looks: a backlog of repetitions
    with story.database.begin() as session:
        receive.start_drill(session, story.setup, story.district.other_premises, now=story.clock.now())
    fresh = story.incidents()[-1].id
    began = story.clock.advance(30)
    run(story)

    ran = [step for step in story.due_steps() if step.outcome_at == began]
    order = [kind for _, kind in timeline_since(story, began)]
    assert {step.step for step in ran if step.incident_id == fresh} == {"voice"}
    assert {"voice", "repeat"} <= set(order)
    assert max(at for at, kind in enumerate(order) if kind == "voice") < order.index("repeat")


def timeline_since(story: Story, at: datetime) -> list[tuple[str, str]]:
    """Incident and step of what has been escalated since, in order."""
    with story.database.read() as session:
        rows = session.scalars(
            select(TimelineEntry)
            .where(TimelineEntry.kind == "escalated", TimelineEntry.recorded_at >= at)
            .order_by(TimelineEntry.id)
        )
        return [(row.incident_id, row.data["step"]) for row in rows]


def test_a_round_ends_after_the_step_under_way(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.clock.advance(30)
    asked: list[int] = []

    def is_stopping() -> bool:
        asked.append(1)
        return len(asked) > 1

    assert run(story, is_stopping=is_stopping) == 1
    assert run(story) == 1


def test_more_than_a_round_is_due_and_the_next_begins_at_once(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escalate, "ROUND", 1)
    story.alarm(story.district.smoke)
    story.clock.advance(30)
    woken: list[int] = []
    loop = Escalator(story.database, story.setup, story.clock, wake_sender=lambda: woken.append(1))

    loop._round()
    assert (len(woken), loop._wake.is_set()) == (1, True)
    loop._wake.clear()
    loop._round()
    loop._wake.clear()
    loop._round()
    assert (len(woken), loop._wake.is_set()) == (2, False)


def test_steps_that_fail_take_nobodys_turn(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escalate, "ROUND", 2)
    story.alarm(story.district.smoke)
    monkeypatch.setattr(paging, "page_people", _fail)
    story.clock.advance(95)

    assert run(story) == 2  # both calls fail; the next stations are sent all the same
    assert len(story.assignments()) == 4
    assert run(story) == 1


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("a fault of ours")
