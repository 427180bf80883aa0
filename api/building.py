"""The building of one incident, floor by floor: what sounded, which windows are open, who needs help.

Whoever sees the incident sees this: a crew from across the border has to find the same people. When it is
over, a building across the border shows no more than what sounded there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import incident_rows, scope
from api.callers import Caller, Reader
from api.context import Service, ServiceDep
from api.masking import for_caller
from api.personal_data import Subject
from api.premises_cards import CardView, card_of, may_edit
from dispatch.setup import DispatchSetup
from dispatch.values import DeviceKind, EventKind
from registry.floor_notes import floor_name
from store.cards import PremisesCard
from store.incidents import Incident, Signal
from store.places import Device
from store.signals import EventRecord

router = APIRouter(tags=["incidents"])


class SoundedView(BaseModel):
    """A detector or call point that sounded."""

    device_id: str | None = Field(description="Id of the device")
    kind: str = Field(description="smoke, heat, call_point or unknown")
    room: str | None = Field(description="Room, as the registry names it")
    received_at: datetime = Field(description="When it was received by our clock, UTC")
    restored_at: datetime | None = Field(description="When it said that it is over, UTC; information only")


class WindowView(BaseModel):
    """An escape window of the building."""

    device_id: str = Field(description="Id of the device")
    room: str | None = Field(description="Room, as the registry names it")
    open: bool | None = Field(description="Open now; null: it has never said")
    since: datetime | None = Field(description="When it said so, our clock, UTC")


class FloorView(BaseModel):
    """One floor; the last, without a name, is what concerns the whole house or no known floor."""

    floor: str | None = Field(description="Floor, without a unit")
    sounded: list[SoundedView] = Field(description="What sounded there, in the order received")
    windows: list[WindowView] = Field(description="Its escape windows")
    needs_help: list[str] = Field(description="Who cannot get out alone")
    hazards: list[str] = Field(description="What is dangerous there")


class KeyHolderView(BaseModel):
    """Somebody who can let a crew in."""

    role: str = Field(description="key_holder of the card, contact of the premises, or building_leader")
    name: str = Field(description="Name")
    phone: str | None = Field(description="Mobile, E.164; masked for a viewer")


class BuildingView(BaseModel):
    """What a crew wants to know of the building before it goes in."""

    premises_id: str | None = Field(description="Id of the premises; null where none is registered there")
    use: str | None = Field(description="What it is used for")
    floors: int | None = Field(description="Number of floors")
    residents: int | None = Field(description="Number of people who live there")
    notes: str | None = Field(description="What crews should know, of the registry")
    storeys: list[FloorView] = Field(description="Floors of which something is known, highest first")
    key_holders: list[KeyHolderView] = Field(description="Who can let a crew in, best first")
    card: CardView | None = Field(description="The card; null without registered premises")
    may_edit: bool = Field(description="Whether the caller may write the card")


@router.get("/incidents/{incident_id}/building")
def get_building(incident_id: str, caller: Reader, service: ServiceDep) -> BuildingView:
    """The building of an incident, floor by floor, as it is now."""
    with service.database.read() as session:
        row = incident_rows.load(session, caller, incident_id)
        return building_of(session, service, caller, row)


def building_of(session: Session, service: Service, caller: Caller, incident: Incident) -> BuildingView:
    """The building of an incident that the caller sees."""
    is_shown = incident_rows.sees_home(caller, incident, service.setup.roster.get(session).tree)
    known = incident.premises if is_shown else None
    card = card_of(session, caller, known.id) if known else None
    of = Subject("incident", incident.id, incident.id)
    return BuildingView(
        premises_id=incident.premises_id,
        use=known.use if known else None,
        floors=known.floors if known else None,
        residents=known.residents if known else None,
        notes=for_caller(caller, known.notes, of) if known else None,
        storeys=storeys(incident.signals, _windows(session, known.id if known else None), card),
        key_holders=_key_holders(session, service, caller, incident) if is_shown else [],
        card=card,
        may_edit=known is not None and may_edit(caller) and scope.sees_premises(session, caller, known.id),
    )


def storeys(
    signals: Sequence[Signal], windows: Iterable[tuple[str | None, WindowView]], card: CardView | None
) -> list[FloorView]:
    """All that is known of each floor, highest first. Pure."""
    found: dict[str | None, FloorView] = {}

    def floor(name: str | None) -> FloorView:
        key = floor_name(name) if name else None
        return found.setdefault(key, FloorView(floor=key, sounded=[], windows=[], needs_help=[], hazards=[]))

    for signal in signals:
        if signal.device_id is not None and signal.kind != DeviceKind.ESCAPE_WINDOW:
            floor(signal.floor).sounded.append(SoundedView.model_validate(signal, from_attributes=True))
    for name, window in windows:
        floor(name).windows.append(window)
    for note in card.needs_help if card else ():
        floor(note.floor).needs_help.append(note.text)
    for note in card.hazards if card else ():
        floor(note.floor).hazards.append(note.text)
    return sorted(found.values(), key=_from_above)


def _from_above(storey: FloorView) -> tuple[int, int, str]:
    """Numbers from the highest, cellars below them, other names after that, the whole house last."""
    name = storey.floor
    if name is None:
        return 2, 0, ""
    number = name.replace("B", "-", 1) if name.startswith("B") else name
    return (0, -int(number), name) if number.lstrip("-").isdecimal() else (1, 0, name)


def _windows(session: Session, premises_id: str | None) -> list[tuple[str | None, WindowView]]:
    """The escape windows by floor, each with the newest that it said of itself."""
    if premises_id is None:
        return []
    own = (Device.premises_id == premises_id, Device.kind == DeviceKind.ESCAPE_WINDOW)
    devices = session.scalars(select(Device).where(*own).order_by(Device.floor, Device.id)).all()
    newest = (
        select(func.max(EventRecord.id))
        .where(
            EventRecord.device_id.in_([device.id for device in devices]),
            EventRecord.kind.in_((EventKind.WINDOW_OPENED, EventKind.WINDOW_CLOSED)),
            EventRecord.live,
        )
        .group_by(EventRecord.device_id)
    )
    said = {
        row.device_id: row for row in session.scalars(select(EventRecord).where(EventRecord.id.in_(newest)))
    }
    return [(device.floor, _window(device, said.get(device.id))) for device in devices]


def _window(device: Device, said: EventRecord | None) -> WindowView:
    return WindowView(
        device_id=device.id,
        room=device.room,
        open=said.kind == EventKind.WINDOW_OPENED if said else None,
        since=said.received_at if said else None,
    )


def key_holders(
    session: Session, setup: DispatchSetup, incident: Incident
) -> list[tuple[str, str, str | None]]:
    """Role, name and whole number of who can let a crew in, best first; who is several things comes once."""
    found: list[tuple[str, str, str | None]] = []
    card = session.get(PremisesCard, incident.premises_id) if incident.premises_id else None
    if card and card.key_holder_name:
        found.append(("key_holder", card.key_holder_name, card.key_holder_phone))
    known = incident.premises
    if known and known.contact_name:
        found.append(("contact", known.contact_name, known.contact_phone))
    leaders = setup.roster.get(session).building_leaders(incident.village_code)
    found += [("building_leader", leader.name, leader.phone) for leader in leaders]
    once = {phone or name: (role, name, phone) for role, name, phone in reversed(found)}
    return list(reversed(once.values()))


def _key_holders(
    session: Session, service: Service, caller: Caller, incident: Incident
) -> list[KeyHolderView]:
    of = Subject("incident", incident.id, incident.id)
    return [
        KeyHolderView(role=role, name=name, phone=for_caller(caller, phone, of))
        for role, name, phone in key_holders(session, service.setup, incident)
    ]
