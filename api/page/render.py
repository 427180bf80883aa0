"""Templates to HTML answers, with the headers that keep a page from running anything but its own files."""

from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.page import static_files
from api.page.catalogue import choose_language, texts

#: Only our own files run, draw and talk; no inline script or style, no frame around us.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_LANGUAGE_COOKIE = "fire135_language"
_LANGUAGE_LASTS_S = 365 * 24 * 3600
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language_of(request: Request, *, accepted: str = "") -> str:
    """The language for a request; `accepted` is its Accept-Language, where a page goes by that."""
    asked, remembered = request.query_params.get("lang"), request.cookies.get(_LANGUAGE_COOKIE)
    return choose_language(asked, remembered, accepted)


def page(request: Request, template: str, language: str, **values: Any) -> HTMLResponse:
    """Fill a template for a request; a language that its address asks for is remembered."""
    response = render(template, language, **values)
    if "lang" in request.query_params:
        response.set_cookie(_LANGUAGE_COOKIE, language, max_age=_LANGUAGE_LASTS_S, samesite="lax")
    return response


def render(template: str, language: str, **values: Any) -> HTMLResponse:
    """Fill a template in one of the catalogue's languages; it gets `t`, `static`, `modules`, `values`."""
    html = _templates.get_template(template).render(
        t=partial(_text, language),
        static=static_files.VERSIONED,
        modules=static_files.modules,
        language=language,
        other_language="en" if language == "zh" else "zh",
        **values,
    )
    return HTMLResponse(html, headers=_HEADERS)


def _text(language: str, key: str) -> str:
    return texts(language)[key]
