"""A phone number for who has to ring, asked for on purpose: one POST, one line in the access log.

The pages show numbers masked. What is asked here is written down in the transaction that allows it and
read after its commit; the answer itself is kept nowhere, a repetition under the same key reads it again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import personal_data, scope, trouble_rows
from api.access import Role
from api.building import key_holders
from api.callers import Caller, Dispatcher, Responder
from api.context import ServiceDep
from api.fields import Body, Name
from api.once import Once, OnceDep
from api.personal_data import Subject
from api.problems import Problem
from dispatch.errors import ConflictError, NotFoundError
from dispatch.values import IncidentStatus, PersonRole
from store.cards import PremisesCard
from store.incidents import Assignment, Incident
from store.places import Person, Premises, Station
from store.upkeep import Trouble

router = APIRouter(tags=["personal data"])
_Answer = TypeVar("_Answer", bound=BaseModel)


class Purpose(Body):
    """Why a number is asked for."""

    incident_id: Name | None = Field(default=None, description="The incident that it is for, if for one")


class PhoneView(BaseModel):
    """Somebody's number."""

    name: str | None = Field(description="Whose it is")
    phone: str | None = Field(description="Mobile number, E.164; null: none is known")


class TeamPhone(PhoneView):
    """The number of somebody of a station that was sent."""

    person_id: str = Field(description="Id of the person")
    role: str = Field(description="chief or deputy")
    station_id: str = Field(description="Id of the station")
    station_name: str = Field(description="Its name")


class KeyPhone(PhoneView):
    """The number of somebody who can let a crew in."""

    role: str = Field(description="key_holder of the card, contact of the premises, or building_leader")


class ReportView(BaseModel):
    """What a caller said, number and all."""

    received_at: datetime = Field(description="When, our clock, UTC")
    note: str = Field(description="The note as it was taken")


class IncidentPhones(BaseModel):
    """Whom the duty officer may have to ring for one incident."""

    teams: list[TeamPhone] = Field(description="Chiefs and deputies of the stations sent, in that order")
    keys: list[KeyPhone] = Field(description="Who can let a crew in, best first")
    reports: list[ReportView] = Field(description="What people reported, the oldest first")


class Noted(BaseModel):
    """That a view was written down; all that is kept under an Idempotency-Key."""

    noted: bool = True


class _Asking:
    """One request for numbers: done once under its key, but checked, written down and read each time."""

    def __init__(self, request: Request, once: OnceDep) -> None:
        self._request, self._once = request, once

    def answer(self, body: BaseModel, find: Callable[[Session], _Answer], of: Subject) -> _Answer:
        """Check by finding, write down, commit, and find again for the answer."""
        once: Once = self._once
        is_noted = False

        def note(session: Session, now: datetime) -> tuple[int, Noted]:
            nonlocal is_noted
            find(session)
            once.caller.shown.subjects.add(of)
            personal_data.write(session, once.caller, personal_data.asked(self._request), now)
            once.caller.shown.subjects.clear()  # written: not again after the answer
            is_noted = True
            return 200, Noted()

        once.run(body, note)
        if not is_noted:  # repeated under its key, perhaps days later: somebody sees the number again
            with once.service.database.begin() as session:
                note(session, once.service.clock.now())
        with once.service.database.read() as session:
            return find(session)


_AskingDep = Annotated[_Asking, Depends()]


@router.post("/people/{person_id:path}/phone")
def show_person(person_id: str, body: Purpose, caller: Responder, asking: _AskingDep) -> PhoneView:
    """A person's number; a station's people ask for those of their own region."""

    def find(session: Session) -> PhoneView:
        _check(session, caller, body)
        row = session.scalar(select(Person).where(Person.id == person_id, scope.people(caller)))
        if row is None:
            raise NotFoundError(f"people {person_id}: not in the registry, or outside your region")
        return PhoneView(name=row.name, phone=row.phone)

    return asking.answer(body, find, Subject("person", person_id, body.incident_id or ""))


