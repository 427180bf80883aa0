"""The sentences of a monthly report in Chinese. Pure."""

from collections.abc import Iterator

from dispatch.monthly import Counts, Spans
from dispatch.monthly_facts import Compared, MonthFacts, Sentence, compare, percent, whole_seconds
from dispatch.profiles import Interval
from dispatch.response_time import SMALL_BELOW, Figures, Reason
from dispatch.values import Tier

_INTERVALS = {
    Interval.HANDLING: "处警（接警至发出通知）",
    Interval.DELIVERY: "送达（发出通知至送达）",
    Interval.ACKNOWLEDGEMENT: "应答（发出通知至应答）",
    Interval.TURNOUT: "出动（发出通知至出动）",
    Interval.TRAVEL: "行程（出动至到场）",
    Interval.RESPONSE: "到场（接警至到场）",
}
_TIERS = {Tier.VILLAGE: "村级站", Tier.TOWN: "镇级队", Tier.DISTRICT: "区级大队"}


def sentences(facts: MonthFacts) -> Iterator[Sentence]:
    """What the figures say, in the order in which it is read."""
    yield Sentence("incidents", _incidents(facts))
    if not facts.tiers:
        yield Sentence("tier", "三个月份均没有可统计的出警记录。")
    for spans in facts.tiers:
        yield Sentence("tier", _tier(facts.interval, spans))
    for tier in Tier:
        if found := compare(facts.parts, tier):
            yield Sentence("children", _compared(tier, found))
    if facts.slowest:
        slow = facts.slowest
        when = f"{slow.at.month}月{slow.at.day}日{slow.at:%H:%M}"
        text = f"用时最长的一次：{when}，{slow.place}，{slow.station}，用时{_time(slow.took_s)}。"
        yield Sentence("worst", text)
    yield Sentence("false_alarms", _false_alarms(facts))
    if gap := facts.gap:
        most = f"最多的是{gap.name}：{facts.gap_records}条记录中缺{gap.n}条"
        yield Sentence("missing", f"{gap.entries}个站有记录缺少时间节点，{most}。")
    yield Sentence("left_out", _left_out(facts))


def _incidents(facts: MonthFacts) -> str:
    year, month = facts.month.split("-")
    now = facts.incidents.month
    where = facts.place or "全部辖区"
    so_far = "" if facts.is_complete else "（本月尚未结束，数字为截至目前）"
    if not now.n:
        text = f"{year}年{int(month)}月{so_far}，{where}没有真实警情。"
    else:
        kinds = [("火情", now.fire), ("误报", now.false_alarm), ("其他", now.other), ("尚未结案", now.open)]
        split = "、".join(f"{name}{count}起" for name, count in kinds if count)
        text = f"{year}年{int(month)}月{so_far}，{where}共有真实警情{now.n}起，其中{split}。"
    before, last_year = facts.incidents.month_before, facts.incidents.year_before
    return f"{text}上月{_count(before)}，去年同月{_count(last_year)}。"


def _count(counts: Counts) -> str:
    return f"{counts.n}起" if counts.n else "没有警情"


def _tier(interval: Interval, spans: Spans[Figures]) -> str:
    now, tier = spans.month, _TIERS[spans.month.tier]
    missing = f"另有{now.missing}次缺少时间节点，未计入" if now.missing else "没有缺失"
    if now.p50_s is None or now.p90_s is None:
        lacks = f"，{now.missing}次缺少时间节点" if now.missing else ""
        return f"{tier}本月没有{_INTERVALS[interval]}时间的记录{lacks}。"
    text = (
        f"{tier}{_INTERVALS[interval]}有记录{now.n}次，{missing}；"
        f"中位数{_time(now.p50_s)}，90%在{_time(now.p90_s)}以内"
    )
    if now.within_n is not None and now.target is not None:
        within = f"{now.within_n}次（{percent(now.within_n, now.n)}）"
        text += f"；在目标{now.target.seconds}秒以内的{within}"
    if now.is_small:
        return f"{text}。记录不足{SMALL_BELOW}次，数量少，只列数字，不作评价。"
    compared = (("上月", spans.month_before), ("去年同月", spans.year_before))
    return f"{text}。{'；'.join(_against(now, name, other) for name, other in compared)}。"


def _against(now: Figures, name: str, other: Figures) -> str:
    if other.p50_s is None or now.p50_s is None:
        return f"{name}没有可比的记录"
    if other.is_small:
        return f"{name}仅{other.n}次，数量少，不作比较"
    change = whole_seconds(now.p50_s) - whole_seconds(other.p50_s)
    moved = f"本月{'快' if change < 0 else '慢'}{abs(change)}秒" if change else "与本月相同"
    return f"{name}（{other.n}次）中位数{_time(other.p50_s)}，{moved}"


def _compared(tier: Tier, found: Compared) -> str:
    (best, high), (worst, low) = found.best, found.worst
    text = f"{_TIERS[tier]}达标比例最高的是{best}（{_share(high)}），最低的是{worst}（{_share(low)}）"
    return f"{text}；另有{found.small}处记录不足{SMALL_BELOW}次，不作比较。" if found.small else f"{text}。"


def _share(figures: Figures) -> str:
    return f"{percent(figures.within_n or 0, figures.n)}，{figures.n}次中{figures.within_n}次"


def _false_alarms(facts: MonthFacts) -> str:
    if not facts.closed:
        return "本月没有已结案的警情，无从统计误报。"
    if not facts.false_alarms:
        return f"已结案的{facts.closed}起警情中没有误报。"
    share = percent(facts.false_alarms, facts.closed)
    text = f"已结案的{facts.closed}起警情中误报{facts.false_alarms}起，占{share}"
    if facts.closed < SMALL_BELOW:
        text += "（数量少，比例仅供参考）"
    if facts.cause:
        cause = f"最多的原因是{facts.cause.name}" if facts.cause.name else "最多的一类没有填写原因"
        text += f"；{cause}（{facts.cause.n}起）"
    if facts.detector:
        text += f"；误报最多的探测器是{facts.detector.name}（{facts.detector.n}起）"
    return f"{text}。"


def _left_out(facts: MonthFacts) -> str:
    names = {Reason.DRILL: "演练", Reason.TEST: "测试", Reason.OUT_OF_ORDER: "时间先后有误"}
    counts = [f"{names[reason]}{count}条" for reason, count in facts.left_out.items() if count]
    return (
        f"以下记录未计入统计：{'、'.join(counts)}。"
        if counts
        else "没有因演练、测试或时间先后有误而剔除的记录。"
    )


def _time(seconds: float) -> str:
    minutes, rest = divmod(whole_seconds(seconds), 60)
    return f"{minutes}分{rest:02d}秒" if minutes else f"{rest}秒"
