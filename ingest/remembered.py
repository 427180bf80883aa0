"""Remembering what a text was found to mean: devices repeat the same few names and words for ever."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

_Meaning = TypeVar("_Meaning")
_Reader = Callable[[str], _Meaning]

#: Names and words are shorter; what is longer is read anew each time, so that nobody can fill our memory.
MAX_CHARACTERS = 128


def remembered(most: int = 4096) -> Callable[[_Reader[_Meaning]], _Reader[_Meaning]]:
    """Make a pure function of a text remember its `most` latest answers, which nobody may change."""

    def remembering(read: _Reader[_Meaning]) -> _Reader[_Meaning]:
        known = lru_cache(most)(read)

        @wraps(read)
        def answer(text: str, /) -> _Meaning:
            return known(text) if len(text) <= MAX_CHARACTERS else read(text)

        return answer

    return remembering
