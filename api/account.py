"""Whoever is signed in: his own password and sessions."""

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session

from api import accounts, passwords, signing_in
from api.callers import COOKIE, Account, Caller
from api.context import Service, ServiceDep
from api.problems import Problem
from api.sign_in import BROWSER_COOKIE, address_of
from api.signing_in import SignInRefusedError
from api.user_views import AccountView, PasswordBody
from store.places import Region

router = APIRouter(prefix="/account", tags=["users"])

_WHY = {
    "wrong": (403, "current: not your present password; try again, or ask an admin for another one"),
    "locked": (429, "current: too many wrong tries; wait five minutes"),
    "busy": (503, "others are signing in; try again"),
}


@router.get("")
def show(caller: Account, service: ServiceDep) -> AccountView:
    """Who is signed in."""
    with service.database.read() as session:
        return _view(session, caller, service)


@router.put("/password")
def choose_password(
    request: Request, body: PasswordBody, caller: Account, service: ServiceDep
) -> AccountView:
    """Choose another password; every other session ends."""
    try:
        signing_in.confirm(
            service.database,
            caller.name,
            body.current,
            service.clock.now(),
            address=address_of(request),
            browser=request.cookies.get(BROWSER_COOKIE),
        )
    except SignInRefusedError as refused:
        raise Problem(*_WHY[refused.reason]) from None
    if body.new == body.current:
        raise Problem(422, "new: the same as the present password; choose another one")
    hashed = passwords.hashed(body.new)
    cookie = request.cookies[COOKIE]
    with service.database.begin() as session:
        user = accounts.named(session, caller.name)
        accounts.choose_password(session, user, hashed, service.clock.now(), keep=cookie)
        session.flush()
        return _view(session, caller, service)


@router.delete("/sessions")
def end_other_sessions(request: Request, caller: Account, service: ServiceDep) -> AccountView:
    """Sign out everywhere but here."""
    cookie = request.cookies[COOKIE]
    with service.database.begin() as session:
        user = accounts.named(session, caller.name)
        accounts.end_sessions(session, user, service.clock.now(), by=None, keep=cookie)
        return _view(session, caller, service)


def _view(session: Session, caller: Caller, service: Service) -> AccountView:
    user = accounts.named(session, caller.name)
    region = session.get(Region, user.region_code) if user.region_code else None
    return AccountView(
        name=user.name,
        role=user.role,
        region_code=user.region_code,
        region_name=region.name if region else None,
        must_change_password=user.must_change_password,
        sessions=accounts.open_sessions(session, [user], service.clock.now()).get(user.id, 0),
    )
