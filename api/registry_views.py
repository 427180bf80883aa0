"""The registry as the API shows it and takes it: one view and one body for each file of contract section 4.

Positions are shown in WGS 84; a body may give them in another datum. What a view shows may be put back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.fields import Body


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class RegionView(_View):
    """A division of one of the three tiers."""

    code: str = Field(description="Division code")
    name: str = Field(description="Name")
    level: str = Field(description="district, town or village")
    parent_code: str | None = Field(description="Code of the division above; null for a district")
    lon: float | None = Field(description="Longitude of its centre, degrees, WGS 84")
    lat: float | None = Field(description="Latitude of its centre, degrees, WGS 84")


class StationView(_View):
    """A unit that can be sent."""

    id: str = Field(description="Id of the station")
    name: str = Field(description="Name")
    tier: str = Field(description="village, town or district")
    region_code: str = Field(description="Code of the division it belongs to")
    lon: float | None = Field(description="Longitude, degrees, WGS 84")
    lat: float | None = Field(description="Latitude, degrees, WGS 84")
    active: bool = Field(description="false: retired")
    in_service: bool = Field(description="false: cannot be sent; PUT /stations/{id}/availability sets it")
    out_until: datetime | None = Field(
        description="Out of service only until then, UTC; null: until further notice"
    )
    out_reason: str | None = Field(description="Why it is out of service")


class PersonView(_View):
    """Someone who is told."""

    id: str = Field(description="Id of the person")
    name: str = Field(description="Name")
    phone: str = Field(description="Mobile number, E.164; masked for a viewer")
    role: str = Field(description="chief, deputy, member, duty_officer or building_leader")
    station_id: str | None = Field(description="Id of the person's station; null for one of a region")
    region_code: str | None = Field(description="Code of the person's region; null for one of a station")
    rank: int = Field(description="Order of calling within a role; 1 is called first")
    language: str = Field(description="zh or en")


class PremisesDetails(_View):
    """A building that devices stand in."""

    id: str = Field(description="Id of the premises")
    name: str = Field(description="What people call it")
    address: str = Field(description="Postal address")
    village_code: str = Field(description="Code of its village")
    lon: float | None = Field(description="Longitude, degrees, WGS 84")
    lat: float | None = Field(description="Latitude, degrees, WGS 84")
    use: str | None = Field(description="What it is used for: self_built, rental, three_in_one and others")
    floors: int | None = Field(description="Number of floors")
    residents: int | None = Field(description="Number of people who live there")
    contact_name: str | None = Field(description="Who looks after it")
    contact_phone: str | None = Field(description="That person's mobile, E.164; masked for a viewer")
    notes: str | None = Field(description="What crews should know")


class ModeView(BaseModel):
    """Somebody vouches for the device: its alarms show, and page no station until the end."""

    mode: str = Field(description="test or maintenance; an open test window is test")
    owner: str = Field(description="Who vouches for it")
    reason: str | None = Field(description="Why, in the owner's words; null for a test window")
    began_at: datetime = Field(description="Since when, UTC")
    until: datetime = Field(description="When it ends by itself, UTC")


class SaidView(_View):
    """Something that a device said; heartbeats are not kept one by one."""

    kind: str = Field(description="A canonical kind: alarm, restore, test and others")
    at: datetime = Field(validation_alias="received_at", description="When it reached us, our clock, UTC")
    device_at: datetime | None = Field(description="The device's own time, UTC; it drives nothing")
    live: bool = Field(description="false: historical or simulated")
    incident_id: str | None = Field(description="The incident that it belongs to")
    data: dict[str, Any] = Field(
        description="What else it held; `taken_as`: test or maintenance, it was no signal of a fire"
    )


class ReplacementView(_View):
    """Other hardware came to the device's place."""

    old_source: str = Field(description="Format that the old hardware spoke")
    old_external_id: str = Field(description="What that format called it")
    new_source: str = Field(description="Format that the new hardware speaks")
    new_external_id: str = Field(description="What that format calls it")
    replaced_at: datetime = Field(description="When, UTC")
    actor: str = Field(description="Who did it")
    reason: str | None = Field(description="Why")


