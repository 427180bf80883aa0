"""Once a day whoever looks after buildings is told which devices there need care, if any does."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch import outbox, troubles, upkeep_texts
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.roster import Roster
from dispatch.setup import DispatchSetup
from dispatch.supervision import TroubleKind
from dispatch.upkeep_texts import Complaint
from dispatch.values import PersonRole
from store.database import Database
from store.places import Device, Premises
from store.upkeep import Trouble

#: Local time: after breakfast, and after an outage never late in the evening (ours).
NOT_BEFORE, NOT_AFTER = time(9), time(20)
#: People told in one transaction: an alarm may have to wait for it.
_AT_ONCE = 50

_Complained = tuple[Trouble, Device, Premises | None]


def due_on(zone: ZoneInfo, now: datetime) -> date | None:
    """The local day whose digest may be sent now; None outside the hours."""
    local = now.astimezone(zone)
    return local.date() if NOT_BEFORE <= local.time() < NOT_AFTER else None


def run(database: Database, setup: DispatchSetup, day: date, *, now: datetime) -> bool:
    """Write the day's digests; what another process has written is left alone."""
    with database.read() as session:
        people = sorted(_complaints(session, setup.roster.get(session)).items())
    for start in range(0, len(people), _AT_ONCE):
        with database.begin() as session:
            troubles.take_turn(session)
            for _, (person, rows) in people[start : start + _AT_ONCE]:
                _write(session, setup, day, person, rows, now)
    return bool(people)


def responsible(premises: Premises | None, village_code: str | None, roster: Roster) -> Contact | None:
    """Who looks after a building: its contact, else the first building leader of the village."""
    if premises is not None and premises.contact_phone:
        known = next((p for p in roster.regional if p.phone == premises.contact_phone), None)
        return known or Contact(
            id=f"contact:{premises.contact_phone}",
            name=premises.contact_name or premises.name,
            phone=premises.contact_phone,
            role=PersonRole.BUILDING_LEADER,
            rank=1,
            language="zh",
        )
    return next(iter(roster.building_leaders(village_code)), None)


def _complaints(session: Session, roster: Roster) -> dict[str, tuple[Contact, list[_Complained]]]:
    """What is open, the oldest first, by the phone of who is responsible for it."""
    query = (
        select(Trouble, Device, Premises)
        .join(Device, Device.id == Trouble.device_id)
        .outerjoin(Premises, Premises.id == Device.premises_id)
        .where(troubles.OPEN, troubles.OWN)
        .order_by(Trouble.began_at, Trouble.id)
    )
    found: dict[str, tuple[Contact, list[_Complained]]] = {}
    for trouble, device, premises in session.execute(query):
        person = responsible(premises, trouble.village_code, roster)
        if person is not None:
            found.setdefault(person.phone, (person, []))[1].append((trouble, device, premises))
    return found


def _write(
    session: Session,
    setup: DispatchSetup,
    day: date,
    person: Contact,
    rows: list[_Complained],
    now: datetime,
) -> None:
    complaints = [
        Complaint(
            TroubleKind(trouble.kind), premises.name if premises else device.id, device.floor, device.room
        )
        for trouble, device, premises in rows
    ]
    draft = Draft(
        to=person,
        purpose="digest",
        body=upkeep_texts.digest(complaints, person.language),
        key=f"digest:{day}",
    )
    if outbox.enqueue(session, setup, draft, now=now) is not None:
        ids = [trouble.id for trouble, _, _ in rows]
        session.execute(update(Trouble).where(Trouble.id.in_(ids)).values(told_at=now))
