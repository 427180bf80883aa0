"""One message into the record and into dispatch."""

import json

from sqlalchemy import select

from dispatch.values import EventKind
from ingest.intake import Arrival, reject
from ingest.reading import Message, Reading
from store.database import Database
from store.incidents import Incident, Notification, Signal
from store.places import Device
from store.signals import EventRecord, RejectedMessage
from tests.clock import ManualClock
from tests.factories import make_device
from tests.village import Village, village

__all__ = ["village"]


def test_smoke_opens_an_incident_and_queues_messages(village: Village) -> None:
    taken = village.zigbee(village.district.smoke_external_id, smoke=True, battery=80)
    assert taken.kinds == [EventKind.ALARM]
    assert taken.has_effect
    (incident,) = village.all(Incident)
    (event,) = village.all(EventRecord)
    assert event.incident_id == incident.id
    assert event.data["conditions"] == ["smoke"]
    assert village.all(Notification)
    state = village.state(village.district.smoke)
    assert (state.state, state.battery, state.last_seen_at) == ("alarm", 80, village.clock.now())


def test_cached_smoke_opens_nothing_and_a_restore_lets_the_next_alarm_through(village: Village) -> None:
    name = village.district.smoke_external_id
    for smoke in (True, True, False, True):
        village.zigbee(name, smoke=smoke, linkquality=80)
    assert [event.kind for event in village.all(EventRecord)] == ["alarm", "restore", "alarm"]
    assert len(village.all(Incident)) == 1


def test_a_heartbeat_moves_only_the_time(village: Village) -> None:
    taken = village.zigbee(village.district.smoke_external_id, smoke=False)
    assert taken.kinds == [EventKind.HEARTBEAT]
    assert not taken.has_effect
    assert village.all(EventRecord) == []
    assert village.state(village.district.smoke).state == "normal"


def test_a_registry_address_is_found_by_the_name_that_the_bridge_gives_it(village: Village) -> None:
    with village.database.begin() as session:
        make_device(session, "by-address", source="zigbee2mqtt", external_id="0x00158d0001d64498")
    devices = [{"type": "EndDevice", "friendly_name": "厨房", "ieee_address": "0x00158d0001d64498"}]
    taken = village.topic("bridge/devices", json.dumps(devices).encode(), retained=True)
    assert taken.kinds == []
    assert len(taken.hints) == 1
    village.zigbee("厨房", smoke=True)
    assert [event.device_id for event in village.all(EventRecord)] == ["by-address"]


def test_an_address_in_the_report_finds_the_device_too(village: Village) -> None:
    with village.database.begin() as session:
        make_device(session, "by-address", source="zigbee2mqtt", external_id="0x00158d0001d64498")
    village.zigbee("Smoke", smoke=True, device={"ieeeAddr": "0x00158D0001D64498"})
    assert [event.device_id for event in village.all(EventRecord)] == ["by-address"]


def test_an_unknown_device_is_listed_and_its_alarm_still_goes_out(village: Village) -> None:
    with village.database.begin() as session:
        make_device(
            session,
            "zigbee-gateway",
            kind="gateway",
            source="zigbee2mqtt",
            external_id="zigbee2mqtt/bridge",
            premises_id=village.district.premises,
        )
    taken = village.zigbee("attic", smoke=True)
    assert taken.refusals == 1
    device = village.device("zigbee2mqtt:attic")
    assert (device.registered, device.kind, device.gateway_id) == (False, "unknown", "zigbee-gateway")
    assert len(village.all(Incident)) == 1
    assert village.all(Notification)
    (kept,) = village.all(RejectedMessage)
    assert kept.reason == "unknown device: listed as zigbee2mqtt:attic for commissioning"
    village.zigbee("attic", smoke=False)
    assert len(village.all(RejectedMessage)) == 1


def test_a_registered_name_goes_before_a_listed_address(village: Village) -> None:
    village.zigbee("0x00158d0001d64498", smoke=False)
    with village.database.begin() as session:
        make_device(session, "hall", source="zigbee2mqtt", external_id="hall")
    village.zigbee("hall", smoke=True, device={"ieeeAddr": "0x00158d0001d64498"})
    assert [event.device_id for event in village.all(EventRecord)] == ["hall"]


def test_native_topics_carry_the_registrys_own_id(village: Village) -> None:
    village.native(village.district.smoke_upstairs, "a", "alarm")
    assert [event.device_id for event in village.all(EventRecord)] == [village.district.smoke_upstairs]
    village.native("new", "a", "alarm")
    assert village.device("native:new").external_id == "new"
    village.native("new", "b", "restore")
    assert len(village.all(Device)) == 1 + 7


