"""Whether a station can be sent now, who would answer there, and who is on leave."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field, StrictBool

from api import scope
from api.callers import Dispatcher, Reader
from api.context import Service, ServiceDep
from api.fields import Body, Instant, Note
from dispatch import lifecycle
from dispatch.duty import call_order, on_duty
from dispatch.errors import NotFoundError
from dispatch.selection import StationCard

router = APIRouter(tags=["stations"])


class OnDuty(BaseModel):
    """Someone who is on duty now."""

    person_id: str = Field(description="Id of the person")
    name: str = Field(description="The person's name")
    role: str = Field(description="chief, deputy, member, duty_officer or building_leader")


class OnLeave(OnDuty):
    """Someone who is on leave now."""

    until: datetime = Field(description="When the leave ends, UTC")


class AvailabilityView(BaseModel):
    """Whether a station can be sent now, and who would answer."""

    in_service: bool = Field(description="It can be sent now")
    until: datetime | None = Field(description="When its absence ends by itself, UTC; null otherwise")
    reason: str | None = Field(description="Why it is out of service; null otherwise")
    on_duty: list[OnDuty] = Field(description="Who is on duty now, in the order of calling")
    on_leave: list[OnLeave] = Field(description="Who is on leave now, in the order of calling")


class AvailabilityChange(Body):
    """Put a station in or out of service."""

    in_service: StrictBool = Field(description="Whether it can be sent")
    until: Instant | None = Field(default=None, description="End of the absence, RFC 3339; left out: open")
    reason: Note | None = Field(default=None, description="Why it is out of service")


@router.get("/stations/{station_id:path}/availability")
def get_availability(station_id: str, caller: Reader, service: ServiceDep) -> AvailabilityView:
    """Whether a station can be sent now, who is on duty, and who is on leave until when."""
    with service.database.read() as session:
        scope.check_station(session, caller, station_id)
        card = service.setup.roster.get(session).station(station_id)
    if card is None:
        raise NotFoundError(f"station {station_id}: retired; set active in the registry to use it again")
    return availability(service, card, service.clock.now())


@router.put("/stations/{station_id:path}/availability")
def set_availability(
    station_id: str, body: AvailabilityChange, caller: Dispatcher, service: ServiceDep
) -> AvailabilityView:
    """Put a station in or out of service; the next alarm follows it."""
    with service.database.begin() as session:
        scope.check_station(session, caller, station_id)
        lifecycle.set_availability(
            session,
            station_id,
            body.in_service,
            until=body.until,
            reason=body.reason,
            now=service.clock.now(),
        )
    return get_availability(station_id, caller, service)


def availability(service: Service, card: StationCard, now: datetime) -> AvailabilityView:
    """A station as it is at an instant."""
    in_service = card.is_in_service(now)
    people = on_duty(card.people, now, service.setup.zone)
    away = [(person, person.on_leave_until(now)) for person in call_order(card.people)]
    return AvailabilityView(
        in_service=in_service,
        until=None if in_service else card.out_until,
        reason=None if in_service else card.out_reason,
        on_duty=[OnDuty(person_id=person.id, name=person.name, role=person.role) for person in people],
        on_leave=[
            OnLeave(person_id=person.id, name=person.name, role=person.role, until=until)
            for person, until in away
            if until is not None
        ],
    )
