"""Commissioning as the devices live it: from the message to what it means, on both databases."""

from datetime import timedelta

from dispatch import commissioning
from dispatch.modes import Mode
from registry import binding
from store.incidents import Notification
from store.signals import EventRecord
from tests.village import Village, village

__all__ = ["village"]

_MINUTES = timedelta(minutes=10)


def open_test(village: Village) -> None:
    now = village.clock.now()
    with village.database.begin() as session:
        commissioning.open_test(session, village.district.smoke, _MINUTES, actor="安装员", now=now)


def smoke(village: Village, *, is_there: bool) -> None:
    village.clock.advance(1)
    village.zigbee(village.district.smoke_external_id, smoke=is_there)


def pass_time(village: Village, by: timedelta) -> int:
    village.clock.advance(by.total_seconds())
    return commissioning.see_to_ended(village.database, village.setup, now=village.clock.now())


def test_smoke_blown_into_a_detector_is_its_test_and_leaves_nothing_behind(village: Village) -> None:
    open_test(village)
    smoke(village, is_there=True)
    assert [row.purpose for row in village.all(Notification)] == ["device_test"]
    assert village.state(village.district.smoke).state == "alarm"  # it shows
    smoke(village, is_there=False)
    assert pass_time(village, _MINUTES) == 0
    assert village.incidents() == []
    smoke(village, is_there=True)
    assert len(village.incidents()) == 1


def test_smoke_that_does_not_clear_is_a_fire_when_nobody_vouches_any_more(village: Village) -> None:
    open_test(village)
    smoke(village, is_there=True)
    smoke(village, is_there=True)
    assert village.incidents() == []
    assert pass_time(village, _MINUTES) == 1
    assert len(village.incidents()) == 1
    assert village.all(EventRecord)[-1].data["after"] == "test"
    smoke(village, is_there=True)
    assert len(village.incidents()) == 1


def test_a_native_alarm_under_maintenance_that_was_restored_is_over(village: Village) -> None:
    device_id, now = village.district.call_point, village.clock.now()
    with village.database.begin() as session:
        until = now + timedelta(hours=1)
        commissioning.set_mode(session, device_id, Mode.MAINTENANCE, until, "换玻璃", actor="张工", now=now)
    village.native(device_id, "1", "alarm")
    village.native(device_id, "2", "restore")
    assert [row.purpose for row in village.all(Notification)] == ["duty"]
    assert pass_time(village, timedelta(hours=1)) == 0
    assert village.incidents() == []


def test_what_replaced_hardware_says_later_is_a_strangers_word(village: Village) -> None:
    with village.database.begin() as session:
        binding.replace(
            session,
            village.district.smoke,
            "chirpstack",
            "24E124136B324567",
            reason=None,
            actor="张工",
            now=village.clock.now(),
        )
    smoke(village, is_there=True)
    stranger = village.device(f"zigbee2mqtt:{village.district.smoke_external_id}")
    assert not stranger.registered
    assert [event.device_id for event in village.all(EventRecord)] == [stranger.id]
    assert village.incidents()[0].premises_id is None  # it goes out, to the duty officer
