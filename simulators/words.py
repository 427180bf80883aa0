"""Facts of an incident's timeline as Chinese lines for whoever watches a story. Pure.

A kind that is not known here is shown as it is, so that nothing is hidden.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: The marks in front of the lines, and what they mean to an English reader.
LEGEND = (
    "▲ 警情 incident   ● 派出 station sent   → 短信 SMS   ☎ 语音 call   ← 回复 answer   "
    "■ 处置 decision   · 设备 device   … 旁白 story   ✓ 已核实 seen"
)

TIERS = {"village": "村级", "town": "镇级", "district": "区级"}
_GRADES = {"suspected": "疑似", "confirmed": "已确认"}
_SIGNALS = {
    "smoke": "烟感",
    "heat": "温感",
    "call_point": "手动报警按钮",
    "escape_window": "逃生窗",
    "person": "有人报警",
}
_REASONS = {
    "first_device": "首个探测器",
    "second_device": "第二个探测器",
    "call_point": "手动报警",
    "escape_window": "逃生窗打开",
    "escape_windows": "多个逃生窗打开",
    "person": "有人报警",
    "same_device_again": "同一设备再次报警",
    "same_system": "同一系统内报警",
}
_ANSWERS = {
    "coming": "出发",
    "enroute": "已在路上",
    "cannot": "不能到场",
    "on_scene": "已到场",
    "false_alarm": "误报",
    "need_help": "请求增援",
}
_MILESTONES = {
    "notified": "已通知",
    "delivered": "已送达",
    "acknowledged": "应答",
    "enroute": "出动",
    "on_scene": "到场",
    "cleared": "归队",
}
_WAYS = {"sms": "短信", "voice": "电话按键", "terminal": "站内终端", "page": "网页", "api": "网页"}
_STEPS = {
    "voice": "无人应答：电话呼叫站长，短信通知副站长和队员",
    "next_station": "仍无人应答：加派下一个最近的站，通知值班员",
    "repeat": "仍无人应答：再次通知所有人",
    "ask_progress": "应答后超时未到场：询问该站，通知值班员",
    "ask_on_scene": "到场后久无消息：询问现场情况",
    "handover_unverified": "仍未核实，到时移交",
    "handover_accept": "119中心未接收：请值班员拨打119",
    "duty_repeat": "无站前往：再次通知值班员",
}
_HANDOVERS = {
    "sent": "119中心已收到",
    "delivered": "119中心已读到",
    "failed": "未送达119中心，需电话移交",
    "accepted": "119中心已接收",
    "rejected": "119中心拒收",
    "dispatched": "119中心已出动",
    "on_scene": "119力量到场",
    "closed": "119中心已结案",
}
DISPOSITIONS = {
    "fire": "火情",
    "false_alarm": "误报",
    "test": "测试",
    "duplicate": "重复",
    "other": "其他",
}
_DEVICE_EVENTS = {
    "restore": "恢复正常",
    "silence": "已消音",
    "window_closed": "窗已关",
    "offline": "离线",
    "online": "上线",
    "fault": "故障",
    "test": "测试",
    "tamper": "被拆动",
    "low_battery": "电量低",
}


@dataclass(frozen=True, slots=True)
class _Fact:
    """A fact of the timeline with the name of the station that it is about."""

    kind: str
    data: Mapping[str, Any]
    actor: str
    source: str
    station: str

    def of(self, words: Mapping[str, str], key: str) -> str:
        """The Chinese word for one of its data; an unknown word stays as it is."""
        return _of(words, self.data[key])

    @property
    def way(self) -> str:
        """How it reached the service."""
        return _of(_WAYS, self.source)

    @property
    def inside(self) -> str:
        """Floor and room, with a blank behind them."""
        floor = f"{self.data['floor']}楼" if self.data.get("floor") else ""
        inside = f"{floor}{self.data.get('room') or ''}"
        return f"{inside} " if inside else ""


def line_of(fact: Mapping[str, Any], code: str, station: str) -> str:
    """One fact of incident `code` in words; `station` names the assignment's station, or is empty."""
    told = _Fact(fact["kind"], fact["data"], fact["actor"] or "", fact["source"], station)
    by_prefix = (words for prefix, words in _FAMILIES.items() if told.kind.startswith(prefix))
    words = _LINES.get(told.kind) or next(by_prefix, lambda it: f"■ {it.kind}")
    mark, _, rest = words(told).partition(" ")
    return f"{mark} {code} {rest.strip()}"


