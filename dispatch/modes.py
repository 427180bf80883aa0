"""A device under test or maintenance: what its signals mean meanwhile. Pure.

Somebody vouches for the device, by name and until an instant; when that has passed its alarms page as
ever. A test window waits for the one word that proves the device; a mode (test or maintenance) covers
work on it. Where an incident is open at the place, a test window vouches for nothing: nobody tests in
a house that may be on fire.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.values import EventKind

#: The key under which an event's data says that it was not taken as a signal, and the reasons.
TAKEN_AS = "taken_as"
TEST, MAINTENANCE = "test", "maintenance"
#: What a window waits for; an escape window has no other way to speak than to open.
SIGNALS = frozenset({EventKind.ALARM, EventKind.WINDOW_OPENED})

DEFAULT_TEST = timedelta(minutes=10)
LONGEST_TEST = timedelta(minutes=60)


class Mode(StrEnum):
    """Why a device's alarms do not page for a while."""

    TEST = TEST
    MAINTENANCE = MAINTENANCE


#: Longer than this a device would be forgotten; who needs more says so again.
LONGEST = {Mode.TEST: timedelta(hours=24), Mode.MAINTENANCE: timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class TestWindow:
    """Somebody waits for the device's word; `is_done` when it has come."""

    until_at: datetime
    is_done: bool

    __test__ = False  # no test case of pytest's


@dataclass(frozen=True, slots=True)
class ModeFact:
    """A mode that a device is in."""

    mode: Mode
    until_at: datetime


class Handling(StrEnum):
    """What to do with what a device says."""

    AS_EVER = "as_ever"
    PROVES = "proves"  # the word that was waited for: the chief gets the marked message
    SHOWN = "shown"  # kept and shown, and no more: the proof again, or a window that is worked on
    REPORTED = "reported"  # in a mode: kept and shown, and the duty officer is told


def handle(
    kind: EventKind, window: TestWindow | None, mode: ModeFact | None, *, incident_open: bool, at: datetime
) -> Handling:
    """Decide what an event of a device means while somebody vouches for it.

    Args:
        kind: what the device says.
        window: its open test window, if any.
        mode: its mode, if any.
        incident_open: whether an incident is open at its place.
        at: when it was received by our clock; an end that has come covers nothing any more.
    """
    waits = window is not None and at < window.until_at
    is_done = window is not None and window.is_done
    if kind is EventKind.TEST:
        return Handling.PROVES if waits and not is_done else Handling.AS_EVER
    if kind not in SIGNALS:
        return Handling.AS_EVER
    if waits and not incident_open:
        return Handling.SHOWN if is_done else Handling.PROVES
    if mode is not None and at < mode.until_at:
        return Handling.REPORTED if kind is EventKind.ALARM else Handling.SHOWN
    return Handling.AS_EVER


def why_not_until(mode: Mode, until: datetime, now: datetime) -> str | None:
    """Why a mode cannot last until then; None where it can."""
    longest = LONGEST[mode]
    if until <= now:
        return f"until {until.isoformat()}: has passed; give an instant to come"
    if until - now > longest:
        hours = int(longest.total_seconds()) // 3600
        return (
            f"until {until.isoformat()}: {mode} lasts at most {hours} hours; set it again when they are over"
        )
    return None
