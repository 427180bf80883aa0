"""What the command line does to the database: tokens, users, the response log's export."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api import access, accounts, passwords
from api.access import Role
from dispatch.export import ExportFormat
from dispatch.export import export_responses as write_export
from dispatch.review import parse_period
from fire135.clock import SystemClock
from fire135.errors import UserError
from fire135.settings import Settings
from store.database import Database
from store.schema import ensure_current

#: Who did it, in the log of users and tokens.
_BY = "fire135"


@contextmanager
def open_database(settings: Settings, *, checked: bool = True) -> Iterator[Database]:
    """The database of the settings; unless told otherwise its schema is made sure of."""
    database = Database(settings.database_url)
    try:
        if checked:
            ensure_current(database)
        yield database
    finally:
        database.dispose()


def create_token(settings: Settings, name: str, role: str, region: str | None) -> str:
    """Make an API token and return its text. Raises UserError or AccessError."""
    with open_database(settings) as database, database.begin() as session:
        return access.create_token(session, name, _role(role), region, SystemClock().now(), by=_BY)


def list_tokens(settings: Settings) -> list[str]:
    """One line a token: name, role, region, when made, when revoked."""
    with open_database(settings) as database, database.read() as session:
        return [
            f"{token.name}\t{token.role}\t{token.region_code or '-'}\t{token.created_at:%Y-%m-%d %H:%M} UTC"
            + (f"\trevoked {token.revoked_at:%Y-%m-%d %H:%M} UTC" if token.revoked_at else "")
            for token in access.list_tokens(session)
        ]


def revoke_token(settings: Settings, name: str) -> None:
    """End a token. Raises AccessError where there is none of that name."""
    with open_database(settings) as database, database.begin() as session:
        access.revoke_token(session, name, SystemClock().now(), by=_BY)


def add_user(settings: Settings, name: str, role: str, region: str | None, password: str) -> None:
    """Add a person who signs in on the page. Raises UserError or AccessError."""
    hashed = passwords.hashed(password)  # slow, so before the transaction
    with open_database(settings) as database, database.begin() as session:
        accounts.add_user(session, name, _role(role), region, hashed, SystemClock().now(), by=_BY)


def list_users(settings: Settings) -> list[str]:
    """One line a user: name, role, region, when added, and whether locked or retired."""
    with open_database(settings) as database, database.read() as session:
        return [
            f"{user.name}\t{user.role}\t{user.region_code or '-'}\t{user.created_at:%Y-%m-%d %H:%M} UTC"
            + (f"\tretired {user.retired_at:%Y-%m-%d %H:%M} UTC" if user.retired_at else "")
            + ("\tlocked" if user.locked_at else "")
            + ("\tmust change the password" if user.must_change_password else "")
            for user in accounts.list_users(session)
        ]


def set_password(settings: Settings, name: str, password: str) -> None:
    """Give a user another password, to be changed at the next sign-in, and let him in again if locked.

    Every session of his ends. Raises AccessError where there is nobody of that name.
    """
    hashed = passwords.hashed(password)
    with open_database(settings) as database, database.begin() as session:
        user, now = accounts.named(session, name), SystemClock().now()
        accounts.set_password(session, user, hashed, now, by=_BY, temporary=True)
        accounts.unlock(session, user, now, by=_BY)


def remove_user(settings: Settings, name: str) -> None:
    """Retire a user. Raises AccessError where there is nobody of that name, or for the last admin."""
    with open_database(settings) as database, database.begin() as session:
        accounts.retire(session, accounts.named(session, name), SystemClock().now(), by=_BY)


def export_responses(settings: Settings, start: str, end: str, file_format: str, path: Path) -> int:
    """Write the response log from `start` to before `end`; returns the number of rows."""
    period = parse_period(start, end, settings.zone)
    with open_database(settings) as database, database.read() as session:
        try:
            return write_export(session, period, ExportFormat(file_format), path)
        except OSError as fault:
            raise UserError(f"{path}: cannot be written ({fault.strerror}); name another file") from None


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise UserError(f"--role {name}: no such role; choose one of {', '.join(Role)}") from None
