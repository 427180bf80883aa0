"""How people write one address: its plain spelling, and the names of divisions as they are said. Pure."""

import re
import unicodedata
from collections.abc import Iterator

#: Traditional characters and variants that addresses here hold, as simplified ones.
_SIMPLIFIED = str.maketrans(
    "號鎮鄉區縣廈門樓層裡裏蓮頂後莊灣東興陽龍鳳顯許頭過烏塗橋崗豐嶺呂潯濱樸侶兩麗銀錦豬馬",
    "号镇乡区县厦门楼层里里莲顶后庄湾东兴阳龙凤显许头过乌涂桥岗丰岭吕浔滨朴侣两丽银锦猪马",
)
_NUMERALS = re.compile(r"[〇零一二三四五六七八九十百]+(?=号|栋|幢|弄|巷|楼|层|室|房|单元)")
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\-‐‑–—−~_/](?=\d)")
_NO_WORD = re.compile(r"(?!(?<=\d)-(?=\d))[\W_]")
_LAST_NUMBER = re.compile(r"(?<=\d)号$")
_INSIDE = re.compile(r"(?<=号)(?:\d+(?:单元|楼|层|室|房))+$")
#: What the statistics list adds to a village's name: 宋宅村委会 is 宋宅村, 同新社区居委会 is 同新社区.
_COMMITTEE = re.compile(r"(?<=村)民?委员?会$|居民?委员?会$")
_VILLAGE_ENDS = ("社区", "村")
_TOWN_ENDS = ("街道办事处", "街道", "镇", "乡")
_LEAST = 2  # characters of a name without its end


def plain(text: str) -> str:
    """One spelling: half width, lower case, simplified, digits for numerals, without blanks and marks."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_SIMPLIFIED)
    text = _NUMERALS.sub(lambda found: str(_number(found[0])), text)
    return _NO_WORD.sub("", _BETWEEN_DIGITS.sub("-", text))


def variants(text: str) -> Iterator[str]:
    """A plain address, and without floor and room behind the house number; the last 号 may be left out."""
    yield _LAST_NUMBER.sub("", text)
    outside = _INSIDE.sub("", text)
    if outside != text:
        yield _LAST_NUMBER.sub("", outside)


def village_forms(name: str) -> dict[str, bool]:
    """What a village is called; True for a bare name, which may belong to a road or a town as well."""
    full = plain(name)
    short = _COMMITTEE.sub("", full)
    if short != full and short.endswith("村村"):  # 后埔村村委会 is of 后埔村
        short = short.removesuffix("村")
    stem = next((short.removesuffix(end) for end in _VILLAGE_ENDS if short.endswith(end)), short)
    forms = {full: False, short: False}
    if len(stem) >= _LEAST:
        forms[stem] = True  # a committee's name without 村 and 社区 is bare, too
    return forms


def town_forms(name: str) -> dict[str, bool]:
    """What a town is called, by its former kinds, too; True for a bare name."""
    name = plain(name)
    end = next((end for end in _TOWN_ENDS if name.endswith(end)), "")
    stem = name.removesuffix(end)
    forms = {name: not end} | {stem + kind: False for kind in _TOWN_ENDS if end}
    if len(stem) >= _LEAST:
        forms.setdefault(stem, True)
    return forms


def district_forms(name: str) -> dict[str, bool]:
    """What a district is called; True for a bare name."""
    name = plain(name)
    stem = name[:-1] if name.endswith(("区", "县", "市")) else name
    return {name: False} | ({stem: True} if _LEAST <= len(stem) < len(name) else {})


def _number(numeral: str) -> int:
    """十二 is 12, 一百零五 is 105, 二〇一 is 201."""
    if not set(numeral) & set("十百"):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total, digit = 0, 0
    for char in numeral:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit
