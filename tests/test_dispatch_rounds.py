"""The thread that the loops of the service share: woken at once, stopped at once, never ended by a fault."""

from queue import SimpleQueue
from threading import Event
from types import SimpleNamespace

import pytest

from dispatch.rounds import Rounds

_NEVER_S = 3600.0
_PATIENCE_S = 20.0


class Counting(Rounds):
    """Says when a round begins; the faults it is given are raised, one a round."""

    def __init__(self, *faults: Exception) -> None:
        super().__init__("test", _NEVER_S)
        self.rounds: SimpleQueue[int] = SimpleQueue()
        self.faults = list(faults)

    def _round(self) -> None:
        self.rounds.put(1)
        if self.faults:
            raise self.faults.pop(0)

    def had_one(self) -> bool:
        return self.rounds.get(timeout=_PATIENCE_S) == 1


def test_the_first_round_begins_at_once_and_the_next_when_woken() -> None:
    rounds = Counting()
    rounds.start()
    assert rounds.had_one()
    rounds.wake()
    assert rounds.had_one()
    rounds.stop()
    assert not rounds.is_alive


def test_a_fault_ends_one_round_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    rounds = Counting(ValueError("away"), ValueError("away"))
    rounds.start()
    for _ in range(3):
        assert rounds.had_one()
        rounds.wake()
    rounds.stop()
    assert [record.message for record in caplog.records] == [
        "a round of the test failed; the next one follows",
        "the test works again",
    ]


def test_a_loop_has_stalled_for_as_long_as_no_round_has_ended_well(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("dispatch.rounds.time", SimpleNamespace(monotonic=lambda: now[0]))
    rounds = Counting(ValueError("away"))
    rounds.start()
    assert rounds.had_one()
    now[0] += 30
    assert rounds.stalled_s == 30
    for _ in range(2):  # when the second begins, the first has been noted
        rounds.wake()
        assert rounds.had_one()
    assert rounds.stalled_s == 0
    rounds.stop()


def test_a_loop_that_is_asked_to_stop_during_a_round_does_not_pause_first() -> None:
    is_going_on, may_end = Event(), Event()

    class Slow(Rounds):
        def _round(self) -> None:
            is_going_on.set()
            may_end.wait(_PATIENCE_S)

    slow = Slow("slow", _NEVER_S)
    slow.start()
    assert is_going_on.wait(_PATIENCE_S)
    slow.wake()
    may_end.set()
    slow.stop()
    assert not slow.is_alive
