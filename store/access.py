"""Tables of who may do what: API tokens, people who sign in, repeated requests."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.types import Base


class ApiToken(Base):
    """An API token; only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    region_code: Mapped[str | None]
    sha256: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class User(Base):
    """A person who signs in on the web page; the password is kept as an argon2 hash."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    region_code: Mapped[str | None]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class SignIn(Base):
    """A server-side session of the web page; the cookie's SHA-256 is the key."""

    __tablename__ = "sign_ins"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user: Mapped[User] = relationship()


class IdempotentRequest(Base):
    """The answer given to a POST, so that its repetition gets the same one."""

    __tablename__ = "idempotent_requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    caller: Mapped[str]
    key: Mapped[str]
    path: Mapped[str]
    body_sha256: Mapped[str]
    status_code: Mapped[int]
    response: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (Index("uq_idempotent_requests_caller_key", "caller", "key", unique=True),)
