"""Supervision told as stories: devices fall silent and speak again, leaders are told, alarms go out."""

import pytest
from sqlalchemy import select, update

from dispatch.supervise import Memory
from dispatch.values import DeviceKind
from ingest.reading import Condition
from store.places import Device
from store.signals import EventRecord
from tests.factories import make_device
from tests.watch import HOURS, Watch, behind_gateway, watch

__all__ = ["watch"]


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
    watch.wait(75 * HOURS - 541)
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


def test_nothing_of_this_is_told_to_a_fire_station(watch: Watch) -> None:
    district = watch.district
    lost = watch.add(5, village=district.village)
    watch.heartbeat(*lost, district.gateway, *behind_gateway(watch), district.terminal)
    watch.says(district.smoke, {Condition.TAMPER: True, Condition.LOW_BATTERY: True})
    watch.look()
    watch.wait(600, every=60)
    watch.wait(100 * HOURS, every=4 * HOURS)
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
    watch.wait(2 * HOURS, every=600)
    assert len(watch.story.texts(leader)) == 1
    watch.heartbeat(watch.district.gateway)
    watch.wait(15 * HOURS, every=HOURS)  # 08:12
    assert len(watch.story.texts(leader)) == 1
    watch.wait(1 * HOURS, every=60)
    assert len(watch.story.texts(leader)) == 2
    assert "下许里7号1楼客厅被拆动" in watch.story.texts(leader)[0]


def test_a_digest_is_sent_once_by_two_processes_and_not_at_night(watch: Watch) -> None:
    leader = watch.district.building_leader
    watch.clock.advance(5 * HOURS)  # 20:12
    watch.says(watch.district.smoke, {Condition.TAMPER: True})
    watch.look()
    assert watch.story.texts(leader) == []
    watch.clock.advance(14 * HOURS)
    watch.look()
    watch.look(Memory(listening_since=watch.memory.listening_since))
    assert len(watch.story.texts(leader)) == 1


def test_without_anything_open_there_is_no_digest(watch: Watch) -> None:
    watch.heartbeat(watch.district.gateway, *behind_gateway(watch), watch.district.terminal)
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
