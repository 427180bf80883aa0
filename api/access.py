"""Who may do what: roles, API tokens, and whom a token or cookie names (contract section 6).

Tokens and cookies are 32 random bytes; only their SHA-256 is stored, so the database gives none away.
Users are in `accounts`, their passwords in `passwords`, their way in is `signing_in`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import account_log
from store.access import ApiToken, SignIn
from store.places import Region


class Role(StrEnum):
    """What a token or user may do."""

    VIEWER = "viewer"  # reads
    STATION = "station"  # own station's assignments
    DISPATCHER = "dispatcher"  # runs incidents
    ADMIN = "admin"  # data, users, tokens
    DEVICE_PUSH = "device_push"  # only hands in device messages


class AccessError(Exception):
    """A token or user cannot be made, changed or found; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Who was recognised: the name of a token or user; `region_code` bounds what is seen."""

    name: str
    role: Role
    region_code: str | None
    must_change_password: bool = False


def create_token(
    session: Session, name: str, role: Role, region: str | None, now: datetime, *, by: str | None = None
) -> str:
    """Make a token and return its text, which is kept nowhere. A revoked name may be used again.

    Raises AccessError for a name in use or an unknown region.
    """
    check_name_and_region(session, name, region)
    row = session.scalar(select(ApiToken).where(ApiToken.name == name))
    if row is not None and row.revoked_at is None:
        raise AccessError(f"token {name}: exists already; revoke it first, or choose another name")
    text = secrets.token_urlsafe(32)
    row = row or ApiToken(name=name)
    row.role, row.region_code, row.sha256 = role, region, digest(text)
    row.created_at, row.revoked_at = now, None
    session.add(row)
    given = {"role": role, "region_code": region}
    account_log.write(session, "token", name, "added", now, by=by, detail=given)
    session.flush()
    return text


def list_tokens(session: Session) -> list[ApiToken]:
    """Every token ever made, by name."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.name)))


def revoke_token(session: Session, name: str, now: datetime, *, by: str | None = None) -> None:
    """End a token at once. Raises AccessError where there is none in use."""
    row = session.scalar(select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None)))
    if row is None:
        raise AccessError(f"token {name}: none in use of this name; `fire135 token list` shows them")
    row.revoked_at = now
    account_log.write(session, "token", name, "revoked", now, by=by)


def grant_of_token(session: Session, text: str) -> Grant | None:
    """Who a token is; None for an unknown or revoked one."""
    row = session.scalar(
        select(ApiToken).where(ApiToken.sha256 == digest(text), ApiToken.revoked_at.is_(None))
    )
    return Grant(row.name, Role(row.role), row.region_code) if row else None


def grant_of_cookie(session: Session, cookie: str, now: datetime) -> Grant | None:
    """Who is signed in by a cookie; None for an unknown or expired one, and for who was locked or retired."""
    row = session.get(SignIn, digest(cookie))
    if row is None or row.expires_at <= now:
        return None
    user = row.user
    if user.locked_at or user.retired_at:
        return None
    return Grant(user.name, Role(user.role), user.region_code, user.must_change_password)


def check_name_and_region(session: Session, name: str, region: str | None) -> None:
    """Raise AccessError for an empty name, or a region that the registry does not have."""
    if not name.strip():
        raise AccessError("name: must not be empty")
    if region is not None and session.get(Region, region) is None:
        raise AccessError(f"region {region}: not in the registry; load it first, or correct the code")


def digest(text: str) -> str:
    """What is kept of a token's or cookie's text."""
    return sha256(text.encode()).hexdigest()
