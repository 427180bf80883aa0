"""Devices over HTTP: the registry's part, and lists of those that need somebody."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy import ColumnElement, or_

from api.callers import Admin, Reader
from api.context import ServiceDep
from api.device_rows import IN_A_MODE, IN_MODE, devices, with_events, with_history
from api.paging import Page, PagingDep
from api.registry_search import SearchDep
from api.registry_views import DeviceBody, DeviceView
from api.row_versions import VersionsDep, show_version
from dispatch.modes import Mode
from store.places import Device
from store.signals import DeviceState

router = APIRouter(prefix="/devices", tags=["devices"])


class DeviceFilter(StrEnum):
    """What the worklist asks for; a device is listed under the most urgent of its states."""

    OFFLINE = "offline"
    FAULT = "fault"
    LOW_BATTERY = "low_battery"
    TEST = "test"
    UNREGISTERED = "unregistered"


class ModeFilter(StrEnum):
    """Devices that somebody vouches for."""

    TEST = "test"
    MAINTENANCE = "maintenance"
    ANY = "any"


@router.get("")
def list_devices(
    caller: Reader,
    service: ServiceDep,
    paging: PagingDep,
    search: SearchDep,
    state: Annotated[
        DeviceFilter | None, Query(description="Only devices in this state; `test` holds every mode, too")
    ] = None,
    mode: Annotated[ModeFilter | None, Query(description="Only devices in this mode, or in any")] = None,
    premises: Annotated[str | None, Query(description="Only devices of these premises: their id")] = None,
) -> Page[DeviceView]:
    """Devices with what they last said, by id; unregistered ones with their last events, too."""
    conditions = [*_in_state(state), *_in_mode(mode)]
    if premises is not None:
        conditions.append(Device.premises_id == premises)
    page = devices(service.clock.now()).page(service, caller, paging, search, *conditions)
    if state is DeviceFilter.UNREGISTERED:
        with service.database.read() as session:
            page.items = with_events(session, page.items)
    return page


@router.get("/{device_id:path}")
def get_device(device_id: str, caller: Reader, service: ServiceDep, response: Response) -> DeviceView:
    """One device with its last events and the hardware it was before."""
    with service.database.read() as session:
        view = with_history(session, devices(service.clock.now()).seen(session, caller, device_id))
        show_version(response, session, "devices", device_id)
        return view


@router.put("/{device_id:path}")
def put_device(
    device_id: str, body: DeviceBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> DeviceView:
    """Create a device, or replace it; one that spoke before is commissioned so, and keeps its history."""
    return devices(service.clock.now()).put(service, caller, device_id, body, versions)


@router.patch("/{device_id:path}")
def patch_device(
    device_id: str, body: DeviceBody, caller: Admin, service: ServiceDep, versions: VersionsDep
) -> DeviceView:
    """Change some columns of a device."""
    return devices(service.clock.now()).patch(service, caller, device_id, body, versions)


def _in_state(state: DeviceFilter | None) -> list[ColumnElement[bool]]:
    if state is None:
        return []
    if state is DeviceFilter.UNREGISTERED:
        return [Device.registered.is_(False)]
    shows = DeviceState.state == state
    return [Device.registered.is_(True), or_(shows, IN_A_MODE) if state is DeviceFilter.TEST else shows]


def _in_mode(mode: ModeFilter | None) -> list[ColumnElement[bool]]:
    if mode is None:
        return []
    return [IN_A_MODE if mode is ModeFilter.ANY else IN_MODE[Mode(mode)]]
