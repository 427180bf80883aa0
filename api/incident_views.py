"""Incidents as the API shows them (contract section 6). Times are RFC 3339 UTC, positions WGS 84."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class PremisesView(BaseModel):
    """Where it burns; without registered premises, the reported address and point."""

    id: str | None = Field(description="Id of the premises; null where none is registered there")
    name: str = Field(description="What people call the place")
    address: str = Field(description="Postal address")
    floors: int | None = Field(description="Number of floors above ground, if known")
    residents: int | None = Field(description="Number of people who live there, if known")
    notes: str | None = Field(description="What crews should know")
    lon: float | None = Field(description="Longitude, degrees, WGS 84")
    lat: float | None = Field(description="Latitude, degrees, WGS 84")


class RegionNames(BaseModel):
    """The divisions the place lies in."""

    district: str | None = Field(description="Name of the district (区)")
    town: str | None = Field(description="Name of the town (镇街)")
    village: str | None = Field(description="Name of the village (村居)")
    district_code: str | None = Field(description="Division code of the district")
    town_code: str | None = Field(description="Division code of the town")
    village_code: str | None = Field(description="Division code of the village")


class HandoverView(BaseModel):
    """How far the hand-over to the 119 centre is."""

    status: str = Field(description="none, sent, accepted, rejected, dispatched, on_scene or closed")
    at: datetime | None = Field(description="When it was first handed over, UTC")
    number: str | None = Field(description="The centre's number for it")
    reason: str | None = Field(description="The reason that the centre gave")


class HandoverProgress(HandoverView):
    """The hand-over with what became of the messages to the centre."""

    delivered_at: datetime | None = Field(description="When the centre first read a message, UTC")
    attempts: int = Field(description="Requests made to the centre so far")
    failure: str | None = Field(description="Why its newest message has not got through; null otherwise")


class IncidentSummary(BaseModel):
    """An incident in a list."""

    id: str = Field(description="Id of the incident")
    code: str = Field(description="Two to four characters that people say and type; unique while open")
    status: str = Field(description="open or closed; only a person closes")
    grade: str = Field(description="suspected or confirmed")
    drill: bool = Field(description="A drill; it never enters real figures")
    origin: str = Field(description="live, or history for a loaded record")
    opened_at: datetime = Field(description="When the first signal was received by our clock, UTC")
    confirmed_at: datetime | None = Field(description="When the grade became confirmed, UTC")
    closed_at: datetime | None = Field(description="When a person closed it, UTC")
    disposition: str | None = Field(
        description="fire, false_alarm, test, duplicate or other; null while open"
    )
    cause: str | None = Field(description="What caused it, in the words of who closed it")
    close_note: str | None = Field(description="What else was said on closing")
    premises: PremisesView = Field(description="The place")
    region: RegionNames = Field(description="The divisions of the place")
    handover: HandoverView = Field(description="The hand-over to the 119 centre")


class SignalView(BaseModel):
    """Something that spoke for a fire."""

    device_id: str | None = Field(description="Id of the device; null for a person's report")
    kind: str = Field(description="smoke, heat, call_point, escape_window, person or unknown")
    floor: str | None = Field(description="Floor, as the registry names it")
    room: str | None = Field(description="Room, as the registry names it")
    received_at: datetime = Field(description="When it was received by our clock, UTC")
    device_at: datetime | None = Field(description="The device's own time, if it told one, UTC")
    restored_at: datetime | None = Field(
        description="When the device said that it is over, UTC; information only"
    )
    note: str | None = Field(description="What a person reported, and who")


class MilestonesView(BaseModel):
    """The instants of an assignment; null where nobody recorded it."""

    notified_at: datetime | None = Field(description="First message handed to a carrier, UTC")
    delivered_at: datetime | None = Field(description="First receipt of a delivery, UTC")
    acknowledged_at: datetime | None = Field(description="First answer that it comes, UTC")
    enroute_at: datetime | None = Field(description="The crew set out, UTC")
    on_scene_at: datetime | None = Field(description="The crew arrived, UTC")
    cleared_at: datetime | None = Field(description="The crew is free again, UTC")


class PersonTold(BaseModel):
    """One message to one person, and what became of it."""

    person_id: str | None = Field(description="Id of the person")
    name: str = Field(description="The person's name")
    channel: str = Field(description="sms or voice")
    carrier: str = Field(description="Who carries it: console, twilio or aliyun")
    purpose: str = Field(description="Why: page, confirmed, ask_progress, duty, stand_down and others")
    status: str = Field(description="queued, sending, sent, delivered, failed or expired")
    sent_at: datetime | None = Field(description="When the carrier took it, UTC")
    delivered_at: datetime | None = Field(description="When the carrier said it was delivered, UTC")
    answered_at: datetime | None = Field(description="When the person first answered, UTC")
    answer: str | None = Field(description="coming, cannot, enroute, on_scene, false_alarm or need_help")
    failure: str | None = Field(description="Why it did not arrive, or not in time; null otherwise")


class AssignmentView(BaseModel):
    """One station sent to the incident."""

    id: int = Field(description="Id of the assignment")
    station_id: str = Field(description="Id of the station")
    station_name: str = Field(description="Name of the station")
    tier: str = Field(description="village, town or district")
    status: str = Field(
        description="assigned, notified, declined, acknowledged, enroute, on_scene or cleared"
    )
    reason: str = Field(description="Why this station was sent")
    travel_s: float | None = Field(description="Expected travel time when it was sent, seconds")
    distance_m: float | None = Field(description="Way to the place when it was sent, metres")
    method: str | None = Field(description="How travel was found: road or straight_line")
    milestones: MilestonesView = Field(description="What happened when")
    people: list[PersonTold] = Field(description="Everyone of the station who was told, in order")


class IncidentView(IncidentSummary):
    """All of an incident."""

    handover: HandoverProgress = Field(description="The hand-over to the 119 centre")
    signals: list[SignalView] = Field(description="What spoke for a fire, in the order received")
    assignments: list[AssignmentView] = Field(description="The stations sent, in the order sent")


class TimelineView(BaseModel):
    """One fact of an incident's timeline."""

    id: int = Field(description="Number of the fact; it grows")
    at: datetime = Field(description="When it happened by `clock`, UTC")
    clock: str = Field(description="Whose clock: server, device, carrier or person")
    recorded_at: datetime = Field(description="When we learned it by our clock, UTC")
    source: str = Field(
        description="How we learned it: device, sms, voice, terminal, page, api, carrier, centre or system"
    )
    actor: str | None = Field(description="The person, device or carrier that caused it")
    kind: str = Field(description="What happened, in the past tense")
    assignment_id: int | None = Field(description="The assignment it belongs to")
    data: dict[str, Any] = Field(description="What else there is to know; a correction holds the old value")
