"""What installers do over HTTP: bind what spoke, witness its test, set a mode, replace hardware."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StrictInt
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import Role
from api.callers import Admin, Caller, Dispatcher, Reader, Responder
from api.context import Service, ServiceDep
from api.device_rows import devices, with_history
from api.fields import Body, Instant, Name, Note
from api.once import OnceDep
from api.paging import Page, PagingDep
from api.problems import Problem
from api.registry_views import DeviceView
from dispatch import commissioning
from dispatch.errors import ConflictError
from dispatch.modes import DEFAULT_TEST, LONGEST_TEST, Mode
from registry import binding
from store.incidents import Notification
from store.places import Device
from store.upkeep import DeviceTest

router = APIRouter(prefix="/devices/{device_id:path}", tags=["devices"])

_MINUTE = timedelta(minutes=1)
#: A message in these states has left; what then failed is `failed`.
_ARRIVED = frozenset({"sent", "delivered"})
_PENDING = frozenset({"queued", "sending"})


class Binding(Body):
    """Where a device hangs, and what it is."""

    premises_id: Name = Field(description="Id of the premises; of a station terminal, the station")
    kind: Name = Field(description="smoke, heat, call_point, escape_window, gateway or station_terminal")
    floor: Name | None = Field(default=None, description="Floor")
    room: Name | None = Field(default=None, description="Room")
    new_id: Name | None = Field(
        default=None, description="What it is called from now on; left out: as it is listed"
    )


class TestOrder(Body):
    """Wait for the device's word."""

    minutes: Annotated[StrictInt, Field(ge=1, le=LONGEST_TEST // _MINUTE)] = Field(
        default=DEFAULT_TEST // _MINUTE, description="How long the window is open, at most 60"
    )


class ModeOrder(Body):
    """Vouch for a device until an instant."""

    mode: Mode = Field(description="test (at most 24 hours) or maintenance (at most 30 days)")
    until: Instant = Field(description="When it ends by itself, RFC 3339")
    reason: Note = Field(description="Why", min_length=1)


class Replacement(Body):
    """Other hardware for the same place."""

    source: Name = Field(description="Format that the new hardware speaks")
    external_id: Name | None = Field(
        default=None, description="What the format calls it, as on its sticker; left out for native"
    )
    reason: Note | None = Field(default=None, description="Why")


class TestView(BaseModel):
    """A witnessed test and its evidence."""

    id: int = Field(description="Id of the test")
    asked_by: str = Field(description="Who opened the window")
    began_at: datetime = Field(description="When the window was opened, UTC")
    until: datetime = Field(description="When it ends by itself, UTC")
    ended_at: datetime | None = Field(description="When it was ended, UTC; null while it is open")
    event_kind: str | None = Field(description="What the device said: test, alarm or window_opened")
    event_at: datetime | None = Field(description="When its word reached us, our clock, UTC")
    message_to: str | None = Field(description="Who got the marked message")
    message_sent_at: datetime | None = Field(description="When a carrier had taken the message, UTC")
    message_delivered_at: datetime | None = Field(description="When the phone had it, UTC")
    failure: str | None = Field(description="Why the message did not arrive")
    seconds: float | None = Field(
        description="From the device's word to the phone; to the carrier where it gives no receipt"
    )
    passed: bool | None = Field(
        description="The word came and the message went out; null while that may still happen"
    )


_USUAL = TestOrder()


@router.post("/bind", response_model=DeviceView)
def bind_device(device_id: str, body: Binding, caller: Admin, once: OnceDep) -> Response:
    """Register a device that spoke before; its events and signals follow it."""

    def work(session: Session, now: datetime) -> tuple[int, BaseModel]:
        rows = devices(now)
        rows.seen(session, caller, device_id)
        device = session.get_one(Device, device_id)
        if device.registered:
            raise ConflictError(f"device {device_id}: registered already; PATCH moves it")
        values = body.model_dump(exclude={"new_id"}, exclude_none=True)
        bound = binding.bind(session, device, values, body.new_id)
        return 200, with_history(session, rows.changed(session, caller, bound))

    return once.run(body, work)


@router.post("/replace", response_model=DeviceView)
def replace_device(device_id: str, body: Replacement, caller: Admin, once: OnceDep) -> Response:
    """Put other hardware in its place; id, place and history stay, the old address is free."""

    def work(session: Session, now: datetime) -> tuple[int, BaseModel]:
        rows = devices(now)
        if not rows.seen(session, caller, device_id).registered:
            raise ConflictError(f"device {device_id}: not registered yet; bind it first")
        binding.replace(
            session,
            device_id,
            body.source,
            body.external_id,
            reason=body.reason,
            actor=caller.name,
            now=now,
        )
        return 200, with_history(session, rows.changed(session, caller, device_id))

    return once.run(body, work)


@router.post("/tests", status_code=201, response_model=TestView)
def open_test(device_id: str, caller: Responder, once: OnceDep, body: TestOrder = _USUAL) -> Response:
    """Open a test window: the device's next test or alarm goes to the chief as a test, and nobody goes."""

    def work(session: Session, now: datetime) -> tuple[int, BaseModel]:
        _check_tester(session, caller, device_id, now)
        lasts = timedelta(minutes=body.minutes)
        test = commissioning.open_test(session, device_id, lasts, actor=caller.name, now=now)
        return 201, _evidence(test, None, now)

    return once.run(body, work)


@router.get("/tests")
def list_tests(device_id: str, caller: Reader, service: ServiceDep, paging: PagingDep) -> Page[TestView]:
    """The device's tests with their evidence, newest first."""
    now = service.clock.now()
    query = (
        select(DeviceTest, Notification)
        .outerjoin(Notification, Notification.id == DeviceTest.notification_id)
        .where(DeviceTest.device_id == device_id)
        .order_by(DeviceTest.id.desc())
        .limit(paging.limit + 1)
    )
    after = paging.after(int)
    if after is not None:
        query = query.where(DeviceTest.id < after[0])
    with service.database.read() as session:
        devices(now).seen(session, caller, device_id)
        return paging.page(
            session.execute(query).all(),
            key_of=lambda row: (row[0].id,),
            view_of=lambda row: _evidence(row[0], row[1], now),
        )


@router.delete("/tests")
def end_test(device_id: str, caller: Responder, service: ServiceDep) -> DeviceView:
    """End the open test window: the device's alarms page again at once."""
    with service.database.begin() as session:
        now = service.clock.now()
        _check_tester(session, caller, device_id, now)
        commissioning.end_test(session, service.setup, device_id, now=now)
    return _woken(service, caller, device_id)


@router.put("/mode")
def set_mode(device_id: str, body: ModeOrder, caller: Dispatcher, service: ServiceDep) -> DeviceView:
    """Put the device in test or maintenance: its alarms show, and the duty officer alone hears of them."""
    with service.database.begin() as session:
        now = service.clock.now()
        devices(now).seen(session, caller, device_id)
        commissioning.set_mode(
            session, device_id, body.mode, body.until, body.reason, actor=caller.name, now=now
        )
    return _woken(service, caller, device_id)


@router.delete("/mode")
def end_mode(device_id: str, caller: Dispatcher, service: ServiceDep) -> DeviceView:
    """End the mode: the device's alarms page again at once."""
    with service.database.begin() as session:
        now = service.clock.now()
        devices(now).seen(session, caller, device_id)
        commissioning.end_mode(session, service.setup, device_id, now=now)
    return _woken(service, caller, device_id)


def _woken(service: Service, caller: Caller, device_id: str) -> DeviceView:
    """The device as it is now; an alarm that still stood may have left messages."""
    service.wake_sender()
    with service.database.read() as session:
        return with_history(session, devices(service.clock.now()).seen(session, caller, device_id))


def _check_tester(session: Session, caller: Caller, device_id: str, now: datetime) -> None:
    """A station's people test the devices of their own region, and of no other."""
    if caller.role is Role.STATION and caller.region_code is None:
        raise Problem(403, "role station tests devices of its region, and yours is bound to none")
    devices(now).seen(session, caller, device_id)


def _evidence(test: DeviceTest, message: Notification | None, now: datetime) -> TestView:
    arrived_at = message and (message.delivered_at or message.sent_at)
    seconds = (arrived_at - test.event_at).total_seconds() if arrived_at and test.event_at else None
    return TestView(
        id=test.id,
        asked_by=test.asked_by,
        began_at=test.began_at,
        until=test.until_at,
        ended_at=test.ended_at,
        event_kind=test.event_kind,
        event_at=test.event_at,
        message_to=message.person_name if message else None,
        message_sent_at=message.sent_at if message else None,
        message_delivered_at=message.delivered_at if message else None,
        failure=message.failure if message else None,
        seconds=None if seconds is None else round(seconds, 1),
        passed=_passed(test, message, now),
    )


def _passed(test: DeviceTest, message: Notification | None, now: datetime) -> bool | None:
    if test.event_at is None:
        return None if test.ended_at is None and now < test.until_at else False
    if message is not None and message.status in _PENDING:
        return None
    return message is not None and message.status in _ARRIVED
