"""Users and tokens over HTTP, for admins; one bound to a region manages those of it and gives no more."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from fastapi import APIRouter, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import access, accounts, passwords, scope
from api.callers import Admin, Caller
from api.context import Service, ServiceDep
from api.fields import Body
from api.once import OnceDep
from api.paging import Page, PagingDep
from api.problems import Problem
from api.user_views import GivenPassword, GivenToken, RightsBody, TokenView, UserBody, UserView
from dispatch.errors import NotFoundError
from dispatch.values import Source
from store.access import AccountEvent, ApiToken, User
from store.places import Region

router = APIRouter(tags=["users"])


@router.get("/users")
def list_users(caller: Admin, service: ServiceDep, paging: PagingDep) -> Page[UserView]:
    """Users, by name; the retired ones, too."""
    query = select(User).where(scope.users(caller)).order_by(User.name).limit(paging.limit + 1)
    if (after := paging.after(str)) is not None:
        query = query.where(User.name > after[0])
    with service.database.read() as session:
        rows = session.scalars(query).all()
        views = _views(session, rows, service.clock.now())
        return paging.page(rows, key_of=lambda row: (row.name,), view_of=lambda row: views[row.id])


@router.post("/users", status_code=201, response_model=GivenPassword)
def add_user(body: UserBody, caller: Admin, once: OnceDep) -> Response:
    """Add somebody; the temporary password is answered once."""
    password = passwords.temporary()
    hashed = passwords.hashed(password)  # slow, so before the transaction
    given: list[str] = []

    def work(session: Session, now: datetime) -> tuple[int, GivenPassword]:
        _check_gift(session, caller, body.region_code)
        _check_bearer(session, caller, session.scalar(select(User).where(User.name == body.name)))
        user = accounts.add_user(
            session,
            body.name,
            body.role,
            body.region_code,
            hashed,
            now,
            must_change_password=True,
            by=_who(caller),
        )
        given.append(password)
        return 201, GivenPassword(user=_views(session, [user], now)[user.id], password=None)

    return _with_secret(once.run(body, work), GivenPassword, "password", given)


@router.patch("/users/{user_id}")
def change_user(user_id: int, body: RightsBody, caller: Admin, service: ServiceDep) -> UserView:
    """Give another role or region; it counts from the user's next request on."""

    def work(session: Session, user: User, now: datetime) -> None:
        _check_gift(session, caller, body.region_code)
        accounts.change(session, user, body.role, body.region_code, now, by=_who(caller))

    return _changed(user_id, caller, service, work)


@router.post("/users/{user_id}/password", response_model=GivenPassword)
def reset_password(user_id: int, body: Body, caller: Admin, once: OnceDep) -> Response:
    """Give a temporary password, answered once; every session of the user ends."""
    password = passwords.temporary()
    hashed = passwords.hashed(password)
    given: list[str] = []

    def work(session: Session, now: datetime) -> tuple[int, GivenPassword]:
        user = _seen(session, caller, user_id)
        accounts.set_password(session, user, hashed, now, by=_who(caller), temporary=True)
        given.append(password)
        return 200, GivenPassword(user=_views(session, [user], now)[user.id], password=None)

    return _with_secret(once.run(body, work), GivenPassword, "password", given)


@router.delete("/users/{user_id}/sessions")
def end_sessions(user_id: int, caller: Admin, service: ServiceDep) -> UserView:
    """Sign a user out everywhere."""
    return _changed(user_id, caller, service, partial(accounts.end_sessions, by=_who(caller)))


@router.put("/users/{user_id}/lock")
def lock_user(user_id: int, caller: Admin, service: ServiceDep) -> UserView:
    """Keep a user out until the lock is taken away; the sessions end."""
    return _changed(user_id, caller, service, partial(accounts.lock, by=_who(caller)))


@router.delete("/users/{user_id}/lock")
def unlock_user(user_id: int, caller: Admin, service: ServiceDep) -> UserView:
    """Let a user in again."""
    return _changed(user_id, caller, service, partial(accounts.unlock, by=_who(caller)))


@router.delete("/users/{user_id}")
def retire_user(user_id: int, caller: Admin, service: ServiceDep) -> UserView:
    """End a user for good; what he did still names him. The last admin of every region cannot go."""
    return _changed(user_id, caller, service, partial(accounts.retire, by=_who(caller)))


@router.get("/tokens")
def list_tokens(caller: Admin, service: ServiceDep, paging: PagingDep) -> Page[TokenView]:
    """Tokens, by name; the revoked ones, too."""
    query = select(ApiToken).where(scope.tokens(caller)).order_by(ApiToken.name).limit(paging.limit + 1)
    if (after := paging.after(str)) is not None:
        query = query.where(ApiToken.name > after[0])
    with service.database.read() as session:
        return paging.page(
            session.scalars(query).all(),
            key_of=lambda row: (row.name,),
            view_of=TokenView.model_validate,
        )


