"""Measure how fast help came, from the milestones of assignments (contract section 9). Pure.

All instants are timezone-aware UTC, all durations seconds. The intervals carry NFPA 1710's names
(handling, turnout, travel) where it has them, so that figures can be compared with other services'.

What is counted: every assignment is one record, of live incidents and of loaded history alike.

- `n`: the records whose interval is measured; `missing`: those that lack one of its two milestones.
  A missing interval is null and never zero.
- `p50_s`, `p90_s`: nearest rank, so each is an interval that really happened, and "P90 is within
  the target" holds exactly when at least 90 % are. Null where n is 0.
- `within_target`: the share of n, 0 to 1, that took no longer than the target; an interval equal to
  the target is within. Null where n is 0 or the profile sets no target.
- Left out of the figures and counted, once each, in this order: drills, incidents closed as `test`,
  records out of order.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from dispatch.profiles import Interval, Profile
from dispatch.values import Milestone, MilestoneTimes, Tier

#: Between which instants an interval runs; None is the instant the alarm was received.
_SPANS: dict[Interval, tuple[Milestone | None, Milestone]] = {
    Interval.HANDLING: (None, Milestone.NOTIFIED),
    Interval.DELIVERY: (Milestone.NOTIFIED, Milestone.DELIVERED),
    Interval.ACKNOWLEDGEMENT: (Milestone.NOTIFIED, Milestone.ACKNOWLEDGED),
    Interval.TURNOUT: (Milestone.NOTIFIED, Milestone.ENROUTE),
    Interval.TRAVEL: (Milestone.ENROUTE, Milestone.ON_SCENE),
    Interval.RESPONSE: (None, Milestone.ON_SCENE),
}

#: What must follow upon what. A carrier's receipt stands apart: it may come in after the answer.
_SEQUENCES = (
    (Milestone.NOTIFIED, Milestone.DELIVERED),
    tuple(milestone for milestone in Milestone if milestone is not Milestone.DELIVERED),
)


class GroupBy(StrEnum):
    """What a report's rows stand for; each is split by tier."""

    TIER = "tier"
    DISTRICT = "district"
    TOWN = "town"
    VILLAGE = "village"
    STATION = "station"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Record:
    """One assignment as a report sees it, already put into its group."""

    group: str
    name: str
    tier: Tier
    received_at: datetime
    times: MilestoneTimes
    is_drill: bool = False
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """The figures of one group and tier; the module says what each means."""

    group: str
    name: str
    tier: Tier
    n: int
    missing: int
    p50_s: float | None
    p90_s: float | None
    within_target: float | None
    target_s: int | None
    source: str | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many records are not in the figures, and why."""

    drill: int = 0
    test: int = 0
    out_of_order: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one interval under one profile."""

    profile: str
    interval: Interval
    items: tuple[Item, ...]
    left_out: LeftOut


def measure(interval: Interval, received_at: datetime, times: MilestoneTimes) -> float | None:
    """The interval in seconds; None where a milestone is missing. It may be negative: see `is_in_order`."""
    start, end = _SPANS[interval]
    started_at = times.get(start) if start else received_at
    ended_at = times.get(end)
    if started_at is None or ended_at is None:
        return None
    return (ended_at - started_at).total_seconds()


def is_in_order(received_at: datetime, times: MilestoneTimes) -> bool:
    """Tell whether no milestone is stamped before one that must precede it; equal instants are in order."""
    for sequence in _SEQUENCES:
        stamped = [received_at, *(at for milestone in sequence if (at := times.get(milestone)))]
        if any(later < earlier for earlier, later in pairwise(stamped)):
            return False
    return True


def nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """The percentile of ascending values by nearest rank; `ordered` must not be empty."""
    rank = (percent * len(ordered) + 99) // 100  # ceil(percent * n / 100) in whole numbers
    return ordered[max(rank, 1) - 1]


def summarise(records: Iterable[Record], interval: Interval, profile: Profile) -> Report:
    """Turn records into figures: one item per group and tier, by group and then nearest tier first."""
    grouped: dict[tuple[str, Tier], list[Record]] = defaultdict(list)
    drill = test = out_of_order = 0
    for record in records:
        if record.is_drill:
            drill += 1
        elif record.is_test:
            test += 1
        elif not is_in_order(record.received_at, record.times):
            out_of_order += 1
        else:
            grouped[record.group, record.tier].append(record)
    tiers = list(Tier)
    # a group that is the tier itself has no order but that of the tiers
    keys = sorted(grouped, key=lambda key: ("" if key[0] == key[1] else key[0], tiers.index(key[1])))
    return Report(
        profile=profile.name,
        interval=interval,
        items=tuple(_item(grouped[key], interval, profile) for key in keys),
        left_out=LeftOut(drill, test, out_of_order),
    )


def _item(records: Sequence[Record], interval: Interval, profile: Profile) -> Item:
    first = records[0]
    measured = [measure(interval, record.received_at, record.times) for record in records]
    seconds = sorted(value for value in measured if value is not None)
    target = profile.target(first.tier, interval)
    within = [value for value in seconds if target and value <= target.seconds]
    return Item(
        group=first.group,
        name=first.name,
        tier=first.tier,
        n=len(seconds),
        missing=len(records) - len(seconds),
        p50_s=nearest_rank(seconds, 50) if seconds else None,
        p90_s=nearest_rank(seconds, 90) if seconds else None,
        within_target=len(within) / len(seconds) if seconds and target else None,
        target_s=target.seconds if target else None,
        source=target.source if target else None,
    )
