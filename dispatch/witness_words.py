"""What people read of a device under test or maintenance, in Chinese and English. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatch.modes import Mode
from dispatch.wording import first_that_fits, floor_words, place_words, without_known_prefix

_KINDS_ZH: Mapping[str, str] = {
    "smoke": "烟感",
    "heat": "温感",
    "call_point": "手动报警按钮",
    "escape_window": "逃生窗",
    "gateway": "网关",
    "station_terminal": "站点终端",
}
_MODES_ZH: Mapping[Mode, str] = {Mode.TEST: "测试", Mode.MAINTENANCE: "维护"}


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What a text may need to know of a device."""

    kind: str
    place: str
    address: str
    floor: str | None
    room: str | None


def test_arrived(facts: DeviceFacts, language: str) -> str:
    """To the chief who would be paged first: the device's word has come through; nobody goes."""
    whole = place_words(facts.place, facts.address)
    places = (whole, without_known_prefix(whole), without_known_prefix(facts.address or facts.place))
    if language == "en":
        said = "The test signal has arrived; nobody needs to go or answer"
        return first_that_fits(f"TEST, no fire: {place}, {_inside(facts, 'en')}. {said}" for place in places)
    said = "测试信号已收到，无需出动，无需回复"
    return first_that_fits(f"测试（非火警）：{place} {_inside(facts, 'zh')}，{said}" for place in places)


def alarm_in_mode(
    facts: DeviceFacts, language: str, *, mode: Mode, owner: str, until: datetime, at: datetime
) -> str:
    """To the duty officer: a device that somebody works on is in alarm, and no station was paged.

    `until` and `at` are in local time; the instant keeps two such texts from being the same.
    """
    place = place_words(facts.place, facts.address)
    if language == "en":
        return (
            f"ALARM {at:%H:%M:%S} of a device under {mode}, no station paged: "
            f"{place}, {_inside(facts, 'en')}. "
            f"{mode.capitalize()} by {owner} until {until:%m-%d %H:%M}. Check; if it burns, ring 119"
        )
    return (
        f"{_MODES_ZH[mode]}中的设备报警（{at:%H:%M:%S}），未通知各站：{place} {_inside(facts, 'zh')}。"
        f"{_MODES_ZH[mode]}人{owner}，至{until:%m-%d %H:%M}。请核实，有火情立即报警并拨119"
    )


def _inside(facts: DeviceFacts, language: str) -> str:
    floor = floor_words(facts.floor, language) if facts.floor else ""
    if language == "en":
        return " ".join(part for part in (floor, facts.room, facts.kind.replace("_", " ")) if part)
    return f"{floor}{facts.room or ''}{_KINDS_ZH.get(facts.kind, '设备')}"
