"""A pipeline that hears messages without a broker."""

import json
from functools import partial
from typing import Any

import pytest
from sqlalchemy import inspect, select

from dispatch.setup import DispatchSetup
from ingest.formats import Routes, parse_sources
from ingest.pipeline import Pipeline
from ingest.reading import Message
from store.database import Database
from store.signals import RejectedMessage
from tests.clock import ManualClock
from tests.factories import District, make_district


class Ingest:
    """A pipeline over the invented district; `acknowledged` lists the messages in order."""

    def __init__(self, database: Database, clock: ManualClock, routes: Routes | None = None) -> None:
        self.database, self.clock = database, clock
        self.acknowledged: list[str] = []
        self.woken = 0
        self.pipeline = Pipeline(
            database,
            DispatchSetup(),
            routes or parse_sources("all"),
            now=clock.now,
            on_queued=self._wake,
        )
        self.published: list[tuple[str, Any]] = []
        self.pipeline.publish = self._publish
        self.pipeline.tick()

    def _publish(self, topic: str, payload: bytes) -> None:
        self.published.append((topic, json.loads(payload)))

    def _wake(self) -> None:
        self.woken += 1

    def hear(
        self, topic: str, payload: Any, label: str = "", *, qos: int = 1, retained: bool = False
    ) -> None:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        ack = partial(self.acknowledged.append, label or topic) if qos else None
        self.pipeline.gather(Message(topic, data, retained), ack)
        self.pipeline.settle()

    def smoke(self, active: bool, label: str = "", *, name: str = "living_room_smoke", qos: int = 1) -> None:
        self.hear(f"zigbee2mqtt/{name}", {"smoke": active}, label, qos=qos)

    def all(self, table: type[Any]) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(select(table).order_by(*inspect(table).primary_key)))

    def reasons(self) -> list[str]:
        return [kept.reason for kept in self.all(RejectedMessage)]


@pytest.fixture
def district(database: Database) -> District:
    with database.begin() as session:
        return make_district(session)


@pytest.fixture
def ingest(database: Database, clock: ManualClock, district: District) -> Ingest:
    return Ingest(database, clock)
