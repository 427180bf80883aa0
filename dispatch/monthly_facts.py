"""What the sentences of a monthly report are made of; `monthly_sentences` makes them. Pure.

No word of praise or blame stands without its figure. Small numbers are said to be small, and nothing is
concluded from them. Durations are rounded up to whole seconds and shares down to a tenth of a per cent, so
that nothing reads better than it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from dispatch.monthly import Counts, Spans
from dispatch.profiles import Interval
from dispatch.response_time import Figures, Reason
from dispatch.values import Tier


@dataclass(frozen=True, slots=True)
class Slowest:
    """The record that took longest, its instant local."""

    at: datetime
    place: str
    station: str
    took_s: float


@dataclass(frozen=True, slots=True)
class Most:
    """What a list has most of, and how many entries the list has."""

    name: str | None
    n: int
    entries: int


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What is said.

    Attributes:
        month: `YYYY-MM`.
        place: None for everything.
        parts: each child's name and its figures by tier.
        cause: the most frequent one; its name is None where none was given.
        detector: the one of most false alarms.
        gap: the station that lacks most, how many it lacks, and how many stations lack any.
        gap_records: how many records that station has.
    """

    month: str
    is_complete: bool
    place: str | None
    interval: Interval
    incidents: Spans[Counts]
    tiers: Sequence[Spans[Figures]]
    parts: Sequence[tuple[str, Sequence[Figures]]]
    slowest: Slowest | None
    closed: int
    false_alarms: int
    cause: Most | None
    detector: Most | None
    gap: Most | None
    gap_records: int
    left_out: Mapping[Reason, int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that is said, and what it is about."""

    about: str
    text: str


def whole_seconds(seconds: float) -> int:
    """Rounded up: what took 180.4 s is not said to have kept a target of 180 s."""
    return ceil(seconds)


def percent(part: int, whole: int) -> str:
    """A share as people write it, rounded down: only all of them are 100 %."""
    return f"{part * 1000 // whole / 10:.1f}%"


@dataclass(frozen=True, slots=True)
class Compared:
    """The parts of a place whose share within the target may be compared.

    Attributes:
        best, worst: name and figures.
        small: how many parts have records, but too few.
    """

    best: tuple[str, Figures]
    worst: tuple[str, Figures]
    small: int


def compare(parts: Sequence[tuple[str, Sequence[Figures]]], tier: Tier) -> Compared | None:
    """The parts of the highest and the lowest share within the target; None where fewer than two have one."""
    own = [(name, one) for name, several in parts for one in several if one.tier is tier and one.n]
    fit = [(name, one) for name, one in own if one.within_target is not None and not one.is_small]
    ordered = sorted(fit, key=lambda part: part[1].within_target or 0, reverse=True)
    if len(ordered) < 2 or ordered[0][1].within_target == ordered[-1][1].within_target:
        return None
    return Compared(ordered[0], ordered[-1], len(own) - len(fit))
