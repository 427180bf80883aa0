"""One sentence for each thing that needs a human: what is the matter and what to do. Pure."""

from collections.abc import Mapping

from dispatch.readiness_texts import Words
from dispatch.values import HandoverStatus

#: By `NeedKind`, where nothing is to be filled in.
WORDS: Mapping[str, Words] = {
    "nobody_left": Words(
        "没有站队可派或全部不能出动，请立即拨打119并增派邻近站队",
        "No station is left, or all have declined: ring 119 and send a neighbouring station",
    ),
    "nobody_reached": Words(
        "站长等人员均联系不上，请立即打电话找人或增派其他站队",
        "Nobody of the stations sent can be reached: ring them yourself or send another station",
    ),
    "no_answer": Words(
        "尚无站队应答，请直接致电站长；联系不上就增派",
        "No station has answered: ring the chief yourself; send another where nobody answers",
    ),
    "place_unknown": Words(
        "报警设备位置不明，请向用户或安装人员核实地点并登记设备",
        "The device in alarm has no known place: find out where it hangs, then bind it",
    ),
}


def handover_open(within_s: int, status: str) -> Words:
    """The 119 centre has not taken the incident over within the plan's time, or gave it back."""
    if status == HandoverStatus.REJECTED:
        return Words(
            "119退回了移交，请立即拨打119说明情况",
            "The 119 centre gave the hand-over back: ring 119 and explain",
        )
    return Words(
        f"移交{within_s}秒仍未受理，请拨打119并按移交单口述",
        f"Not accepted {within_s} s after the hand-over: ring 119 and read the sheet to them",
    )


def village_dark(name: str) -> Words:
    """Most devices of a village are silent at once: no alarm would come from there."""
    return Words(
        f"{name}大部分设备失联，请核实是否停电断网，并安排人员巡查",
        f"{name}: most devices fell silent; ask about power and network, and have people look in",
    )
