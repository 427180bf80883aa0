"""The words that codecs of LoRaWAN devices put into their fields, and what each of them says.

Words are compared without case, blanks and punctuation, as `plain` writes them.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

from ingest.reading import Condition
from ingest.remembered import remembered

_Meaning = TypeVar("_Meaning")
_PUNCTUATION = re.compile(r"[\W_]+")


@remembered()
def plain(text: str) -> str:
    """Without case, blanks and punctuation."""
    return _PUNCTUATION.sub("", text.lower())


def every(words: str, meaning: _Meaning) -> dict[str, _Meaning]:
    """A table in which each of the words, between blanks, has this meaning."""
    return dict.fromkeys(words.split(), meaning)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Where these stand for true and false they say so of the field's own condition; another word names a state.
YES_AND_NO = _words("true false yes no on off 1 0")
#: What a button says that nobody presses.
NOT_PRESSED = frozenset({""}) | _words("none no 0 false released normal notpressed idle unknown")
#: What stands for true and false, whatever the field; and what does so only for one condition.
_TRUE = _words(
    "true on yes 1 alarm alarming alarmed alert active activated triggered trigger detected"
    " smoke smokedetected smokealarm fire firedetected firealarm heat overheat leak leakage tampered"
    " uninstalled dismantled detached lowbattery faulty failed 报警 告警 火警 有烟 是"
)
_TRUE_OF: Mapping[Condition, frozenset[str]] = {
    Condition.HEAT: frozenset({"high", "hot"}),
    Condition.TAMPER: frozenset({"removed", "open", "tamper", "拆除"}),
    Condition.LOW_BATTERY: frozenset({"low", "critical", "empty", "低"}),
    Condition.TEST: frozenset({"pressed", "test", "testing"}),
    Condition.SOS: frozenset({"pressed", "sos", "emergency"}),
    Condition.FAULT: frozenset({"fault", "error", "failure", "故障"}),
}
_FALSE = _words(
    "false off no 0 normal noalarm noalert none ok okay good clear cleared idle inactive notactive standby"
    " notdetected undetected nodetection nosmoke nofire noheat safe absent untriggered nottriggered"
    " nottampered notamper installed mounted attached closed close released restored"
    " recovered nofault 正常 无 无烟 否 安装 已安装"
)
_FALSE_OF: Mapping[Condition, frozenset[str]] = {
    Condition.LOW_BATTERY: frozenset({"high", "full", "medium", "sufficient", "高"}),
}
_NO_WORDS: frozenset[str] = frozenset()
_OPEN: Mapping[str, bool] = {
    **every("open opened opening true 1 on 打开 开", meaning=True),
    **every("close closed closing shut false 0 off 关闭 关", meaning=False),
}
#: "Normal" is one of a set of states, so it denies each of the others.
_NORMAL: Mapping[Condition, bool] = dict.fromkeys(
    (
        Condition.ALARM,
        Condition.SMOKE,
        Condition.HEAT,
        Condition.GAS,
        Condition.CARBON_MONOXIDE,
        Condition.SOS,
        Condition.FAULT,
        Condition.TAMPER,
        Condition.SILENCE,
        Condition.TEST,
    ),
    False,
)
#: What a word for an event says; nothing for one that only reports. A test is told by its stem.
_EVENTS: Mapping[str, Mapping[Condition, bool]] = {
    **every("alarm alarming alert triggered 报警 告警", {Condition.ALARM: True}),
    **every(
        "smoke smokealarm smokedetected fire firealarm firedetected 烟雾报警 火警",
        {Condition.SMOKE: True},
    ),
    **every(
        "heat heatalarm hightemperature hightemperaturealarm temperaturealarm overheat",
        {Condition.HEAT: True},
    ),
    **every("sos emergency panic", {Condition.SOS: True}),
    **every(
        "normal ok clear cleared alarmcleared alarmclear alarmoff noalarm restore restored recovery"
        " recovered smokecleared idle standby 正常 恢复",
        _NORMAL,
    ),
    **every(
        "silent silence silenced alarmsilenced mute muted hush hushed 静音 消音",
        {Condition.SILENCE: True},
    ),
    **every(
        "lowbattery batterylow lowbatteryalarm lowbatteryevent lowpower undervoltage 低电量 低电压 欠压",
        {Condition.LOW_BATTERY: True},
    ),
    **every(
        "fault failure malfunction trouble error devicefault sensorfault sensorfailure failover"
        " deviceinvalid devicewillbeinvalidsoon 故障",
        {Condition.FAULT: True},
    ),
    **every("devicefaultrecovered faultrecovered faultcleared", {Condition.FAULT: False}),
    "poweroff": {Condition.MAINS_FAULT: True},
    "poweron": {Condition.MAINS_FAULT: False},
    **every(
        "removed tamper tampered tamperalarm uninstalled dismantled detached 拆除 防拆",
        {Condition.TAMPER: True},
    ),
    **every("installed mounted attached tampercleared 安装", {Condition.TAMPER: False}),
    **every(
        "heartbeat keepalive alive periodic periodicreport report status timer boot startup join"
        " reedswitch pushbutton 心跳",
        {},
    ),
}
_TEST_STEMS = ("test", "selftest", "buttontest", "alarmtest", "firealarmtest", "smoketest", "自检", "测试")


#: What a sentence about an alarm is made of. One with any other word is not understood.
_ABOUT = _words(
    "a an the is are has have been was local linked remote smoke fire flame heat sensor detector status state"
    " condition event any currently now"
)
_TELLING = _words(
    "alarm alarms alarming alert warning detected detection activated active triggered raised on"
)
_DENYING = _words("no not non none without never")
_ENDING = _words(
    "nonactivated notactivated deactivated deactive inactive inactivated untriggered undetected normal off"
    " clear cleared idle restored recovered released ended stopped over"
)
_IN_SENTENCES = frozenset({Condition.ALARM, Condition.SMOKE, Condition.HEAT})
_SENTENCE_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W_]+")
_CLAUSE = re.compile(r"[,;.!&/|]|\band\b|\bbut\b", re.IGNORECASE)
_MAX_SENTENCE_CHARACTERS = 80
_FIRE_STEMS = ("smoke", "fire", "flame")


def _clause(text: str) -> bool | None:
    words = frozenset(word.lower() for word in _SENTENCE_WORD.findall(text))
    denies, ends = words & _DENYING, words & _ENDING
    if words - _ABOUT - _TELLING - denies - ends or (denies and ends):
        return None
    return False if denies or ends else True if words & _TELLING else None


@remembered()
def sentence(text: str) -> bool | None:
    """What a sentence such as "Smoke alarm non-activated" says of an alarm, or None if we cannot tell."""
    if len(text) > _MAX_SENTENCE_CHARACTERS:
        return None
    found = [_clause(part) for part in _CLAUSE.split(text) if part.strip()]
    if True in found:
        return True
    return False if found and None not in found else None


def tells_fire(value: object) -> bool:
    """Whether a word or sentence speaks of smoke or fire itself."""
    return isinstance(value, str) and any(stem in value.lower() for stem in _FIRE_STEMS)


def truth(value: object, condition: Condition) -> bool | None:
    """What a flag says, or None where that cannot be told. "FALSE" is false, and so is "No Alarm"."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value == 1 if value in (0, 1) else None
    word = plain(value) if isinstance(value, str) else ""
    if word in _TRUE or word in _TRUE_OF.get(condition, _NO_WORDS):
        return True
    if word in _FALSE or word in _FALSE_OF.get(condition, _NO_WORDS):
        return False
    return sentence(value) if isinstance(value, str) and condition in _IN_SENTENCES else None


def openness(value: object) -> bool | None:
    """Whether a door or window is open, or None where that cannot be told. 1 and true are open."""
    if isinstance(value, bool | int | float):
        return value == 1 if value in (0, 1) else None
    return _OPEN.get(plain(value)) if isinstance(value, str) else None


def meaning(value: object) -> Mapping[Condition, bool] | None:
    """What a word for an event says; None for a word that we do not know."""
    if not isinstance(value, str):
        return None
    word = plain(value)
    if word.startswith(_TEST_STEMS):
        low = {Condition.LOW_BATTERY: True} if "lowbattery" in word else {}
        return {Condition.TEST: True, **low}
    known = _EVENTS.get(word)
    if known is None and tells_fire(value) and (active := sentence(value)) is not None:
        return {Condition.SMOKE: True} if active else {Condition.SMOKE: False, Condition.ALARM: False}
    return known
