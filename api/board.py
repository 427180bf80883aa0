"""What the live board reads: the open incidents in short, and every device as a point of the map.

Both are made of columns, not of rows: the board asks while alarms come in, in the same process.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from api import scope
from api.callers import Reader
from api.context import ServiceDep
from api.incident_views import MilestonesView
from dispatch.duty import on_duty
from dispatch.selection import StationCard
from dispatch.values import IncidentStatus, Milestone
from store.incidents import Assignment, Incident
from store.places import Device, Premises, Region, Station
from store.signals import DeviceState

router = APIRouter(prefix="/board", tags=["board"])

#: More open incidents than that nobody reads; the newest are given and the rest counted.
_MOST = 200
#: A position to about a metre: finer than a screen shows of a district.
_DEGREES = 5


class BoardStation(BaseModel):
    """A station as the map shows it."""

    id: str = Field(description="Id of the station")
    name: str = Field(description="Name")
    tier: str = Field(description="village, town or district")
    region_code: str = Field(description="Code of the division it belongs to")
    lon: float | None = Field(description="Longitude, degrees, WGS 84; its division's where it has none")
    lat: float | None = Field(description="Latitude, degrees, WGS 84")
    state: Literal["ready", "nobody_on_duty", "out_of_service"] = Field(
        description="Whether it would come now"
    )


class BoardStations(BaseModel):
    """The stations that the caller sees."""

    items: list[BoardStation] = Field(description="By id")


class BoardAssignment(BaseModel):
    """A station sent, in short."""

    station_id: str = Field(description="Id of the station")
    station_name: str = Field(description="Name of the station")
    tier: str = Field(description="village, town or district")
    status: str = Field(description="How far it is, as in `GET /incidents/{id}`")
    milestones: MilestonesView = Field(description="What happened when")


class BoardPlace(BaseModel):
    """Where it burns, in short."""

    name: str = Field(description="What people call the place")
    address: str = Field(description="Postal address")
    lon: float | None = Field(description="Longitude, degrees, WGS 84")
    lat: float | None = Field(description="Latitude, degrees, WGS 84")


class BoardIncident(BaseModel):
    """An open incident in short."""

    id: str = Field(description="Id of the incident")
    code: str = Field(description="What people call it")
    status: str = Field(description="open or closed; only those asked for by `id` may be closed")
    grade: str = Field(description="suspected or confirmed")
    drill: bool = Field(description="A drill")
    opened_at: datetime = Field(description="When the first signal was received, UTC")
    closed_at: datetime | None = Field(description="When a person closed it, UTC")
    handover: str = Field(description="How far the hand-over to the 119 centre is")
    area: str | None = Field(description="Name of its village, or of the town where no village is known")
    premises: BoardPlace = Field(description="The place")
    assignments: list[BoardAssignment] = Field(description="The stations sent, in order")


class BoardIncidents(BaseModel):
    """The open incidents that the caller sees."""

    items: list[BoardIncident] = Field(description="Real ones first, the newest first; at most 200")
    total: int = Field(description="How many are open, also those not given")


class MapDevices(BaseModel):
    """Every device that the caller sees and that stands somewhere, as columns of equal length."""

    id: list[str] = Field(description="Ids of the devices")
    lon: list[float] = Field(description="Longitudes, degrees, WGS 84")
    lat: list[float] = Field(description="Latitudes, degrees, WGS 84")
    state: list[int] = Field(description="For each the place of its state in `states`")
    states: list[str] = Field(description="alarm, fault, offline and others; unknown: never heard")
    unplaced: int = Field(description="How many devices the caller sees that stand nowhere")


@router.get("/stations")
def list_stations(caller: Reader, service: ServiceDep) -> BoardStations:
    """Every active station with its place and whether somebody would come from it now."""
    now, zone = service.clock.now(), service.setup.zone
    with service.database.read() as session:
        seen = set(session.scalars(select(Station.id).where(scope.stations(caller))))
        cards = service.setup.roster.get(session).stations
    return BoardStations(items=[_station(card, now, zone) for card in cards if card.id in seen])


@router.get("/incidents", response_model=BoardIncidents)
def list_incidents(
    caller: Reader,
    service: ServiceDep,
    ids: Annotated[
        list[str] | None,
        Query(alias="id", max_length=100, description="Only these, whether open or not; may be repeated"),
    ] = None,
) -> Response:
    """Open incidents with how far each station is; with `id` only what has become of those."""
    wanted = Incident.id.in_(ids) if ids else Incident.status == IncidentStatus.OPEN
    with service.database.read() as session:
        found = _incidents(session, select(*_INCIDENT, *_PLACE).where(wanted, scope.incidents(caller)))
        sent = _sent(session, [one["id"] for one in found])
        total = len(found)
        if total >= _MOST:
            counted = select(func.count()).select_from(Incident).where(wanted, scope.incidents(caller))
            total = session.execute(counted).scalar_one()
    items = [one | {"assignments": sent[one["id"]]} for one in found]
    return _json({"items": items, "total": total})


@router.get("/devices", response_model=MapDevices)
def list_devices(
    caller: Reader,
    service: ServiceDep,
    known: Annotated[
        str | None, Header(alias="If-None-Match", description="The `ETag` of what is known")
    ] = None,
) -> Response:
    """Where every device stands and how it is; what changes afterwards the stream says (`device`)."""
    with service.database.read() as session:
        columns = _points(session, scope.devices(caller))
    answer = _json(columns)
    tag = f'W/"{sha256(answer.body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if known == tag:
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer


def _station(card: StationCard, now: datetime, zone: ZoneInfo) -> BoardStation:
    state: Literal["ready", "nobody_on_duty", "out_of_service"] = "ready"
    if not card.is_in_service(now):
        state = "out_of_service"
    elif not on_duty(card.people, now, zone):
        state = "nobody_on_duty"
    return BoardStation(
        id=card.id,
        name=card.name,
        tier=card.tier,
        region_code=card.region_code,
        lon=card.point.lon if card.point else None,
        lat=card.point.lat if card.point else None,
        state=state,
    )


_INCIDENT = (
    Incident.id,
    Incident.code,
    Incident.status,
    Incident.grade,
    Incident.drill,
    Incident.opened_at,
    Incident.closed_at,
    Incident.handover_status.label("handover"),
    Region.name.label("area"),
)
_PLACE = (Incident.place_name.label("name"), Incident.address, Incident.lon, Incident.lat)
_MILESTONES = tuple(milestone.column for milestone in Milestone)


def _incidents(session: Session, query: Any) -> list[dict[str, Any]]:
    in_area = query.outerjoin(Region, Region.code == func.coalesce(Incident.village_code, Incident.town_code))
    ordered = in_area.order_by(Incident.drill, Incident.opened_at.desc(), Incident.id.desc()).limit(_MOST)
    return [_nested(dict(row)) for row in session.execute(ordered).mappings()]


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"premises": {column.key: row.pop(column.key) for column in _PLACE}}


def _sent(session: Session, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The stations sent to each incident."""
    named = (Assignment.station_id, Station.name, Assignment.tier, Assignment.status)
    rows = session.execute(
        select(Assignment.incident_id, *named, *(getattr(Assignment, column) for column in _MILESTONES))
        .join(Station, Station.id == Assignment.station_id)
        .where(Assignment.incident_id.in_(ids))
        .order_by(Assignment.id)
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for incident_id, station_id, name, tier, status, *instants in rows:
        found[incident_id].append(
            {
                "station_id": station_id,
                "station_name": name,
                "tier": tier,
                "status": status,
                "milestones": dict(zip(_MILESTONES, instants, strict=True)),
            }
        )
    return found


def _points(session: Session, seen: Any) -> dict[str, Any]:
    gateway, its_premises = aliased(Device), aliased(Premises)
    rows = session.execute(
        select(
            Device.id,
            func.coalesce(Premises.lon, Station.lon, its_premises.lon),
            func.coalesce(Premises.lat, Station.lat, its_premises.lat),
            DeviceState.state,
        )
        .outerjoin(DeviceState, DeviceState.device_id == Device.id)
        .outerjoin(Premises, Premises.id == Device.premises_id)
        .outerjoin(Station, Station.id == Device.station_id)
        .outerjoin(gateway, gateway.id == Device.gateway_id)
        .outerjoin(its_premises, its_premises.id == gateway.premises_id)
        .where(seen)
        .order_by(Device.id)
    ).all()
    placed = [row for row in rows if row[1] is not None]
    states = sorted({state or "unknown" for *_, state in placed})
    numbers = {state: number for number, state in enumerate(states)}
    return {
        "id": [row[0] for row in placed],
        "lon": [round(row[1], _DEGREES) for row in placed],
        "lat": [round(row[2], _DEGREES) for row in placed],
        "state": [numbers[row[3] or "unknown"] for row in placed],
        "states": states,
        "unplaced": len(rows) - len(placed),
    }


def _json(content: dict[str, Any]) -> Response:
    """Written as it is: what we made ourselves need not be checked again, and there may be a lot of it."""
    text = json.dumps(content, default=_instant, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type="application/json")


def _instant(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(value)
    return value.isoformat().replace("+00:00", "Z")
