"""Short notes by floor, as people write them: `3楼老人卧床; 一楼电动车充电`, `2: two wheelchairs`. Pure.

A note without a floor at its beginning is about the whole house. Floors are named as the registry
names them, so that a note stands beside the detectors and windows of its floor.
"""

import re

from pydantic import BaseModel, ConfigDict

_MOST_NOTES = 20
_MOST_CHARACTERS = 200
_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")}
_STOREY = r"-?\d{1,2}|[Bb]\d|[一二三四五六七八九十]{1,3}|地下室|半地下|阁楼|夹层|屋顶|天台|顶楼"
_UNIT = r"\s*(?:楼|层|[Ff](?![A-Za-z]))"
_FLOOR = re.compile(rf"(?:第|[Ff]loor\s+)?({_STOREY})(?:{_UNIT})?")
#: What follows may not go on naming floors (`3楼和4楼`, `十楼以上`) nor be a staircase (`一楼梯口`).
_NOTE = re.compile(
    rf"(?:第|[Ff]loor\s+)?({_STOREY})(?:{_UNIT}\s*[:：]?|\s*[:：])\s*"
    r"(?![-~—、,，/和到至及与以梯\d一二三四五六七八九十])(\S.*)"
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
    notes = [_note(part.strip()) for part in re.split(r"[;；\n]", text) if part.strip()]
    if len(notes) > _MOST_NOTES:
        raise ValueError(f"{len(notes)} notes; at most {_MOST_NOTES}, apart by semicolons")
    for note in notes:
        if len(note.text) > _MOST_CHARACTERS:
            raise ValueError(f"'{note.text[:40]}…' is longer than {_MOST_CHARACTERS} characters")
    return notes


def floor_name(floor: str) -> str:
    """A floor without its unit: `3楼`, `三层` and `3F` are `3`; what is no such name stays as it is."""
    found = _FLOOR.fullmatch(floor.strip())
    return _name(found[1]) if found else floor.strip()


def _note(text: str) -> FloorNote:
    found = _NOTE.fullmatch(text)
    return FloorNote(floor=_name(found[1]), text=found[2]) if found else FloorNote(floor=None, text=text)


def _name(storey: str) -> str:
    if set(storey) <= {*_DIGITS, "十"}:
        tens, ten, ones = storey.rpartition("十")
        return str((_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0))
    return storey.upper()
