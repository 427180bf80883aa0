"""What a monthly report says, and when it keeps silent: alike in every language. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

from dispatch.monthly import Counts, Spans
from dispatch.monthly_facts import Compared, MonthFacts, Most, Sentence, Slowest, compare, whole_seconds
from dispatch.profiles import Interval, Target
from dispatch.response_time import SMALL_BELOW, Figures, Reason
from dispatch.values import Tier

OtherMonth = Literal["month_before", "year_before"]
_KINDS = ("fire", "false_alarm", "other", "open")


class Words(Protocol):
    """How one language says it; `monthly_zh` and `monthly_en` do. Durations are whole seconds."""

    def sentence(self, clauses: Sequence[str]) -> str:
        """Clauses that belong together."""

    def no_incidents(self, facts: MonthFacts) -> str:
        """None in the month."""

    def incidents(self, facts: MonthFacts, kinds: Mapping[str, int]) -> str:
        """How many in the month; `kinds`: those of which there are any."""

    def incidents_beside(self, month_before: Counts, year_before: Counts) -> str:
        """How many in the other months; it follows one of the two above."""

    def no_records(self) -> str:
        """No figures in any month."""

    def unmeasured(self, interval: Interval, now: Figures) -> str:
        """No figures of a tier in this month."""

    def counted(self, interval: Interval, now: Figures) -> str:
        """Clause: how many records of a tier."""

    def took(self, p50_s: int, p90_s: int) -> str:
        """Clause: how long they took."""

    def within(self, within_n: int, n: int, target: Target) -> str:
        """Clause: how many kept the target."""

    def few(self, text: str) -> str:
        """A tier's sentence, and that it carries no judgement."""

    def beside(self, text: str, others: Sequence[str]) -> str:
        """A tier's sentence, and the clauses about the other months."""

    def nothing_in(self, month: OtherMonth) -> str:
        """Clause: nothing to compare with."""

    def few_in(self, month: OtherMonth, n: int) -> str:
        """Clause: too few to compare with."""

    def change(self, month: OtherMonth, n: int, p50_s: int, change_s: int) -> str:
        """Clause: the other month's median; now it is so much more (slower), or less."""

    def compared(self, tier: Tier, found: Compared) -> str:
        """Clause: the best and the worst part."""

    def not_compared(self, count: int) -> str:
        """Clause: how many parts have too few records."""

    def slowest(self, slow: Slowest) -> str:
        """The longest record."""

    def none_closed(self) -> str:
        """Nothing can be said of false alarms."""

    def none_false(self, closed: int) -> str:
        """No false alarm among those closed."""

    def false_alarms(self, count: int, closed: int, *, is_small: bool) -> str:
        """Clause: how many of those closed."""

    def cause(self, most: Most) -> str:
        """Clause: the most frequent cause; its name may be None."""

    def detector(self, most: Most) -> str:
        """Clause: the detector of most false alarms."""

    def missing(self, gap: Most, records: int) -> str:
        """Which station lacks most milestones."""

    def left_out(self, counts: Mapping[Reason, int]) -> str:
        """What is in no figure; `counts` may be empty."""


def sentences(facts: MonthFacts, words: Words) -> Iterator[Sentence]:
    """What the figures say, in the order in which it is read."""
    yield Sentence("incidents", _incidents(facts, words))
    if not facts.tiers:
        yield Sentence("tier", words.no_records())
    for spans in facts.tiers:
        yield Sentence("tier", _tier(facts.interval, spans, words))
    for tier in Tier:
        if found := compare(facts.parts, tier):
            clauses = [words.compared(tier, found)]
            if found.small:
                clauses.append(words.not_compared(found.small))
            yield Sentence("children", words.sentence(clauses))
    if facts.slowest:
        yield Sentence("worst", words.slowest(facts.slowest))
    yield Sentence("false_alarms", _false_alarms(facts, words))
    if facts.gap:
        yield Sentence("missing", words.missing(facts.gap, facts.gap_records))
    yield Sentence("left_out", words.left_out({why: count for why, count in facts.left_out.items() if count}))


def _incidents(facts: MonthFacts, words: Words) -> str:
    now = facts.incidents.month
    kinds = {kind: count for kind in _KINDS if (count := getattr(now, kind))}
    text = words.incidents(facts, kinds) if now.n else words.no_incidents(facts)
    return text + words.incidents_beside(facts.incidents.month_before, facts.incidents.year_before)


def _tier(interval: Interval, spans: Spans[Figures], words: Words) -> str:
    now = spans.month
    if now.p50_s is None or now.p90_s is None:
        return words.unmeasured(interval, now)
    p50_s = whole_seconds(now.p50_s)
    clauses = [words.counted(interval, now), words.took(p50_s, whole_seconds(now.p90_s))]
    if now.within_n is not None and now.target is not None:
        clauses.append(words.within(now.within_n, now.n, now.target))
    text = words.sentence(clauses)
    if now.is_small:
        return words.few(text)
    others = (
        _against(p50_s, "month_before", spans.month_before, words),
        _against(p50_s, "year_before", spans.year_before, words),
    )
    return words.beside(text, others)


def _against(p50_s: int, month: OtherMonth, other: Figures, words: Words) -> str:
    if other.p50_s is None:
        return words.nothing_in(month)
    if other.is_small:
        return words.few_in(month, other.n)
    other_s = whole_seconds(other.p50_s)
    return words.change(month, other.n, other_s, p50_s - other_s)


def _false_alarms(facts: MonthFacts, words: Words) -> str:
    if not facts.closed:
        return words.none_closed()
    if not facts.false_alarms:
        return words.none_false(facts.closed)
    is_small = facts.closed < SMALL_BELOW
    clauses = [words.false_alarms(facts.false_alarms, facts.closed, is_small=is_small)]
    if facts.cause:
        clauses.append(words.cause(facts.cause))
    if facts.detector:
        clauses.append(words.detector(facts.detector))
    return words.sentence(clauses)
