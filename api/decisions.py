"""What people decide about an incident: milestones, one more station, the grade, the end, the hand-over."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import incident_rows, scope
from api.access import Role
from api.callers import Caller, Dispatcher, Responder
from api.context import ServiceDep
from api.fields import Body, Instant, Name, Note
from api.incident_views import IncidentView
from api.once import Once, OnceDep
from api.problems import Problem
from dispatch import handover, lifecycle
from dispatch.values import Disposition, Grade, HandoverStatus, Milestone, Source
from store.places import Station

router = APIRouter(prefix="/incidents/{incident_id}", tags=["incidents"])


class MilestoneReport(Body):
    """A station reached a milestone; said again, it corrects the instant."""

    station_id: Name = Field(description="Id of a station that was sent")
    milestone: Milestone = Field(description="Which instant")
    at: Instant | None = Field(default=None, description="When it happened, RFC 3339; left out: now")
    note: Note | None = Field(default=None, description="Why it is recorded or corrected")


class StationOrder(Body):
    """One more station goes."""

    station_id: Name = Field(description="Id of the station")


class GradeChange(Body):
    """How sure we are that it burns."""

    grade: Grade = Field(description="confirmed tells the units and hands over to the district at once")
    reason: Note = Field(description="Why", min_length=1)


class Closing(Body):
    """What it was."""

    disposition: Disposition = Field(description="What it turned out to be")
    cause: Note | None = Field(default=None, description="What caused it")
    note: Note | None = Field(default=None, description="What else there is to say")


class HandoverReport(Body):
    """How far the 119 centre is."""

    status: Literal["sent", "accepted", "rejected", "dispatched", "on_scene", "closed"] = Field(
        description="The centre's state of the incident"
    )
    number: Name | None = Field(default=None, description="The centre's number for the incident")
    reason: Note | None = Field(default=None, description="Why it was rejected")


@router.post("/milestones", response_model=IncidentView)
def record_milestone(
    incident_id: str, body: MilestoneReport, caller: Responder, service: ServiceDep, once: OnceDep
) -> Response:
    """Record what a station does, or correct it; the old value stays in the timeline."""

    def act(session: Session, now: datetime) -> None:
        if caller.role is Role.STATION:
            check_own(session, caller, body.station_id)
        lifecycle.record_milestone(
            session,
            service.setup,
            incident_id,
            body.station_id,
            body.milestone,
            at=body.at,
            note=body.note,
            source=caller.source,
            actor=caller.name,
            now=now,
        )

    return decide(once, incident_id, body, act)


@router.post("/assignments", status_code=201, response_model=IncidentView)
def send_station(
    incident_id: str, body: StationOrder, caller: Dispatcher, service: ServiceDep, once: OnceDep
) -> Response:
    """Send one more station, in service or not."""

    def act(session: Session, now: datetime) -> None:
        scope.check_station(session, caller, body.station_id)
        lifecycle.send_station(
            session,
            service.setup,
            incident_id,
            body.station_id,
            actor=caller.name,
            source=caller.source,
            now=now,
        )

    return decide(once, incident_id, body, act, status=201)


@router.post("/grade", response_model=IncidentView)
def set_grade(
    incident_id: str, body: GradeChange, caller: Dispatcher, service: ServiceDep, once: OnceDep
) -> Response:
    """Raise or lower the grade."""

    def act(session: Session, now: datetime) -> None:
        lifecycle.set_grade(
            session,
            service.setup,
            incident_id,
            body.grade,
            body.reason,
            actor=caller.name,
            source=caller.source,
            now=now,
        )

    return decide(once, incident_id, body, act)


@router.post("/close", response_model=IncidentView)
def close(
    incident_id: str, body: Closing, caller: Dispatcher, service: ServiceDep, once: OnceDep
) -> Response:
    """Close the incident: what waited is called off, the units are stood down."""

    def act(session: Session, now: datetime) -> None:
        lifecycle.close(
            session,
            service.setup,
            incident_id,
            body.disposition,
            cause=body.cause,
            note=body.note,
            actor=caller.name,
            source=caller.source,
            now=now,
        )

    return decide(once, incident_id, body, act)


@router.post("/handover", response_model=IncidentView)
def report_handover(
    incident_id: str, body: HandoverReport, caller: Dispatcher, service: ServiceDep, once: OnceDep
) -> Response:
    """The 119 centre says how far it is, by a token; or a dispatcher on the page, after ringing it."""

    def act(session: Session, now: datetime) -> None:
        handover.report(
            session,
            service.setup,
            incident_id,
            HandoverStatus(body.status),
            number=body.number,
            reason=body.reason,
            actor=caller.name,
            source=Source.CENTRE if caller.source is Source.API else caller.source,
            now=now,
        )

    return decide(once, incident_id, body, act)


def decide(
    once: Once, incident_id: str, body: Body, act: Callable[[Session, datetime], None], *, status: int = 200
) -> Response:
    """Act where the caller sees the incident, and answer with the incident as it is then."""

    def work(session: Session, now: datetime) -> tuple[int, IncidentView]:
        scope.check_incident(session, once.caller, incident_id)
        act(session, now)
        row = incident_rows.reload(session, incident_id)
        tree = once.service.setup.roster.get(session).tree
        return status, incident_rows.view(row, tree, once.caller)

    return once.run(body, work)


def check_own(session: Session, caller: Caller, station_id: str) -> None:
    """Raise Problem 403 unless a caller of the role station speaks for this station."""
    own = select(Station.id).where(Station.id == station_id, scope.stations(caller))
    if session.scalar(own) is None:
        raise Problem(403, f"station {station_id}: not one of yours; it speaks for itself")
