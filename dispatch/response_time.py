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

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch.profiles import Interval, Profile, Target
from dispatch.record_table import COUNTED, NEVER, Integers, Marks, RecordTable
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

#: Under so many a figure is marked: one incident would move it visibly. Ours.
SMALL_BELOW = 10
MICROSECONDS = 1_000_000


class GroupBy(StrEnum):
    """What a report's rows stand for; each is split by tier."""

    TIER = "tier"
    DISTRICT = "district"
    TOWN = "town"
    VILLAGE = "village"
    STATION = "station"
    MONTH = "month"


class Reason(StrEnum):
    """Why a record is in no figure, in the order in which it is asked."""

    DRILL = "drill"
    TEST = "test"
    OUT_OF_ORDER = "out_of_order"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one group and tier; the module says what each means.

    Attributes:
        within_n: how many of n took no longer than the target; None where n is 0 or there is none.
    """

    tier: Tier
    n: int = 0
    missing: int = 0
    p50_s: float | None = None
    p90_s: float | None = None
    within_n: int | None = None
    target: Target | None = None

    @property
    def within_target(self) -> float | None:
        """The share of n within the target."""
        return None if self.within_n is None else self.within_n / self.n

    @property
    def is_small(self) -> bool:
        """Whether n carries no judgement."""
        return self.n < SMALL_BELOW


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


def milestones_of(interval: Interval) -> tuple[Milestone, ...]:
    """The milestones that an interval needs."""
    return tuple(milestone for milestone in _SPANS[interval] if milestone is not None)


def rank(count: int, percent: int) -> int:
    """Where in so many ascending values, from 0, a percentile stands by nearest rank; `count` is not 0."""
    return max((percent * count + 99) // 100, 1) - 1  # ceil(percent * n / 100) in whole numbers


@dataclass(frozen=True, slots=True)
class Measured:
    """Records that count, with one interval of each, the shortest first and the unmeasured last.

    Attributes:
        table: the records, in that order.
        took: microseconds, NEVER where a milestone is missing.
        targets: by tier, as far as there are any.
    """

    table: RecordTable
    took: Integers
    targets: Mapping[Tier, Target]

    @property
    def is_measured(self) -> Marks:
        """Which of them have the interval."""
        found: Marks = self.took != NEVER
        return found

    @property
    def is_over(self) -> Marks:
        """Which of them took longer than their target; none without one."""
        over: Marks = self.is_measured & (self.took > self._limits(np.iinfo(np.int64).max))
        return over

    @property
    def is_within(self) -> Marks:
        """Which of them took no longer than their target; none without one."""
        within: Marks = self.is_measured & (self.took <= self._limits(NEVER))
        return within

    def _limits(self, without: int) -> Integers:
        """Every record's target, microseconds."""
        targets = [self.targets.get(tier) for tier in Tier]
        limits = [target.seconds * MICROSECONDS if target else without for target in targets]
        found: Integers = np.array(limits, dtype=np.int64)[self.table.rows["tier"]]
        return found


def reasons(rows: NDArray[Any], is_drill: Marks, is_test: Marks) -> NDArray[np.int8]:
    """Why each record is left out, by its first reason's place in `Reason`; COUNTED where it is not."""
    wrong = np.zeros(len(rows), dtype=bool)
    for sequence in _SEQUENCES:
        latest = rows["received"]
        for milestone in sequence:
            at = rows[milestone.column]
            wrong |= (at != NEVER) & (at < latest)
            latest = np.maximum(latest, at)
    marks = {Reason.DRILL: is_drill, Reason.TEST: is_test, Reason.OUT_OF_ORDER: wrong}
    places = list(range(len(Reason)))
    found: NDArray[np.int8] = np.select([marks[reason] for reason in Reason], places, COUNTED).astype(np.int8)
    return found


def left_out(table: RecordTable, reason: Reason) -> Marks:
    """Which records are in no figure for this reason."""
    found: Marks = table.rows["left_out"] == list(Reason).index(reason)
    return found


def count_left_out(table: RecordTable) -> dict[Reason, int]:
    """How many records are in no figure, by reason."""
    return {reason: int(left_out(table, reason).sum()) for reason in Reason}


def intervals(table: RecordTable, interval: Interval) -> Integers:
    """The interval of every record, microseconds; NEVER where a milestone is missing."""
    start, end = _SPANS[interval]
    started = table.rows[start.column if start else "received"]
    ended = table.rows[end.column]
    found: Integers = np.where((started == NEVER) | (ended == NEVER), NEVER, ended - started)
    return found


def measured(table: RecordTable, interval: Interval, profile: Profile) -> Measured:
    """Measure the records of a table that count."""
    places = np.flatnonzero(table.rows["left_out"] == COUNTED)
    took = intervals(table, interval)[places]
    order = np.argsort(np.where(took == NEVER, np.iinfo(np.int64).max, took), kind="stable")
    return Measured(table.take(places[order]), took[order], profile.targets_of(interval))


def figures_by(found: Measured, group: NDArray[np.integer]) -> dict[int, list[Figures]]:
    """The figures of each group that has records, by its number, nearest tier first."""
    tiers = list(Tier)
    key = group.astype(np.int64) * len(tiers) + found.table.rows["tier"]
    order = np.argsort(key, kind="stable")  # within a group it stays ascending
    numbers, starts = np.unique(key[order], return_index=True)
    by_group: dict[int, list[Figures]] = {}
    for number, part in zip(numbers.tolist(), np.split(order, starts[1:]), strict=False):
        one = _figures(found, part, tiers[number % len(tiers)])
        by_group.setdefault(number // len(tiers), []).append(one)
    return by_group


def totals(found: Measured) -> list[Figures]:
    """The figures of all of them, nearest tier first; a tier without records has none."""
    return figures_by(found, np.zeros(len(found.table), dtype=np.int64)).get(0, [])


def _figures(found: Measured, part: Integers, tier: Tier) -> Figures:
    took = found.took[part]
    n = int(np.count_nonzero(took != NEVER))
    target = found.targets.get(tier)
    if not n:
        return Figures(tier, missing=len(part), target=target)
    limit = target.seconds * MICROSECONDS if target else 0
    return Figures(
        tier=tier,
        n=n,
        missing=len(part) - n,
        p50_s=float(took[rank(n, 50)]) / MICROSECONDS,
        p90_s=float(took[rank(n, 90)]) / MICROSECONDS,
        within_n=int(np.searchsorted(took[:n], limit, side="right")) if target else None,
        target=target,
    )
