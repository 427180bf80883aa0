"""Is this set-up fit to be relied on? Every fault is one line that says what to do (`fire135 check`)."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Session

from dispatch import readiness
from dispatch.channels.build import CarrierSetupError, build_carriers
from dispatch.plan import PlanError, ResponsePlan, load_plan
from dispatch.road_keeper import RoadKeeper
from dispatch.setup import DispatchSetup
from dispatch.values import DeviceKind
from fire135.addresses import address_faults
from fire135.clock import SystemClock
from fire135.faults import in_one_line
from fire135.settings import Settings
from ingest.broker import embedded_listener
from ingest.broker_address import parse_broker_url
from ingest.broker_probe import accepts, answers
from ingest.broker_programs import find_program
from ingest.formats import parse_sources
from store.database import Database
from store.places import Device
from store.schema import ensure_current

#: A clock further off than this makes response times wrong by more than they are told (ours).
_CLOCK_LEEWAY_S = 2.0


def check(settings: Settings) -> list[str]:
    """Test broker, ports, database, SMS account, clock, stations and devices; returns the faults."""
    now = SystemClock().now()
    faults = [
        *_settings_faults(settings),
        *_carrier_faults(settings),
        *_broker_faults(settings),
        *_transmitter_faults(settings),
        *address_faults(settings),
    ]
    try:
        if why := _absent_file(settings.database_url):
            return [*faults, why]
        database = Database(settings.database_url)
        try:
            ensure_current(database)
            faults += _clock_fault(database, now)
            setup = DispatchSetup(plan=_plan_of(settings), zone=settings.zone)
            RoadKeeper(database, setup, SystemClock()).look()
            with database.read() as session:
                faults += [
                    *_readiness_faults(session, setup, now),
                    *_device_faults(session),
                ]
        finally:
            database.dispose()
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is a fault of the set-up
        faults.append(in_one_line(fault) or f"database: {fault}")
    return faults


def _absent_file(url: str) -> str | None:
    """An SQLite file that is not there yet: opening it would make it, and hide a mistyped path."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or Path(parsed.database).exists():
        return None
    return f"FIRE135_DATABASE_URL: no database at {parsed.database} yet; run `fire135 migrate` to make it"


def _settings_faults(settings: Settings) -> Iterator[str]:
    for build in (
        lambda: parse_sources(settings.sources),
        lambda: load_plan(settings.plan),
    ):
        try:
            build()
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is a fault of the set-up
            yield in_one_line(fault) or str(fault)
    if settings.handover_url and not settings.handover_secret.get_secret_value():
        yield (
            "FIRE135_HANDOVER_SECRET: empty, so the 119 centre cannot tell our messages from anybody's; "
            "set the secret that the centre knows"
        )


def _carrier_faults(settings: Settings) -> Iterator[str]:
    try:
        carriers = build_carriers(settings, print)
    except CarrierSetupError as fault:
        yield str(fault)
        return
    for carrier in carriers:
        if why := carrier.why_unusable():
            yield why


def _broker_faults(settings: Settings) -> Iterator[str]:
    try:
        listener = embedded_listener(settings.mqtt_url)
        if listener is not None:
            find_program()
            if _is_taken(listener.client_host, listener.port) and not answers(
                listener.client_host, listener.port
            ):
                yield f"FIRE135_MQTT_URL: {listener} is taken, and not by a broker; name another port"
        elif not accepts(parse_broker_url(settings.mqtt_url)):
            yield f"FIRE135_MQTT_URL: no broker lets us in at {parse_broker_url(settings.mqtt_url)}"
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is a fault of the set-up
        yield in_one_line(fault) or str(fault)


def _transmitter_faults(settings: Settings) -> Iterator[str]:
    """The port for GB/T 26875.3 transmitters; one that is taken may be our own running service's."""
    port = settings.gb26875_port
    if port is None:
        return
    if port == settings.http_port:
        yield f"FIRE135_GB26875_PORT: {port} is FIRE135_HTTP_PORT too; name another port"
        return
    if _is_taken("127.0.0.1", port):
        return
    try:
        socket.create_server(("", port)).close()
    except OSError as fault:
        yield f"FIRE135_GB26875_PORT: cannot listen on {port} ({fault.strerror}); name another port"


def _is_taken(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _clock_fault(database: Database, now: datetime) -> Iterator[str]:
    """Our clock against the database server's: two machines that disagree make wrong response times."""
    if database.is_sqlite:
        return
    with database.read() as session:
        theirs = session.scalar(text("SELECT clock_timestamp()"))
    off_s = abs((theirs - now).total_seconds()) if isinstance(theirs, datetime) else 0.0
    if off_s > _CLOCK_LEEWAY_S:
        yield f"clock: {off_s:.0f} s off the database server's; keep both by NTP"


def _readiness_faults(session: Session, setup: DispatchSetup, now: datetime) -> Iterator[str]:
    """What the API and the page show, too: people who cannot be reached, parts that stand still."""
    yield from (fault.words.en for fault in readiness.find(session, setup, now=now))


def _plan_of(settings: Settings) -> ResponsePlan:
    """The plan in use; the usual one in place of a file that cannot be used, which is a fault already."""
    with suppress(PlanError):
        return load_plan(settings.plan)
    return ResponsePlan()


def _device_faults(session: Session) -> Iterator[str]:
    """Devices whose alarm could send nobody, because nobody knows where they are."""
    placeless = (DeviceKind.GATEWAY, DeviceKind.STATION_TERMINAL)
    rows = session.scalars(
        select(Device)
        .where(Device.premises_id.is_(None), Device.station_id.is_(None), Device.kind.not_in(placeless))
        .order_by(Device.id)
    )
    for device in rows:
        what = "has no premises" if device.registered else "is not registered"
        yield f"device {device.id}: {what}; add it to devices.csv with its premises_id"
