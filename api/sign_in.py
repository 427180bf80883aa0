"""The page's own door: sign in by a form, sign out; the cookie is all that the browser keeps."""

from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from api import access
from api.access import SIGN_IN_LASTS, SignInRefusedError
from api.callers import COOKIE, refuse_foreign_origin
from api.context import ServiceDep

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
    """Begin a session and go to the page; back to the form with `?fault=wrong|locked|busy` otherwise."""
    refuse_foreign_origin(request, service)
    try:
        cookie = access.sign_in(service.database, name, password, service.clock.now())
    except SignInRefusedError as refused:
        back = {"fault": refused.reason} | ({"next": then} if page_after(then) != "/" else {})
        return RedirectResponse(f"/sign-in?{urlencode(back)}", 303)
    response = RedirectResponse(page_after(then), 303)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(SIGN_IN_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=urlsplit(service.settings.base_url).scheme == "https",
    )
    return response


@router.post("/sign-out")
def sign_out(request: Request, service: ServiceDep) -> RedirectResponse:
    """End the session and go to the form."""
    refuse_foreign_origin(request, service)
    cookie = request.cookies.get(COOKIE)
    if cookie:
        with service.database.begin() as session:
            access.sign_out(session, cookie)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response
