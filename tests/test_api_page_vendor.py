"""The page's libraries are the published ones, and every page stays light."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

import api.page

_STATIC = Path(api.page.__file__).parent / "static"
_VENDOR = _STATIC / "vendor"
_TEMPLATES = _STATIC.with_name("templates")
_HEAVIEST_PAGE_BYTES = 500_000  # what a page may weigh, before it is packed for the wire


def test_every_vendored_file_has_the_sum_that_is_written_down() -> None:
    sums = re.findall(r"^([0-9a-f]{64})  (\S+)$", (_VENDOR / "VERSIONS.md").read_text("utf-8"), re.MULTILINE)
    present = {
        str(path.relative_to(_VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in _VENDOR.rglob("*")
        if path.is_file() and path.name != "VERSIONS.md"
    }

    assert present == {name: digest for digest, name in sums}


@pytest.mark.parametrize("page", sorted(path.name for path in _TEMPLATES.glob("*.html")))
def test_a_page_weighs_little_with_all_that_it_loads(page: str) -> None:
    files = _loaded_by_template(page)

    assert sum((_STATIC / name).stat().st_size for name in files) < _HEAVIEST_PAGE_BYTES


def test_what_a_page_loads_is_followed_through_its_modules() -> None:
    files = _loaded_by_template("review.html")

    assert {"vendor/uplot-1.6.32/uPlot.iife.min.js", "css/base.css", "icon.svg"} <= files
    assert {"js/review_page.js", "js/review_chart.js", "js/dom.js"} <= files


def _loaded_by_template(name: str) -> set[str]:
    """The static files that a page and the templates under it name, and what their modules import."""
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    found = set(re.findall(r"\{\{ static \}\}/([\w./-]+)", text))
    for below in re.findall(r'\{% extends "(.+)" %\}', text):
        found |= _loaded_by_template(below)
    waiting = [file for file in found if file.endswith(".js")]
    while waiting:
        source = (_STATIC / waiting.pop()).read_text(encoding="utf-8")
        imported = {f"js/{module}" for module in re.findall(r'(?:from|import\()\s*"\./([\w.]+)"', source)}
        waiting += imported - found
        found |= imported
    return found


def test_no_file_of_the_page_names_an_outside_address() -> None:
    own = [path for path in _STATIC.rglob("*") if path.is_file() and _VENDOR not in path.parents]
    names = re.compile(r"https?://(?!www\.w3\.org/)")

    assert not [path.name for path in own if names.search(path.read_text(encoding="utf-8"))]
