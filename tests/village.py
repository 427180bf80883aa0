"""The invented district, hearing single messages without a broker."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import inspect, select

from dispatch import lifecycle
from dispatch.setup import DispatchSetup
from dispatch.values import Disposition, Source
from ingest import native, zigbee2mqtt
from ingest.intake import Arrival, Taken, take
from ingest.reading import Fact, Message
from store.database import Database
from store.incidents import Incident, Signal
from store.places import Device
from store.signals import DeviceState, RejectedMessage
from tests.clock import ManualClock
from tests.factories import District, make_district


@dataclass
class Village:
    """The invented district, hearing messages."""

    database: Database
    clock: ManualClock
    district: District
    setup: DispatchSetup = field(default_factory=DispatchSetup)

    def zigbee(self, name: str, **values: Any) -> Taken:
        return self.topic(name, json.dumps(values).encode())

    def topic(self, name: str, payload: bytes, *, retained: bool = False) -> Taken:
        message = Message(f"zigbee2mqtt/{name}", payload, retained, base="zigbee2mqtt")
        return self.take("zigbee2mqtt", message, zigbee2mqtt.decode(message))

    def native(self, device_id: str, event_id: str, kind: str, *, retained: bool = False) -> Taken:
        payload = json.dumps({"id": event_id, "kind": kind}).encode()
        message = Message(f"fire135/v1/{device_id}/event", payload, retained)
        return self.take("native", message, native.decode(message))

    def take(self, source: str, message: Message, facts: Sequence[Fact]) -> Taken:
        now = self.clock.now()
        arrival = Arrival(source, message.topic, message.payload, now)
        with self.database.begin() as session:
            return take(session, self.setup, arrival, facts, now=now)

    def close(self) -> None:
        """The duty officer closes the open incident as a false alarm."""
        (incident,) = [row for row in self.all(Incident) if row.status == "open"]
        with self.database.begin() as session:
            lifecycle.close(
                session,
                self.setup,
                incident.id,
                Disposition.FALSE_ALARM,
                cause=None,
                note=None,
                actor="值班员",
                source=Source.PAGE,
                now=self.clock.now(),
            )

    def all(self, table: type[Any]) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(select(table).order_by(*inspect(table).primary_key)))

    def incidents(self) -> list[Incident]:
        return self.all(Incident)

    def signals(self) -> int:
        return len(self.all(Signal))

    def rejections(self) -> list[str]:
        return [row.reason for row in self.all(RejectedMessage)]

    def state(self, device_id: str) -> DeviceState:
        with self.database.read() as session:
            return session.get_one(DeviceState, device_id)

    def device(self, device_id: str) -> Device:
        with self.database.read() as session:
            return session.get_one(Device, device_id)


@pytest.fixture
def village(database: Database, clock: ManualClock) -> Village:
    with database.begin() as session:
        return Village(database, clock, make_district(session))
