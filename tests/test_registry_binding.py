"""Hardware finds its place: bound after it spoke, replaced when it is worn out; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry import binding
from registry.faults import DistrictDataError
from store.database import Database
from store.places import Device
from store.signals import DeviceState, EventRecord
from store.upkeep import DeviceReplacement, Trouble
from tests.clock import STORY_START
from tests.factories import District, make_device, make_district

_EUI = "24e124136b324567"


@pytest.fixture
def district(database: Database) -> District:
    with database.begin() as session:
        return make_district(session)


def say(database: Database, device_id: str, key: str, *, at: int = 0) -> None:
    with database.begin() as session:
        session.add(
            EventRecord(
                device_id=device_id,
                dedup_key=key,
                kind="alarm",
                source="chirpstack",
                received_at=STORY_START + timedelta(seconds=at),
                live=True,
            )
        )


def hear_stranger(database: Database) -> str:
    with database.begin() as session:
        stranger = make_device(
            session,
            f"chirpstack:{_EUI}",
            source="chirpstack",
            external_id=_EUI,
            kind="unknown",
            registered=False,
        )
        session.flush()
        session.add(DeviceState(device_id=stranger.id, conditions={"smoke": True}, state="alarm"))
    say(database, f"chirpstack:{_EUI}", "1")
    return f"chirpstack:{_EUI}"


def replace(database: Database, device_id: str, source: str, external_id: str | None) -> None:
    with database.begin() as session:
        binding.replace(session, device_id, source, external_id, reason="烧坏", actor="张工", now=STORY_START)


def test_what_spoke_is_bound_with_all_that_it_said(database: Database, district: District) -> None:
    listed = hear_stranger(database)
    with database.begin() as session:
        values = {"kind": "heat", "premises_id": district.premises, "floor": "2", "room": "厨房"}
        assert binding.bind(session, session.get_one(Device, listed), values, "kitchen") == "kitchen"
    with database.read() as session:
        device = session.get_one(Device, "kitchen")
        assert (device.kind, device.premises_id, device.floor, device.room, device.registered) == (
            "heat",
            district.premises,
            "2",
            "厨房",
            True,
        )
        assert (device.source, device.external_id) == ("chirpstack", _EUI)
        assert session.get_one(DeviceState, "kitchen").state == "alarm"
        assert session.scalars(select(EventRecord.device_id)).all() == ["kitchen"]
        assert session.get(Device, listed) is None


def test_a_native_device_is_bound_under_its_address(database: Database, district: District) -> None:
    with database.begin() as session:
        device = make_device(session, "native:n-7", external_id="n-7", kind="unknown", registered=False)
        session.flush()
        values = {"kind": "smoke", "premises_id": district.premises}
        with pytest.raises(DistrictDataError, match="new_id"):
            binding.bind(session, device, values, "other")
        assert binding.bind(session, device, values) == "n-7"
    with database.read() as session:
        assert session.get_one(Device, "n-7").registered


def test_a_name_in_use_and_a_place_that_is_none_are_refused(database: Database, district: District) -> None:
    listed = hear_stranger(database)
    for values, new_id, word in (
        ({"kind": "smoke", "premises_id": district.premises}, district.smoke, "replace"),
        ({"kind": "smoke", "premises_id": "nowhere"}, None, "premises_id"),
        ({"kind": "toaster", "premises_id": district.premises}, None, "kind"),
    ):
        with pytest.raises(DistrictDataError, match=word), database.begin() as session:
            binding.bind(session, session.get_one(Device, listed), values, new_id)


def test_new_hardware_keeps_place_and_history_and_begins_anew(database: Database, district: District) -> None:
    say(database, district.smoke, "1")
    with database.begin() as session:
        session.add(
            DeviceState(device_id=district.smoke, conditions={"low_battery": True}, state="low_battery")
        )
        session.add(Trouble(kind="low_battery", device_id=district.smoke, began_at=STORY_START))
    replace(database, district.smoke, "chirpstack", "EUI:24E124136B324567,SN:6136B3245670")
    with database.read() as session:
        device = session.get_one(Device, district.smoke)
        assert (device.source, device.external_id) == ("chirpstack", _EUI)
        assert (device.premises_id, device.room) == (district.premises, "客厅")
        assert session.get(DeviceState, district.smoke) is None
        assert session.scalars(select(Trouble.ended_at)).all() == [STORY_START]
        (row,) = session.scalars(select(DeviceReplacement))
        assert (row.old_source, row.old_external_id) == ("zigbee2mqtt", district.smoke_external_id)
        assert (row.new_source, row.new_external_id, row.actor) == ("chirpstack", _EUI, "张工")
        freed = select(Device).where(Device.external_id == district.smoke_external_id)
        assert session.scalar(freed) is None
    say(database, district.smoke, "1", at=60)  # the new one counts its events from the beginning
    with database.read() as session:
        assert len(session.scalars(select(EventRecord.device_id)).all()) == 2


def test_new_hardware_that_spoke_before_brings_what_it_said(database: Database, district: District) -> None:
    say(database, district.smoke, "1")
    listed = hear_stranger(database)
    replace(database, district.smoke, "chirpstack", _EUI)
    with database.read() as session:
        assert session.get(Device, listed) is None
        assert session.get_one(DeviceState, district.smoke).state == "alarm"
        assert set(session.scalars(select(EventRecord.device_id))) == {district.smoke}


def test_native_hardware_is_replaced_under_the_same_address(database: Database, district: District) -> None:
    say(database, district.call_point, "1")
    replace(database, district.call_point, "native", None)
    say(database, district.call_point, "1")
    with database.read() as session:
        assert session.get_one(Device, district.call_point).external_id == district.call_point
        assert len(session.scalars(select(DeviceReplacement)).all()) == 1


def test_hardware_that_is_in_use_or_unreadable_is_refused_and_nothing_changes(
    database: Database, district: District
) -> None:
    for source, external_id, word in (
        ("zigbee2mqtt", district.smoke_external_id, "already"),
        ("chirpstack", "24E124", "devEUI"),
        ("smoke-signal", "1", "source"),
    ):
        with pytest.raises(DistrictDataError, match=word):
            replace(database, district.call_point, source, external_id)
    with pytest.raises(DistrictDataError, match="the hardware that it has"):
        replace(database, district.smoke, "zigbee2mqtt", district.smoke_external_id)
    with pytest.raises(LookupError):
        replace(database, "nobody", "native", None)
    with database.read() as session:
        assert session.scalars(select(DeviceReplacement)).all() == []
