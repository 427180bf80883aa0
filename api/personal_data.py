"""Who was shown whose personal data: collected while a request is answered, written down after the answer.

Where it is shown (`masking`) says whose it is; who asks for a number on purpose (`phones`) is written down
before it is given. Nothing waits for the rest: an answer that a fire may hang on goes out first, and a
record that cannot be written is a line of the service's log.
"""

import logging
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.context import Service
from store.access import PersonalDataView

_log = logging.getLogger(__name__)

#: The same request of the same caller for the same data within it is one view: programs poll.
_ONE_VIEW = timedelta(minutes=5)
#: Ids that a row names; of more only the number is written.
_NAMED = 100
_LONGEST_REQUEST = 500
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, order=True, slots=True)
class Subject:
    """Whose personal data it is: a person, a building's contact, a caller of an incident ..."""

    kind: str
    id: str
    incident_id: str = ""


@dataclass(slots=True)
class Shown:
    """Whose data one request was shown."""

    subjects: set[Subject] = field(default_factory=set)


class Viewer(Protocol):
    """Whoever is shown something; `api.callers.Caller` is one."""

    @property
    def name(self) -> str:
        """Name of the token or user."""

    @property
    def role(self) -> str:
        """Its role."""

    @property
    def source(self) -> str:
        """api for a token, page for a user."""

    @property
    def region_code(self) -> str | None:
        """The region it is bound to."""

    @property
    def shown(self) -> Shown:
        """What it was shown in this request."""


def record(service: Service, viewer: Viewer, request: Request) -> None:
    """Write down what a request has shown, if anything; never raises, for the answer is given."""
    if not viewer.shown.subjects:
        return
    try:
        _record(service, viewer, asked(request))
    except SQLAlchemyError:
        _log.exception("a view of personal data by %s %s is not in the record", viewer.source, viewer.name)


def asked(request: Request) -> str:
    """A request in one line: method, path and query; `q` without digits, which may be somebody's number."""
    given = parse_qsl(request.url.query, keep_blank_values=True)
    pairs = [(name, _DIGIT.sub("*", value) if name == "q" else value) for name, value in given]
    query = f"?{urlencode(pairs, safe='*:/')}" if pairs else ""
    return f"{request.method} {request.url.path}{query}"[:_LONGEST_REQUEST]


def write(session: Session, viewer: Viewer, request: str, now: datetime) -> None:
    """Write down what a viewer is shown, a row for each kind and incident."""
    session.add_all(_rows(viewer, request, now))


def _record(service: Service, viewer: Viewer, request: str) -> None:
    now = service.clock.now()
    rows = _rows(viewer, request, now)
    recent = select(PersonalDataView).where(
        PersonalDataView.at > now - _ONE_VIEW,
        PersonalDataView.name == viewer.name,
        PersonalDataView.source == viewer.source,
        PersonalDataView.request == request,
    )
    with service.database.read() as session:
        had = [(row.kind, row.incident_id, row.count, row.subjects) for row in session.scalars(recent)]
    new = [row for row in rows if (row.kind, row.incident_id, row.count, row.subjects) not in had]
    if new:
        with service.database.begin() as session:
            session.add_all(new)


def _rows(viewer: Viewer, request: str, now: datetime) -> list[PersonalDataView]:
    def sort(subject: Subject) -> tuple[str, str]:
        return subject.kind, subject.incident_id

    found = []
    for (kind, incident_id), group in groupby(sorted(viewer.shown.subjects, key=sort), key=sort):
        ids = sorted(subject.id for subject in group)
        found.append(
            PersonalDataView(
                at=now,
                name=viewer.name,
                role=viewer.role,
                source=viewer.source,
                region_code=viewer.region_code,
                kind=kind,
                subjects=ids[:_NAMED],
                count=len(ids),
                request=request,
                incident_id=incident_id or None,
            )
        )
    return found
