"""A story whose supervision runs when the test says so."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dispatch import supervise
from dispatch.supervise import Memory
from ingest import intake
from ingest.heartbeats import Heartbeats, write
from ingest.intake import Arrival
from ingest.reading import Reading
from registry.version import bump_version
from store.database import Database
from store.incidents import Notification
from store.places import Device
from store.signals import DeviceState
from store.upkeep import Trouble
from tests.clock import ManualClock
from tests.factories import make_device, make_premises
from tests.story import Story

HOURS = 3600
_MONTH = 30 * 24 * HOURS


class Watch:
    """A story whose devices speak through ingest, and whose supervision runs when the test says so."""

    def __init__(self, story: Story) -> None:
        self.story, self.clock, self.district = story, story.clock, story.district
        # the service has been up for long
        self.memory = Memory(listening_since=self.clock.now() - timedelta(days=30))
        # what a test does not speak of is silent without being missed
        self.interval(_MONTH, self.district.gateway, self.district.terminal)

    def look(self, memory: Memory | None = None) -> None:
        """One round, and what it has to say goes out."""
        supervise.run(self.story.database, self.story.setup, memory or self.memory, now=self.clock.now())
        self.story.send()

    def wait(self, seconds: float, *, every: float | None = None) -> None:
        """Let time pass, with a round at the end or every so many seconds."""
        left = seconds
        while left > 0:
            step = min(left, every or seconds)
            self.clock.advance(step)
            self.look()
            left -= step

    def interval(self, heartbeat_s: int | None, *device_ids: str) -> None:
        """Set how often these devices are to be heard; None: as their kind is."""
        with self.story.database.begin() as session:
            session.execute(update(Device).where(Device.id.in_(device_ids)).values(heartbeat_s=heartbeat_s))
            bump_version(session)

    def heartbeat(self, *device_ids: str) -> None:
        """Devices say that they live, by the lane of heartbeats."""
        batch = Heartbeats()
        for device_id in device_ids:
            batch.add(self._arrival(), [(device_id, Reading(device_id))])
        with self.story.database.begin() as session:
            write(session, batch)

    def says(self, device_id: str, conditions: Mapping[str, bool]) -> None:
        """A native device reports, by the lane of news."""
        with self.story.database.begin() as session:
            intake.take(
                session,
                self.story.setup,
                self._arrival(),
                [Reading(device_id, conditions)],
                now=self.clock.now(),
            )
        self.story.send()

    def _arrival(self) -> Arrival:
        return Arrival("native", "topic", b"", self.clock.now())

    def open(self) -> list[Trouble]:
        """What somebody has to see to."""
        return [row for row in self.all() if row.ended_at is None and row.part_of_id is None]

    def all(self) -> list[Trouble]:
        with self.story.database.read() as session:
            return list(session.scalars(select(Trouble).order_by(Trouble.id)))

    def kinds(self) -> dict[str | None, str]:
        """Open troubles of their own: device id -> kind."""
        return {row.device_id: row.kind for row in self.open()}

    def state(self, device_id: str) -> str:
        with self.story.database.read() as session:
            return session.get_one(DeviceState, device_id).state

    def messages(self) -> list[Notification]:
        with self.story.database.read() as session:
            return list(session.scalars(select(Notification).order_by(Notification.id)))

    def add(self, number: int, *, village: str | None = None, **given: object) -> list[str]:
        """So many native smoke detectors with a heartbeat of a minute, in a building of their own."""
        code = village or self.district.next_village
        with self.story.database.begin() as session:
            made = len(self.devices_of(code))
            premises = make_premises(session, f"house-{code}-{made}", code)
            session.flush()
            ids = [f"d-{code}-{made + i}" for i in range(number)]
            for device_id in ids:
                values = {"premises_id": premises.id, "heartbeat_s": 60} | given
                make_device(session, device_id, **values)
            bump_version(session)
        return ids

    def devices_of(self, code: str) -> list[str]:
        with self.story.database.read() as session:
            return list(session.scalars(select(Device.id).where(Device.id.startswith(f"d-{code}-"))))


@pytest.fixture
def watch(database: Database, clock: ManualClock) -> Watch:
    return Watch(Story(database, clock))


def behind_gateway(watch: Watch) -> list[str]:
    district = watch.district
    return [
        district.smoke,
        district.smoke_upstairs,
        district.call_point,
        district.window,
        district.other_window,
    ]
