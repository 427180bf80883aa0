"""A person reports a fire, or starts a drill."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import incident_rows, scope
from api.callers import Caller, Dispatcher
from api.context import Service, ServiceDep
from api.fields import Body, Degrees, Name, Note
from api.incident_views import IncidentView
from api.once import OnceDep
from api.problems import Problem
from dispatch import receive
from dispatch.describe import regions_of
from dispatch.values import Fate, Outcome, PersonReport

router = APIRouter(tags=["alarms"])

_JOINED: dict[int | str, dict[str, Any]] = {
    200: {"description": "It joined the open incident of the place", "model": IncidentView}
}


class AlarmReport(Body):
    """A person's report of a fire: at premises, at a point with an address, or at an address alone.

    Premises win over a point, a point over an address.
    """

    premises_id: Name | None = Field(default=None, description="Id of the premises that burn")
    lon: Degrees | None = Field(default=None, description="Longitude of the place, degrees, WGS 84")
    lat: Degrees | None = Field(default=None, description="Latitude of the place, degrees, WGS 84")
    address: Note | None = Field(
        default=None,
        description="The place in words; alone, it goes to the premises written so, else to the duty officer",
    )
    caller: Note = Field(default="", description="Who reports it: name, telephone")
    note: Note = Field(default="", description="What was seen")


class DrillOrder(Body):
    """Where to hold a drill."""

    premises_id: Name = Field(description="Id of the premises")


@router.post("/alarms", status_code=201, response_model=IncidentView, responses=_JOINED)
def report_alarm(body: AlarmReport, caller: Dispatcher, service: ServiceDep, once: OnceDep) -> Response:
    """Take a person's report: it opens a confirmed incident, or confirms the open one of the place."""

    def work(session: Session, now: datetime) -> tuple[int, IncidentView]:
        if body.premises_id is not None:
            scope.check_premises(session, caller, body.premises_id)
        report = PersonReport(
            received_at=now,
            caller=body.caller,
            note=body.note,
            premises_id=body.premises_id,
            lon=body.lon,
            lat=body.lat,
            address=body.address,
        )
        outcome = receive.report_alarm(
            session, service.setup, report, now=now, source=caller.source, actor=caller.name
        )
        return _answer(session, service, caller, outcome)

    return once.run(body, work)


@router.post("/drills", status_code=201, response_model=IncidentView, responses=_JOINED)
def start_drill(body: DrillOrder, caller: Dispatcher, service: ServiceDep, once: OnceDep) -> Response:
    """Start a drill: the whole way of an alarm, its messages marked 演练, out of every real figure."""

    def work(session: Session, now: datetime) -> tuple[int, IncidentView]:
        scope.check_premises(session, caller, body.premises_id)
        outcome = receive.start_drill(session, service.setup, body.premises_id, now=now, actor=caller.name)
        return _answer(session, service, caller, outcome)

    return once.run(body, work)


def _answer(session: Session, service: Service, caller: Caller, outcome: Outcome) -> tuple[int, IncidentView]:
    """The incident; a point known to be in another region is refused here, and with it all that was done."""
    row = incident_rows.reload(session, outcome.incident_id or "")
    codes = regions_of(row)
    if caller.region_code is not None and codes and caller.region_code not in codes:
        raise Problem(403, "the place is outside your region; ask its dispatcher, or ring the district")
    view = incident_rows.view(row, service.setup.roster.get(session).tree, caller)
    return (201 if outcome.fate is Fate.OPENED else 200), view
