"""The registry over HTTP: regions, stations, people and premises, with the checks of a load."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.callers import Admin, Caller, Reader
from api.context import ServiceDep
from api.paging import Page, PagingDep
from api.problems import Problem
from api.registry_rows import PEOPLE, PREMISES, REGIONS, STATIONS
from api.registry_search import SearchDep
from api.registry_views import (
    PersonBody,
    PersonView,
    PremisesBody,
    PremisesDetails,
    RegionBody,
    RegionView,
    StationBody,
    StationView,
)
from api.row_versions import VersionsDep
from store.places import Person

router = APIRouter(tags=["registry"])


@router.get("/regions")
def list_regions(
    caller: Reader, service: ServiceDep, paging: PagingDep, search: SearchDep
) -> Page[RegionView]:
    """Divisions, by code."""
    return REGIONS.page(service, caller, paging, search)


@router.get("/regions/{code}")
def get_region(code: str, caller: Reader, service: ServiceDep, response: Response) -> RegionView:
    """One division."""
    return REGIONS.one(service, caller, code, response)


@router.put("/regions/{code}")
def put_region(
    code: str, body: RegionBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> RegionView:
    """Create a division, or replace it; who is bound to one leaves that one to whoever stands above."""
    _refuse_own(caller, code)
    return REGIONS.put(service, caller, code, body, versions)


@router.patch("/regions/{code}")
def patch_region(
    code: str, body: RegionBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> RegionView:
    """Change some columns of a division, as `PUT` does."""
    _refuse_own(caller, code)
    return REGIONS.patch(service, caller, code, body, versions)


def _refuse_own(caller: Caller, code: str) -> None:
    """Moved elsewhere, it would be lost to those who see it today: Problem 403."""
    if code == caller.region_code:
        raise Problem(403, f"region {code}: what you are bound to; whoever stands above changes it")


@router.get("/stations")
def list_stations(
    caller: Reader, service: ServiceDep, paging: PagingDep, search: SearchDep
) -> Page[StationView]:
    """Stations, by id."""
    return STATIONS.page(service, caller, paging, search)


@router.get("/stations/{station_id:path}")
def get_station(station_id: str, caller: Reader, service: ServiceDep, response: Response) -> StationView:
    """One station."""
    return STATIONS.one(service, caller, station_id, response)


@router.put("/stations/{station_id:path}")
def put_station(
    station_id: str, body: StationBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> StationView:
    """Create a station, or replace it."""
    return STATIONS.put(service, caller, station_id, body, versions)


@router.patch("/stations/{station_id:path}")
def patch_station(
    station_id: str, body: StationBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> StationView:
    """Change some columns of a station."""
    return STATIONS.patch(service, caller, station_id, body, versions)


@router.get("/people")
def list_people(
    caller: Reader,
    service: ServiceDep,
    paging: PagingDep,
    search: SearchDep,
    station: Annotated[str | None, Query(description="Only people of this station: its id")] = None,
) -> Page[PersonView]:
    """People who are told, by id."""
    of_station = [] if station is None else [Person.station_id == station]
    return PEOPLE.page(service, caller, paging, search, *of_station)


@router.get("/people/{person_id:path}")
def get_person(person_id: str, caller: Reader, service: ServiceDep, response: Response) -> PersonView:
    """One person."""
    return PEOPLE.one(service, caller, person_id, response)


@router.put("/people/{person_id:path}")
def put_person(
    person_id: str, body: PersonBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> PersonView:
    """Create a person, or replace it."""
    return PEOPLE.put(service, caller, person_id, body, versions)


@router.patch("/people/{person_id:path}")
def patch_person(
    person_id: str, body: PersonBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> PersonView:
    """Change some columns of a person."""
    return PEOPLE.patch(service, caller, person_id, body, versions)


@router.get("/premises")
def list_premises(
    caller: Reader, service: ServiceDep, paging: PagingDep, search: SearchDep
) -> Page[PremisesDetails]:
    """Premises, by id."""
    return PREMISES.page(service, caller, paging, search)


@router.get("/premises/{premises_id:path}")
def get_premises(
    premises_id: str, caller: Reader, service: ServiceDep, response: Response
) -> PremisesDetails:
    """One building."""
    return PREMISES.one(service, caller, premises_id, response)


@router.put("/premises/{premises_id:path}")
def put_premises(
    premises_id: str, body: PremisesBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> PremisesDetails:
    """Create premises, or replace them."""
    return PREMISES.put(service, caller, premises_id, body, versions)


@router.patch("/premises/{premises_id:path}")
def patch_premises(
    premises_id: str, body: PremisesBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> PremisesDetails:
    """Change some columns of premises."""
    return PREMISES.patch(service, caller, premises_id, body, versions)
