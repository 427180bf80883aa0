"""What the 119 centre is told of an incident: the JSON's own shape, and what CAP and the sheet are made of.

Times are UTC (RFC 3339 in JSON), positions WGS 84 degrees; null is not known. Phone numbers of the
building's contact and key-holders are among it: a crew has to get in.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from dispatch.describe import regions_of
from dispatch.setup import DispatchSetup
from dispatch.values import Milestone
from store.incidents import Assignment, Incident, Signal
from store.places import Premises


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class Reachable(_Facts):
    """Somebody who can be rung; `phone` is E.164."""

    name: str
    phone: str


class PlaceFacts(_Facts):
    """Where it is, and what a crew should know of the building."""

    premises_id: str | None = None
    name: str
    address: str
    district: str | None = None
    town: str | None = None
    village: str | None = None
    #: Of the smallest division that is known.
    division_code: str | None = None
    district_code: str | None = None
    lon: float | None = None
    lat: float | None = None
    datum: Literal["WGS 84"] = "WGS 84"
    use: str | None = None
    floors: int | None = None
    residents: int | None = None
    notes: str | None = None
    contact: Reachable | None = None
    key_holders: tuple[Reachable, ...] = ()


class SignalFacts(_Facts):
    """Something that spoke for a fire; `kind` smoke, heat, call_point, escape_window, person or unknown."""

    device_id: str | None = None
    kind: str
    floor: str | None = None
    room: str | None = None
    received_at: datetime
    device_at: datetime | None = None
    restored_at: datetime | None = None
    note: str | None = None


class MilestoneFacts(_Facts):
    """The instants of a station's way; null where nobody recorded it."""

    notified_at: datetime | None = None
    delivered_at: datetime | None = None
    acknowledged_at: datetime | None = None
    enroute_at: datetime | None = None
    on_scene_at: datetime | None = None
    cleared_at: datetime | None = None


class StationFacts(_Facts):
    """One station that was sent; `travel_s` seconds and `distance_m` metres as expected then."""

    station_id: str
    station_name: str
    tier: str
    status: str
    reason: str
    travel_s: float | None = None
    distance_m: float | None = None
    method: str | None = None
    declined_at: datetime | None = None
    help_requested_at: datetime | None = None
    milestones: MilestoneFacts = MilestoneFacts()


class CentreFacts(_Facts):
    """All that is handed over of an incident."""

    id: str
    code: str
    status: str
    grade: str
    drill: bool
    opened_at: datetime
    confirmed_at: datetime | None = None
    #: A person on the spot called it false; units go on until a person closes it.
    called_false_at: datetime | None = None
    closed_at: datetime | None = None
    disposition: str | None = None
    place: PlaceFacts
    signals: tuple[SignalFacts, ...] = ()
    assignments: tuple[StationFacts, ...] = ()


def facts_for_centre(session: Session, setup: DispatchSetup, incident: Incident) -> CentreFacts:
    """An incident as it is now in this transaction."""
    return CentreFacts(
        id=incident.id,
        code=incident.code,
        status=incident.status,
        grade=incident.grade,
        drill=incident.drill,
        opened_at=incident.opened_at,
        confirmed_at=incident.confirmed_at,
        called_false_at=incident.called_false_at,
        closed_at=incident.closed_at,
        disposition=incident.disposition,
        place=_place(session, setup, incident),
        signals=tuple(_signal(row) for row in incident.signals),
        assignments=tuple(_station(row) for row in incident.assignments),
    )


def _place(session: Session, setup: DispatchSetup, incident: Incident) -> PlaceFacts:
    roster, known = setup.roster.get(session), incident.premises
    leaders = roster.building_leaders(incident.village_code)
    return PlaceFacts(
        premises_id=incident.premises_id,
        name=incident.place_name,
        address=incident.address,
        district=roster.tree.name_of(incident.district_code),
        town=roster.tree.name_of(incident.town_code),
        village=roster.tree.name_of(incident.village_code),
        division_code=next(iter(regions_of(incident)), None),
        district_code=incident.district_code,
        lon=incident.lon,
        lat=incident.lat,
        use=known.use if known else None,
        floors=known.floors if known else None,
        residents=known.residents if known else None,
        notes=known.notes if known else None,
        contact=_contact(known) if known else None,
        key_holders=tuple(Reachable(name=leader.name, phone=leader.phone) for leader in leaders),
    )


def _contact(premises: Premises) -> Reachable | None:
    if not premises.contact_phone:
        return None
    return Reachable(name=premises.contact_name or premises.name, phone=premises.contact_phone)


def _signal(row: Signal) -> SignalFacts:
    return SignalFacts(
        device_id=row.device_id,
        kind=row.kind,
        floor=row.floor,
        room=row.room,
        received_at=row.received_at,
        device_at=row.device_at,
        restored_at=row.restored_at,
        note=row.note,
    )


def _station(row: Assignment) -> StationFacts:
    return StationFacts(
        station_id=row.station_id,
        station_name=row.station.name,
        tier=row.tier,
        status=row.status,
        reason=row.reason,
        travel_s=row.travel_s,
        distance_m=row.distance_m,
        method=row.method,
        declined_at=row.declined_at,
        help_requested_at=row.help_requested_at,
        milestones=MilestoneFacts(**{m.column: getattr(row, m.column) for m in Milestone}),
    )
