"""At the wire: a real broker, somebody who publishes, and a subscriber of ours in its own thread."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from dispatch.setup import DispatchSetup
from fire135.clock import SystemClock
from ingest.broker import EmbeddedBroker
from ingest.formats import parse_sources
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from store.database import Database
from store.signals import EventRecord
from tests.factories import District, make_district

PATIENCE_S = 20.0
UPSTAIRS = "fire135/v1/smoke-bedroom/event"


@pytest.fixture
def district(database: Database) -> District:
    with database.begin() as session:
        return make_district(session)


@contextmanager
def publisher(port: int) -> Iterator[Client]:
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def device(broker: EmbeddedBroker, free_port: int) -> Iterator[Client]:
    """Something that publishes."""
    with publisher(free_port) as client:
        yield client


def until(true: Callable[[], bool]) -> None:
    """Wait for something that other threads and processes bring about."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


class Listening:
    """A subscriber in its own thread."""

    def __init__(self, broker: EmbeddedBroker, database: Database, *, group: str = "") -> None:
        self.woken = threading.Event()
        pipeline = Pipeline(
            database,
            DispatchSetup(),
            parse_sources("all"),
            now=SystemClock().now,
            on_queued=self.woken.set,
        )
        self.subscriber = Subscriber(broker.url, pipeline, group=group)
        self._thread = threading.Thread(target=self.subscriber.run)
        self._thread.start()
        until(lambda: self.subscriber.is_connected)

    def stop(self) -> None:
        self.subscriber.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        assert not self.subscriber.is_connected


@contextmanager
def listening(broker: EmbeddedBroker, database: Database, *, group: str = "") -> Iterator[Listening]:
    started = Listening(broker, database, group=group)
    try:
        yield started
    finally:
        started.stop()


def publish(client: Client, topic: str, payload: Any, *, qos: int = 1) -> None:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    client.publish(topic, data, qos=qos).wait_for_publish(PATIENCE_S)


def count(database: Database, table: type[Any]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def kinds(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(EventRecord.kind).order_by(EventRecord.id)))
