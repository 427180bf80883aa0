"""A native device whose last will stands at the broker, and which then only sends heartbeats."""

from datetime import timedelta
from typing import Any

from dispatch import supervise
from dispatch.setup import DispatchSetup
from dispatch.supervise import Memory
from store.database import Database
from store.signals import DeviceState, EventRecord
from store.upkeep import Trouble
from tests.clock import ManualClock
from tests.factories import District
from tests.ingesting import Ingest, district, ingest

__all__ = ["district", "ingest"]
_EVENT, _STATUS = "fire135/v1/gateway/event", "fire135/v1/gateway/status"


def beat(ingest: Ingest, *, retained: bool = False, **data: Any) -> None:
    ingest.clock.advance(60)
    event = {"id": f"h{ingest.clock.now().timestamp()}", "kind": "heartbeat", "data": data}
    ingest.hear(_EVENT, event, "heartbeat", retained=retained)


def kinds(ingest: Ingest) -> list[str]:
    return [event.kind for event in ingest.all(EventRecord)]


def state(ingest: Ingest, district: District) -> str:
    (row,) = [row for row in ingest.all(DeviceState) if row.device_id == district.gateway]
    return str(row.state)


def test_a_heartbeat_ends_what_the_last_will_said(ingest: Ingest, district: District) -> None:
    ingest.hear(_STATUS, b"offline", retained=True)
    assert (kinds(ingest), state(ingest, district)) == (["offline"], "offline")
    beat(ingest)
    assert ingest.acknowledged[-1] == "heartbeat"  # at once: it is news
    assert (kinds(ingest), state(ingest, district)) == (["offline", "online"], "normal")
    beat(ingest)
    ingest.pipeline.flush()
    assert kinds(ingest) == ["offline", "online"]


def test_its_trouble_ends_with_the_next_round_of_supervision(ingest: Ingest, district: District) -> None:
    memory = Memory(listening_since=ingest.clock.now() - timedelta(days=30))

    def troubles() -> list[str]:
        supervise.run(ingest.database, DispatchSetup(), memory, now=ingest.clock.now())
        return [row.kind for row in ingest.all(Trouble) if row.ended_at is None and row.part_of_id is None]

    ingest.hear(_STATUS, b"offline", retained=True)
    assert troubles() == ["gateway_down"]
    beat(ingest)
    assert troubles() == []


def test_the_will_that_a_broker_repeats_counts_until_the_next_heartbeat(
    ingest: Ingest, district: District
) -> None:
    for _ in range(2):
        ingest.hear(_STATUS, b"offline", retained=True)
        assert state(ingest, district) == "offline"
        beat(ingest)
        assert state(ingest, district) == "normal"


def test_a_heartbeat_that_a_broker_retained_shows_no_life(ingest: Ingest, district: District) -> None:
    ingest.hear(_STATUS, b"offline", retained=True)
    beat(ingest, retained=True)
    ingest.pipeline.flush()
    assert (kinds(ingest), state(ingest, district)) == (["offline"], "offline")


def test_a_heartbeat_from_before_the_will_does_not_end_it(ingest: Ingest, district: District) -> None:
    beat(ingest)
    ingest.hear(_STATUS, b"offline")
    ingest.pipeline.flush()
    assert state(ingest, district) == "offline"


def test_a_process_that_never_heard_the_will_ends_it_too(
    ingest: Ingest, district: District, database: Database, clock: ManualClock
) -> None:
    other = Ingest(database, clock)
    ingest.hear(_STATUS, b"offline", retained=True)
    beat(other)
    other.pipeline.flush()
    assert (kinds(ingest), state(ingest, district)) == (["offline", "online"], "normal")


def test_a_heartbeat_says_what_else_is_wrong_beside_it(ingest: Ingest, district: District) -> None:
    ingest.hear(_STATUS, b"offline", retained=True)
    beat(ingest, battery=5)
    assert sorted(kinds(ingest)) == ["low_battery", "offline", "online"]
    assert state(ingest, district) == "low_battery"


def test_the_first_heartbeat_of_a_device_is_no_event(ingest: Ingest) -> None:
    beat(ingest)
    ingest.pipeline.flush()
    assert kinds(ingest) == []