def test_the_same_native_event_twice_has_one_effect_and_is_kept_as_replayed(village: Village) -> None:
    upstairs = village.district.smoke_upstairs
    village.native(upstairs, "a", "alarm")
    village.native(upstairs, "b", "restore")
    taken = village.native(upstairs, "a", "alarm")
    assert taken.refusals == 1
    assert not taken.has_effect
    assert [event.kind for event in village.all(EventRecord)] == ["alarm", "restore"]
    assert village.state(upstairs).state == "normal"
    (kept,) = village.all(RejectedMessage)
    assert kept.reason.startswith("replayed: a of this device")


def test_a_retained_native_alarm_is_kept_and_pages_nobody(village: Village) -> None:
    upstairs = village.district.smoke_upstairs
    village.native(upstairs, "old", "alarm", retained=True)
    (event,) = village.all(EventRecord)
    assert not event.live
    assert village.all(Incident) == village.all(Notification) == []
    assert village.state(upstairs).state == "normal"


def test_an_alarm_that_the_broker_kept_while_we_were_away_still_counts(village: Village) -> None:
    village.topic(village.district.smoke_external_id, b'{"smoke": true}', retained=True)
    (event,) = village.all(EventRecord)
    assert event.data["replayed"] is True
    assert len(village.all(Incident)) == 1


def test_what_a_button_means_is_the_registrys_to_say(village: Village) -> None:
    with village.database.begin() as session:
        for device_id, kind in (("red", "call_point"), ("lamp", "unknown")):
            make_device(session, device_id, kind=kind, source="zigbee2mqtt", external_id=device_id)
    assert village.zigbee("red", action="single").kinds == [EventKind.ALARM]
    assert village.zigbee("lamp", action="single").kinds == [EventKind.HEARTBEAT]
    (event,) = village.all(EventRecord)
    assert event.data["button"] == "single"


def test_a_press_delivered_twice_is_one_press_and_a_later_one_is_another(village: Village) -> None:
    with village.database.begin() as session:
        make_device(session, "red", kind="call_point", source="zigbee2mqtt", external_id="red")
    village.zigbee("red", action="emergency")
    assert village.zigbee("red", action="emergency").refusals == 1
    village.clock.advance(60)
    assert village.zigbee("red", action="emergency").refusals == 0
    assert len(village.all(EventRecord)) == 2
    assert len(village.all(Signal)) >= 1


def test_a_restated_tamper_is_recorded_with_what_cleared_and_does_nothing(village: Village) -> None:
    name = village.district.smoke_external_id
    village.zigbee(name, smoke=False, tamper=True)
    village.zigbee(name, smoke=True, tamper=True)
    taken = village.zigbee(name, smoke=False, tamper=True)
    assert taken.kinds == [EventKind.TAMPER]
    assert not taken.has_effect
    last = village.all(EventRecord)[-1]
    assert last.data["restated"] is True
    assert last.data["cleared"] == ["smoke"]
    assert village.state(village.district.smoke).state == "tamper"


def test_the_bridge_going_down_is_a_state_of_the_gateway(village: Village) -> None:
    village.topic("bridge/state", b'{"state": "offline"}', retained=True)
    assert village.state("zigbee2mqtt:zigbee2mqtt/bridge").state == "offline"
    village.topic("bridge/state", b'{"state": "online"}', retained=True)
    assert village.state("zigbee2mqtt:zigbee2mqtt/bridge").state == "normal"
    assert [event.kind for event in village.all(EventRecord)] == ["offline", "online"]


def test_history_does_not_move_the_present(village: Village) -> None:
    late = Reading(village.district.smoke_external_id, {"smoke": True}, live=False, battery=3)
    village.take("zigbee2mqtt", Message("x", b""), [late])
    state = village.state(village.district.smoke)
    assert (state.state, state.battery, state.last_seen_at) == ("normal", None, None)
    assert village.all(Incident) == []


def test_a_refused_message_is_kept_cut_and_without_nul(database: Database, clock: ManualClock) -> None:
    arrival = Arrival("native", "a\x00b", b"\x00" * 100_000, clock.now())
    with database.begin() as session:
        reject(session, arrival, "because\x00" + "x" * 1000)
    with database.read() as session:
        kept = session.scalars(select(RejectedMessage)).one()
    assert (kept.address, kept.payload_bytes, len(kept.payload)) == ("a\ufffdb", 100_000, 65_536)
    assert kept.reason.startswith("because\ufffdxxx")


def test_what_a_device_said_is_kept_readable_as_text_or_in_hex(village: Village) -> None:
    village.zigbee("厨房烟感", smoke=False)
    assert village.state("zigbee2mqtt:厨房烟感").heard == '{"smoke": false}'
    message = Message("up", b"\x40\x40\x05\xfe")
    village.take("native", message, [Reading(village.district.smoke, {"smoke": True})])
    assert village.state(village.district.smoke).heard == "40 40 05 fe"
