"""The page's own door: sign in by a form, sign out; two cookies are all that the browser keeps."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from api import signing_in
from api.callers import COOKIE, refuse_foreign_origin
from api.context import Service, ServiceDep
from api.signing_in import SIGN_IN_LASTS, SignInRefusedError

#: Says that a user has signed in here before, and nothing else (`signing_in` says what for).
BROWSER_COOKIE = "fire135_browser"
_BROWSER_LASTS_S = 400 * 24 * 3600  # more than browsers keep (RFC 6265bis, 400 days)
#: Where a sign-in may lead; an address from outside never decides that.
_PAGES = ("/", "/station")

router = APIRouter(include_in_schema=False)


def page_after(wish: str) -> str:
    """The page to go to after the sign-in: the one wished for, if it is ours; else the board."""
    return wish if wish in _PAGES else _PAGES[0]


@router.post("/sign-in")
def sign_in(
    request: Request,
    service: ServiceDep,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    then: Annotated[str, Form(alias="next", max_length=200)] = "/",
) -> RedirectResponse:
    """Begin a session and go to the page; else back to the form, `?fault=wrong|locked|closed|busy`."""
    refuse_foreign_origin(request, service)
    try:
        entrance = signing_in.sign_in(
            service.database,
            name,
            password,
            service.clock.now(),
            address=address_of(request),
            browser=request.cookies.get(BROWSER_COOKIE),
        )
    except SignInRefusedError as refused:
        back = {"fault": refused.reason} | ({"next": then} if page_after(then) != "/" else {})
        return RedirectResponse(f"/sign-in?{urlencode(back)}", 303)
    response = RedirectResponse(page_after(then), 303)
    _keep(service, response, COOKIE, entrance.session, int(SIGN_IN_LASTS.total_seconds()))
    _keep(service, response, BROWSER_COOKIE, entrance.browser, _BROWSER_LASTS_S)
    return response


@router.post("/sign-out")
def sign_out(request: Request, service: ServiceDep) -> RedirectResponse:
    """End the session and go to the form."""
    refuse_foreign_origin(request, service)
    cookie = request.cookies.get(COOKIE)
    if cookie:
        with service.database.begin() as session:
            signing_in.sign_out(session, cookie)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


def address_of(request: Request) -> str:
    """Where a request comes from; of one that a proxy on this machine hands on, what that proxy says last."""
    peer = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(told)) if ip_address(peer).is_loopback else peer
    except ValueError:
        return peer


def _keep(service: Service, response: RedirectResponse, name: str, value: str, lasts_s: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=lasts_s,
        httponly=True,
        samesite="lax",
        secure=urlsplit(service.settings.base_url).scheme == "https",
    )
