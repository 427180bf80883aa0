"""Read incidents: the list, one with everything, and its timeline."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from api import incident_rows, scope
from api.callers import Reader
from api.context import ServiceDep
from api.incident_views import IncidentSummary, IncidentView, TimelineView
from api.masking import for_caller
from api.paging import Page, PagingDep
from api.periods import PeriodDep
from api.personal_data import Subject
from dispatch import cap, centre
from dispatch.values import IncidentStatus
from store.incidents import Assignment, Incident, TimelineEntry

router = APIRouter(tags=["incidents"])


class _Filter:
    """What a caller wants to see of the list."""

    def __init__(
        self,
        status: Annotated[IncidentStatus | None, Query(description="open or closed")] = None,
        region: Annotated[str | None, Query(description="Code of a district, town or village")] = None,
        station: Annotated[str | None, Query(description="Id of a station that was sent")] = None,
        drill: Annotated[bool | None, Query(description="Only drills, or only real ones")] = None,
    ) -> None:
        self.conditions: list[ColumnElement[bool]] = []
        if status is not None:
            self.conditions.append(Incident.status == status)
        if region:
            self.conditions.append(scope.in_region(region))
        if station:
            sent = select(Assignment.incident_id).where(Assignment.station_id == station)
            self.conditions.append(Incident.id.in_(sent))
        if drill is not None:
            self.conditions.append(Incident.drill == drill)


@router.get("/incidents")
def list_incidents(
    caller: Reader,
    service: ServiceDep,
    paging: PagingDep,
    period: PeriodDep,
    wanted: Annotated[_Filter, Depends()],
) -> Page[IncidentSummary]:
    """Incidents, newest first."""
    query = (
        select(Incident)
        .where(scope.incidents(caller), *period.conditions(), *wanted.conditions)
        .order_by(Incident.opened_at.desc(), Incident.id.desc())
        .limit(paging.limit + 1)
        .options(joinedload(Incident.premises))
    )
    after = paging.after(datetime.fromisoformat, str)
    if after is not None:
        opened_at, last_id = after
        same_instant = and_(Incident.opened_at == opened_at, Incident.id < last_id)
        query = query.where(or_(Incident.opened_at < opened_at, same_instant))
    with service.database.read() as session:
        tree = service.setup.roster.get(session).tree
        return paging.page(
            session.scalars(query).all(),
            key_of=lambda row: (row.opened_at.isoformat(), row.id),
            view_of=lambda row: incident_rows.summary(row, tree, caller),
        )


@router.get("/incidents/{incident_id}")
def get_incident(incident_id: str, caller: Reader, service: ServiceDep) -> IncidentView:
    """All of one incident."""
    with service.database.read() as session:
        row = incident_rows.load(session, caller, incident_id)
        return incident_rows.view(row, service.setup.roster.get(session).tree, caller)


@router.get(
    "/incidents/{incident_id}/cap",
    response_class=Response,
    responses={200: {"content": {cap.MEDIA_TYPE: {}}, "description": "The CAP 1.2 message as XML"}},
)
def get_cap(incident_id: str, caller: Reader, service: ServiceDep) -> Response:
    """The newest CAP 1.2 message of an incident; before its hand-over, the alert as it would be sent now."""
    with service.database.read() as session:
        row = incident_rows.load(session, caller, incident_id)
        document = centre.cap_of(session, service.setup, row)
    return Response(
        for_caller(caller, document, Subject("incident", incident_id, incident_id)), media_type=cap.MEDIA_TYPE
    )


@router.get("/incidents/{incident_id}/timeline")
def get_timeline(
    incident_id: str,
    caller: Reader,
    service: ServiceDep,
    paging: PagingDep,
    since: Annotated[
        int | None, Query(ge=0, description="Only facts recorded after the one of this id")
    ] = None,
) -> Page[TimelineView]:
    """Every fact of an incident in the order recorded, with its source and clock; nothing is ever changed."""
    query = (
        select(TimelineEntry)
        .where(TimelineEntry.incident_id == incident_id)
        .order_by(TimelineEntry.id)
        .limit(paging.limit + 1)
    )
    after = paging.after(int)
    if after is not None:
        query = query.where(TimelineEntry.id > after[0])
    if since is not None:
        query = query.where(TimelineEntry.id > since)
    with service.database.read() as session:
        scope.check_incident(session, caller, incident_id)
        return paging.page(
            session.scalars(query).all(),
            key_of=lambda row: (row.id,),
            view_of=lambda row: incident_rows.fact(row, caller),
        )
