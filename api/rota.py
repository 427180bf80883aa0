"""When people can come: their leave, and their shifts and days off."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import scope
from api.access import Role
from api.callers import Caller, Dispatcher, Reader, Responder
from api.context import ServiceDep
from api.fields import Body, Instant
from api.once import OnceDep
from api.problems import Problem
from dispatch import leave
from dispatch.duty import Absence
from dispatch.errors import NotFoundError
from registry.shifts import put_shifts, shifts_of
from store.availability import Leave
from store.places import Person

router = APIRouter(tags=["people"])
#: More turns than anybody has (ours).
_MOST_SHIFTS = 500


class LeaveOrder(Body):
    """Somebody will not be on duty."""

    until: Instant = Field(description="End of the leave, RFC 3339; at most 14 days after its beginning")
    from_: Instant | None = Field(
        default=None, alias="from", description="Its beginning, RFC 3339; left out: now"
    )


class LeaveView(BaseModel):
    """A time in which somebody is not on duty."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: datetime = Field(alias="from", description="Its beginning, UTC")
    until: datetime = Field(description="Its end, UTC")
    source: str = Field(description="How we learned of it: sms, page or api")
    created_by: str | None = Field(description="Who said so")


class PersonLeave(BaseModel):
    """A person's leave that is not over."""

    items: list[LeaveView] = Field(description="By their beginning")


class ShiftItem(Body):
    """A turn of duty in local time, or a day off."""

    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] | None = Field(
        default=None, description="The day of the week on which it begins; or give a date"
    )
    on_date: date | None = Field(
        default=None, alias="date", description="The one date on which it begins; without times a day off"
    )
    from_: str | None = Field(default=None, alias="from", description="Beginning, local time, such as 08:00")
    to: str | None = Field(
        default=None, description="End, local time; on the next day when not after the beginning"
    )


class Shifts(Body):
    """All shifts and days off of a person; without any turn he is always on duty but on days off."""

    items: list[ShiftItem] = Field(description="Turns and days off", max_length=_MOST_SHIFTS)


@router.get("/people/{person_id:path}/leave")
def get_leave(person_id: str, caller: Reader, service: ServiceDep) -> PersonLeave:
    """A person's leave that runs or is planned."""
    with service.database.read() as session:
        _seen(session, caller, person_id)
        return _leave_of(session, person_id, service.clock.now())


@router.post("/people/{person_id:path}/leave", status_code=201, response_model=PersonLeave)
def take_leave(
    person_id: str, body: LeaveOrder, caller: Responder, service: ServiceDep, once: OnceDep
) -> Response:
    """Give a person leave; what of his runs when it begins ends there. Station roles: their own people."""

    def work(session: Session, now: datetime) -> tuple[int, PersonLeave]:
        person = _may_change(session, caller, person_id)
        absence = Absence(body.from_ or now, body.until)
        leave.take(
            session, service.setup, [person], absence, source=caller.source, actor=caller.name, now=now
        )
        return 201, _leave_of(session, person_id, now)

    return once.run(body, work)


@router.delete("/people/{person_id:path}/leave")
def end_leave(person_id: str, caller: Responder, service: ServiceDep) -> PersonLeave:
    """End a person's leave and withdraw what is planned; a second try changes nothing."""
    now = service.clock.now()
    with service.database.begin() as session:
        person = _may_change(session, caller, person_id)
        leave.end(session, service.setup, [person], planned=True, now=now)
        return _leave_of(session, person_id, now)


@router.get("/people/{person_id:path}/shifts")
def get_shifts(person_id: str, caller: Reader, service: ServiceDep) -> Shifts:
    """A person's shifts and days off."""
    with service.database.read() as session:
        _seen(session, caller, person_id)
        return _shifts(session, person_id)


@router.put("/people/{person_id:path}/shifts")
def set_shifts(person_id: str, body: Shifts, caller: Dispatcher, service: ServiceDep) -> Shifts:
    """Replace a person's shifts and days off, with the checks of a load; the next alarm follows them."""
    with service.database.begin() as session:
        _seen(session, caller, person_id)
        items = [item.model_dump(mode="json", by_alias=True, exclude_none=True) for item in body.items]
        put_shifts(session, person_id, items)
        return _shifts(session, person_id)


def _seen(session: Session, caller: Caller, person_id: str) -> Person:
    person = session.scalar(select(Person).where(Person.id == person_id, scope.people(caller)))
    if person is None:
        raise NotFoundError(f"person {person_id}: not in the registry, or outside your region")
    return person


def _may_change(session: Session, caller: Caller, person_id: str) -> Person:
    """A station's role changes the people of the stations of its region, and nobody else."""
    if caller.role is Role.STATION and caller.region_code is None:
        raise Problem(403, "role station gives leave in its own region, and yours is bound to none")
    person = _seen(session, caller, person_id)
    if caller.role is Role.STATION and person.station_id is None:
        raise Problem(403, f"person {person_id}: of no station; ask the dispatcher")
    return person


def _leave_of(session: Session, person_id: str, now: datetime) -> PersonLeave:
    wanted = select(Leave).where(Leave.person_id == person_id, Leave.until_at > now)
    rows: Sequence[Leave] = session.scalars(wanted.order_by(Leave.from_at, Leave.id)).all()
    return PersonLeave(
        items=[
            LeaveView.model_validate(
                {
                    "from": row.from_at,
                    "until": row.until_at,
                    "source": row.source,
                    "created_by": row.created_by,
                }
            )
            for row in rows
        ]
    )


def _shifts(session: Session, person_id: str) -> Shifts:
    return Shifts(
        items=[
            ShiftItem.model_validate(
                {"weekday": row.weekday, "date": row.on_date, "from": row.from_time, "to": row.to_time}
            )
            for row in shifts_of(session, person_id)
        ]
    )
