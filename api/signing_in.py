"""The way in: a password is checked, guessing is slowed down, and who works is never thrown out by it.

Whoever guesses wrong passwords of a duty officer must not lock him out at night. So the limits count
apart: what comes from a browser in which he has signed in before counts only against that browser, what
comes from elsewhere against the address and against the name; and no limit ends a session that is open.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api import account_log, passwords
from api.access import digest
from store.access import AccountEvent, KnownBrowser, SignIn, User
from store.database import Database

#: One long shift. There is no shorter end for idleness: who watches a quiet night must not be thrown out.
SIGN_IN_LASTS = timedelta(hours=12)
#: How far back wrong passwords count.
WINDOW = timedelta(minutes=5)
#: Wrong passwords within it that lock: one name from one place (an address or a known browser) ...
TRIES_FROM_ONE_PLACE = 5
#: ... and in all: one name from browsers it was never in, or one address over all names.
TRIES_IN_ALL = 30
#: Each cost a hash, so there cannot be many more than the limits; a bound all the same.
_MOST_READ = 500


class SignInRefusedError(Exception):
    """Nobody is signed in; `reason` is wrong, locked, closed or busy."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entrance:
    """The two cookies: of the session, and of the browser, which is known from now on."""

    session: str
    browser: str


@dataclass(frozen=True, slots=True)
class Try:
    """A password that was looked at; `browser` None: from none that the user was in before."""

    name: str
    address: str
    browser: str | None
    is_right: bool = False


def is_locked(tries: Sequence[Try], name: str, address: str, browser: str | None) -> bool:
    """Whether one more try must wait; `tries` are the WINDOW's of the name or address, newest first."""
    if browser is not None:
        return _wrong([one for one in tries if (one.name, one.browser) == (name, browser)]) >= (
            TRIES_FROM_ONE_PLACE
        )
    strange = [one for one in tries if one.browser is None]
    here = [one for one in strange if (one.name, one.address) == (name, address)]
    return (
        _wrong(here) >= TRIES_FROM_ONE_PLACE
        or sum(one.name == name and not one.is_right for one in strange) >= TRIES_IN_ALL
        or sum(one.address == address and not one.is_right for one in strange) >= TRIES_IN_ALL
    )


def _wrong(tries: Sequence[Try]) -> int:
    """How many in a row were wrong; a right one forgets those before."""
    return next((count for count, one in enumerate(tries) if one.is_right), len(tries))


def sign_in(
    database: Database,
    name: str,
    password: str,
    now: datetime,
    *,
    address: str = "",
    browser: str | None = None,
) -> Entrance:
    """Check a password and begin a session of the page; `browser` is the browser's cookie, if it has one.

    Takes the database rather than a session because the check must not hold a transaction open.
    Raises SignInRefusedError: `wrong`; `locked` for a while after repeated failures; `closed` where an
    admin locked or retired the user; `busy` while others are being checked.
    """
    looked = _look(database, name, password, now, address, browser)
    with database.begin() as session:
        # asked again: the check took its time, and an admin may have been quicker
        user = session.get(User, looked.user_id, with_for_update=True) if looked.user_id else None
        is_open = user is not None and not (user.locked_at or user.retired_at)
        event = "wrong" if not looked.is_right else "signed_in" if is_open else "closed"
        looked.write(session, event, now)
        entrance = _begin(session, user, browser, now) if user and event == "signed_in" else None
    if entrance is None:
        raise SignInRefusedError(event)
    return entrance


def confirm(
    database: Database, name: str, password: str, now: datetime, *, address: str, browser: str | None
) -> None:
    """Check the password of who is signed in; wrong ones count as at the door. Raises SignInRefusedError."""
    looked = _look(database, name, password, now, address, browser)
    if not looked.is_right:
        with database.begin() as session:
            looked.write(session, "wrong", now)
        raise SignInRefusedError("wrong")


def sign_out(session: Session, cookie: str) -> None:
    """End a session of the page."""
    row = session.get(SignIn, digest(cookie))
    if row is not None:
        session.delete(row)


@dataclass(frozen=True, slots=True)
class _Looked:
    """A password was looked at: of whom, from where, and whether it was right."""

    user_id: int | None
    name: str
    address: str
    browser: str | None
    is_right: bool

    def write(self, session: Session, event: str, now: datetime) -> None:
        """Write down what came of it."""
        account_log.write(session, "user", self.name, event, now, address=self.address, browser=self.browser)


def _look(
    database: Database, name: str, password: str, now: datetime, address: str, browser: str | None
) -> _Looked:
    """Check a password outside any transaction. Raises SignInRefusedError: locked or busy."""
    with database.read() as session:
        user = session.scalar(select(User).where(User.name == name))
        known = _known(session, user, browser)
        written = name if user else _unknown(name)
        tries = _tries(session, written, address, now - WINDOW)
    if is_locked(tries, written, address, known):
        raise SignInRefusedError("locked")
    try:
        is_right = passwords.is_right(password, user.password_hash if user else None)
    except passwords.BusyError:
        raise SignInRefusedError("busy") from None
    return _Looked(user.id if user else None, written, address, known, is_right)


def _begin(session: Session, user: User, browser: str | None, now: datetime) -> Entrance:
    cookie, browser = secrets.token_urlsafe(32), browser or secrets.token_urlsafe(32)
    account_log.clear_out(session, now)
    ends = now + SIGN_IN_LASTS
    session.add(SignIn(sha256=digest(cookie), user_id=user.id, created_at=now, expires_at=ends))
    if session.get(KnownBrowser, (digest(browser), user.id)) is None:
        session.add(KnownBrowser(sha256=digest(browser), user_id=user.id, created_at=now))
    return Entrance(cookie, browser)


def _known(session: Session, user: User | None, browser: str | None) -> str | None:
    """What is kept of the browser's cookie, where this user has signed in there before."""
    if user is None or not browser:
        return None
    return digest(browser) if session.get(KnownBrowser, (digest(browser), user.id)) else None


def _unknown(name: str) -> str:
    """How a name that nobody has is written down: it may be a password typed into the wrong field."""
    return f"?{sha256(name.encode()).hexdigest()[:8]}"


def _tries(session: Session, name: str, address: str, since: datetime) -> list[Try]:
    query = (
        select(AccountEvent)
        .where(
            AccountEvent.at > since,
            AccountEvent.kind == "user",
            AccountEvent.event.in_(("wrong", "signed_in", "closed")),
            or_(AccountEvent.name == name, AccountEvent.address == address),
        )
        .order_by(AccountEvent.id.desc())
        .limit(_MOST_READ)
    )
    rows = session.scalars(query)
    return [Try(row.name, row.address or "", row.browser, row.event == "signed_in") for row in rows]
