"""The rows of district data, one strict model for each file of contract section 4.

A row is checked by itself here; against other rows and the database in `checking`.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from geo.datum import Crs, to_wgs84
from geo.point import Point
from registry.cells import (
    ClockTime,
    Count,
    Day,
    EndTime,
    Id,
    Instant,
    Line,
    Mobile,
    Number,
    Rank,
    Seconds,
    YesNo,
)
from registry.external_ids import known_as
from store.places import PROBE_DEVICE

Tier = Literal["village", "town", "district"]
Source = Literal[
    "native",
    "zigbee2mqtt",
    "chirpstack",
    "tts",
    "shelly",
    "tasmota",
    "homeassistant",
    "sparkplug",
    "ctwing",
    "onenet",
    "huawei",
    "gb26875",
]
Role = Literal["chief", "deputy", "member", "duty_officer", "building_leader"]
Language = Literal["zh", "en"]
Use = Literal["self_built", "rental", "three_in_one", "care_home", "school", "factory", "shop", "other"]
DeviceKind = Literal["smoke", "heat", "call_point", "escape_window", "gateway", "station_terminal"]
#: What a form offers for the columns that hold one of a few words.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "tier": get_args(Tier),
    "source": get_args(Source),
    "role": get_args(Role),
    "language": get_args(Language),
    "use": get_args(Use),
    "kind": get_args(DeviceKind),
}
#: A column and what is wrong with it.
ColumnFault = tuple[str, str]
AnyRow = TypeVar("AnyRow", bound="Row")


class Row(BaseModel):
    """What every row has: no unknown column, no change after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def inconsistencies(self) -> Iterator[ColumnFault]:
        """Which of its columns do not go together."""
        return iter(())


class PlacedRow(Row):
    """A row with a position, or none: a pair in degrees and the datum it is given in."""

    lon: Number | None = None
    lat: Number | None = None
    crs: Crs = Crs.WGS84

    @cached_property
    def point(self) -> Point | None:
        """The position in WGS 84; ValueError where the pair is no place in its datum."""
        return None if self.lon is None or self.lat is None else to_wgs84(self.lon, self.lat, self.crs)

    def inconsistencies(self) -> Iterator[ColumnFault]:
        """A pair is whole, and a place on earth."""
        if self.lon is None and self.lat is not None:
            yield "lon", "empty, but lat is given; give both or none"
        elif self.lat is None and self.lon is not None:
            yield "lat", "empty, but lon is given; give both or none"
        else:
            try:
                _ = self.point
            except ValueError as fault:
                yield "lon", str(fault)


class RegionRow(PlacedRow):
    """A division: districts have no parent, a town's is a district, a village's a town."""

    code: Id
    name: Line
    level: Tier
    parent_code: Id | None = None

    def inconsistencies(self) -> Iterator[ColumnFault]:
        """Only a district stands at the top."""
        yield from super().inconsistencies()
        if self.level == "district" and self.parent_code is not None:
            yield "parent_code", f"'{self.parent_code}': a district has no parent here; leave it empty"
        if self.level != "district" and self.parent_code is None:
            yield (
                "parent_code",
                f"empty; a {self.level} needs its {'district' if self.level == 'town' else 'town'}",
            )


class StationRow(PlacedRow):
    """A unit that can be sent; `active=no` retires it."""

    id: Id
    name: Line
    tier: Tier
    region_code: Id
    active: YesNo = True


class PersonRow(Row):
    """Someone who is told, of one station or one region."""

    id: Id
    name: Line
    phone: Mobile
    role: Role
    station_id: Id | None = None
    region_code: Id | None = None
    rank: Rank = 1
    language: Language = "zh"

    def inconsistencies(self) -> Iterator[ColumnFault]:
        """One home, not two."""
        if self.station_id is None and self.region_code is None:
            yield "station_id", "empty, and region_code too; fill one of the two"
        elif self.station_id is not None and self.region_code is not None:
            yield "region_code", "filled, and station_id too; fill one of the two"


class PremisesRow(PlacedRow):
    """A building that devices stand in."""

    id: Id
    name: Line
    address: Line = ""
    village_code: Id
    use: Use | None = None
    floors: Count | None = None
    residents: Count | None = None
    contact_name: Line | None = None
    contact_phone: Mobile | None = None
    notes: str | None = None


