"""The vendors' example client at a real broker and the real ingest: repeated until it is committed."""

import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.setup import DispatchSetup
from fire135.clock import SystemClock
from ingest.broker import EmbeddedBroker
from ingest.formats import parse_sources
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from store.database import Database
from store.signals import EventRecord
from tests.factories import District, make_district

pytestmark = pytest.mark.broker

PATIENCE_S = 20.0
EXAMPLE = Path(__file__).parent.parent / "docs" / "example_device.py"
DETECTOR = "smoke-bedroom"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_device", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def district(database: Database) -> District:
    with database.begin() as session:
        return make_district(session)


@pytest.fixture
def device(example: ModuleType, broker: EmbeddedBroker, free_port: int) -> Iterator[Any]:
    started = example.Device("127.0.0.1", free_port, DETECTOR)
    until(started._client.is_connected)
    yield started
    started._client.disconnect()
    started._client.loop_stop()


@contextmanager
def service(broker: EmbeddedBroker, database: Database) -> Iterator[None]:
    pipeline = Pipeline(database, DispatchSetup(), parse_sources("all"), now=SystemClock().now)
    subscriber = Subscriber(broker.url, pipeline)
    thread = Thread(target=subscriber.run)
    thread.start()
    try:
        until(lambda: subscriber.is_connected)
        yield
    finally:
        subscriber.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def kinds(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(EventRecord.kind).order_by(EventRecord.id)))


def test_an_alarm_that_nobody_heard_is_kept_and_repeated_until_it_is_committed(
    broker: EmbeddedBroker, database: Database, district: District, device: Any
) -> None:
    event_id = device.report("alarm", smoke_percent=12)
    assert list(device.unacknowledged) == [event_id]  # the broker has it, and nobody else
    with service(broker, database):
        device.repeat()
        until(lambda: not device.unacknowledged)
        assert kinds(database).count("alarm") == 1


def test_a_device_that_missed_the_acknowledgement_gets_it_again_and_nothing_happens_twice(
    broker: EmbeddedBroker, database: Database, district: District, device: Any
) -> None:
    with service(broker, database):
        event_id = device.report("alarm")
        payload = device.unacknowledged.get(event_id)
        until(lambda: not device.unacknowledged)
        device.unacknowledged[event_id] = payload
        device.repeat()
        until(lambda: not device.unacknowledged)
        assert kinds(database).count("alarm") == 1


def test_it_says_that_it_is_there(
    broker: EmbeddedBroker, database: Database, district: District, device: Any
) -> None:
    with service(broker, database):
        until(lambda: "online" in kinds(database))


def test_the_example_is_short() -> None:
    assert len(EXAMPLE.read_text("utf-8").splitlines()) <= 60
