"""The page's words, a folder a language, in it a file a page: Chinese first, English by switch.

Both languages hold the same keys in the same files (a test compares them); no key stands in two files.
`terms.json` has the service's own words (tiers, milestones, answers), `app.json` what every page
shows. `{name}` in a text is filled by the page.
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
    loaded: Texts = {}
    for path in sorted((_FOLDER / language).glob("*.json")):
        loaded |= json.loads(path.read_text(encoding="utf-8"))
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
