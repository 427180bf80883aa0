"""Which message is newer, and which alarm is a new one although no restore was heard. Pure.

Devices retransmit, several gateways hear one frame, and a restore may be lost on the way. So a
message is first placed by the device's own counter, and a standing alarm that the device itself says
again is told apart from one that a cache repeats.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.values import EventKind
from ingest.edges import KINDS, Derived, Edge, derive
from ingest.reading import Condition, Counter, Reading

#: Ours: copies of one frame come within seconds; a lower count after this is a counter that restarted.
COUNTER_RESTART_AFTER = timedelta(seconds=60)
#: Ours: a device that was silent about its alarm for so long, and says it again, sounds again.
ALARM_AGAIN_AFTER = timedelta(seconds=300)
#: Ours: the same from a cache, where an unchanged report of something else looks just like it. A detector
#: that is stuck calls people this often at most, and its next real alarm is not lost for longer.
CACHED_ALARM_AGAIN_AFTER = timedelta(hours=6)
#: Ours: for so long after it came back a bridge publishes what it remembers.
BRIDGE_REPLAY = timedelta(seconds=60)
_ALARMS = frozenset(name for name, kind in KINDS.items() if kind is EventKind.ALARM)


class Place(StrEnum):
    """Where a message stands among those of its device."""

    NEWER = "newer"
    AFTER_GAP = "after_gap"  # newer, and others before it were missed
    REPEATED = "repeated"
    LATE = "late"  # a newer one has spoken already


@dataclass(frozen=True, slots=True)
class Heard:
    """What is remembered of a device beside its conditions; the columns of `device_states`."""

    counter: Counter | None = None
    counted_at: datetime | None = None
    alarm_said_at: datetime | None = None
    digest: str | None = None


def counts(reading: Reading) -> bool:
    """Whether a reading moves the counter: one of the battery alone does not make an alarm before it late."""
    return reading.counter is not None and bool(
        reading.events or any(name != Condition.LOW_BATTERY for name in reading.conditions)
    )


def place(heard: Heard, reading: Reading, at: datetime) -> Place:
    """Place a message by the device's counter. `at`: when it was received."""
    last, this = heard.counter, reading.counter
    if last is None or this is None or not reading.live or last.session != this.session:
        return Place.NEWER
    if this.number > last.number:
        return Place.AFTER_GAP if this.number > last.number + 1 else Place.NEWER
    if heard.counted_at is not None and at - heard.counted_at > COUNTER_RESTART_AFTER:
        return Place.NEWER
    return Place.REPEATED if this.number == last.number else Place.LATE


def says_alarm(reading: Reading) -> bool:
    """Whether a reading says of a present alarm, be it new or not."""
    return any(reading.conditions.get(name) for name in _ALARMS)


def _only_repeats_alarm(derived: Derived, reading: Reading) -> bool:
    """Whether a live reading says of a present alarm and nothing in it was taken for a new one."""
    return (
        reading.live
        and says_alarm(reading)
        and not any(edge.kind is EventKind.ALARM for edge in derived.edges)
    )


def _sounds_again(
    heard: Heard, reading: Reading, where: Place, at: datetime, bridge_came_online_at: datetime | None
) -> bool:
    """Whether an alarm that stands already is said anew by the device itself: its restore was lost.

    To be asked where `_only_repeats_alarm`. A message from a cache (it has a digest) counts only when
    nothing else can have been its reason, and the bridge has not just come back; a retained one never does.
    """
    if reading.data.get("replayed"):
        return False
    if reading.digest is not None:
        if bridge_came_online_at is None or at - bridge_came_online_at < BRIDGE_REPLAY:
            return False
        if reading.digest != heard.digest:
            return False
    if where is Place.AFTER_GAP:
        return True
    silence = ALARM_AGAIN_AFTER if reading.digest is None else CACHED_ALARM_AGAIN_AFTER
    return heard.alarm_said_at is None or at - heard.alarm_said_at >= silence


def _said_again(before: Mapping[str, bool], reading: Reading) -> Derived:
    """The news in a reading whose standing alarm sounds again; its alarm is marked `again`.

    Dispatch keeps such an alarm with the incident that is open, and opens one where none is.
    """
    forgotten = {name: active for name, active in before.items() if name not in _ALARMS}
    derived = derive(forgotten, reading)
    edges = tuple(
        Edge(edge.kind, {**edge.data, "again": True}) if edge.kind is EventKind.ALARM else edge
        for edge in derived.edges
    )
    return Derived(edges, {**before, **derived.conditions}, is_news=True)


def news(
    before: Mapping[str, bool],
    heard: Heard,
    reading: Reading,
    where: Place,
    at: datetime,
    bridge_came_online_at: Callable[[], datetime | None],
) -> Derived:
    """The news in a reading that is in order; the bridge is asked for only where an alarm depends on it."""
    derived = derive(before, reading)
    if _only_repeats_alarm(derived, reading) and _sounds_again(
        heard, reading, where, at, bridge_came_online_at()
    ):
        return _said_again(before, reading)
    return derived


def remember(heard: Heard, reading: Reading, at: datetime, *, has_sounded: bool) -> Heard:
    """What is remembered after a live reading that was taken."""
    says = says_alarm(reading)
    is_own_word = says and reading.digest is None and not reading.data.get("replayed")
    return Heard(
        counter=reading.counter if counts(reading) else heard.counter,
        counted_at=at if counts(reading) else heard.counted_at,
        alarm_said_at=at if has_sounded or is_own_word else heard.alarm_said_at,
        digest=reading.digest if says else heard.digest,
    )
