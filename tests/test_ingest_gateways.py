"""A gateway that says nothing itself is heard with every word of its devices."""

from datetime import datetime, timedelta

import pytest

from dispatch import supervise
from dispatch.setup import DispatchSetup
from dispatch.supervise import Memory
from ingest import gateways
from ingest.heartbeats import Heartbeats, write
from ingest.intake import Arrival
from ingest.reading import Counter, Reading
from store.database import Database
from store.signals import DeviceState
from tests.clock import ManualClock
from tests.factories import District, make_device
from tests.ingesting import Ingest, district, ingest
from tests.web import Web, web

__all__ = ["district", "ingest", "web"]


def shown(database: Database, device_id: str) -> tuple[str, datetime | None]:
    with database.read() as session:
        row = session.get_one(DeviceState, device_id)
        return row.state, row.last_seen_at


def supervised(ingest: Ingest, seconds: float = 0) -> None:
    now = ingest.clock.advance(seconds)
    supervise.run(ingest.database, DispatchSetup(), Memory(now - timedelta(days=30)), now=now)


@pytest.mark.parametrize("lane", ["heartbeats", "news"])
def test_a_gateway_was_seen_when_the_last_of_its_devices_was(
    ingest: Ingest, district: District, lane: str
) -> None:
    supervised(ingest)
    assert shown(ingest.database, district.gateway) == ("unknown", None)
    for _ in range(2):
        ingest.clock.advance(60)
        ingest.smoke(lane == "news")
        ingest.pipeline.flush()
        assert shown(ingest.database, district.gateway) == ("normal", ingest.clock.now())
        ingest.smoke(False)
        ingest.pipeline.flush()


def test_what_supervision_says_of_a_gateway_stays_until_its_next_round(
    ingest: Ingest, district: District
) -> None:
    supervised(ingest)
    ingest.smoke(False)
    ingest.pipeline.flush()
    supervised(ingest, 1000)
    assert shown(ingest.database, district.gateway)[0] == "offline"
    ingest.smoke(True)
    assert shown(ingest.database, district.gateway) == ("offline", ingest.clock.now())
    supervised(ingest, 2)
    assert shown(ingest.database, district.gateway)[0] == "normal"


def test_a_word_that_is_not_of_now_is_no_sign_of_the_gateway(ingest: Ingest, district: District) -> None:
    supervised(ingest)
    alarm = {"id": "old", "kind": "alarm"}
    ingest.hear("fire135/v1/smoke-living-room/event", alarm, retained=True)
    assert shown(ingest.database, district.gateway) == ("unknown", None)


def test_a_gateways_own_heartbeat_keeps_its_battery_and_its_count(
    database: Database, clock: ManualClock
) -> None:
    batch, began_at = Heartbeats(), clock.now()
    with database.begin() as session:
        make_device(session, "gateway", kind="gateway")
        make_device(session, "detector", gateway_id="gateway")
    for reading in (
        Reading("gateway", {"fault": False}, battery=60, counter=Counter("s", 7)),
        Reading("detector"),
    ):
        batch.add(Arrival("native", "topic", b"", clock.now()), [(reading.external_id, reading)])
        clock.advance(1)
    with database.begin() as session:
        write(session, batch)
    with database.read() as session:
        state = session.get_one(DeviceState, "gateway")
    assert (state.battery, state.counter, state.counted_at) == (60, 7, began_at)
    assert state.last_seen_at == began_at + timedelta(seconds=1)


def test_a_gateway_that_the_registry_does_not_know_holds_up_nobody(
    database: Database, clock: ManualClock
) -> None:
    batch = Heartbeats()
    with database.begin() as session:
        make_device(session, "detector", gateway_id="elsewhere")
    batch.add(Arrival("native", "topic", b"", clock.now()), [("detector", Reading("detector"))])
    with database.begin() as session:
        write(session, batch)
        gateways.hear(session, {"elsewhere"}, clock.now())
    assert shown(database, "detector") == ("normal", clock.now())


def test_an_alarm_does_not_wait_for_a_gateway_that_another_transaction_holds(
    database: Database, clock: ManualClock
) -> None:
    with database.begin() as session:
        make_device(session, "gateway", kind="gateway")
        session.add(DeviceState(device_id="gateway", conditions={}))
        if session.get_bind().dialect.name != "postgresql":
            pytest.skip("writers of SQLite wait for each other anyway")
    with database.begin() as holder:
        holder.get(DeviceState, "gateway", with_for_update=True)
        with database.begin() as session:
            gateways.hear(session, {"gateway"}, clock.now())
    assert shown(database, "gateway") == ("normal", None)


def test_the_api_shows_it(web: Web) -> None:
    batch, now = Heartbeats(), web.story.clock.now()
    smoke, gateway = web.district.smoke, web.district.gateway
    batch.add(Arrival("native", "topic", b"", now), [(smoke, Reading(smoke))])
    with web.story.database.begin() as session:
        write(session, batch)
    device = web.viewer.get(f"/devices/{gateway}").json()
    assert (device["state"], device["last_seen_at"]) == ("normal", "2026-03-02T07:12:00Z")
    memory = Memory(now - timedelta(days=30))
    supervise.run(web.story.database, web.story.setup, memory, now=web.story.clock.advance(1000))
    silent = [row["id"] for row in web.viewer.items("/devices", state="offline")]
    assert gateway in silent
