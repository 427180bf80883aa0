"""The words that texts are made of: places, floors, what sounded, segments; Chinese and English. Pure.

`language` is `zh` or `en`; anything else reads as Chinese.
"""

import re
from collections.abc import Iterable

import smsutil

from dispatch.values import Answer, Disposition

TIERS_ZH = {"village": "村级", "town": "镇级", "district": "区级"}
DISPOSITIONS_ZH = {
    Disposition.FIRE: "火情已处置",
    Disposition.FALSE_ALARM: "误报",
    Disposition.TEST: "测试",
    Disposition.DUPLICATE: "与另一警情重复",
    Disposition.OTHER: "已处理",
}
DISPOSITIONS_EN = {
    Disposition.FIRE: "fire dealt with",
    Disposition.FALSE_ALARM: "false alarm",
    Disposition.TEST: "test",
    Disposition.DUPLICATE: "same as another incident",
    Disposition.OTHER: "dealt with",
}
ANSWERS_ZH = {
    Answer.COMING: "出发",
    Answer.ENROUTE: "已在路上",
    Answer.CANNOT: "不能到场",
    Answer.ON_SCENE: "已到场",
    Answer.FALSE_ALARM: "误报",
    Answer.NEED_HELP: "请求增援",
}

_SOUNDED_ZH = {
    "smoke": "烟感报警",
    "heat": "温感报警",
    "call_point": "手动报警",
    "escape_window": "逃生窗打开",
    "window": "逃生窗打开",
    "person": "有人报火警",
}
_SOUNDED_EN = {
    "smoke": "smoke",
    "heat": "heat",
    "call_point": "call point",
    "escape_window": "window opened",
    "window": "window opened",
    "person": "fire reported",
}

_NAME = "[^省市区县镇乡村路号 ]"
#: Province, city and district before a town or street office: what everyone in the district knows.
_KNOWN_PREFIX = re.compile(
    rf"(?:^|(?<= ))(?:{_NAME}{{2,7}}省)?(?:{_NAME}{{2,7}}市)?(?:{_NAME}{{1,7}}[区县市])?"
    rf"(?={_NAME}{{1,6}}(?:镇|乡|街道))"
)
_FLOOR = re.compile(r"(-|[Bb])?(\d{1,3})\s*(?:[FfLl]|楼|层)?")


def place_words(name: str, address: str) -> str:
    """Name and address of a place, neither twice."""
    if not address or address in name:
        return name
    if not name or name in address:
        return address
    return f"{name} {address}"


def without_known_prefix(place: str) -> str:
    """The place without province, city and district, where a town follows them."""
    return _KNOWN_PREFIX.sub("", place)


def floor_words(floor: str, language: str) -> str:
    """`3`, `3F` and `3楼` are one floor to a reader, `-1` and `B1` a basement; other words stay."""
    match = _FLOOR.fullmatch(floor.strip())
    if match is None:
        return floor.strip()
    below, number = match.groups()
    if language == "en":
        return f"{'B' if below else ''}{number}{'' if below else 'F'}"
    return f"{'地下' if below else ''}{number}楼"


def inside_words(floor: str | None, room: str | None, sounded: str, language: str) -> str:
    """Floor, room and what sounded; `sounded` is a device kind, `person` or `window`."""
    where = floor_words(floor, language) if floor else ""
    if language == "en":
        return " ".join(part for part in (where, room, _SOUNDED_EN.get(sounded, "alarm")) if part)
    inside = f"{where}{room or ''}"
    what = _SOUNDED_ZH.get(sounded, "设备报警")
    return f"{inside} {what}" if inside else what


def fits_one_segment(text: str) -> bool:
    """Whether a phone gets the text in one piece: 160 GSM 03.38 septets or 70 UCS-2 characters."""
    return len(smsutil.split(text).parts) <= 1


def first_that_fits(variants: Iterable[str]) -> str:
    """The first variant that fits one segment; where none does, the last, which is the shortest."""
    text = ""
    for text in variants:
        if fits_one_segment(text):
            break
    return text
