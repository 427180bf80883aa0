"""The page's libraries are the published ones, and the whole page stays light."""

import re
from hashlib import sha256
from pathlib import Path

import api.page

_STATIC = Path(api.page.__file__).parent / "static"
_VENDOR = _STATIC / "vendor"
_HEAVIEST_PAGE_BYTES = 500_000  # issue: page weight at most 500 kB


def test_every_vendored_file_has_the_sum_that_is_written_down() -> None:
    sums = re.findall(r"^([0-9a-f]{64})  (\S+)$", (_VENDOR / "VERSIONS.md").read_text("utf-8"), re.MULTILINE)
    present = {
        str(path.relative_to(_VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in _VENDOR.rglob("*")
        if path.is_file() and path.name != "VERSIONS.md"
    }

    assert present == {name: digest for digest, name in sums}


def test_the_page_weighs_little() -> None:
    weight = sum(path.stat().st_size for path in _STATIC.rglob("*") if path.suffix in (".js", ".css", ".svg"))

    assert weight < _HEAVIEST_PAGE_BYTES


def test_no_file_of_the_page_names_an_outside_address() -> None:
    own = [path for path in _STATIC.rglob("*") if path.is_file() and _VENDOR not in path.parents]
    names = re.compile(r"https?://(?!www\.w3\.org/)")

    assert not [path.name for path in own if names.search(path.read_text(encoding="utf-8"))]
