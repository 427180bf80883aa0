"""What a person's text says of his leave: 休 2h, 休3天, 休到18:00, off 30m; 销假, back. Pure.

Read only where `replies.parse_reply` finds no answer, and only if the whole text is understood: no text is
both. A question (休2h？) is none.
"""

import re
import unicodedata
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Traditional characters of these words, as phones from over the strait write them.
_SIMPLIFIED = str.maketrans("銷請時鐘個點來歸隊離崗兩", "销请时钟个点来归队离岗两")
_LEFT_OUT = re.compile(r"[^\w:.?-]|-(?!\d)|(?<!\d)\.|\.(?!\d)|_")
_AWAY = "(?:我|本人)?(?:请假|休假|休息|离岗|休|(?:IM|IAM)?OFF|LEAVE)(?:FOR)?"
_UNITS = {
    "minutes": "分钟?|M(?:INS?|INUTES?)?",
    "hours": "小时|钟头|H(?:RS?|OURS?)?",
    "days": "天|日|D(?:AYS?)?",
}
_UNIT = "|".join(rf"(?P<{name}>{words})" for name, words in _UNITS.items())
_FOR = re.compile(rf"{_AWAY}(?P<amount>\d{{1,4}}(?:\.\d)?|[半一二两三四五六七八九十])个?(?:{_UNIT})")
_UNTIL = re.compile(
    rf"{_AWAY}(?:到|至|UNTIL|TILL|TO)(?:今天|TODAY)?(?P<tomorrow>明天|TOMORROW)?"
    r"(?P<hour>[01]?\d|2[0-4])(?::(?P<minute>[0-5]\d)|点(?P<half>半)?)"
)
_BACK = re.compile("销假|(?:我)?(?:已|已经)?(?:回来|返岗|归队)了?|(?:IM|IAM|WERE)?BACK")
_CHINESE_NUMBERS = {"半": 0.5, "两": 2.0} | {
    char: float(value) for value, char in enumerate("一二三四五六七八九十", start=1)
}


def leave_end(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the leave ends that a text asks for from `now` on; None where it asks for none.

    A day is 24 hours; a time of day is the next one in the local zone. The end may be any time ahead:
    how much leave is given is not decided here.
    """
    plain = _plain(text)
    if (found := _FOR.fullmatch(plain)) is not None:
        unit = next(name for name in _UNITS if found[name])
        amount = _CHINESE_NUMBERS.get(found["amount"]) or float(found["amount"])
        return now + timedelta(**{unit: amount}) if amount else None
    if (found := _UNTIL.fullmatch(plain)) is not None:
        minute = 30 if found["half"] else int(found["minute"] or 0)
        return _next(int(found["hour"]), minute, bool(found["tomorrow"]), now, zone)
    return None


def says_back(text: str) -> bool:
    """Whether a text says that a person has come back from leave."""
    return _BACK.fullmatch(_plain(text)) is not None


def _next(hour: int, minute: int, tomorrow: bool, now: datetime, zone: ZoneInfo) -> datetime | None:  # noqa: FBT001 - private
    if hour == 24 and minute:
        return None
    today = now.astimezone(zone).date()
    clock, later = (time(0), 1) if hour == 24 else (time(hour, minute), 0)
    days = range(1, 2) if tomorrow else range(2)
    ends = (datetime.combine(today + timedelta(day + later), clock, zone) for day in days)
    return next((end.astimezone(now.tzinfo) for end in ends if end > now), None)


def _plain(text: str) -> str:
    """Upper case, half width, simplified, without blanks and marks; a question mark and a minus stay."""
    wide = unicodedata.normalize("NFKC", text).upper().translate(_SIMPLIFIED).replace("\u2212", "-")
    return _LEFT_OUT.sub("", wide)
