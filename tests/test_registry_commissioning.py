"""Devices change hands: the unregistered get their place, hardware moves; on both databases."""

from pathlib import Path

from sqlalchemy import select

from registry.loading import load
from store.database import Database
from store.incidents import Incident, Signal
from store.places import Device
from store.signals import DeviceState, EventRecord
from tests.clock import STORY_START
from tests.district_files import FILES, edited, write_district

LISTED = "zigbee2mqtt:living_room_smoke"


def speak_unregistered(database: Database) -> None:
    """A detector that nobody registered gave an alarm, by a gateway that nobody registered either."""
    with database.begin() as session:
        session.add(
            Device(
                id="z2m-gateway", kind="gateway", source="native", external_id="z2m-gateway", registered=False
            )
        )
        session.flush()
        session.add(
            Device(
                id=LISTED,
                kind="unknown",
                source="zigbee2mqtt",
                external_id="living_room_smoke",
                gateway_id="z2m-gateway",
                registered=False,
            )
        )
        session.add(
            Incident(
                id="i1",
                code="K7",
                grade="suspected",
                place_key=f"device:{LISTED}",
                place_name="?",
                address="",
                opened_at=STORY_START,
            )
        )
        session.flush()
        session.add(
            DeviceState(
                device_id=LISTED,
                conditions={"smoke": True},
                state="alarm",
                battery=80.0,
                last_seen_at=STORY_START,
            )
        )
        session.add(Signal(incident_id="i1", device_id=LISTED, kind="unknown", received_at=STORY_START))
        session.add(
            EventRecord(
                device_id=LISTED,
                dedup_key="1",
                kind="alarm",
                source="zigbee2mqtt",
                received_at=STORY_START,
                live=True,
            )
        )


def test_a_device_that_spoke_before_keeps_what_it_said(database: Database, tmp_path: Path) -> None:
    speak_unregistered(database)
    assert load(database, write_district(tmp_path), now=STORY_START).faults == ()
    with database.read() as session:
        assert session.get(Device, LISTED) is None
        device = session.get_one(Device, "smoke")
        assert (device.registered, device.premises_id, device.gateway_id) == (
            True,
            "xiaxuli-7",
            "z2m-gateway",
        )
        state = session.get_one(DeviceState, "smoke")
        assert (state.conditions, state.state, state.battery) == ({"smoke": True}, "alarm", 80.0)
        assert state.last_seen_at == STORY_START
        assert session.scalars(select(EventRecord.device_id)).all() == ["smoke"]
        assert session.scalars(select(Signal.device_id)).all() == ["smoke"]


def test_a_registered_gateway_keeps_its_devices(database: Database, tmp_path: Path) -> None:
    speak_unregistered(database)
    with database.begin() as session:
        session.get_one(Device, "z2m-gateway").id = "native:gateway"
        session.flush()
        session.get_one(Device, "native:gateway").external_id = "gateway"
        session.get_one(Device, LISTED).gateway_id = "native:gateway"
    load(database, write_district(tmp_path), now=STORY_START)
    with database.read() as session:
        assert session.get_one(Device, "gateway").registered
        assert session.get_one(Device, "smoke").gateway_id == "gateway"


def test_a_listed_device_may_be_registered_under_its_own_id(database: Database, tmp_path: Path) -> None:
    speak_unregistered(database)
    files = edited("devices.csv", ("smoke,smoke,xiaxuli-7", f"{LISTED},smoke,xiaxuli-7"))
    report = load(database, write_district(tmp_path, files), now=STORY_START)
    assert report.counts["devices.csv"].changed == 1
    with database.read() as session:
        assert session.get_one(Device, LISTED).registered
        assert session.get_one(DeviceState, LISTED).state == "alarm"


def test_a_new_detector_in_an_old_place_brings_its_own_state(database: Database, tmp_path: Path) -> None:
    load(
        database,
        write_district(tmp_path, edited("devices.csv", ("living_room_smoke", "worn_out"))),
        now=STORY_START,
    )
    with database.begin() as session:
        session.add(DeviceState(device_id="smoke", conditions={}, state="low_battery"))
        session.add(
            EventRecord(
                device_id="smoke",
                dedup_key="1",
                kind="alarm",
                source="zigbee2mqtt",
                received_at=STORY_START,
                live=True,
            )
        )
    speak_unregistered(database)
    assert load(database, write_district(tmp_path, dict(FILES)), now=STORY_START).faults == ()
    with database.read() as session:
        assert session.get_one(DeviceState, "smoke").state == "alarm"
        # an event of the same number is another one: it stays with the name it came under
        assert sorted(session.scalars(select(EventRecord.device_id))) == ["smoke", LISTED]


def test_two_detectors_swap_their_places(database: Database, tmp_path: Path) -> None:
    bedroom = "bedroom,smoke,xiaxuli-7,2,卧室,zigbee2mqtt,bedroom_smoke,\n"
    files = {**FILES, "devices.csv": FILES["devices.csv"] + bedroom}
    load(database, write_district(tmp_path, files), now=STORY_START)
    swapped = (
        files["devices.csv"].replace("living_room_smoke", "?").replace("bedroom_smoke", "living_room_smoke")
    )
    files["devices.csv"] = swapped.replace("?", "bedroom_smoke")
    report = load(database, write_district(tmp_path, files), now=STORY_START)
    assert report.counts["devices.csv"].changed == 2
    with database.read() as session:
        assert session.get_one(Device, "smoke").external_id == "bedroom_smoke"
        assert session.get_one(Device, "bedroom").external_id == "living_room_smoke"
