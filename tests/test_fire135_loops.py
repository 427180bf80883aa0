"""Readiness tells the truth of loops: alive is not enough."""

from threading import Event

import pytest
from sqlalchemy.exc import OperationalError

from dispatch.rounds import Rounds
from dispatch.values import EventKind
from fire135 import loops
from store.database import Database
from tests.story import Story, story

__all__ = ["story"]


class _Idle(Rounds):
    """Does nothing, or fails, once."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__("idler", 600)
        self.done, self._fails = Event(), fails

    def _round(self) -> None:
        self.done.set()
        if self._fails:
            raise ValueError("on purpose")


@pytest.mark.parametrize("fails", [False, True])
def test_a_loop_works_while_its_rounds_end_well(*, fails: bool) -> None:
    loop = _Idle(fails=fails)
    assert loops.why_stalled(loop) == "its thread has ended"
    loop.start()
    assert loop.done.wait(10)
    assert loops.why_stalled(loop) is None
    loop._last_good -= loop.stalled_after_s + 5
    assert loops.why_stalled(loop) == "no round has ended well for 20 s"
    loop.stop()
    assert loops.why_stalled(loop) == "its thread has ended"


def test_what_is_left_undone_is_not_known_without_the_database(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Database) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(Database, "read", fail)
    assert loops.why_no_sender(story.database, story.clock) == "not known: the database cannot be read"


def test_a_process_without_loops_sees_what_is_left_undone(story: Story) -> None:
    story.event(story.district.smoke, EventKind.ALARM, send=False)

    def whys(seconds: float) -> list[str | None]:
        story.clock.advance(seconds)
        return [why(story.database, story.clock) for why in (loops.why_no_sender, loops.why_no_escalator)]

    assert whys(10) == [None, None]
    sender, escalator = whys(110)
    assert sender == "messages wait for more than 15 s: does a dispatch process run?"
    assert escalator == "due steps wait for more than 15 s: does a dispatch process run?"
