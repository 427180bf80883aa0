"""Supervision told as stories: a dead gateway, a dark village, and our own absence are one thing each."""

from dispatch.supervise import Memory
from ingest.reading import Condition
from tests.watch import HOURS, Watch, behind_gateway, watch

__all__ = ["watch"]


def test_a_gateway_down_is_one_trouble_and_its_children_are_parts_of_it(watch: Watch) -> None:
    gateway, children = watch.district.gateway, behind_gateway(watch)
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
    watch.heartbeat(gateway, *behind_gateway(watch))
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
    watch.heartbeat(*behind_gateway(watch))
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
    watch.clock.advance(2 * HOURS)
    again = Memory(listening_since=watch.clock.now())
    watch.look(again)
    assert watch.open() == []
    watch.clock.advance(60)
    watch.look(again)
    assert watch.kinds() == dict.fromkeys(lost, "offline")  # nobody knows whether together
