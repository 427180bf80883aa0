"""What a signal means while somebody vouches for the device."""

from datetime import timedelta

import pytest

from dispatch.modes import Handling, Mode, ModeFact, TestWindow, handle, why_not_until
from dispatch.values import EventKind
from tests.clock import STORY_START

_AT = STORY_START
_WAITING = TestWindow(_AT + timedelta(minutes=5), is_done=False)
_DONE = TestWindow(_AT + timedelta(minutes=5), is_done=True)
_OVER = TestWindow(_AT, is_done=False)
_MAINTENANCE = ModeFact(Mode.MAINTENANCE, _AT + timedelta(hours=1))
_RUN_OUT = ModeFact(Mode.MAINTENANCE, _AT)


@pytest.mark.parametrize(
    ("kind", "window", "mode", "incident_open", "meant"),
    [
        (EventKind.ALARM, None, None, False, Handling.AS_EVER),
        (EventKind.ALARM, _WAITING, None, False, Handling.PROVES),
        (EventKind.TEST, _WAITING, None, False, Handling.PROVES),
        (EventKind.TEST, _WAITING, None, True, Handling.PROVES),
        (EventKind.WINDOW_OPENED, _WAITING, None, False, Handling.PROVES),
        (EventKind.RESTORE, _WAITING, _MAINTENANCE, False, Handling.AS_EVER),
        (EventKind.ALARM, _DONE, None, False, Handling.SHOWN),
        (EventKind.TEST, _DONE, None, False, Handling.AS_EVER),
        # nobody tests in a house that may be on fire
        (EventKind.ALARM, _WAITING, None, True, Handling.AS_EVER),
        (EventKind.ALARM, _DONE, None, True, Handling.AS_EVER),
        # an end that has come covers nothing
        (EventKind.ALARM, _OVER, None, False, Handling.AS_EVER),
        (EventKind.TEST, _OVER, None, False, Handling.AS_EVER),
        (EventKind.ALARM, None, _RUN_OUT, False, Handling.AS_EVER),
        (EventKind.ALARM, _OVER, _MAINTENANCE, False, Handling.REPORTED),
        (EventKind.ALARM, None, _MAINTENANCE, False, Handling.REPORTED),
        (EventKind.ALARM, None, _MAINTENANCE, True, Handling.REPORTED),
        (EventKind.WINDOW_OPENED, None, _MAINTENANCE, False, Handling.SHOWN),
        (EventKind.TEST, None, _MAINTENANCE, False, Handling.AS_EVER),
        # maintenance ends with a witnessed test
        (EventKind.ALARM, _WAITING, _MAINTENANCE, False, Handling.PROVES),
    ],
)
def test_what_a_signal_means(
    kind: EventKind, window: TestWindow | None, mode: ModeFact | None, incident_open: bool, meant: Handling
) -> None:
    assert handle(kind, window, mode, incident_open=incident_open, at=_AT) is meant


def test_a_mode_always_ends() -> None:
    assert why_not_until(Mode.TEST, _AT + timedelta(hours=24), _AT) is None
    assert why_not_until(Mode.MAINTENANCE, _AT + timedelta(days=30), _AT) is None
    assert "24 hours" in str(why_not_until(Mode.TEST, _AT + timedelta(hours=24, seconds=1), _AT))
    assert "720 hours" in str(why_not_until(Mode.MAINTENANCE, _AT + timedelta(days=31), _AT))
    assert "passed" in str(why_not_until(Mode.MAINTENANCE, _AT, _AT))
