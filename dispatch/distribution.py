"""How an interval is spread, not only its middle: counts between fixed edges, and the share by then. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dispatch.profiles import Interval
from dispatch.response_time import MICROSECONDS, Measured
from dispatch.values import Tier

#: Where bins end, seconds; ours. A tier's target is always one more of them.
_SHORT_S = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
_LONG_S = (30, 60, 90, 120, 150, 180, 210, 240, 300, 360, 480, 600, 900, 1200, 1800, 3600)
_EDGES_S = {
    Interval.HANDLING: _SHORT_S,
    Interval.DELIVERY: _SHORT_S,
    Interval.ACKNOWLEDGEMENT: _SHORT_S,
    Interval.TURNOUT: _SHORT_S,
    Interval.TRAVEL: _LONG_S,
    Interval.RESPONSE: _LONG_S,
}


@dataclass(frozen=True, slots=True)
class Bin:
    """What took longer than `from_s`, up to and including `to_s`; None leaves that side open.

    Attributes:
        n: how many.
        cumulative: the share of all that took no longer than `to_s`.
    """

    from_s: int | None
    to_s: int | None
    n: int
    cumulative: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """The measured records of one tier."""

    tier: Tier
    n: int
    target_s: int | None
    bins: tuple[Bin, ...]


def distributions(found: Measured, interval: Interval) -> Iterator[Distribution]:
    """One for each tier that has measured records, nearest tier first."""
    measured = found.is_measured
    for number, tier in enumerate(Tier):
        took = found.took[measured & (found.table.rows["tier"] == number)]
        if not len(took):
            continue
        target = found.targets.get(tier)
        edges = sorted({*_EDGES_S[interval], *([target.seconds] if target else [])})
        up_to = np.searchsorted(took, np.array(edges) * MICROSECONDS, side="right").tolist()
        ends = zip([None, *edges], [*edges, None], [0, *up_to], [*up_to, len(took)], strict=True)
        bins = tuple(Bin(low, high, after - before, after / len(took)) for low, high, before, after in ends)
        yield Distribution(tier, len(took), target.seconds if target else None, bins)
