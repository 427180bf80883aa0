"""Users: added, changed, given a new password, locked, retired. One transaction each, the caller's.

The last admin who sees everything stays one: without him nobody could give rights on the page any more.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api import account_log
from api.access import AccessError, Role, check_name_and_region, digest
from store.access import KnownBrowser, SignIn, User


def add_user(
    session: Session,
    name: str,
    role: Role,
    region: str | None,
    password_hash: str,
    now: datetime,
    *,
    must_change_password: bool = False,
    by: str | None = None,
) -> User:
    """Add a person who signs in on the page; a retired name may be used again.

    Raises AccessError for a name in use, a role that signs in nowhere, or an unknown region.
    """
    _check(session, name, role, region)
    user = session.scalar(select(User).where(User.name == name))
    if user is not None and user.retired_at is None:
        raise AccessError(f"user {name}: exists already; choose another name")
    user = user or User(name=name)
    user.role, user.region_code, user.password_hash = role, region, password_hash
    user.created_at, user.must_change_password = now, must_change_password
    user.locked_at = user.retired_at = None
    session.add(user)
    given = {"role": role, "region_code": region}
    account_log.write(session, "user", name, "added", now, by=by, detail=given)
    session.flush()
    return user


def list_users(session: Session) -> list[User]:
    """Everybody who signs in or once did, by name."""
    return list(session.scalars(select(User).order_by(User.name)))


def named(session: Session, name: str) -> User:
    """A user who is not retired. Raises AccessError where there is none."""
    user = session.scalar(select(User).where(User.name == name, User.retired_at.is_(None)))
    if user is None:
        raise AccessError(f"user {name}: nobody of this name; `fire135 user list` shows them")
    return user


def change(session: Session, user: User, role: Role, region: str | None, now: datetime, *, by: str) -> None:
    """Give other rights; open sessions have them from their next request on. Raises AccessError."""
    _check(session, user.name, role, region)
    if (user.role, user.region_code) == (role, region):
        return
    if role is not Role.ADMIN or region is not None:
        _keep_an_admin(session, user)
    was = {"role": user.role, "region_code": user.region_code}
    user.role, user.region_code = role, region
    given = {"role": role, "region_code": region, "was": was}
    account_log.write(session, "user", user.name, "changed", now, by=by, detail=given)


def set_password(
    session: Session, user: User, password_hash: str, now: datetime, *, by: str | None, temporary: bool
) -> None:
    """Replace a password: every session ends, and no browser is known any more; a lock by an admin stays."""
    user.password_hash, user.must_change_password = password_hash, temporary
    _end_sessions(session, user)
    session.execute(delete(KnownBrowser).where(KnownBrowser.user_id == user.id))
    account_log.write(session, "user", user.name, "password_set", now, by=by)


def choose_password(session: Session, user: User, password_hash: str, now: datetime, *, keep: str) -> None:
    """A user's own choice: every session but that of the cookie `keep` ends."""
    user.password_hash, user.must_change_password = password_hash, False
    _end_sessions(session, user, keep=keep)
    account_log.write(session, "user", user.name, "password_chosen", now)


def end_sessions(
    session: Session, user: User, now: datetime, *, by: str | None, keep: str | None = None
) -> None:
    """End every session, but for that of the cookie `keep`."""
    _end_sessions(session, user, keep=keep)
    account_log.write(session, "user", user.name, "sessions_ended", now, by=by)


def lock(session: Session, user: User, now: datetime, *, by: str) -> None:
    """Keep a user out until `unlock`; the sessions end. Raises AccessError for the last admin."""
    if user.locked_at is None:
        _keep_an_admin(session, user)
        user.locked_at = now
        account_log.write(session, "user", user.name, "locked", now, by=by)
    _end_sessions(session, user)


def unlock(session: Session, user: User, now: datetime, *, by: str | None) -> None:
    """Let a user in again."""
    if user.locked_at is not None:
        user.locked_at = None
        account_log.write(session, "user", user.name, "unlocked", now, by=by)


def retire(session: Session, user: User, now: datetime, *, by: str | None) -> None:
    """End a user; what he did still names him. Raises AccessError for the last admin."""
    _keep_an_admin(session, user)
    user.retired_at = now
    _end_sessions(session, user)
    session.execute(delete(KnownBrowser).where(KnownBrowser.user_id == user.id))
    account_log.write(session, "user", user.name, "retired", now, by=by)


def open_sessions(session: Session, users: Iterable[User], now: datetime) -> dict[int, int]:
    """How many sessions are open, by user id."""
    query = (
        select(SignIn.user_id, func.count())
        .where(SignIn.expires_at > now, SignIn.user_id.in_([user.id for user in users]))
        .group_by(SignIn.user_id)
    )
    return dict(session.execute(query).all())


def _end_sessions(session: Session, user: User, *, keep: str | None = None) -> None:
    ended = delete(SignIn).where(SignIn.user_id == user.id)
    session.execute(ended.where(SignIn.sha256 != digest(keep)) if keep else ended)


def _keep_an_admin(session: Session, user: User) -> None:
    """Raise AccessError where `user` is the only unbound admin who can sign in.

    The rows are locked in one order, so that two admins who remove each other do it one after the other.
    """
    query = (
        select(User.id)
        .where(User.role == Role.ADMIN, User.region_code.is_(None))
        .where(User.locked_at.is_(None), User.retired_at.is_(None))
        .order_by(User.id)
        .with_for_update()
    )
    if list(session.scalars(query)) == [user.id]:
        raise AccessError(f"user {user.name}: the last admin who sees every region; make another one first")


def _check(session: Session, name: str, role: Role, region: str | None) -> None:
    check_name_and_region(session, name, region)
    if role is Role.DEVICE_PUSH:
        raise AccessError(f"role {role}: is a token's, nobody signs in with it; choose another role")
