"""The registry over HTTP: regions, stations, people and premises, with the checks of a load."""

from typing import TypeVar

from fastapi import APIRouter, Response

from api.callers import Admin, Reader
from api.context import ServiceDep
from api.paging import Page, PagingDep
from api.registry_rows import PEOPLE, PREMISES, REGIONS, STATIONS
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
from registry.editing import Outcome

router = APIRouter(tags=["registry"])
_View = TypeVar("_View")


@router.get("/regions")
def list_regions(caller: Reader, service: ServiceDep, paging: PagingDep) -> Page[RegionView]:
    """Divisions, by code."""
    return REGIONS.page(service, caller, paging)


@router.get("/regions/{code}")
def get_region(code: str, caller: Reader, service: ServiceDep) -> RegionView:
    """One division."""
    return REGIONS.one(service, caller, code)


@router.put("/regions/{code}")
def put_region(
    code: str, body: RegionBody, caller: Admin, service: ServiceDep, response: Response
) -> RegionView:
    """Create a division, or replace it."""
    return answer_put(response, *REGIONS.put(service, caller, code, body))


@router.patch("/regions/{code}")
def patch_region(code: str, body: RegionBody, caller: Admin, service: ServiceDep) -> RegionView:
    """Change some columns of a division."""
    return REGIONS.patch(service, caller, code, body)


@router.get("/stations")
def list_stations(caller: Reader, service: ServiceDep, paging: PagingDep) -> Page[StationView]:
    """Stations, by id."""
    return STATIONS.page(service, caller, paging)


@router.get("/stations/{station_id}")
def get_station(station_id: str, caller: Reader, service: ServiceDep) -> StationView:
    """One station."""
    return STATIONS.one(service, caller, station_id)


@router.put("/stations/{station_id}")
def put_station(
    station_id: str, body: StationBody, caller: Admin, service: ServiceDep, response: Response
) -> StationView:
    """Create a station, or replace it."""
    return answer_put(response, *STATIONS.put(service, caller, station_id, body))


@router.patch("/stations/{station_id}")
def patch_station(station_id: str, body: StationBody, caller: Admin, service: ServiceDep) -> StationView:
    """Change some columns of a station."""
    return STATIONS.patch(service, caller, station_id, body)


@router.get("/people")
def list_people(caller: Reader, service: ServiceDep, paging: PagingDep) -> Page[PersonView]:
    """People who are told, by id."""
    return PEOPLE.page(service, caller, paging)


@router.get("/people/{person_id}")
def get_person(person_id: str, caller: Reader, service: ServiceDep) -> PersonView:
    """One person."""
    return PEOPLE.one(service, caller, person_id)


@router.put("/people/{person_id}")
def put_person(
    person_id: str, body: PersonBody, caller: Admin, service: ServiceDep, response: Response
) -> PersonView:
    """Create a person, or replace it."""
    return answer_put(response, *PEOPLE.put(service, caller, person_id, body))


@router.patch("/people/{person_id}")
def patch_person(person_id: str, body: PersonBody, caller: Admin, service: ServiceDep) -> PersonView:
    """Change some columns of a person."""
    return PEOPLE.patch(service, caller, person_id, body)


@router.get("/premises")
def list_premises(caller: Reader, service: ServiceDep, paging: PagingDep) -> Page[PremisesDetails]:
    """Premises, by id."""
    return PREMISES.page(service, caller, paging)


@router.get("/premises/{premises_id}")
def get_premises(premises_id: str, caller: Reader, service: ServiceDep) -> PremisesDetails:
    """One building."""
    return PREMISES.one(service, caller, premises_id)


@router.put("/premises/{premises_id}")
def put_premises(
    premises_id: str, body: PremisesBody, caller: Admin, service: ServiceDep, response: Response
) -> PremisesDetails:
    """Create premises, or replace them."""
    return answer_put(response, *PREMISES.put(service, caller, premises_id, body))


@router.patch("/premises/{premises_id}")
def patch_premises(
    premises_id: str, body: PremisesBody, caller: Admin, service: ServiceDep
) -> PremisesDetails:
    """Change some columns of premises."""
    return PREMISES.patch(service, caller, premises_id, body)


def answer_put(response: Response, outcome: Outcome, view: _View) -> _View:
    """201 for a row that is new."""
    if outcome == "created":
        response.status_code = 201
    return view
