"""Which stations have become faster or slower than in the period before, and when nobody may say so. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.response_time import Figures

#: By this share of what it was the median has to move before it is called a change. Ours.
_MOVED = 0.1


class Judgement(StrEnum):
    """What may be said of a change."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    SMALL = "small"  # too few records in either period


@dataclass(frozen=True, slots=True)
class Change:
    """Now minus before: negative seconds are faster. None where nothing is comparable."""

    p50_s: float | None = None
    p90_s: float | None = None
    within: float | None = None
    judgement: Judgement | None = None


def change(now: Figures, before: Figures | None) -> Change:
    """Compare a station's figures with those of the period before; None: it had no records then."""
    if before is None or before.p50_s is None or before.p90_s is None:
        return Change()
    if now.p50_s is None or now.p90_s is None:
        return Change()
    p50_s, p90_s = now.p50_s - before.p50_s, now.p90_s - before.p90_s
    within = None
    if now.within_target is not None and before.within_target is not None:
        within = now.within_target - before.within_target
    return Change(p50_s, p90_s, within, _judge(now, before, p50_s, p90_s))


def _judge(now: Figures, before: Figures, p50_s: float, p90_s: float) -> Judgement:
    """A median that moves one way while the slow ones move the other is no improvement, nor the opposite."""
    if now.is_small or before.is_small:
        return Judgement.SMALL
    enough = _MOVED * (before.p50_s or 0)
    if p50_s < 0 and -p50_s >= enough and p90_s <= 0:
        return Judgement.BETTER
    if p50_s > 0 and p50_s >= enough and p90_s >= 0:
        return Judgement.WORSE
    return Judgement.SAME
