"""The roads: whose data they are, and where they are closed."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from api.callers import Caller, Dispatcher, Reader
from api.context import Service, ServiceDep
from api.fields import Body, Degrees, Instant, Note
from api.once import OnceDep
from api.paging import Page, PagingDep
from dispatch import closures
from dispatch.errors import InvalidError, NotFoundError
from geo.point import Point
from registry import roads as kept
from store.roads import RoadClosure

router = APIRouter(tags=["roads"])


class RoadsView(BaseModel):
    """The road network that alarms are compared by."""

    source: str = Field(description="The file it was built from")
    attribution: str = Field(description="To be shown wherever roads or travel times are shown")
    built_at: datetime = Field(description="When it was loaded, UTC")
    in_use: bool = Field(description="This process compares by it; false while it is still being read")
    nodes: int | None = Field(description="Its junctions and bends; null while not in use")
    segments: int | None = Field(description="Its pieces of road; null while not in use")


class ClosureView(BaseModel):
    """A place where the road is closed."""

    id: int = Field(description="Id of the closure")
    lon: float = Field(description="Longitude, degrees, WGS 84")
    lat: float = Field(description="Latitude, degrees, WGS 84")
    until: datetime | None = Field(description="When it ends by itself, UTC; null: until it is ended")
    reason: str = Field(description="Why the road is closed")
    created_at: datetime = Field(description="When it was closed, UTC")
    created_by: str | None = Field(description="Who closed it")


class ClosureOrder(Body):
    """A road is closed."""

    lon: Degrees = Field(description="Longitude, degrees, WGS 84; within 50 m of the road")
    lat: Degrees = Field(description="Latitude, degrees, WGS 84")
    until: Instant | None = Field(default=None, description="When it opens by itself; left out: when ended")
    reason: Annotated[Note, StringConstraints(min_length=1)] = Field(description="Why the road is closed")


@router.get("/roads")
def show_roads(caller: Reader, service: ServiceDep) -> RoadsView:
    """The road network in use, and whose data it is; 404 where none is loaded."""
    del caller
    with service.database.read() as session:
        file = kept.newest(session)
    if file is None:
        raise NotFoundError("no road network is loaded; `fire135 roads FILE` loads one")
    in_use = service.setup.roads.in_use
    shown = in_use if in_use is not None and in_use.wanted.network_id == file.id else None
    return RoadsView(
        source=file.source,
        attribution=file.attribution,
        built_at=file.built_at,
        in_use=shown is not None,
        nodes=shown.network.nodes if shown else None,
        segments=shown.network.segments if shown else None,
    )


@router.get("/roads/closures")
def list_closures(caller: Reader, service: ServiceDep, paging: PagingDep) -> Page[ClosureView]:
    """The closures in force now, oldest first."""
    after = paging.after(int)
    with service.database.read() as session:
        rows = [
            row
            for row in kept.closures(session, service.clock.now())
            if (after is None or row.id > after[0]) and _is_seen(session, service, caller, row)
        ]
    return paging.page(rows[: paging.limit + 1], key_of=lambda row: (row.id,), view_of=_view)


@router.post("/roads/closures", status_code=201, response_model=ClosureView)
def close_road(body: ClosureOrder, caller: Dispatcher, service: ServiceDep, once: OnceDep) -> Response:
    """Close the road at a point, in both directions and for everybody; the next alarms go round it."""
    try:
        point = Point(body.lon, body.lat)
    except ValueError as fault:
        raise InvalidError(str(fault)) from None

    def work(session: Session, now: datetime) -> tuple[int, ClosureView]:
        if not _is_inside(session, service, caller, point):
            raise InvalidError(f"{point.lon}, {point.lat}: outside your region {caller.region_code}")
        closure = closures.close_road(
            session, service.setup, point, body.reason, until=body.until, actor=caller.name, now=now
        )
        return 201, _view(closure)

    return once.run(body, work)


@router.delete("/roads/closures/{closure_id}")
def open_road(
    closure_id: Annotated[int, Path(description="Id of the closure", ge=1, lt=2**31)],
    caller: Dispatcher,
    service: ServiceDep,
) -> ClosureView:
    """Open the road again; the closure stays in the record."""
    with service.database.begin() as session:
        closure = closures.open_road(session, closure_id, actor=caller.name, now=service.clock.now())
        if not _is_seen(session, service, caller, closure):
            raise NotFoundError(f"closure {closure_id}: not known, or outside your region")
        return _view(closure)


def _is_seen(session: Session, service: Service, caller: Caller, closure: RoadClosure) -> bool:
    return _is_inside(session, service, caller, Point(closure.lon, closure.lat))


def _is_inside(session: Session, service: Service, caller: Caller, point: Point) -> bool:
    if caller.region_code is None:
        return True
    tree = service.setup.roster.get(session).tree
    return tree.contains(caller.region_code, tree.locate(point))


def _view(closure: RoadClosure) -> ClosureView:
    return ClosureView(
        id=closure.id,
        lon=closure.lon,
        lat=closure.lat,
        until=closure.until_at,
        reason=closure.reason,
        created_at=closure.created_at,
        created_by=closure.created_by,
    )
