"""The words of a monthly report in Chinese (`monthly_sentences.Words`). Pure."""

# ruff: noqa: D103 - `Words` says what each is for

from collections.abc import Mapping, Sequence

from dispatch.monthly import Counts
from dispatch.monthly_facts import Compared, MonthFacts, Most, Slowest, percent, whole_seconds
from dispatch.monthly_sentences import OtherMonth
from dispatch.profiles import Interval, Target
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
_KINDS = {"fire": "火情", "false_alarm": "误报", "other": "其他", "open": "尚未结案"}
_MONTHS = {"month_before": "上月", "year_before": "去年同月"}
_REASONS = {Reason.DRILL: "演练", Reason.TEST: "测试", Reason.OUT_OF_ORDER: "时间先后有误"}


def sentence(clauses: Sequence[str]) -> str:
    return f"{'；'.join(clauses)}。"


def no_incidents(facts: MonthFacts) -> str:
    return f"{_where(facts)}没有真实警情。"


def incidents(facts: MonthFacts, kinds: Mapping[str, int]) -> str:
    split = "、".join(f"{_KINDS[kind]}{count}起" for kind, count in kinds.items())
    return f"{_where(facts)}共有真实警情{facts.incidents.month.n}起，其中{split}。"


def _where(facts: MonthFacts) -> str:
    year, month = facts.month.split("-")
    so_far = "" if facts.is_complete else "（本月尚未结束，数字为截至目前）"
    return f"{year}年{int(month)}月{so_far}，{facts.place or '全部辖区'}"


def incidents_beside(month_before: Counts, year_before: Counts) -> str:
    return f"上月{_count(month_before)}，去年同月{_count(year_before)}。"


def _count(counts: Counts) -> str:
    return f"{counts.n}起" if counts.n else "没有警情"


def no_records() -> str:
    return "三个月份均没有可统计的出警记录。"


def unmeasured(interval: Interval, now: Figures) -> str:
    lacks = f"，{now.missing}次缺少时间节点" if now.missing else ""
    return f"{_TIERS[now.tier]}本月没有{_INTERVALS[interval]}时间的记录{lacks}。"


def counted(interval: Interval, now: Figures) -> str:
    missing = f"另有{now.missing}次缺少时间节点，未计入" if now.missing else "没有缺失"
    return f"{_TIERS[now.tier]}{_INTERVALS[interval]}有记录{now.n}次，{missing}"


def took(p50_s: int, p90_s: int) -> str:
    return f"中位数{_time(p50_s)}，90%在{_time(p90_s)}以内"


def within(within_n: int, n: int, target: Target) -> str:
    return f"在目标{target.seconds}秒以内的{within_n}次（{percent(within_n, n)}）"


def few(text: str) -> str:
    return f"{text}记录不足{SMALL_BELOW}次，数量少，只列数字，不作评价。"


def beside(text: str, others: Sequence[str]) -> str:
    return text + sentence(others)


def nothing_in(month: OtherMonth) -> str:
    return f"{_MONTHS[month]}没有可比的记录"


def few_in(month: OtherMonth, n: int) -> str:
    return f"{_MONTHS[month]}仅{n}次，数量少，不作比较"


def change(month: OtherMonth, n: int, p50_s: int, change_s: int) -> str:
    moved = f"本月{'快' if change_s < 0 else '慢'}{abs(change_s)}秒" if change_s else "与本月相同"
    return f"{_MONTHS[month]}（{n}次）中位数{_time(p50_s)}，{moved}"


def compared(tier: Tier, found: Compared) -> str:
    (best, high), (worst, low) = found.best, found.worst
    return f"{_TIERS[tier]}达标比例最高的是{best}（{_share(high)}），最低的是{worst}（{_share(low)}）"


def not_compared(count: int) -> str:
    return f"另有{count}处记录不足{SMALL_BELOW}次，不作比较"


def _share(figures: Figures) -> str:
    return f"{percent(figures.within_n or 0, figures.n)}，{figures.n}次中{figures.within_n}次"


def slowest(slow: Slowest) -> str:
    when = f"{slow.at.month}月{slow.at.day}日{slow.at:%H:%M}"
    took_for = _time(whole_seconds(slow.took_s))
    return f"用时最长的一次：{when}，{slow.place}，{slow.station}，用时{took_for}。"


def none_closed() -> str:
    return "本月没有已结案的警情，无从统计误报。"


def none_false(closed: int) -> str:
    return f"已结案的{closed}起警情中没有误报。"


def false_alarms(count: int, closed: int, *, is_small: bool) -> str:
    small = "（数量少，比例仅供参考）" if is_small else ""
    return f"已结案的{closed}起警情中误报{count}起，占{percent(count, closed)}{small}"


def cause(most: Most) -> str:
    text = f"最多的原因是{most.name}" if most.name else "最多的一类没有填写原因"
    return f"{text}（{most.n}起）"


def detector(most: Most) -> str:
    return f"误报最多的探测器是{most.name}（{most.n}起）"


def missing(gap: Most, records: int) -> str:
    most = f"最多的是{gap.name}：{records}条记录中缺{gap.n}条"
    return f"{gap.entries}个站有记录缺少时间节点，{most}。"


def left_out(counts: Mapping[Reason, int]) -> str:
    if not counts:
        return "没有因演练、测试或时间先后有误而剔除的记录。"
    return f"以下记录未计入统计：{'、'.join(f'{_REASONS[why]}{count}条' for why, count in counts.items())}。"


def _time(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}分{rest:02d}秒" if minutes else f"{rest}秒"
