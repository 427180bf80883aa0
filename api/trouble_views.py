"""A trouble as the API shows it."""

from datetime import datetime

from pydantic import BaseModel, Field


class TroubledDevice(BaseModel):
    """The device that needs care."""

    id: str = Field(description="Id of the device")
    kind: str = Field(description="smoke, heat, call_point, escape_window, gateway or station_terminal")
    floor: str | None = Field(description="Floor, as people write it")
    room: str | None = Field(description="Room")
    last_seen_at: datetime | None = Field(description="When it was last heard, UTC; null: never")


class TroubledPremises(BaseModel):
    """The building that it stands in."""

    id: str = Field(description="Id of the premises")
    name: str = Field(description="What people call it")
    address: str = Field(description="Postal address")


class TroubledVillage(BaseModel):
    """The division that it belongs to."""

    code: str = Field(description="Code of the village; of the station's division for a station terminal")
    name: str = Field(description="Its name")


class Responsible(BaseModel):
    """Whoever looks after the building; of a dark village a duty officer."""

    name: str = Field(description="Name")
    phone: str = Field(description="Mobile number, E.164; masked for a viewer")


class TroubleView(BaseModel):
    """Something that somebody has to see to."""

    id: int = Field(description="Id of the trouble")
    kind: str = Field(description="offline, gateway_down, village_dark, fault, tamper or low_battery")
    device: TroubledDevice | None = Field(description="The device; null for a whole village")
    premises: TroubledPremises | None = Field(description="Its building, if it stands in one")
    village: TroubledVillage | None = Field(description="Where it is; null where nobody knows")
    began_at: datetime = Field(description="Since when, UTC; of silence: from when it counted")
    age_s: int = Field(description="How old it is, or was when it ended, seconds")
    ended_at: datetime | None = Field(description="When it ended by itself, UTC; null: open")
    parts: int = Field(description="How many devices it names: behind the gateway, or silent in the village")
    children: list[str] = Field(description="Ids of the first 50 of these devices")
    responsible: Responsible | None = Field(description="Who has to see to it; null where nobody is known")
    taken_by: str | None = Field(description="Who has taken it on")
    note: str | None = Field(description="What that person said about it")