class DeviceRow(Row):
    """A device; `premises_id` of a station terminal may name a station."""

    id: Id
    kind: DeviceKind
    premises_id: Id | None = None
    floor: Line | None = None
    room: Line | None = None
    source: Source
    external_id: Line | None = None  # a QR text may be longer than the id in it
    heartbeat_s: Seconds | None = None

    @cached_property
    def address(self) -> tuple[str, str]:
        """How its messages name it: the format, and what the format calls it, whatever the sticker says.

        ValueError where the external id is none of its format.
        """
        if self.source == "native" or self.external_id is None:
            return self.source, self.id
        return self.source, known_as(self.source, self.external_id)

    def inconsistencies(self) -> Iterator[ColumnFault]:
        """It can be recognised when it speaks."""
        if self.id == PROBE_DEVICE:
            yield "id", f"'{self.id}' is the service's own detector; choose another id"
        if self.source != "native" and self.external_id is None:
            yield "external_id", f"empty; say what {self.source} calls the device"
        try:
            _ = self.address
        except ValueError as fault:
            yield "external_id", str(fault)
        if self.source == "native":
            if self.external_id not in {None, self.id}:
                yield (
                    "external_id",
                    f"'{self.external_id}': a native device is known by its id; leave it empty",
                )
            if any(mark in self.id for mark in "/+#"):
                yield (
                    "id",
                    f"'{self.id}' has a / + or #, which no MQTT topic can carry",
                )
        if self.kind == "station_terminal" and self.premises_id is None:
            yield "premises_id", "empty; name the station (or the premises) that the terminal stands in"


class ShiftRow(Row):
    """A turn of duty in local time, on a weekday or one date; past midnight when `to` is not after `from`.

    A date without times is a day off.
    """

    person_id: Id
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] | None = None
    on_date: Day | None = Field(default=None, alias="date")
    from_time: ClockTime | None = Field(default=None, alias="from")
    to_time: EndTime | None = Field(default=None, alias="to")

    def inconsistencies(self) -> Iterator[ColumnFault]:
        """One kind of day, and both times; or a date alone."""
        if self.weekday is None and self.on_date is None:
            yield "weekday", "empty, and date too; fill one of the two"
        elif self.weekday is not None and self.on_date is not None:
            yield "date", "filled, and weekday too; fill one of the two"
        if (self.from_time is None) != (self.to_time is None):
            yield "from" if self.from_time is None else "to", "empty; give both times, or none for a day off"
        elif self.from_time is None and self.weekday is not None and self.on_date is None:
            yield "from", "empty; a weekday needs its times, only a date without them is a day off"


class ResponseRow(Row):
    """One station's part in a past incident. Milestones out of order are a fact to report, no fault."""

    incident_id: Id
    received_at: Instant
    premises_id: Id | None = None
    lon: Number | None = None
    lat: Number | None = None
    region_code: Id | None = None
    station_id: Id
    tier: Tier | None = None
    notified_at: Instant | None = None
    acknowledged_at: Instant | None = None
    enroute_at: Instant | None = None
    on_scene_at: Instant | None = None
    cleared_at: Instant | None = None
    disposition: Literal["fire", "false_alarm", "test", "duplicate", "other"] | None = None

    @cached_property
    def point(self) -> Point | None:
        """The position in WGS 84; ValueError where the pair is no place on earth."""
        return None if self.lon is None or self.lat is None else Point(self.lon, self.lat)

    def inconsistencies(self) -> Iterator[ColumnFault]:
        """It happened somewhere."""
        if (self.lon is None) != (self.lat is None):
            yield "lon" if self.lon is None else "lat", "empty, but its pair is given; give both or none"
            return
        if self.premises_id is None and self.lon is None and self.region_code is None:
            yield "premises_id", "empty; name the premises, lon and lat, or region_code"
        try:
            _ = self.point
        except ValueError as fault:
            yield "lon", str(fault)


class BoundaryRow(Row):
    """A feature of boundaries.geojson: the outline of a region, a GeoJSON geometry in WGS 84."""

    code: str
    geometry: dict[str, Any]
