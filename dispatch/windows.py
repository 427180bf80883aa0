"""Escape windows: which have just been opened at a place, and who is told of one opened without smoke."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import messages, modes, outbox
from dispatch.circumstances import WINDOWS_OPENED
from dispatch.duty import Contact
from dispatch.messages import IncidentFacts
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import Grade, PersonRole, SensorEvent
from store.places import Device, Premises
from store.signals import EventRecord


def opened_since(session: Session, device: Device, since: datetime) -> list[EventRecord]:
    """Live openings of registered escape windows at the device's premises since an instant.

    What was said again, or belonged to a test or maintenance, was no opening by people in need.
    """
    place = {"premises_id": device.premises_id, "since": since}
    rows = session.scalars(WINDOWS_OPENED.order_by(EventRecord.received_at), place)
    return [row for row in rows if not row.data.get("restated") and modes.TAKEN_AS not in row.data]


def tell_building_leaders(
    session: Session, setup: DispatchSetup, device: Device, event: SensorEvent, *, now: datetime
) -> None:
    """An escape window opened without smoke is no fire: whoever looks after the building is told."""
    premises = device.premises
    if premises is None:
        return
    people = setup.roster.get(session).building_leaders(premises.village_code)
    if premises.contact_phone:
        people.insert(0, _contact(premises))
    facts = IncidentFacts(
        code="",
        place=premises.name,
        address=premises.address,
        floor=device.floor,
        room=device.room,
        sounded=device.kind,
        grade=Grade.SUSPECTED,
    )
    for person in people:
        draft = Draft(
            to=person,
            purpose="escape_window",
            body=messages.window_opened(facts, person.language),
            key=f"window:{device.id}:{event.dedup_key}",
        )
        outbox.enqueue(session, setup, draft, now=now)


def _contact(premises: Premises) -> Contact:
    return Contact(
        id=f"premises:{premises.id}",
        name=premises.contact_name or premises.name,
        phone=premises.contact_phone or "",
        role=PersonRole.BUILDING_LEADER,
        rank=1,
        language="zh",
    )
