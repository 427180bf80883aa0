"""The page's words: both languages whole, every word used, every term of the service known."""

import ast
import json
import re
from enum import StrEnum
from pathlib import Path

import pytest

from api.page import catalogue
from dispatch import values
from dispatch.escalation import Step
from dispatch.modes import Mode
from dispatch.supervision import TroubleKind

_PAGE = Path(catalogue.__file__).parent
_DISPATCH = Path(values.__file__).parent
_ENGLISH = catalogue.texts("en")
_CHINESE = catalogue.texts("zh")


def _page_source() -> str:
    files = [*(_PAGE / "static" / "js").glob("*.js"), *(_PAGE / "templates").glob("*.html")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _recorded_kinds() -> set[str]:
    """The kinds that dispatch writes into the timeline as plain words."""
    kinds: set[str] = set()
    for path in _DISPATCH.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "journal.record":
                kinds |= {
                    str(word.value) for word in ast.walk(node.args[2]) if isinstance(word, ast.Constant)
                }
    return {kind for kind in kinds if not kind.endswith("_")}


def test_both_languages_hold_the_same_keys() -> None:
    assert _CHINESE.keys() == _ENGLISH.keys()
    assert all(text.strip() for texts in (_CHINESE, _ENGLISH) for text in texts.values())


def test_a_page_s_words_stand_in_the_same_file_in_both_languages_and_in_no_other() -> None:
    text = _PAGE / "text"
    of_language = {
        language: {
            path.name: list(json.loads(path.read_text(encoding="utf-8")))
            for path in (text / language).glob("*.json")
        }
        for language in catalogue.LANGUAGES
    }

    assert of_language["zh"] == of_language["en"]
    assert sum(map(len, of_language["zh"].values())) == len(_CHINESE)


def test_both_languages_fill_in_the_same_values() -> None:
    for key, chinese in _CHINESE.items():
        assert set(re.findall(r"\{(\w+)\}", chinese)) == set(re.findall(r"\{(\w+)\}", _ENGLISH[key])), key


def test_every_text_is_used_and_every_used_text_exists() -> None:
    source = _page_source()
    literal = set(re.findall(r"""\bt\(\s*["']([\w.]+)["']\s*[,)]""", source))
    literal |= set(re.findall(r'"((?:sound|ring)\.\w+)"', source))
    families = set(re.findall(r"\bt\(\s*[`']([\w.]+\.(?:is_)?)(?:\$|'\s*\+)", source))
    families |= {f"{family}." for family in re.findall(r'\bterm\("(\w+)"', source)}
    # a fact's detail is shown by the family of its field's name
    families |= {key.replace("field.", "", 1) + "." for key in _CHINESE if key.startswith("field.")}

    unknown = literal - _CHINESE.keys()
    unused = {key for key in _CHINESE if key not in literal and not key.startswith(tuple(families))}

    assert not unknown
    assert not unused


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ("tier", values.Tier),
        ("grade", values.Grade),
        ("disposition", values.Disposition),
        ("milestone", values.Milestone),
        ("answer", values.Answer),
        ("source", values.Source),
        ("handover", values.HandoverStatus),
        ("device", values.DeviceKind),
        ("step", Step),
        ("mode", Mode),
        ("trouble", TroubleKind),
    ],
)
def test_the_page_has_a_word_for_every_term_of_the_service(family: str, words: type[StrEnum]) -> None:
    assert {f"{family}.{word}" for word in words} <= _CHINESE.keys()


def test_the_page_has_a_word_for_every_fact_of_the_timeline() -> None:
    kinds = _recorded_kinds()

    assert "opened" in kinds
    assert {f"event.{kind}" for kind in kinds} <= _CHINESE.keys()


@pytest.mark.parametrize(
    ("asked", "remembered", "chosen"),
    [(None, None, "zh"), ("en", None, "en"), (None, "en", "en"), ("zh", "en", "zh"), ("xx", "yy", "zh")],
)
def test_chinese_comes_first_unless_someone_asks(
    asked: str | None, remembered: str | None, chosen: str
) -> None:
    assert catalogue.choose_language(asked, remembered) == chosen
