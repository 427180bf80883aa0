"""Tables of who may do what: tokens, users, their sessions, what became of both, who looked at whom."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.types import Base, JsonObject


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
    #: Somebody else knows the password: it opens nothing but the page to choose another.
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: By an admin, until an admin ends it.
    locked_at: Mapped[datetime | None]
    #: The row stays: what this person did names it.
    retired_at: Mapped[datetime | None]


class SignIn(Base):
    """A server-side session of the web page; the cookie's SHA-256 is the key."""

    __tablename__ = "sign_ins"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user: Mapped[User] = relationship()


class KnownBrowser(Base):
    """A browser in which a user has signed in before, by its second cookie's SHA-256."""

    __tablename__ = "known_browsers"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]


class AccountEvent(Base):
    """What became of a user or token, append-only: `kind` is user or token, `event` the verb.

    Of sign-ins those whose password was looked at are here, the right and the wrong ones.
    """

    __tablename__ = "account_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str]
    name: Mapped[str]
    event: Mapped[str]
    #: Who did it, where it was somebody else.
    by: Mapped[str | None]
    address: Mapped[str | None]
    #: Which known browser it came from; None: from another.
    browser: Mapped[str | None]
    detail: Mapped[JsonObject | None]

    __table_args__ = (
        Index("ix_account_events_name_at", "name", "at"),
        Index("ix_account_events_address_at", "address", "at"),
    )


class PersonalDataView(Base):
    """Somebody was shown personal data, append-only; what was shown is not repeated here."""

    __tablename__ = "personal_data_views"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    #: Who: name, role and region of the token (source api) or user (source page).
    name: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    source: Mapped[str]
    region_code: Mapped[str | None]
    #: person, premises, incident, trouble, text, access_log ...
    kind: Mapped[str]
    #: Whose: the first 100 ids, and how many there were.
    subjects: Mapped[list[str]]
    count: Mapped[int]
    #: Method, path and query of the request.
    request: Mapped[str]
    #: Why: the incident that it was for.
    incident_id: Mapped[str | None] = mapped_column(index=True)


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
