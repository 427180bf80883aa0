"""The page's words, one JSON file a language: Chinese first, English by switch.

Both files hold the same keys (a test compares them); `{name}` in a text is filled by the page.
"""

import json
from functools import cache
from pathlib import Path
from typing import TypeAlias

Texts: TypeAlias = dict[str, str]

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"
_FOLDER = Path(__file__).parent / "text"


@cache
def texts(language: str) -> Texts:
    """All texts of one of LANGUAGES by key."""
    loaded: Texts = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return loaded


def choose_language(asked: str | None, remembered: str | None, accepted: str = "") -> str:
    """What the address asks for, else what the browser remembers, else what it accepts, else Chinese.

    `accepted` is an Accept-Language header, read in the order in which browsers write it: best first.
    """
    wishes = (wish.split(";")[0].split("-")[0].strip().lower() for wish in accepted.split(","))
    for wish in (asked, remembered, *wishes):
        if wish in LANGUAGES:
            return wish
    return DEFAULT_LANGUAGE
