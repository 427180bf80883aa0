"""What the command line does to the database: tokens, users, the response log's export."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api import access
from api.access import Role
from dispatch.export import ExportFormat
from dispatch.export import export_responses as write_export
from dispatch.review import parse_period
from fire135.clock import SystemClock
from fire135.errors import UserError
from fire135.settings import Settings
from store.database import Database
from store.schema import ensure_current


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
        return access.create_token(session, name, _role(role), region, SystemClock().now())


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
        access.revoke_token(session, name, SystemClock().now())


def add_user(settings: Settings, name: str, role: str, region: str | None, password: str) -> None:
    """Add a person who signs in on the page. Raises UserError or AccessError."""
    with open_database(settings) as database, database.begin() as session:
        access.add_user(session, name, _role(role), region, password, SystemClock().now())


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
