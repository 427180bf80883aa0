"""What people read about the service itself: its own detector, the communication test. Pure.

The rules of `dispatch.messages` hold: no link, no leading 【】, one segment where the names allow.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from dispatch.wording import first_that_fits

#: Where a probe got stuck (`dispatch.probe.Stage`), and whom to ask.
STUCK_ZH: Mapping[str, str] = {
    "broker": "连不上MQTT服务器",
    "ingest": "报警未能入库",
    "sender": "短信未能发出",
}
STUCK_EN: Mapping[str, str] = {
    "broker": "the MQTT broker does not answer",
    "ingest": "alarms are not recorded",
    "sender": "messages are not sent",
}
#: So many are named where they fit; the rest is the count.
_MOST_NAMED = 5


def probe_missed(stage: str, at: datetime, language: str) -> str:
    """To the duty officer: the service's own alarm did not arrive; `at` in local time."""
    if language == "en":
        return (
            f"{at:%H:%M} self-check failed: {STUCK_EN[stage]}. Real alarms may not get through. "
            "Call IT and watch by phone"
        )
    return f"{at:%H:%M}系统自检失败：{STUCK_ZH[stage]}，真实报警可能收不到，请立即联系运维并加强电话值守"


def probe_well(language: str) -> str:
    """To the duty officer: the service's own alarms arrive again."""
    if language == "en":
        return "Self-check passed: alarms get through again"
    return "系统自检恢复正常，报警可以送达"


def communication_test(station: str, language: str) -> str:
    """To every chief: a marked message that asks for an answer."""
    if language == "en":
        return first_that_fits(
            f"TEST, no fire: {name}please reply 1 to show that this message reaches you"
            for name in (f"{station}, ", "")
        )
    return first_that_fits(f"通讯测试（非火警）：{name}收到本短信请回1" for name in (f"{station}站长", ""))


def communication_summary(asked: int, answered: int, silent: Sequence[str], language: str) -> str:
    """To the duty officer: how the communication test ended; `silent` names who did not answer."""
    return first_that_fits(_summaries(asked, answered, silent, language))


def _summaries(asked: int, answered: int, silent: Sequence[str], language: str) -> Iterator[str]:
    """From the fullest to the barest: fewer names, then no names."""
    for named in range(min(_MOST_NAMED, len(silent)), -1, -1):
        if language == "en":
            more = ", ..." if 0 < named < len(silent) else ""
            names = f" No answer: {', '.join(silent[:named])}{more}." if named else ""
            yield f"Communication test over: {answered} of {asked} chiefs answered.{names}"
        else:
            more = "等" if 0 < named < len(silent) else ""
            names = f"，未回复：{'、'.join(silent[:named])}{more}" if named else ""
            yield f"通讯测试结束：{asked}名站长中{answered}名已回复{names}"
