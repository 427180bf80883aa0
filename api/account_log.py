"""What became of users and tokens: written where it happens, kept three years, read on the access log."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from store.access import AccountEvent, PersonalDataView, SignIn

#: As long as PIPL article 56 keeps what shows how personal data was handled; the Cybersecurity Law asks
#: six months of network logs at least (article 21).
KEPT = timedelta(days=3 * 366)


def write(
    session: Session,
    kind: str,
    name: str,
    event: str,
    now: datetime,
    *,
    by: str | None = None,
    address: str | None = None,
    browser: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write one event of a user or token (`kind`) down; `by` is who did it, where it was somebody else."""
    given = {"by": by, "address": address, "browser": browser, "detail": detail}
    session.add(AccountEvent(at=now, kind=kind, name=name, event=event, **given))


def clear_out(session: Session, now: datetime) -> None:
    """Delete sign-ins that have ended, and what was written down longer ago than it is kept."""
    session.execute(delete(SignIn).where(SignIn.expires_at <= now))
    for table in (AccountEvent, PersonalDataView):
        session.execute(delete(table).where(table.at < now - KEPT))
