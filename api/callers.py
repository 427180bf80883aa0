"""Who is calling: a bearer token, or the signed-in page's cookie, as dependencies of the routes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api import access, personal_data
from api.access import Grant, Role
from api.context import Service, ServiceDep
from api.personal_data import Shown
from api.problems import Problem
from dispatch.values import Source

COOKIE = "fire135_session"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(auto_error=False, description="`fire135 token create NAME --role ROLE`")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="The signed-in page's session")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a request; `region_code` None sees every region.

    `source` is api for a token and page for a user, so that with the name it says who it is.
    """

    name: str
    role: Role
    region_code: str | None
    source: Source
    #: Somebody else knows the user's password: only `Account` lets him act.
    must_change_password: bool = False
    #: Whose personal data the request has shown so far.
    shown: Shown = field(default_factory=Shown, compare=False)


def signed_in(request: Request, service: Service) -> Caller | None:
    """Whom the page's cookie names; None where nobody is signed in."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    with service.database.read() as session:
        grant = access.grant_of_cookie(session, cookie, service.clock.now())
    return _caller(grant, Source.PAGE) if grant else None


def refuse_foreign_origin(request: Request, service: Service) -> None:
    """Refuse an unsafe request that another site's page makes with our cookie.

    Browsers send Origin with every cross-site unsafe request (Fetch standard), so one without it
    does not come from another site. Raises Problem 403.
    """
    origin = request.headers.get("origin")
    if origin is None or request.method in _SAFE_METHODS:
        return
    own = {request.headers.get("host"), urlsplit(service.settings.base_url).netloc}
    if urlsplit(origin).netloc not in own:
        raise Problem(403, f"origin {origin}: another site's page may not act for who is signed in here")


def caller_of(
    request: Request,
    service: ServiceDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    _: Annotated[str | None, Depends(_cookie)],
) -> Iterator[Caller]:
    """Whoever calls, by token, else by cookie; what was shown is written down after the answer.

    Raises Problem 401 for nobody we know.
    """
    caller = _recognised(request, service, bearer)
    yield caller
    personal_data.record(service, caller, request)


def _recognised(request: Request, service: Service, bearer: HTTPAuthorizationCredentials | None) -> Caller:
    if bearer is not None:
        return _caller_by_token(service, bearer.credentials)
    caller = signed_in(request, service)
    if caller is None:
        raise _unknown("send `Authorization: Bearer TOKEN`, or sign in on the page")
    refuse_foreign_origin(request, service)
    return caller


def pushing_caller(
    service: ServiceDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    token: Annotated[
        str | None, Query(description="The token, for a cloud that can be given no more than an address")
    ] = None,
) -> Caller:
    """A cloud that hands in device messages. Raises Problem: 401 for nobody we know, 403 for another role."""
    text = bearer.credentials if bearer is not None else token
    if not text:
        raise _unknown("send `Authorization: Bearer TOKEN`, or the token as `?token=` in the address")
    caller = _caller_by_token(service, text)
    _check_role(caller, Role.DEVICE_PUSH, Role.ADMIN)
    return caller


def _caller_by_token(service: Service, text: str) -> Caller:
    with service.database.read() as session:
        grant = access.grant_of_token(session, text)
    if grant is None:
        raise _unknown("the token is unknown or revoked; `fire135 token create` makes one")
    return _caller(grant, Source.API)


def _caller(grant: Grant, source: Source) -> Caller:
    return Caller(grant.name, grant.role, grant.region_code, source, grant.must_change_password)


def _unknown(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def _allow(*roles: Role) -> Callable[[Caller], Caller]:
    def check(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        _check_role(caller, *roles)
        return caller

    return check


def _check_role(caller: Caller, *roles: Role) -> None:
    if caller.must_change_password:
        raise Problem(403, f"user {caller.name}: choose a password of your own first, at /account")
    if caller.role not in roles:
        raise Problem(403, f"role {caller.role} may not do this; it takes {' or '.join(roles)}")


def _with_password(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    if caller.source is not Source.PAGE:
        raise Problem(403, f"token {caller.name}: a token has no password; sign in on the page")
    return caller


#: Whoever is signed in on the page, for his own password and sessions.
Account = Annotated[Caller, Depends(_with_password)]
#: Who reads: everyone but a device's push token.
Reader = Annotated[Caller, Depends(_allow(Role.VIEWER, Role.STATION, Role.DISPATCHER, Role.ADMIN))]
#: Who says what a station does.
Responder = Annotated[Caller, Depends(_allow(Role.STATION, Role.DISPATCHER, Role.ADMIN))]
#: Who runs incidents.
Dispatcher = Annotated[Caller, Depends(_allow(Role.DISPATCHER, Role.ADMIN))]
#: Who edits the registry.
Admin = Annotated[Caller, Depends(_allow(Role.ADMIN))]
#: A cloud that hands in device messages.
Pusher = Annotated[Caller, Depends(pushing_caller)]