# before the building's own, whose id may hold a slash
@router.post("/premises/{premises_id:path}/card/phone")
def show_key_holder(premises_id: str, body: Purpose, caller: Responder, asking: _AskingDep) -> PhoneView:
    """The number of whoever has a building's key, from its card."""

    def find(session: Session) -> PhoneView:
        _check(session, caller, body)
        scope.check_premises(session, caller, premises_id)
        card = session.get(PremisesCard, premises_id)
        return PhoneView(
            name=card.key_holder_name if card else None, phone=card.key_holder_phone if card else None
        )

    return asking.answer(body, find, Subject("card", premises_id, body.incident_id or ""))


@router.post("/premises/{premises_id:path}/phone")
def show_contact(premises_id: str, body: Purpose, caller: Responder, asking: _AskingDep) -> PhoneView:
    """The number of whoever looks after a building."""

    def find(session: Session) -> PhoneView:
        _check(session, caller, body)
        scope.check_premises(session, caller, premises_id)
        row = session.get_one(Premises, premises_id)
        return PhoneView(name=row.contact_name, phone=row.contact_phone)

    return asking.answer(body, find, Subject("premises", premises_id, body.incident_id or ""))


@router.post("/troubles/{trouble_id}/phone")
def show_responsible(
    trouble_id: int, body: Purpose, caller: Responder, service: ServiceDep, asking: _AskingDep
) -> PhoneView:
    """The number of whoever has to see to a trouble."""

    def find(session: Session) -> PhoneView:
        _check(session, caller, body)
        trouble_rows.check(session, caller, trouble_id)
        trouble, _, premises, _ = session.execute(trouble_rows.query().where(Trouble.id == trouble_id)).one()
        roster, now = service.setup.roster.get(session), service.clock.now()
        person = trouble_rows.whose(trouble, premises, roster, service.setup, now)
        return PhoneView(name=person.name if person else None, phone=person.phone if person else None)

    return asking.answer(body, find, Subject("trouble", str(trouble_id)))


@router.post("/incidents/{incident_id}/phones")
def show_incident(
    incident_id: str, body: Body, caller: Dispatcher, service: ServiceDep, asking: _AskingDep
) -> IncidentPhones:
    """Every number that an open incident may need: who was sent, who has the key, who reported it.

    Also of stations that were sent from outside the caller's region, as long as the incident is open.
    """

    def find(session: Session) -> IncidentPhones:
        scope.check_incident(session, caller, incident_id)
        incident = session.get_one(Incident, incident_id)
        if incident.status != IncidentStatus.OPEN:
            raise ConflictError(f"incident {incident.code}: closed; ask for each person's number")
        return IncidentPhones(
            teams=_teams(session, incident_id),
            keys=[
                KeyPhone(role=role, name=name, phone=phone)
                for role, name, phone in key_holders(session, service.setup, incident)
            ],
            reports=[
                ReportView(received_at=signal.received_at, note=signal.note)
                for signal in incident.signals
                if signal.note
            ],
        )

    return asking.answer(body, find, Subject("incident", incident_id, incident_id))


def _check(session: Session, caller: Caller, purpose: Purpose) -> None:
    if caller.role is Role.STATION and caller.region_code is None:
        raise Problem(403, "a station without a region sees no numbers; ask for a user of your village")
    if purpose.incident_id is not None:
        scope.check_incident(session, caller, purpose.incident_id)


def _teams(session: Session, incident_id: str) -> list[TeamPhone]:
    query = (
        select(Person, Station)
        .join(Station, Station.id == Person.station_id)
        .join(Assignment, Assignment.station_id == Station.id)
        .where(Assignment.incident_id == incident_id)
        .where(Person.role.in_((PersonRole.CHIEF, PersonRole.DEPUTY)))
        .order_by(Assignment.id, Person.role, Person.rank, Person.id)
    )
    return [
        TeamPhone(
            person_id=person.id,
            name=person.name,
            phone=person.phone,
            role=person.role,
            station_id=station.id,
            station_name=station.name,
        )
        for person, station in session.execute(query)
    ]
