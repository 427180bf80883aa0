"""False alarms over HTTP, and the incidents behind each of their counts (`docs/review.md`)."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from api import scope
from api.callers import Caller, Reader
from api.context import ServiceDep
from api.masking import masked
from api.paging import Page, PagingDep
from api.periods import PeriodDep
from api.review_question import RegionQuery, Scope, scope_of
from api.review_views import (
    IncidentBehind,
    PeriodView,
    ScopeView,
    incident_behind,
    period_view,
    scope_view,
)
from dispatch import false_alarms
from dispatch.response_time import SMALL_BELOW
from dispatch.review import Period
from store.incidents import Incident
from store.places import Premises

router = APIRouter(prefix="/reports/false-alarms", tags=["reports"])


class CauseView(BaseModel):
    """False alarms of one cause."""

    cause: str | None = Field(description="Null: whoever closed them gave none")
    n: int = Field(description="How many")
    share: float | None = Field(description="Of all false alarms")


class DeviceView(BaseModel):
    """A detector, by the false alarms in which it spoke."""

    device_id: str = Field(description="Id of the device")
    kind: str = Field(description="What it is: smoke, heat, call_point or escape_window")
    floor: str | None = Field(description="Its floor")
    room: str | None = Field(description="Its room")
    premises_id: str | None = Field(description="Id of the building")
    premises: str | None = Field(description="Name of its building")
    n: int = Field(description="How many")
    last_at: datetime = Field(description="When the newest of them was received, RFC 3339 UTC")
    share: float | None = Field(description="Of all false alarms, 0 to 1")


class BuildingView(BaseModel):
    """A building, by its false alarms."""

    premises_id: str = Field(description="Id of the building")
    name: str = Field(description="What people call it")
    address: str = Field(description="Its address")
    n: int = Field(description="How many")
    last_at: datetime = Field(description="When the newest of them was received, RFC 3339 UTC")
    share: float | None = Field(description="Of all false alarms, 0 to 1")
    devices: int = Field(description="Its detectors now")


class FalseAlarmsView(BaseModel):
    """False alarms among the real incidents of a period."""

    scope: ScopeView = Field(description="Where the figures are from")
    period: PeriodView = Field(description="When the alarms were received")
    small_below: int = Field(description="Under so many records a figure is marked as small")
    closed: int = Field(description="Real incidents that have been closed")
    false_alarms: int = Field(description="How many of them were false alarms")
    share: float | None = Field(description="Of those closed")
    small: bool = Field(description=f"Fewer than {SMALL_BELOW} were closed")
    devices: int = Field(description="Detectors in service there now")
    per_1000_devices: float | None = Field(description="For the period as it is; null below 100 detectors")
    by_cause: list[CauseView] = Field(description="Most first; those of no cause last")
    by_device: list[DeviceView] = Field(description="The 50 with most")
    by_building: list[BuildingView] = Field(description="The 50 with most")
    devices_total: int = Field(description="How many detectors there are with false alarms")
    buildings_total: int = Field(description="How many buildings there are with false alarms")


class FalseAlarmView(IncidentBehind):
    """One incident that was closed as a false alarm."""

    cause: str | None = Field(description="What set it off, in the words of whoever closed it")


class FalseAlarmsPage(Page[FalseAlarmView]):
    """One page of the incidents behind a count."""

    total: int = Field(description="How many there are on all pages: the count")


@router.get("")
def get_false_alarms(
    caller: Reader, service: ServiceDep, period: PeriodDep, region: RegionQuery = None
) -> FalseAlarmsView:
    """False alarms by cause, detector and building."""
    with service.database.read() as session:
        return view(session, caller, scope_of(session, service, caller, region), period)


@router.get("/incidents")
def list_false_alarms(
    caller: Reader,
    service: ServiceDep,
    paging: PagingDep,
    period: PeriodDep,
    region: RegionQuery = None,
    cause: Annotated[str | None, Query(description="Only of this cause")] = None,
    without_cause: Annotated[bool | None, Query(description="Only those of no cause")] = None,
    device: Annotated[str | None, Query(description="Only those in which this detector spoke")] = None,
    premises: Annotated[str | None, Query(description="Only at this building")] = None,
) -> FalseAlarmsPage:
    """The incidents behind a count, newest first."""
    with service.database.read() as session:
        where = scope_of(session, service, caller, region)
        narrowed = false_alarms.narrowed(cause, device, premises, without_cause=bool(without_cause))
        own = and_(*_incidents(caller, where, period), *narrowed)
        query = select(Incident).where(own).order_by(Incident.opened_at.desc(), Incident.id.desc())
        if (after := paging.after(datetime.fromisoformat, str)) is not None:
            opened_at, last_id = after
            same_instant = and_(Incident.opened_at == opened_at, Incident.id < last_id)
            query = query.where(or_(Incident.opened_at < opened_at, same_instant))
        page = paging.page(
            session.scalars(query.limit(paging.limit + 1)).all(),
            key_of=lambda row: (row.opened_at.isoformat(), row.id),
            view_of=lambda row: _incident(row, where),
        )
        total = session.scalar(select(func.count()).select_from(Incident).where(own)) or 0
    return FalseAlarmsPage(items=page.items, next=page.next, total=total)


def view(session: Session, caller: Caller, where: Scope, period: Period) -> FalseAlarmsView:
    """The false alarms of a place and a period."""
    found = false_alarms.false_alarms(session, _incidents(caller, where, period), _places(caller, where))

    def share(n: int) -> float | None:
        return n / found.n if found.n else None

    return FalseAlarmsView(
        scope=scope_view(where),
        period=period_view(period),
        small_below=SMALL_BELOW,
        closed=found.closed,
        false_alarms=found.n,
        share=found.share,
        small=found.is_small,
        devices=found.devices,
        per_1000_devices=found.per_1000_devices,
        by_cause=[CauseView(cause=masked(one.cause), n=one.n, share=share(one.n)) for one in found.by_cause],
        by_device=[DeviceView(**asdict(one), share=share(one.n)) for one in found.by_device],
        by_building=[BuildingView(**asdict(one), share=share(one.n)) for one in found.by_building],
        devices_total=found.devices_total,
        buildings_total=found.buildings_total,
    )


def _incidents(caller: Caller, where: Scope, period: Period) -> list[scope.Condition]:
    return [scope.incidents(caller), *where.inside, *period.conditions()]


def _places(caller: Caller, where: Scope) -> list[scope.Condition]:
    if where.division is None:
        return [scope.premises(caller)]
    return [scope.premises(caller), Premises.village_code.in_(scope.codes_below(where.division.code))]


def _incident(row: Incident, where: Scope) -> FalseAlarmView:
    return FalseAlarmView(**incident_behind(row, where.tree), cause=masked(row.cause))
