"""One row by PUT or PATCH, with the same checks as a load; on both databases."""

from pathlib import Path

import pytest

from geo.datum import gcj02_from_wgs84
from registry.editing import patch_row, put_row, row_values
from registry.faults import DistrictDataError
from registry.loading import load
from registry.version import read_version
from store.database import Database
from store.places import Device, Person, Premises, Region, Station
from tests.clock import STORY_START
from tests.district_files import edited, write_district


@pytest.fixture
def district(database: Database, tmp_path: Path) -> Database:
    load(database, write_district(tmp_path), now=STORY_START)
    return database


def refused(district: Database, kind: str, row_id: str, values: dict[str, object]) -> list[str]:
    with pytest.raises(DistrictDataError) as refusal, district.begin() as session:
        put_row(session, kind, row_id, values)  # type: ignore[arg-type]
    return [str(fault) for fault in refusal.value.faults]


def test_a_row_is_created_changed_and_left_as_it_is(district: Database) -> None:
    values: dict[str, object] = {
        "name": "虚构队员",
        "phone": "+8613800138005",
        "role": "member",
        "station_id": "songzhai",
    }
    outcomes = []
    for rank in (1, 1, 2):
        with district.begin() as session:
            outcomes.append(put_row(session, "people", "member", {**values, "rank": rank}))
    assert outcomes == ["created", "unchanged", "changed"]
    with district.read() as session:
        assert session.get_one(Person, "member").rank == 2
        assert read_version(session) == 3


def test_every_kind_can_be_put(district: Database) -> None:
    with district.begin() as session:
        put_row(
            session,
            "regions",
            "350212110213",
            {"name": "四林村", "level": "village", "parent_code": "350212110"},
        )
        put_row(
            session, "stations", "silin", {"name": "四林站", "tier": "village", "region_code": "350212110213"}
        )
        put_row(
            session, "premises", "silin-1", {"name": "四林1号", "village_code": "350212110213", "floors": 3}
        )
        put_row(
            session, "devices", "button", {"kind": "call_point", "premises_id": "silin-1", "source": "native"}
        )
    with district.read() as session:
        assert session.get_one(Region, "350212110213").parent_code == "350212110"
        assert session.get_one(Station, "silin").in_service
        assert session.get_one(Premises, "silin-1").floors == 3
        assert session.get_one(Device, "button").premises_id == "silin-1"


def test_a_put_empties_what_it_does_not_name(district: Database) -> None:
    with district.begin() as session:
        put_row(session, "premises", "xiaxuli-7", {"name": "下许里7号", "village_code": "350212110212"})
    with district.read() as session:
        premises = session.get_one(Premises, "xiaxuli-7")
        assert (premises.floors, premises.lon, premises.notes, premises.address) == (None, None, None, "")


def test_a_put_is_refused_with_every_fault(district: Database) -> None:
    person: dict[str, object] = {
        "name": "甲",
        "phone": "110",
        "role": "member",
        "station_id": "nowhere",
        "rank": True,
    }
    assert refused(district, "people", "new", person) == [
        "phone: '110' has no + and country code; write it as E.164, such as +8613800138000",
        "rank: 'yes' is no whole number",
        "station_id: unknown station 'nowhere'; correct it, or load that row too",
    ]
    with district.read() as session:
        assert session.get(Person, "new") is None
        assert read_version(session) == 1


def test_a_put_knows_no_other_columns(district: Database) -> None:
    values: dict[str, object] = {
        "name": "x",
        "tier": "village",
        "region_code": "350212110212",
        "in_service": False,
    }
    assert refused(district, "stations", "songzhai", values) == ["in_service: unknown column"]


def test_an_id_cannot_change(district: Database) -> None:
    assert refused(district, "regions", "350212", {"code": "350213"}) == [
        "code: '350213' is not '350212'; an id cannot change"
    ]


def test_an_address_that_is_taken_is_refused(district: Database) -> None:
    values: dict[str, object] = {"kind": "smoke", "source": "zigbee2mqtt", "external_id": "living_room_smoke"}
    assert refused(district, "devices", "second", values) == [
        "external_id: 'living_room_smoke' of zigbee2mqtt is device 'smoke' already"
    ]


def test_a_patch_keeps_what_it_does_not_name(district: Database) -> None:
    with district.begin() as session:
        assert patch_row(session, "premises", "xiaxuli-7", {"floors": 5, "notes": None}) == "changed"
        premises = session.get_one(Premises, "xiaxuli-7")
        assert (premises.floors, premises.notes, premises.residents, premises.lon) == (5, None, 6, 118.191)


def test_a_patch_of_nothing_changes_nothing(district: Database) -> None:
    with district.begin() as session:
        rows = [
            ("regions", "350212"),
            ("stations", "songzhai"),
            ("people", "duty"),
            ("premises", "mingxi-12"),
        ]
        rows += [("devices", device) for device in ("smoke", "call-point", "gateway", "terminal")]
        assert {patch_row(session, kind, row_id, {}) for kind, row_id in rows} == {"unchanged"}  # type: ignore[arg-type]


def test_a_patch_shows_what_the_session_held_before_as_it_is_now(district: Database) -> None:
    with district.begin() as session:
        person = session.get_one(Person, "chief")
        patch_row(session, "people", "chief", {"language": "en"})
        assert person.language == "en"


def test_a_patched_position_is_wgs84_whatever_the_old_one_was(database: Database, tmp_path: Path) -> None:
    lon, lat = gcj02_from_wgs84(118.19, 24.77)
    shifted = edited("stations.csv", ("118.19,24.77,wgs84", f"{lon!r},{lat!r},gcj02"))
    load(database, write_district(tmp_path, shifted), now=STORY_START)
    with database.begin() as session:
        assert patch_row(session, "stations", "songzhai", {"name": "新名"}) == "changed"
        kept = session.get_one(Station, "songzhai")
        assert (kept.given_lon, kept.crs) == (lon, "gcj02")
        patch_row(session, "stations", "songzhai", {"lon": 118.192, "lat": 24.772})
        moved = session.get_one(Station, "songzhai")
        assert (moved.lon, moved.lat, moved.crs) == (118.192, 24.772, "wgs84")


def test_half_a_position_cannot_be_patched(district: Database) -> None:
    with pytest.raises(DistrictDataError, match="lat: empty, but lon is given"), district.begin() as session:
        patch_row(session, "stations", "songzhai", {"lon": 118.2})


def test_an_unknown_row_cannot_be_patched(district: Database) -> None:
    with pytest.raises(LookupError, match="no row 'nobody'"), district.begin() as session:
        patch_row(session, "people", "nobody", {"rank": 2})


def test_a_row_is_shown_by_the_columns_of_its_file(district: Database) -> None:
    with district.read() as session:
        assert row_values(session, "devices", "terminal") == {
            "id": "terminal",
            "kind": "station_terminal",
            "premises_id": "songzhai",
            "floor": None,
            "room": None,
            "source": "native",
            "external_id": None,
            "heartbeat_s": None,
        }
        assert row_values(session, "devices", "nothing") is None