def _opened(it: _Fact) -> str:
    drill = "【演练】" if it.data["drill"] else ""
    return f"▲ {drill}警情：{it.data['place']}（{it.of(_GRADES, 'grade')}，{it.of(_REASONS, 'reason')}）"


def _assigned(it: _Fact) -> str:
    travel = f"，预计 {it.data['travel_s'] / 60:.1f} 分钟" if it.data["travel_s"] else ""
    return f"● 派出 {it.data['station']}（{it.of(TIERS, 'tier')}{travel}）"


def _escalated(it: _Fact) -> str:
    again = f"（第{it.data['round']}次）" if it.data["round"] > 1 else ""
    return f"■ {it.station} {it.of(_STEPS, 'step')}{again}"


def _handed_over(it: _Fact) -> str:
    return f"■ 移交区级和119（{'已确认' if it.data['verified'] else '未核实'}）"


def _centre(it: _Fact) -> str:
    number = f"，编号 {it.data['number']}" if it.data.get("number") else ""
    return f"■ {_of(_HANDOVERS, it.kind.removeprefix('handover_'))}{number}"


def _closed(it: _Fact) -> str:
    cause = f"，原因：{it.data['cause']}" if it.data["cause"] else ""
    return f"■ 结案：{it.of(DISPOSITIONS, 'disposition')}{cause}"


def _sent(it: _Fact) -> str:
    """A message of which no phone tells more; its text is not in the timeline."""
    return f"{'☎' if it.data['channel'] == 'voice' else '→'} {it.data['person']}"


#: A kind of fact and its line: a mark, a blank, and the words that come behind the code.
_LINES: Mapping[str, Callable[[_Fact], str]] = {
    "opened": _opened,
    "signal_joined": lambda it: f"▲ 又一信号：{it.inside}{it.of(_SIGNALS, 'signal')}",
    "confirmed": lambda it: f"▲ 确认为火警（{it.of(_REASONS, 'reason')}）",
    "assigned": _assigned,
    "answered": lambda it: f"← {it.station} {it.actor}：{it.of(_ANSWERS, 'answer')}（{it.way}）",
    "duty_officer_answered": lambda it: f"← 值班员 {it.actor}：{it.of(_ANSWERS, 'answer')}（{it.way}）",
    "milestone": lambda it: f"← {it.station}：{it.of(_MILESTONES, 'milestone')}（{it.way}）",
    "milestone_corrected": lambda it: f"← {it.station} 更正：{it.of(_MILESTONES, 'milestone')}（{it.way}）",
    "escalated": _escalated,
    "handed_over": _handed_over,
    "handover_updated": _handed_over,
    "closed": _closed,
    "no_station_left": lambda it: f"■ {it.of(TIERS, 'tier')}已无站可派，通知值班员",
    "grade_lowered": lambda it: f"■ 降为{it.of(_GRADES, 'grade')}：{it.data['reason']}",
    "stations_silent": lambda it: f"■ {it.of(TIERS, 'tier')}各站均未应答，不再自动加派，通知值班员",
    "step_expired": lambda it: f"■ {it.station} 已过时，不再执行：{it.of(_STEPS, 'step')}",
    "message_sent": _sent,
    "message_delivered": _sent,
}
#: The same for families of kinds, by the beginning of their names.
_FAMILIES: Mapping[str, Callable[[_Fact], str]] = {
    "handover_": _centre,
    "device_": lambda it: f"· {it.inside}{it.actor}：{_of(_DEVICE_EVENTS, it.kind.removeprefix('device_'))}",
    "message_": lambda it: f"✗ {it.data['person']}：未送达（{it.data.get('failure', '')}）",
}


def _of(words: Mapping[str, str], word: str) -> str:
    return words.get(word, word)
