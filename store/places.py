"""Tables of the registry: regions, stations, people, premises, devices, shifts.

Who and what is where. Rows arrive by `fire135 load` or the API, both through `registry`.
Positions are WGS 84 degrees; the pair as given is kept beside them with its datum.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.types import Base, JsonObject

#: Reserved: the service's own detector speaks as this device, which no registry lists.
PROBE_DEVICE = "fire135-probe"


class Position:
    """Columns of a place: WGS 84 degrees, and the pair as it was given with its datum."""

    lon: Mapped[float | None]
    lat: Mapped[float | None]
    given_lon: Mapped[float | None]
    given_lat: Mapped[float | None]
    crs: Mapped[str] = mapped_column(default="wgs84")


class Region(Position, Base):
    """A division of one of the three tiers (district, town, village)."""

    __tablename__ = "regions"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)


class Boundary(Base):
    """The outline of a region: a GeoJSON Polygon or MultiPolygon geometry in WGS 84."""

    __tablename__ = "boundaries"
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)
    geometry: Mapped[JsonObject]


class Station(Position, Base):
    """A unit that can be sent: micro station, town team or district brigade."""

    __tablename__ = "stations"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    tier: Mapped[str]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    #: Out of service until this instant (None with in_service False: until further notice).
    in_service: Mapped[bool] = mapped_column(default=True)
    out_until: Mapped[datetime | None]
    out_reason: Mapped[str | None]
    people: Mapped[list["Person"]] = relationship(back_populates="station", order_by="Person.rank")


class Person(Base):
    """Someone who is told, and may answer."""

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    station_id: Mapped[str | None] = mapped_column(ForeignKey("stations.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    rank: Mapped[int] = mapped_column(default=1)
    language: Mapped[str] = mapped_column(default="zh")
    station: Mapped[Station | None] = relationship(back_populates="people")
    shifts: Mapped[list["Shift"]] = relationship(back_populates="person")


class Shift(Base):
    """When a person is on duty, in local time; `weekday` or `on_date` is filled, never both.

    A date without times is a day off, whatever the weekdays say.
    """

    __tablename__ = "shifts"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    weekday: Mapped[str | None]
    on_date: Mapped[str | None]
    from_time: Mapped[str | None]
    to_time: Mapped[str | None]
    person: Mapped[Person] = relationship(back_populates="shifts")


class Premises(Position, Base):
    """The building that a device stands in."""

    __tablename__ = "premises"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    use: Mapped[str | None]
    floors: Mapped[int | None]
    residents: Mapped[int | None]
    contact_name: Mapped[str | None]
    contact_phone: Mapped[str | None]
    notes: Mapped[str | None]


class Device(Base):
    """A detector, call point, sensor, gateway or station terminal.

    `registered` is False for one that spoke before the registry knew it: it waits for
    commissioning under the id `SOURCE:EXTERNAL_ID`.
    """

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    premises_id: Mapped[str | None] = mapped_column(ForeignKey("premises.id"), index=True)
    floor: Mapped[str | None]
    room: Mapped[str | None]
    source: Mapped[str]
    external_id: Mapped[str]
    heartbeat_s: Mapped[int | None]
    gateway_id: Mapped[str | None] = mapped_column(index=True)
    registered: Mapped[bool] = mapped_column(default=True)
    #: A station terminal answers for this station.
    station_id: Mapped[str | None] = mapped_column(ForeignKey("stations.id"))
    premises: Mapped[Premises | None] = relationship()

    __table_args__ = (Index("uq_devices_source_external_id", "source", "external_id", unique=True),)


class RegistryVersion(Base):
    """One row; the number grows with every change so that running processes reload."""

    __tablename__ = "registry_version"
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    version: Mapped[int] = mapped_column(default=0)
