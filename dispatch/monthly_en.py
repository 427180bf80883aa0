"""The sentences of a monthly report in English. Pure."""

from collections.abc import Iterator
from datetime import date

from dispatch.monthly import Counts, Spans
from dispatch.monthly_facts import Compared, MonthFacts, Sentence, compare, percent, whole_seconds
from dispatch.profiles import Interval
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


def sentences(facts: MonthFacts) -> Iterator[Sentence]:
    """What the figures say, in the order in which it is read."""
    yield Sentence("incidents", _incidents(facts))
    if not facts.tiers:
        yield Sentence("tier", "None of the three months has records of a response.")
    for spans in facts.tiers:
        yield Sentence("tier", _tier(facts.interval, spans))
    for tier in Tier:
        if found := compare(facts.parts, tier):
            yield Sentence("children", _compared(tier, found))
    if facts.slowest:
        slow = facts.slowest
        when = f"{slow.at:%H:%M} on {slow.at.day} {slow.at:%B}"
        yield Sentence(
            "worst", f"The longest took {_time(slow.took_s)}: {slow.station}, {slow.place}, {when}."
        )
    yield Sentence("false_alarms", _false_alarms(facts))
    if gap := facts.gap:
        stations = f"{_many(gap.entries, 'station')} {'lacks' if gap.entries == 1 else 'lack'}"
        text = f"{stations} milestones; most at {gap.name}: {gap.n} of {_many(facts.gap_records, 'record')}."
        yield Sentence("missing", text)
    yield Sentence("left_out", _left_out(facts))


def _incidents(facts: MonthFacts) -> str:
    month = f"{date.fromisoformat(f'{facts.month}-01'):%B %Y}"
    now, where = facts.incidents.month, facts.place or "all regions"
    so_far = "" if facts.is_complete else " (not over yet; figures so far)"
    if not now.n:
        text = f"{month}{so_far}: no real incidents in {where}."
    else:
        kinds = [
            ("fire", now.fire),
            ("false alarm", now.false_alarm),
            ("other", now.other),
            ("still open", now.open),
        ]
        split = ", ".join(f"{count} {name}" for name, count in kinds if count)
        text = f"{month}{so_far}: {_many(now.n, 'real incident')} in {where}: {split}."
    before, last_year = facts.incidents.month_before, facts.incidents.year_before
    return f"{text} The month before: {_count(before)}; the same month last year: {_count(last_year)}."


def _count(counts: Counts) -> str:
    return str(counts.n) if counts.n else "none"


def _tier(interval: Interval, spans: Spans[Figures]) -> str:
    now, tier = spans.month, _TIERS[spans.month.tier]
    missing = f"{now.missing} more lack a milestone and are not counted" if now.missing else "none is missing"
    if now.p50_s is None or now.p90_s is None:
        lacks = f"; {now.missing} lack a milestone" if now.missing else ""
        return f"{tier}: no {_INTERVALS[interval]} was measured this month{lacks}."
    text = (
        f"{tier}, {_INTERVALS[interval]}: {_many(now.n, 'record')}, {missing}; "
        f"median {_time(now.p50_s)}, 90% within {_time(now.p90_s)}"
    )
    if now.within_n is not None and now.target is not None:
        text += (
            f"; {now.within_n} ({percent(now.within_n, now.n)}) within the target of {now.target.seconds} s"
        )
    if now.is_small:
        return f"{text}. Fewer than {SMALL_BELOW} records: a small number, given without a judgement."
    compared = (("The month before", spans.month_before), ("The same month last year", spans.year_before))
    return f"{text}. {' '.join(_against(now, name, other) for name, other in compared)}"


def _against(now: Figures, name: str, other: Figures) -> str:
    if other.p50_s is None or now.p50_s is None:
        return f"{name}: nothing to compare with."
    if other.is_small:
        return f"{name}: only {_many(other.n, 'record')}, too few to compare."
    change = whole_seconds(now.p50_s) - whole_seconds(other.p50_s)
    moved = f"{abs(change)} s {'faster' if change < 0 else 'slower'} now" if change else "the same as now"
    return f"{name} ({_many(other.n, 'record')}): median {_time(other.p50_s)}, {moved}."


def _compared(tier: Tier, found: Compared) -> str:
    (best, high), (worst, low) = found.best, found.worst
    ends = f"{_share(high)} in {best}, the lowest {_share(low)} in {worst}"
    text = f"{_TIERS[tier]}: the highest share within the target is {ends}"
    left = f"{_many(found.small, 'place')} with fewer than {SMALL_BELOW} records not compared"
    return f"{text}; {left}." if found.small else f"{text}."


def _share(figures: Figures) -> str:
    return f"{percent(figures.within_n or 0, figures.n)} ({figures.within_n} of {figures.n})"


def _false_alarms(facts: MonthFacts) -> str:
    if not facts.closed:
        return "No incident of the month is closed, so nothing can be said of false alarms."
    if not facts.false_alarms:
        return f"None of {_many(facts.closed, 'closed incident')} was a false alarm."
    share = percent(facts.false_alarms, facts.closed)
    text = f"{facts.false_alarms} of {_many(facts.closed, 'closed incident')} ({share}) false alarms"
    if facts.closed < SMALL_BELOW:
        text += ", a small number"
    if facts.cause:
        cause = f"most frequent cause: {facts.cause.name}" if facts.cause.name else "most have no cause given"
        text += f"; {cause} ({facts.cause.n})"
    if facts.detector:
        text += f"; most from one detector: {facts.detector.name} ({facts.detector.n})"
    return f"{text}."


def _left_out(facts: MonthFacts) -> str:
    names = {Reason.DRILL: "of drills", Reason.TEST: "of tests", Reason.OUT_OF_ORDER: "out of order"}
    counts = [f"{count} {names[reason]}" for reason, count in facts.left_out.items() if count]
    return f"Records left out: {', '.join(counts)}." if counts else "No record was left out."


def _time(seconds: float) -> str:
    minutes, rest = divmod(whole_seconds(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _many(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