@router.post("/tokens", status_code=201, response_model=GivenToken)
def create_token(body: UserBody, caller: Admin, once: OnceDep) -> Response:
    """Make a token for a program; its text is answered once and kept nowhere."""
    given: list[str] = []

    def work(session: Session, now: datetime) -> tuple[int, GivenToken]:
        _check_gift(session, caller, body.region_code)
        _check_bearer(session, caller, session.scalar(select(ApiToken).where(ApiToken.name == body.name)))
        by = _who(caller)
        given.append(access.create_token(session, body.name, body.role, body.region_code, now, by=by))
        row = session.scalars(select(ApiToken).where(ApiToken.name == body.name)).one()
        return 201, GivenToken(token=TokenView.model_validate(row), text=None)

    return _with_secret(once.run(body, work), GivenToken, "text", given)


@router.delete("/tokens/{token_id}")
def revoke_token(token_id: int, caller: Admin, service: ServiceDep) -> TokenView:
    """End a token at once; a second time changes nothing."""
    now = service.clock.now()
    with service.database.begin() as session:
        row = session.scalar(select(ApiToken).where(ApiToken.id == token_id, scope.tokens(caller)))
        if row is None:
            raise NotFoundError(f"token {token_id}: not known, or outside your region")
        if row.revoked_at is None:
            access.revoke_token(session, row.name, now, by=_who(caller))
        return TokenView.model_validate(row)


def _changed(
    user_id: int, caller: Caller, service: Service, work: Callable[[Session, User, datetime], None]
) -> UserView:
    """Do something to a user whom the caller manages, in one transaction."""
    now = service.clock.now()
    with service.database.begin() as session:
        user = _seen(session, caller, user_id)
        work(session, user, now)
        return _views(session, [user], now)[user.id]


def _seen(session: Session, caller: Caller, user_id: int) -> User:
    wanted = select(User).where(User.id == user_id, User.retired_at.is_(None), scope.users(caller))
    user = session.scalar(wanted)
    if user is None:
        raise NotFoundError(f"user {user_id}: not known, retired, or outside your region")
    return user


def _check_gift(session: Session, caller: Caller, region: str | None) -> None:
    """Nobody gives more than he has: Problem 403 for every region, NotFoundError for another one."""
    if caller.region_code is None:
        return
    if region is None:
        raise Problem(403, "region_code: you are bound to a region; give it, or one below it")
    scope.check_region(session, caller, region)


def _check_bearer(session: Session, caller: Caller, bearer: User | ApiToken | None) -> None:
    """A name that somebody bears or bore elsewhere is not taken from there; raises as `_check_gift`."""
    if bearer is not None:
        _check_gift(session, caller, bearer.region_code)


def _who(caller: Caller) -> str:
    return caller.name if caller.source is Source.PAGE else f"token {caller.name}"


def _with_secret(
    kept: Response, view: type[GivenPassword] | type[GivenToken], field: str, given: list[str]
) -> Response:
    """The answer with what was made in this request; what an Idempotency-Key keeps has none."""
    if not given:
        return kept
    answer = view.model_validate_json(bytes(kept.body)).model_copy(update={field: given[0]})
    return Response(answer.model_dump_json(), kept.status_code, media_type="application/json")


def _views(session: Session, users: Sequence[User], now: datetime) -> dict[int, UserView]:
    """By id; what they have in common is read for all of them at once."""
    session.flush()
    codes = {user.region_code for user in users if user.region_code}
    query = select(Region.code, Region.name).where(Region.code.in_(codes))
    names = dict(session.execute(query).all())
    sessions = accounts.open_sessions(session, users, now)
    signed_in = (
        select(AccountEvent.name, func.max(AccountEvent.at))
        .where(AccountEvent.kind == "user", AccountEvent.event == "signed_in")
        .where(AccountEvent.name.in_([user.name for user in users]))
        .group_by(AccountEvent.name)
    )
    last = dict(session.execute(signed_in).all())
    return {
        user.id: UserView(
            id=user.id,
            name=user.name,
            role=user.role,
            region_code=user.region_code,
            region_name=names.get(user.region_code or ""),
            state="retired" if user.retired_at else "locked" if user.locked_at else "active",
            must_change_password=user.must_change_password,
            created_at=user.created_at,
            sessions=sessions.get(user.id, 0),
            last_sign_in_at=last.get(user.name),
        )
        for user in users
    }
