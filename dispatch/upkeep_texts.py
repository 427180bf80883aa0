"""What people read about devices that need care: a dark village, the daily digest. Pure.

The rules of `dispatch.messages` hold: no link, no leading 【】, one segment where the names allow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dispatch.supervision import TroubleKind
from dispatch.wording import first_that_fits, floor_words

_WRONG_ZH = {
    TroubleKind.OFFLINE: "离线",
    TroubleKind.GATEWAY_DOWN: "网关离线",
    TroubleKind.FAULT: "故障",
    TroubleKind.TAMPER: "被拆动",
    TroubleKind.LOW_BATTERY: "电量低",
}
_WRONG_EN = {
    TroubleKind.OFFLINE: "offline",
    TroubleKind.GATEWAY_DOWN: "gateway offline",
    TroubleKind.FAULT: "fault",
    TroubleKind.TAMPER: "tampered",
    TroubleKind.LOW_BATTERY: "battery low",
}
#: So many are named where they fit; the rest is the count.
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Complaint:
    """One device that needs care: where it is, and what is wrong."""

    kind: TroubleKind
    place: str
    floor: str | None
    room: str | None


def village_dark(village: str, lost: int, language: str) -> str:
    """To the duty officer: a whole village fell silent within minutes."""
    if language == "en":
        what = f"{lost} devices and gateways silent at once, power or network cut?"
        return f"{village}: {what} Not a fire. Please check"
    return f"{village}有{lost}台设备和网关同时失联，可能停电或断网，不是火警，请核实"


def village_light(village: str, language: str) -> str:
    """To the duty officer: the village is heard again."""
    if language == "en":
        return f"{village}: devices are heard again"
    return f"{village}设备已恢复在线"


def digest(complaints: Sequence[Complaint], language: str) -> str:
    """To whoever looks after buildings, once a day: how many devices need care, and the first of them."""
    return first_that_fits(_digests(complaints, language))


def _digests(complaints: Sequence[Complaint], language: str) -> Iterator[str]:
    """From the fullest to the barest: fewer names, then no names."""
    total = len(complaints)
    for named in range(min(_MOST_NAMED, total), -1, -1):
        parts = [_words(complaint, language) for complaint in complaints[:named]]
        if language == "en":
            more = "; ..." if 0 < named < total else ""
            names = f": {'; '.join(parts)}{more}" if parts else ""
            yield f"{total} fire devices need care{names}. Please see to it"
        else:
            more = "等" if 0 < named < total else ""
            names = f"：{'；'.join(parts)}{more}" if parts else ""
            yield f"消防设备维护：{total}处待处理{names}。请查看"


def _words(complaint: Complaint, language: str) -> str:
    floor = floor_words(complaint.floor, language) if complaint.floor else ""
    if language == "en":
        inside = " ".join(part for part in (complaint.place, floor, complaint.room) if part)
        return f"{inside} {_WRONG_EN[complaint.kind]}"
    return f"{complaint.place}{floor}{complaint.room or ''}{_WRONG_ZH[complaint.kind]}"
