"""The words of a monthly report in English (`monthly_sentences.Words`). Pure."""

# ruff: noqa: D103 - `Words` says what each is for

from collections.abc import Mapping, Sequence
from datetime import date

from dispatch.monthly import Counts
from dispatch.monthly_facts import Compared, MonthFacts, Most, Slowest, percent, whole_seconds
from dispatch.monthly_sentences import OtherMonth
from dispatch.profiles import Interval, Target
from dispatch.response_time import SMALL_BELOW, Figures, Reason
from dispatch.values import Tier

_INTERVALS = {
    Interval.HANDLING: "handling (received to notified)",
    Interval.DELIVERY: "delivery (notified to delivered)",
    Interval.ACKNOWLEDGEMENT: "acknowledgement (notified to acknowledged)",
    Interval.TURNOUT: "turnout (notified to en route)",
    Interval.TRAVEL: "travel (en route to on scene)",
    Interval.RESPONSE: "response (received to on scene)",
}
_TIERS = {
    Tier.VILLAGE: "Village stations",
    Tier.TOWN: "Town teams",
    Tier.DISTRICT: "The district brigade",
}
_KINDS = {"fire": "fire", "false_alarm": "false alarm", "other": "other", "open": "still open"}
_MONTHS = {"month_before": "The month before", "year_before": "The same month last year"}
_REASONS = {Reason.DRILL: "of drills", Reason.TEST: "of tests", Reason.OUT_OF_ORDER: "out of order"}


def sentence(clauses: Sequence[str]) -> str:
    return f"{'; '.join(clauses)}."


def no_incidents(facts: MonthFacts) -> str:
    return f"{_month(facts)}: no real incidents in {_place(facts)}."


def incidents(facts: MonthFacts, kinds: Mapping[str, int]) -> str:
    split = ", ".join(f"{count} {_KINDS[kind]}" for kind, count in kinds.items())
    count = _many(facts.incidents.month.n, "real incident")
    return f"{_month(facts)}: {count} in {_place(facts)}: {split}."


def _month(facts: MonthFacts) -> str:
    so_far = "" if facts.is_complete else " (not over yet; figures so far)"
    return f"{date.fromisoformat(f'{facts.month}-01'):%B %Y}{so_far}"


def _place(facts: MonthFacts) -> str:
    return facts.place or "all regions"


def incidents_beside(month_before: Counts, year_before: Counts) -> str:
    return f" The month before: {_count(month_before)}; the same month last year: {_count(year_before)}."


def _count(counts: Counts) -> str:
    return str(counts.n) if counts.n else "none"


def no_records() -> str:
    return "None of the three months has records of a response."


def unmeasured(interval: Interval, now: Figures) -> str:
    lacks = f"; {now.missing} lack a milestone" if now.missing else ""
    return f"{_TIERS[now.tier]}: no {_INTERVALS[interval]} was measured this month{lacks}."


def counted(interval: Interval, now: Figures) -> str:
    missing = f"{now.missing} more lack a milestone and are not counted" if now.missing else "none is missing"
    return f"{_TIERS[now.tier]}, {_INTERVALS[interval]}: {_many(now.n, 'record')}, {missing}"


def took(p50_s: int, p90_s: int) -> str:
    return f"median {_time(p50_s)}, 90% within {_time(p90_s)}"


def within(within_n: int, n: int, target: Target) -> str:
    return f"{within_n} ({percent(within_n, n)}) within the target of {target.seconds} s"


def few(text: str) -> str:
    return f"{text} Fewer than {SMALL_BELOW} records: a small number, given without a judgement."


def beside(text: str, others: Sequence[str]) -> str:
    return " ".join([text, *(f"{one}." for one in others)])


def nothing_in(month: OtherMonth) -> str:
    return f"{_MONTHS[month]}: nothing to compare with"


def few_in(month: OtherMonth, n: int) -> str:
    return f"{_MONTHS[month]}: only {_many(n, 'record')}, too few to compare"


def change(month: OtherMonth, n: int, p50_s: int, change_s: int) -> str:
    moved = (
        f"{abs(change_s)} s {'faster' if change_s < 0 else 'slower'} now" if change_s else "the same as now"
    )
    return f"{_MONTHS[month]} ({_many(n, 'record')}): median {_time(p50_s)}, {moved}"


def compared(tier: Tier, found: Compared) -> str:
    (best, high), (worst, low) = found.best, found.worst
    ends = f"{_share(high)} in {best}, the lowest {_share(low)} in {worst}"
    return f"{_TIERS[tier]}: the highest share within the target is {ends}"


def not_compared(count: int) -> str:
    return f"{_many(count, 'place')} with fewer than {SMALL_BELOW} records not compared"


def _share(figures: Figures) -> str:
    return f"{percent(figures.within_n or 0, figures.n)} ({figures.within_n} of {figures.n})"


def slowest(slow: Slowest) -> str:
    when = f"{slow.at:%H:%M} on {slow.at.day} {slow.at:%B}"
    took_for = _time(whole_seconds(slow.took_s))
    return f"The longest took {took_for}: {slow.station}, {slow.place}, {when}."


def none_closed() -> str:
    return "No incident of the month is closed, so nothing can be said of false alarms."


def none_false(closed: int) -> str:
    return f"None of {_many(closed, 'closed incident')} was a false alarm."


def false_alarms(count: int, closed: int, *, is_small: bool) -> str:
    small = ", a small number" if is_small else ""
    return f"{count} of {_many(closed, 'closed incident')} ({percent(count, closed)}) false alarms{small}"


def cause(most: Most) -> str:
    text = f"most frequent cause: {most.name}" if most.name else "most have no cause given"
    return f"{text} ({most.n})"


def detector(most: Most) -> str:
    return f"most from one detector: {most.name} ({most.n})"


def missing(gap: Most, records: int) -> str:
    stations = f"{_many(gap.entries, 'station')} {'lacks' if gap.entries == 1 else 'lack'}"
    return f"{stations} milestones; most at {gap.name}: {gap.n} of {_many(records, 'record')}."


def left_out(counts: Mapping[Reason, int]) -> str:
    if not counts:
        return "No record was left out."
    return f"Records left out: {', '.join(f'{count} {_REASONS[why]}' for why, count in counts.items())}."


def _time(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _many(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
