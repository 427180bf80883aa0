"""Short notes by floor, as people write them: `3楼老人卧床; 一楼电动车充电`, `2: two wheelchairs`. Pure.

A note without a floor at its beginning is about the whole house. Floors are named as the registry
names them, so that a note stands beside the detectors and windows of its floor.
"""

import re

from pydantic import BaseModel, ConfigDict

_MOST_NOTES = 20
_MOST_CHARACTERS = 200
_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")}
_NUMERAL = "[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]"
_STOREY = rf"-?\d{{1,2}}|[Bb]\d|{_NUMERAL}|地下室|半地下|阁楼|夹层|屋顶|天台|顶楼"
_UNIT = r"\s*(?:楼|层|[Ff](?![A-Za-z]))"
_NAMED = rf"(?:第|[Ff]loor\s+)?({_STOREY})"
_FLOOR = re.compile(rf"{_NAMED}(?:{_UNIT})?")
_AND = r"\s*[-~—、,，/和到至及与]"
#: A colon ends the floor's name, but for times of day: `8:00`.
_WITH_COLON = re.compile(rf"{_NAMED}(?:{_UNIT}\s*[:：]|\s*[:：](?!\d\d(?!\d)))\s*(\S.*)")
#: Without one, what follows may not go on naming floors (`3楼和4楼`, `三楼四楼`, `十楼以上`) nor be a
#: staircase (`一楼梯口`).
_WITHOUT_COLON = re.compile(
    rf"{_NAMED}{_UNIT}(?!{_AND})\s*(?!(?:{_STOREY})(?:{_UNIT}|{_AND}))(?![以梯:：])(\S.*)"
)


class FloorNote(BaseModel):
    """One note; `floor` None is the whole house."""

    model_config = ConfigDict(frozen=True)

    floor: str | None
    text: str

    def __str__(self) -> str:
        """As a person may write it, and as `floor_notes` reads it back."""
        return self.text if self.floor is None else f"{self.floor}: {self.text}"


def floor_notes(text: str) -> list[FloorNote]:
    """Notes apart by `;`, `；` or a line break. Raises ValueError for too many, or one too long."""
    notes = [_note(part) for part in apart(text)]
    if len(notes) > _MOST_NOTES:
        raise ValueError(f"{len(notes)} notes; at most {_MOST_NOTES}, apart by semicolons")
    for note in notes:
        if len(note.text) > _MOST_CHARACTERS:
            raise ValueError(f"'{note.text[:40]}…' is longer than {_MOST_CHARACTERS} characters")
    return notes


def apart(text: str) -> list[str]:
    """The texts between semicolons and line breaks, without the empty ones."""
    return [part.strip() for part in re.split(r"[;；\n]", text) if part.strip()]


def floor_name(floor: str) -> str:
    """A floor without its unit: `3楼`, `三层` and `3F` are `3`; what is no such name stays as it is."""
    found = _FLOOR.fullmatch(floor.strip())
    return _name(found[1]) if found else floor.strip()


def _note(text: str) -> FloorNote:
    found = _WITH_COLON.fullmatch(text) or _WITHOUT_COLON.fullmatch(text)
    return FloorNote(floor=_name(found[1]), text=found[2]) if found else FloorNote(floor=None, text=text)


def _name(storey: str) -> str:
    if set(storey) <= {*_DIGITS, "十"}:
        tens, ten, ones = storey.rpartition("十")
        return str((_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0))
    return storey.upper()
