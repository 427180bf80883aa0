"""The light page of a station: its open incidents and six big buttons, for one thumb on a slow line.

No script, no map, a few kilobytes; it asks for itself anew every 15 seconds. What a button says takes
the same way as `POST /api/v1/incidents/{id}/answers`.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from api import scope
from api.access import Role
from api.answers import StationAnswer, take
from api.callers import Caller, refuse_foreign_origin, signed_in
from api.context import Service, ServiceDep
from api.masking import masked
from api.once import Once
from api.page.catalogue import texts
from api.page.render import language_of, page
from api.problems import Problem
from dispatch.describe import facts_of
from dispatch.errors import ConflictError, NotFoundError
from dispatch.values import Answer, AssignmentStatus, IncidentStatus
from dispatch.wording import floor_words, inside_words, place_words
from store.incidents import Assignment, Incident
from store.places import Station

ADDRESS = "/station"
#: More would not be read, nor fit the few kilobytes; the newest come first.
_MOST_SHOWN = 6
_BUTTONS = (
    *(Answer.COMING, Answer.CANNOT, Answer.ENROUTE, Answer.ON_SCENE),
    *(Answer.FALSE_ALARM, Answer.NEED_HELP),
)
_CODE = re.compile(r"[A-Z0-9]{2,4}")

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Card:
    """One incident as one of its stations sees it; every text is in the reader's language."""

    incident_id: str
    station_id: str
    code: str
    grade: str
    drill: bool
    place: str
    inside: str
    window: str | None
    notes: str | None
    since: str
    minutes: int
    station: str
    state: str


@router.get(ADDRESS)
def station(
    request: Request,
    service: ServiceDep,
    said: str = "",
    code: str = "",
    refused: str = "",
) -> Response:
    """The open incidents of whoever's station it is; others are led to the board."""
    caller = signed_in(request, service)
    if caller is None:
        return RedirectResponse(f"/sign-in?next={ADDRESS}", 303)
    if caller.must_change_password:
        return RedirectResponse("/account", 303)
    if caller.role is not Role.STATION:
        return RedirectResponse("/", 303)
    language = language_of(request, accepted=request.headers.get("accept-language", ""))
    now = service.clock.now()
    with service.database.read() as session:
        rows = _assignments(session, caller)
        cards = [_card(row, language, now, service.setup.zone) for row in rows[:_MOST_SHOWN]]
    return page(
        request,
        "station.html",
        language,
        cards=cards,
        more=len(rows) - len(cards),
        answers=_BUTTONS,
        said=_said(said, code, language),
        refused=bool(refused),
        key=secrets.token_hex(8),
        name=caller.name,
        now=f"{now.astimezone(service.setup.zone):%H:%M:%S}",
    )


@router.post(f"{ADDRESS}/answers")
def answer(
    request: Request,
    service: ServiceDep,
    incident_id: Annotated[str, Form(max_length=200)],
    station_id: Annotated[str, Form(min_length=1, max_length=200)],
    key: Annotated[str, Form(min_length=1, max_length=100)],
    answer: Annotated[Answer, Form()],
) -> Response:
    """Take one button; a second tap of it on the same page has no second effect."""
    refuse_foreign_origin(request, service)
    caller = signed_in(request, service)
    if caller is None:
        return RedirectResponse(f"/sign-in?next={ADDRESS}", 303)
    try:
        code = _take(service, caller, incident_id, StationAnswer(station_id=station_id, answer=answer), key)
    except (ConflictError, NotFoundError, Problem):
        return RedirectResponse(f"{ADDRESS}?refused=1", 303)
    return RedirectResponse(f"{ADDRESS}?{urlencode({'said': answer, 'code': code})}", 303)


def _take(service: Service, caller: Caller, incident_id: str, body: StationAnswer, key: str) -> str:
    """Keep the answer once; gives the incident's code. Raises Problem, ConflictError, NotFoundError."""
    if caller.role is not Role.STATION:
        raise Problem(403, f"role {caller.role} answers on the board")
    path = f"{ADDRESS}/answers/{incident_id}"
    take(Once(service, caller, path, f"{key}:{body.station_id}:{body.answer}"), incident_id, body)
    with service.database.read() as session:
        return session.get_one(Incident, incident_id).code


def _assignments(session: Session, caller: Caller) -> list[Assignment]:
    own = select(Station.id).where(scope.stations(caller))
    wanted = (
        select(Assignment)
        .join(Assignment.incident)
        .where(Incident.status == IncidentStatus.OPEN, Assignment.station_id.in_(own))
        .order_by(Incident.opened_at.desc(), Assignment.id)
        .options(
            joinedload(Assignment.station),
            joinedload(Assignment.incident).joinedload(Incident.premises),
            joinedload(Assignment.incident).selectinload(Incident.signals),
        )
    )
    return list(session.scalars(wanted))


def _card(row: Assignment, language: str, now: datetime, zone: ZoneInfo) -> Card:
    incident = row.incident
    facts = facts_of(incident)
    return Card(
        incident_id=incident.id,
        station_id=row.station_id,
        code=incident.code,
        grade=incident.grade,
        drill=incident.drill,
        place=place_words(incident.place_name, incident.address),
        inside=inside_words(facts.floor, facts.room, facts.sounded, language),
        window=floor_words(facts.window_floor, language) if facts.window_floor else None,
        notes=masked(incident.premises.notes) if incident.premises else None,
        since=f"{incident.opened_at.astimezone(zone):%H:%M:%S}",
        minutes=int((now - incident.opened_at).total_seconds() // 60),
        station=row.station.name,
        state=_state(row, language, zone),
    )


def _state(row: Assignment, language: str, zone: ZoneInfo) -> str:
    """How far the station is, and since when."""
    text = texts(language)
    match AssignmentStatus(row.status):
        case AssignmentStatus.ASSIGNED | AssignmentStatus.NOTIFIED:
            return text["station.unanswered"]
        case AssignmentStatus.DECLINED:
            said, at = text["status.declined"], row.declined_at
        case status:
            said, at = text[f"milestone.{status}"], getattr(row, f"{status}_at")
    return f"{said} {at.astimezone(zone):%H:%M:%S}" if at else said


def _said(said: str, code: str, language: str) -> str | None:
    """What the last button did; only our own words and a code are shown again."""
    if said not in set(Answer) or not _CODE.fullmatch(code):
        return None
    text = texts(language)
    return text["station.said"].format(code=code, answer=text[f"answer.{said}"])
