"""The words in a Sparkplug metric's name or value: English in any spelling, and Chinese. Pure."""

import re
from collections.abc import Mapping
from functools import lru_cache

from ingest.remembered import remembered

#: A level of a name, or a value, that is longer says nothing to us.
MAX_CHARACTERS = 64
#: Numbers only count rooms and inputs; but CO2 is not CO.
_TOKEN = re.compile(r"(?i:co2)|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\b[01]\b")
#: Words written together, as in `batterylow`.
_PARTS = (
    "smoke|fire|flame|heat|gas|carbon|monoxide|alarm|alert|detected|detector|tamper|battery|batt|bat|low|fault|self|"
    "test|window|door|contact|state|status|open|closed|active|sos|panic"
)
_PART, _COMPOUND = re.compile(_PARTS), re.compile(f"(?:{_PARTS})+")
_CHINESE: Mapping[str, str] = {
    "一氧化碳": "co",
    "手动报警": "sos",
    "手报": "sos",
    "烟雾": "smoke",
    "烟感": "smoke",
    "火警": "fire",
    "火灾": "fire",
    "温感": "heat",
    "高温": "overheat",
    "燃气": "gas",
    "报警": "alarm",
    "告警": "alarm",
    "防拆": "tamper",
    "拆除": "tamper",
    "低电": "low battery",
    "欠压": "low battery",
    "电池": "battery",
    "电量": "battery",
    "故障": "fault",
    "自检": "test",
    "测试": "test",
    "消音": "mute",
    "静音": "mute",
    "门磁": "contact",
    "窗": "window",
    "状态": "status",
    "正常": "normal",
    "浓度": "level",
    "阈值": "threshold",
}


_CHINESE_WORD = re.compile("|".join(_CHINESE))


def word_set(text: str) -> frozenset[str]:
    """The words between blanks."""
    return frozenset(text.split())


@remembered()
def words_of(text: str) -> tuple[str, ...]:
    """The words of a level of a name or of a value, in order and in lower case; none of a long one."""
    if len(text) > MAX_CHARACTERS:
        return ()
    if not text.isascii():
        text = _CHINESE_WORD.sub(lambda found: f" {_CHINESE[found[0]]} ", text)
    return tuple([word for token in _TOKEN.findall(text) for word in _split(token.lower())])


@lru_cache(maxsize=4096)
def _split(token: str) -> list[str]:
    return _PART.findall(token) if _COMPOUND.fullmatch(token) else [token]
