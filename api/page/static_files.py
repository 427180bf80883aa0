"""Scripts, styles and signs: under an address that changes with their contents, so browsers keep them.

`/static/VERSION/…` is kept for a year; the same files under `/static/…` are asked for again each time
and answered with 304 while they are the same. Modules import each other by relative addresses, so a page
that begins at a version stays at it.
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
_YEAR_S = 365 * 24 * 3600
_IMPORTED = re.compile(r'from "\./([\w.]+)";')


class StaticFolder(StaticFiles):
    """The static files, each answered with one word on how long it may be kept."""

    def __init__(self, cache_control: str) -> None:
        super().__init__(directory=FOLDER)
        self._cache_control = cache_control

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file, or why not."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = self._cache_control
        return response


def _version() -> str:
    digest = sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def modules(entry: str) -> tuple[str, ...]:
    """The scripts that a page's first one needs, and what they need: a browser may fetch all at once."""
    found, waiting = {entry}, [entry]
    while waiting:
        text = (FOLDER / "js" / waiting.pop()).read_text(encoding="utf-8")
        fresh = [name for name in _IMPORTED.findall(text) if name not in found]
        found.update(fresh)
        waiting += dict.fromkeys(fresh)
    return tuple(sorted(found))


#: Where a page's files are: the first part of their addresses.
VERSIONED = f"/static/{_version()}"
KEPT = f"public, max-age={_YEAR_S}, immutable"
ASKED_AGAIN = "no-cache"
