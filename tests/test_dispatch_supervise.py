"""Supervision told as stories: devices fall silent and speak again, villages go dark, leaders are told."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dispatch import supervise
from dispatch.supervise import Memory
from dispatch.values import DeviceKind
from ingest import intake
from ingest.heartbeats import Heartbeats, write
from ingest.intake import Arrival
from ingest.reading import Condition, Reading
from registry.version import bump_version
from store.database import Database
from store.incidents import Notification
from store.places import Device
from store.signals import DeviceState, EventRecord
from store.upkeep import Trouble
from tests.clock import ManualClock
from tests.factories import make_device, make_premises
from tests.story import Story

_HOURS = 3600
_MONTH = 30 * 24 * _HOURS


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


def test_a_device_is_offline_after_three_of_its_own_intervals_and_back_with_its_first_word(
    watch: Watch,
) -> None:
    device = watch.district.smoke_upstairs  # 600 s
    watch.heartbeat(device)
    watch.look()
    watch.wait(1799)
    assert watch.kinds() == {}
    assert watch.state(device) == "normal"
    watch.wait(1)
    assert watch.kinds()[device] == "offline"
    assert watch.state(device) == "offline"
    watch.wait(5)
    watch.heartbeat(device)
    watch.look()
    assert device not in watch.kinds()
    assert watch.state(device) == "normal"


def test_silence_and_return_are_events_that_the_stream_shows(watch: Watch) -> None:
    device = watch.district.smoke_upstairs
    watch.heartbeat(device)
    watch.look()
    watch.wait(1800)
    watch.heartbeat(device)
    watch.wait(2)
    with watch.story.database.read() as session:
        said = session.execute(
            select(EventRecord.kind, EventRecord.source).where(EventRecord.device_id == device)
        ).all()
    assert [tuple(row) for row in said] == [("offline", "supervision"), ("online", "supervision")]


def test_a_device_that_says_it_is_offline_is_believed_at_once_and_told_once(watch: Watch) -> None:
    device = watch.district.smoke
    watch.says(device, {Condition.OFFLINE: True})
    watch.look()
    assert watch.kinds() == {device: "offline"}
    watch.clock.advance(5)
    watch.says(device, {Condition.OFFLINE: False})
    watch.look()
    assert watch.kinds() == {}
    assert watch.state(device) == "normal"
    with watch.story.database.read() as session:
        assert session.scalar(select(EventRecord).where(EventRecord.source == "supervision")) is None


def test_a_device_that_was_never_heard_is_offline_three_intervals_after_it_was_registered(
    watch: Watch,
) -> None:
    (device,) = watch.add(1)
    watch.look()
    assert watch.state(device) == "unknown"
    watch.wait(179)
    assert device not in watch.kinds()
    watch.wait(1)
    assert watch.kinds()[device] == "offline"
    assert watch.state(device) == "offline"


def test_the_defaults_are_a_day_for_batteries_and_minutes_for_mains(watch: Watch) -> None:
    smoke, gateway, terminal = watch.district.smoke, watch.district.gateway, watch.district.terminal
    watch.heartbeat(smoke, gateway, terminal)
    with watch.story.database.begin() as session:  # each stands alone
        session.execute(update(Device).values(gateway_id=None))
    watch.interval(None, gateway, terminal)
    watch.look()
    watch.wait(540)
    assert watch.kinds() == {gateway: "gateway_down", terminal: "offline"}
    watch.wait(75 * _HOURS - 541)
    assert smoke not in watch.kinds()
    watch.wait(1)
    assert watch.kinds()[smoke] == "offline"


def test_a_shorter_interval_counts_at_once(watch: Watch) -> None:
    device = watch.district.smoke
    watch.heartbeat(device)
    watch.look()
    watch.interval(10, device)
    watch.wait(31)
    assert watch.kinds()[device] == "offline"


def test_every_kind_of_trouble_begins_and_ends_with_its_condition(watch: Watch) -> None:
    device = watch.district.smoke
    watch.says(device, {Condition.LOW_BATTERY: True, Condition.TAMPER: True, Condition.UNRELIABLE: True})
    watch.look()
    assert sorted(row.kind for row in watch.open()) == ["fault", "low_battery", "tamper"]
    watch.clock.advance(1)
    watch.says(device, {Condition.TAMPER: False, Condition.UNRELIABLE: False})
    watch.look()
    assert [row.kind for row in watch.open()] == ["low_battery"]
    assert watch.state(device) == "low_battery"


def test_who_returns_shows_again_what_was_wrong_before(watch: Watch) -> None:
    device = watch.district.smoke_upstairs
    watch.says(device, {Condition.TAMPER: True})
    watch.wait(1800)
    assert watch.state(device) == "offline"
    watch.clock.advance(1)
    watch.heartbeat(device)
    watch.look()
    assert watch.state(device) == "tamper"
    assert watch.kinds() == {device: "tamper"}


def _children(watch: Watch) -> list[str]:
    district = watch.district
    return [
        district.smoke,
        district.smoke_upstairs,
        district.call_point,
        district.window,
        district.other_window,
    ]


def test_a_gateway_down_is_one_trouble_and_its_children_are_parts_of_it(watch: Watch) -> None:
    gateway, children = watch.district.gateway, _children(watch)
    watch.heartbeat(gateway, *children)
    watch.look()
    watch.says(gateway, {Condition.OFFLINE: True})
    watch.look()
    watch.look()
    assert watch.kinds() == {gateway: "gateway_down"}
    (down,) = watch.open()
    assert {row.device_id for row in watch.all() if row.part_of_id == down.id} == set(children)
    assert {watch.state(child) for child in children} == {"offline"}


def test_children_of_a_returned_gateway_get_one_interval_before_they_count_as_offline(watch: Watch) -> None:
    gateway, bedroom = watch.district.gateway, watch.district.smoke_upstairs  # 600 s
    watch.heartbeat(gateway, *_children(watch))
    watch.look()
    watch.says(gateway, {Condition.OFFLINE: True})
    watch.wait(5000)
    watch.look()
    watch.says(gateway, {Condition.OFFLINE: False})
    watch.look()
    watch.look()
    assert watch.kinds() == {}
    assert watch.state(bedroom) == "normal"
    for _ in range(5):
        watch.wait(119)
        watch.heartbeat(gateway)
    assert watch.kinds() == {}
    watch.wait(6)
    assert watch.kinds() == {bedroom: "offline"}


def test_what_was_offline_before_its_gateway_stays_a_trouble_of_its_own_with_its_age(watch: Watch) -> None:
    gateway, bedroom = watch.district.gateway, watch.district.smoke_upstairs
    watch.interval(None, gateway)
    watch.heartbeat(*_children(watch))
    watch.look()
    for _ in range(40):
        watch.wait(120)
        watch.heartbeat(gateway)
    (before,) = [row for row in watch.open() if row.device_id == bedroom]
    watch.says(gateway, {Condition.OFFLINE: True})
    watch.look()
    watch.look()
    assert watch.kinds() == {gateway: "gateway_down", bedroom: "offline"}
    watch.clock.advance(60)
    watch.says(gateway, {Condition.OFFLINE: False})
    watch.look()
    watch.look()
    (after,) = watch.open()
    assert (after.id, after.began_at) == (before.id, before.began_at)


def test_a_child_that_speaks_is_a_sign_of_life_of_its_gateway(watch: Watch) -> None:
    gateway, smoke = watch.district.gateway, watch.district.smoke
    watch.interval(None, gateway)
    watch.heartbeat(gateway)
    watch.look()
    watch.wait(500)
    watch.heartbeat(smoke)
    watch.wait(100)
    assert watch.kinds() == {}
    watch.wait(500)
    assert watch.kinds() == {gateway: "gateway_down"}
    watch.clock.advance(1)
    watch.heartbeat(smoke)
    watch.look()
    assert watch.kinds() == {}


def test_a_dark_village_is_one_notice_to_the_duty_officer_and_one_when_it_is_over(watch: Watch) -> None:
    lost, kept = watch.add(6), watch.add(2)
    watch.heartbeat(*lost)
    for _ in range(20):
        watch.heartbeat(*kept)
        watch.wait(30)
    (dark,) = watch.open()
    assert (dark.kind, dark.village_code) == ("village_dark", watch.district.next_village)
    assert sum(row.part_of_id == dark.id for row in watch.all()) == 6
    (told,) = watch.messages()
    assert (told.person_id, told.purpose) == (watch.district.duty_officer, "village_dark")
    assert "6" in told.body
    assert "明溪村" in told.body
    watch.heartbeat(*lost)
    watch.look()
    watch.look()
    assert watch.open() == []
    over = watch.messages()[1:]
    assert [message.person_id for message in over] == [watch.district.duty_officer]
    assert "恢复" in over[0].body


def test_a_village_that_flickers_is_told_of_once(watch: Watch) -> None:
    lost = watch.add(4)
    for _ in range(5):
        watch.heartbeat(*lost)
        watch.look()
        watch.wait(200)
        watch.look()
    watch.heartbeat(*lost)
    watch.look()
    assert sum(row.kind == "village_dark" for row in watch.all()) == 5
    assert len(watch.messages()) == 2


def test_what_stays_silent_after_a_dark_village_is_a_trouble_of_its_own(watch: Watch) -> None:
    lost = watch.add(4)
    watch.heartbeat(*lost)
    watch.look()
    watch.wait(200)
    watch.heartbeat(*lost[1:])
    watch.look()
    watch.look()
    assert watch.kinds() == {lost[0]: "offline"}


def test_dead_gateways_are_a_dark_village_although_its_batteries_seem_alive(watch: Watch) -> None:
    gateways, batteries = watch.add(4, kind="gateway"), watch.add(20, heartbeat_s=None)
    watch.heartbeat(*gateways, *batteries)
    watch.look()
    watch.wait(200, every=10)
    assert [row.kind for row in watch.open()] == ["village_dark"]


def test_devices_that_were_loaded_together_and_never_heard_are_no_dark_village(watch: Watch) -> None:
    devices = watch.add(5)
    watch.look()
    watch.wait(180)
    assert watch.kinds() == dict.fromkeys(devices, "offline")
    assert watch.messages() == []


def test_two_of_many_are_no_dark_village(watch: Watch) -> None:
    devices = watch.add(10)
    watch.heartbeat(*devices)
    watch.look()
    for _ in range(10):
        watch.wait(30)
        watch.heartbeat(*devices[4:])
    assert watch.kinds() == dict.fromkeys(devices[:4], "offline")
    assert watch.messages() == []


def test_two_processes_begin_one_trouble_and_send_one_message(watch: Watch) -> None:
    other = Memory(listening_since=watch.memory.listening_since)
    lost = watch.add(4)
    watch.heartbeat(*lost)
    watch.look()
    watch.clock.advance(200)
    watch.look()
    watch.look(other)
    assert len([row for row in watch.all() if row.ended_at is None]) == 5
    assert len(watch.messages()) == 1


def test_our_own_absence_is_nobodys_silence(watch: Watch) -> None:
    lost = watch.add(4)
    watch.heartbeat(*lost)
    watch.look()
    watch.clock.advance(2 * _HOURS)
    again = Memory(listening_since=watch.clock.now())
    watch.look(again)
    assert watch.open() == []
    watch.clock.advance(60)
    watch.look(again)
    assert watch.kinds() == dict.fromkeys(lost, "offline")  # nobody knows whether together


def test_nothing_of_this_is_told_to_a_fire_station(watch: Watch) -> None:
    district = watch.district
    lost = watch.add(5, village=district.village)
    watch.heartbeat(*lost, district.gateway, *_children(watch), district.terminal)
    watch.says(district.smoke, {Condition.TAMPER: True, Condition.LOW_BATTERY: True})
    watch.look()
    watch.wait(600, every=60)
    watch.wait(100 * _HOURS, every=4 * _HOURS)
    assert watch.story.incidents() == []
    assert {message.purpose for message in watch.messages()} == {"village_dark", "digest"}
    assert {message.person_id for message in watch.messages()} == {
        district.duty_officer,
        district.building_leader,
    }


@pytest.mark.parametrize("how", ["silent", "tampered", "unregistered", "behind a dead gateway"])
def test_an_alarm_still_goes_out(watch: Watch, how: str) -> None:
    device = watch.district.smoke_upstairs
    watch.heartbeat(device)
    watch.look()
    if how == "silent":
        watch.wait(2000)
        assert watch.kinds()[device] == "offline"
    elif how == "tampered":
        watch.says(device, {Condition.TAMPER: True})
    elif how == "behind a dead gateway":
        watch.says(watch.district.gateway, {Condition.OFFLINE: True})
        watch.look()
    else:
        device = "stranger"
        with watch.story.database.begin() as session:
            make_device(
                session,
                device,
                kind=DeviceKind.UNKNOWN,
                registered=False,
                gateway_id=watch.district.gateway,
            )
    watch.look()
    watch.clock.advance(1)
    watch.says(device, {Condition.SMOKE: True})
    told = watch.district.duty_officer if how == "unregistered" else watch.district.chief
    assert watch.story.texts(told) != []
    watch.look()
    assert device not in watch.kinds() or how == "tampered"
    if how != "unregistered":
        assert watch.state(device) == "alarm"


def test_the_leader_gets_one_digest_a_day_in_the_morning(watch: Watch) -> None:
    leader = watch.district.building_leader
    watch.says(watch.district.smoke, {Condition.TAMPER: True})
    watch.look()  # 15:12
    assert len(watch.story.texts(leader)) == 1
    watch.wait(2 * _HOURS, every=600)
    assert len(watch.story.texts(leader)) == 1
    watch.heartbeat(watch.district.gateway)
    watch.wait(15 * _HOURS, every=_HOURS)  # 08:12
    assert len(watch.story.texts(leader)) == 1
    watch.wait(1 * _HOURS, every=60)
    assert len(watch.story.texts(leader)) == 2
    assert "下许里7号1楼客厅被拆动" in watch.story.texts(leader)[0]


def test_a_digest_is_sent_once_by_two_processes_and_not_at_night(watch: Watch) -> None:
    leader = watch.district.building_leader
    watch.clock.advance(5 * _HOURS)  # 20:12
    watch.says(watch.district.smoke, {Condition.TAMPER: True})
    watch.look()
    assert watch.story.texts(leader) == []
    watch.clock.advance(14 * _HOURS)
    watch.look()
    watch.look(Memory(listening_since=watch.memory.listening_since))
    assert len(watch.story.texts(leader)) == 1


def test_without_anything_open_there_is_no_digest(watch: Watch) -> None:
    watch.heartbeat(watch.district.gateway, *_children(watch), watch.district.terminal)
    watch.look()
    assert watch.messages() == []


def test_one_device_that_cannot_be_judged_does_not_hold_up_the_others(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = watch.add(2)
    watch.heartbeat(broken, sound)
    watch.look()
    with watch.story.database.begin() as session:
        session.execute(update(Device).where(Device.id == broken).values(kind="no such kind"))
    watch.wait(180)
    assert watch.kinds().get(sound) == "offline"
    assert broken in caplog.text


def test_an_alarm_of_two_minutes_ago_is_what_a_silent_device_shows(watch: Watch) -> None:
    device = watch.district.smoke_upstairs
    watch.says(device, {Condition.SMOKE: True})
    watch.wait(1800)
    assert watch.kinds()[device] == "offline"
    assert watch.state(device) == "alarm"
