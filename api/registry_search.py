"""Looking through the registry's lists: `?q=` by words, `?region=` by division, as conditions of queries.

Every word has to be found, whatever its case and, of ASCII, its width: what an input method writes as
`７号` is the `7号` of a worksheet and the other way round.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from api.access import Role
from api.callers import Caller

#: From an ASCII character to its full-width form (Unicode, Halfwidth and Fullwidth Forms).
_WIDE = 0xFEE0
_NARROW = {code + _WIDE: code for code in range(ord("!"), ord("~") + 1)}
#: So many digits at the end of a phone number tell it from most others.
_FEWEST_DIGITS = 4


class Search:
    """What a caller looks for in a list of the registry."""

    def __init__(
        self,
        q: Annotated[
            str,
            Query(
                max_length=100,
                description="Only rows that hold every word: in id, name or address, of devices in id, "
                "external id or room; for an admin also the last digits of a phone number, four at least",
            ),
        ] = "",
        region: Annotated[
            str | None, Query(description="Only rows of this division and of what is below it: its code")
        ] = None,
    ) -> None:
        self._words = q.translate(_NARROW).lower().split()
        self._region = region

    def conditions(
        self,
        caller: Caller,
        seen_by: Callable[[Caller], ColumnElement[bool]],
        texts: Sequence[InstrumentedAttribute[Any]],
        phone: InstrumentedAttribute[Any] | None,
    ) -> list[ColumnElement[bool]]:
        """The conditions for rows of one kind.

        Args:
            caller: who looks; only an admin finds people by their numbers.
            seen_by: what somebody bound to a region sees of these rows.
            texts: the columns to look in.
            phone: the column with a phone number.
        """
        text: ColumnElement[str] = func.coalesce(texts[0], "")
        for column in texts[1:]:
            text = text.concat(" ").concat(func.coalesce(column, ""))
        found = []
        for word in self._words:
            ways = [_folded(text, word).contains(word, autoescape=True)]
            if phone is not None and caller.role is Role.ADMIN and _ends_a_number(word):
                ways.append(phone.endswith(word))
            found.append(or_(*ways))
        return [*found, seen_by(replace(caller, region_code=self._region))] if self._region else found


SearchDep = Annotated[Search, Depends()]


def _ends_a_number(word: str) -> bool:
    return len(word) >= _FEWEST_DIGITS and word.isascii() and word.isdecimal()


def _folded(text: ColumnElement[str], word: str) -> ColumnElement[str]:
    """The text as a word is to be found in it: only the word's own characters need to be made narrow."""
    text = func.lower(text)
    for char in sorted(set(word) & set(map(chr, _NARROW.values()))):
        for wide in {char, char.upper()}:
            text = func.replace(text, chr(ord(wide) + _WIDE), char)
    return text
