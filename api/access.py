"""Who may do what: API tokens, people who sign in, and their roles (contract section 6).

Tokens and cookies are 32 random bytes; only their SHA-256 is stored, so the database gives none
away. Passwords are argon2 hashes. A hash costs a tenth of a second or more of a processor, so it
is never made inside a transaction and only few at a time: guessing must not slow an alarm down.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from hashlib import sha256
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from store.access import ApiToken, SignIn, User
from store.database import Database
from store.places import Region

#: A page stays signed in for one long shift.
SIGN_IN_LASTS = timedelta(hours=12)
_SHORTEST_PASSWORD = 8  # characters, as NIST SP 800-63B asks at least
_TRIES_BEFORE_LOCK = 5
_LOCK = timedelta(minutes=5)

_passwords = PasswordHash.recommended()
_hashing = BoundedSemaphore(2)


class Role(StrEnum):
    """What a token or user may do."""

    VIEWER = "viewer"  # reads
    STATION = "station"  # own station's assignments
    DISPATCHER = "dispatcher"  # runs incidents
    ADMIN = "admin"  # data, users, tokens
    DEVICE_PUSH = "device_push"  # only hands in device messages


class AccessError(Exception):
    """A token or user cannot be made or found; the message says what to do."""


class SignInRefusedError(Exception):
    """Nobody is signed in; `reason` is wrong, locked or busy."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Grant:
    """Who was recognised: the name of a token or user; `region_code` bounds what is seen."""

    name: str
    role: Role
    region_code: str | None


def create_token(session: Session, name: str, role: Role, region: str | None, now: datetime) -> str:
    """Make a token and return its text, which is kept nowhere. A revoked name may be used again.

    Raises AccessError for a name in use or an unknown region.
    """
    _check(session, name, region)
    row = session.scalar(select(ApiToken).where(ApiToken.name == name))
    if row is not None and row.revoked_at is None:
        raise AccessError(f"token {name}: exists already; revoke it first, or choose another name")
    text = secrets.token_urlsafe(32)
    row = row or ApiToken(name=name)
    row.role, row.region_code, row.sha256 = role, region, _digest(text)
    row.created_at, row.revoked_at = now, None
    session.add(row)
    session.flush()
    return text


def list_tokens(session: Session) -> list[ApiToken]:
    """Every token ever made, by name."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.name)))


def revoke_token(session: Session, name: str, now: datetime) -> None:
    """End a token at once. Raises AccessError where there is none in use."""
    row = session.scalar(select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None)))
    if row is None:
        raise AccessError(f"token {name}: none in use of this name; `fire135 token list` shows them")
    row.revoked_at = now


def add_user(
    session: Session, name: str, role: Role, region: str | None, password: str, now: datetime
) -> User:
    """Add a person who signs in on the page.

    Raises AccessError for a name in use, an unknown region or a short password.
    """
    if len(password) < _SHORTEST_PASSWORD:
        raise AccessError(f"password: give at least {_SHORTEST_PASSWORD} characters")
    hashed = _passwords.hash(password)  # before the first statement begins the transaction
    _check(session, name, region)
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        raise AccessError(f"user {name}: exists already; choose another name")
    user = User(name=name, role=role, region_code=region, password_hash=hashed, created_at=now)
    session.add(user)
    session.flush()
    return user


def grant_of_token(session: Session, text: str) -> Grant | None:
    """Who a token is; None for an unknown or revoked one."""
    row = session.scalar(
        select(ApiToken).where(ApiToken.sha256 == _digest(text), ApiToken.revoked_at.is_(None))
    )
    return Grant(row.name, Role(row.role), row.region_code) if row else None


def grant_of_cookie(session: Session, cookie: str, now: datetime) -> Grant | None:
    """Who is signed in by a cookie; None for an unknown or expired one."""
    row = session.get(SignIn, _digest(cookie))
    if row is None or row.expires_at <= now:
        return None
    return Grant(row.user.name, Role(row.user.role), row.user.region_code)


def sign_in(database: Database, name: str, password: str, now: datetime) -> str:
    """Check a password and begin a session of the page; returns the cookie's text.

    Takes the database rather than a session because the check must not hold a transaction open.
    Raises SignInRefusedError: `wrong`; `locked` for a while after repeated failures; `busy` while
    others are being checked.
    """
    with database.read() as session:
        user = session.scalar(select(User).where(User.name == name))
    if user is not None and user.locked_until is not None and user.locked_until > now:
        raise SignInRefusedError("locked")
    if not _hashing.acquire(blocking=False):
        raise SignInRefusedError("busy")
    try:
        is_right = _passwords.verify(password, user.password_hash if user else _nobody())
    finally:
        _hashing.release()
    if user is None:
        raise SignInRefusedError("wrong")
    if not is_right:
        _count_failure(database, user.id, now)
        raise SignInRefusedError("wrong")
    return _begin_sign_in(database, user.id, now)


def sign_out(session: Session, cookie: str) -> None:
    """End a session of the page."""
    session.execute(delete(SignIn).where(SignIn.sha256 == _digest(cookie)))


def _count_failure(database: Database, user_id: int, now: datetime) -> None:
    with database.begin() as session:
        counted = update(User).where(User.id == user_id).values(failed_sign_ins=User.failed_sign_ins + 1)
        failures = session.scalar(counted.returning(User.failed_sign_ins)) or 0
        if failures % _TRIES_BEFORE_LOCK == 0:
            session.execute(update(User).where(User.id == user_id).values(locked_until=now + _LOCK))


def _begin_sign_in(database: Database, user_id: int, now: datetime) -> str:
    cookie = secrets.token_urlsafe(32)
    with database.begin() as session:
        session.execute(delete(SignIn).where(SignIn.expires_at <= now))
        session.execute(update(User).where(User.id == user_id).values(failed_sign_ins=0, locked_until=None))
        session.add(
            SignIn(sha256=_digest(cookie), user_id=user_id, created_at=now, expires_at=now + SIGN_IN_LASTS)
        )
    return cookie


@cache
def _nobody() -> str:
    """A hash to check where the name is unknown, so that the time taken does not tell."""
    return _passwords.hash(secrets.token_urlsafe())


def _check(session: Session, name: str, region: str | None) -> None:
    if not name.strip():
        raise AccessError("name: must not be empty")
    if region is not None and session.get(Region, region) is None:
        raise AccessError(f"region {region}: not in the registry; load it first, or correct the code")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