class DeviceView(_View):
    """A device, and what it last said."""

    id: str = Field(description="Id of the device")
    kind: str = Field(
        description="smoke, heat, call_point, escape_window, gateway, station_terminal or unknown"
    )
    premises_id: str | None = Field(
        description="Id of the premises it stands in; of a station terminal, the station"
    )
    floor: str | None = Field(description="Floor")
    room: str | None = Field(description="Room")
    source: str = Field(description="Format that it speaks")
    external_id: str = Field(description="What the format itself calls it")
    heartbeat_s: int | None = Field(description="How often it should be heard, seconds")
    gateway_id: str | None = Field(description="Id of the gateway it speaks through, if known")
    station_id: str | None = Field(description="Station that a station terminal answers for")
    registered: bool = Field(description="false: it spoke before the registry knew it")
    state: str = Field(
        description="The most urgent of what is known: alarm, fault, offline, tamper, low_battery, test or "
        "normal; unregistered before commissioning, unknown before it was ever heard"
    )
    battery: float | None = Field(description="Charge of the battery, percent")
    last_seen_at: datetime | None = Field(
        description="When it, or a device behind it, was last heard, our clock, UTC"
    )
    heard: str | None = Field(description="Its newest message that held news, as text and cut")
    mode: ModeView | None = Field(description="Test or maintenance that it is in; null otherwise")
    events: list[SaidView] | None = Field(
        default=None,
        description="Its last 10 events, newest first; null in lists but of unregistered devices",
    )
    replacements: list[ReplacementView] | None = Field(
        default=None, description="Hardware replaced here, newest first; null in lists"
    )


class _RowBody(Body):
    """Columns of a row: PUT empties what is left out, PATCH keeps it; null empties."""

    #: What a view shows beside the columns.
    shown_only: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _without_shown_only(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if key not in cls.shown_only}


class _PlacedBody(_RowBody):
    lon: float | None = Field(default=None, description="Longitude, degrees, in the datum `crs`")
    lat: float | None = Field(default=None, description="Latitude, degrees, in the datum `crs`")
    crs: str | None = Field(default=None, description="wgs84 (default), gcj02 or bd09")


class RegionBody(_PlacedBody):
    """Columns of a division."""

    code: str | None = Field(default=None, description="Division code; cannot change")
    name: str | None = Field(default=None, description="Name; required")
    level: str | None = Field(default=None, description="district, town or village; required")
    parent_code: str | None = Field(default=None, description="Code of the division above")


class StationBody(_PlacedBody):
    """Columns of a station."""

    shown_only = frozenset({"in_service", "out_until", "out_reason"})

    id: str | None = Field(default=None, description="Id of the station; cannot change")
    name: str | None = Field(default=None, description="Name; required")
    tier: str | None = Field(default=None, description="village, town or district; required")
    region_code: str | None = Field(default=None, description="Code of its division; required")
    active: bool | None = Field(default=None, description="false retires it; true by default")


class PersonBody(_RowBody):
    """Columns of a person; either station_id or region_code."""

    id: str | None = Field(default=None, description="Id of the person; cannot change")
    name: str | None = Field(default=None, description="Name; required")
    phone: str | None = Field(default=None, description="Mobile number, E.164; required")
    role: str | None = Field(
        default=None, description="chief, deputy, member, duty_officer or building_leader; required"
    )
    station_id: str | None = Field(default=None, description="Id of the person's station")
    region_code: str | None = Field(default=None, description="Code of the person's region")
    rank: int | None = Field(default=None, description="Order of calling within a role; 1 by default")
    language: str | None = Field(default=None, description="zh (default) or en")


class PremisesBody(_PlacedBody):
    """Columns of premises."""

    id: str | None = Field(default=None, description="Id of the premises; cannot change")
    name: str | None = Field(default=None, description="What people call it; required")
    address: str | None = Field(default=None, description="Postal address")
    village_code: str | None = Field(default=None, description="Code of its village; required")
    use: str | None = Field(
        default=None,
        description="self_built, rental, three_in_one, care_home, school, factory, shop or other",
    )
    floors: int | None = Field(default=None, description="Number of floors")
    residents: int | None = Field(default=None, description="Number of people who live there")
    contact_name: str | None = Field(default=None, description="Who looks after it")
    contact_phone: str | None = Field(default=None, description="That person's mobile, E.164")
    notes: str | None = Field(default=None, description="What crews should know")


class DeviceBody(_RowBody):
    """Columns of a device."""

    shown_only = frozenset(DeviceView.model_fields) - {
        "id",
        "kind",
        "premises_id",
        "floor",
        "room",
        "source",
        "external_id",
        "heartbeat_s",
    }

    id: str | None = Field(default=None, description="Id of the device; cannot change")
    kind: str | None = Field(
        default=None,
        description="smoke, heat, call_point, escape_window, gateway or station_terminal; required",
    )
    premises_id: str | None = Field(
        default=None, description="Premises it stands in; a station terminal may name its station"
    )
    floor: str | None = Field(default=None, description="Floor")
    room: str | None = Field(default=None, description="Room")
    source: str | None = Field(default=None, description="Format that it speaks; required")
    external_id: str | None = Field(default=None, description="What the format calls it; empty for native")
    heartbeat_s: int | None = Field(default=None, description="How often it should be heard, seconds")
