"""Stickers, QR codes and worksheets: from what installers have to the id that messages carry."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.external_ids import known_as
from registry.loading import load
from store.database import Database
from store.places import Device
from tests.clock import STORY_START
from tests.district_files import FILES, write_district

_EUI = "24e124136b324567"
_IMEI = "863703030000017"


@pytest.mark.parametrize("source", ["chirpstack", "tts"])
@pytest.mark.parametrize(
    "written",
    [
        _EUI,
        "24E124136B324567",
        "24-E1-24-13-6B-32-45-67",
        "24:e1:24:13:6b:32:45:67",
        "24 E1 24 13 6B 32 45 67",
        "24E124-136B324567",
        "0x24E124136B324567",
        "EUI:24E124136B324567,SN:6136B3245670",
        "SN: 6136B3245670; DevEUI: 24E124136B324567; AppEUI: 24E124C0002A0001",
        "ＥＵＩ：24E124136B324567，SN：6136B3245670",
        "LW:D0:24E124C0002A0001:24E124136B324567:00F00001",
        "LW:D0:24E124C0002A0001:24E124136B324567:00F00001:OAABBCCDDEEFF:S6136B324:PGS524N:CAF2C",
        "URN:LW:DP:24E124C0002A0001:24E124136B324567:00F00001",
    ],
)
def test_a_dev_eui_is_known_in_lower_case_however_it_is_written(source: str, written: str) -> None:
    assert known_as(source, written) == _EUI


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("24E124136B3245", "16 hex digits"),
        ("24E124136B324567AA", "16 hex digits"),
        ("SN:6136B3245670,DATE:2305", "no devEUI"),
        ("LW:D0:24E124C0002A0001", "no devEUI"),
        ("AppEUI:24E124C0002A0001", "no devEUI"),
        ("2.4E+15", "rounded"),
        ("2400000000000001.0", "rounded"),
        ("smoke in the kitchen", "no devEUI"),
    ],
)
def test_what_holds_no_dev_eui_is_refused_with_what_to_write(written: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        known_as("chirpstack", written)


def test_the_things_stack_may_know_a_device_by_its_device_id() -> None:
    assert known_as("tts", "smoke-kitchen-7") == "smoke-kitchen-7"
    with pytest.raises(ValueError, match="devEUI"):
        known_as("tts", "24E124136B32")


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("0x00158D0001A2B3C4", "0x00158d0001a2b3c4"),
        ("00158D0001A2B3C4", "0x00158d0001a2b3c4"),
        ("00:15:8D:00:01:A2:B3:C4", "0x00158d0001a2b3c4"),
        ("Z:00158D0001A2B3C4$I:83FED3407A939723A5C639B26916D505C3B5", "0x00158d0001a2b3c4"),
        ("G$M:69775$S:680S003915$D:0000000017B2335C%Z$A:00158D0001A2B3C4$I:8123", "0x00158d0001a2b3c4"),
        ("Living_Room smoke", "Living_Room smoke"),
        ("烟感/客厅", "烟感/客厅"),
    ],
)
def test_a_zigbee_detector_is_known_by_address_or_friendly_name(written: str, known: str) -> None:
    assert known_as("zigbee2mqtt", written) == known


@pytest.mark.parametrize("written", ["0x00158D", "M:69775$S:680S003915$D:0017B2335C"])
def test_half_a_zigbee_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="IEEE address"):
        known_as("zigbee2mqtt", written)


@pytest.mark.parametrize("source", ["ctwing", "onenet", "huawei"])
@pytest.mark.parametrize(
    ("written", "known"),
    [
        (_IMEI, _IMEI),
        ("863703 030000 017", _IMEI),
        (f"IMEI:{_IMEI};SN:A01", _IMEI),
        (f"SN=A01,imei={_IMEI}", _IMEI),
        ("512345678", "512345678"),
        ("5f2a9c01B7e84d0fA6d3_smoke1", "5f2a9c01B7e84d0fA6d3_smoke1"),
    ],
)
def test_the_clouds_know_a_device_by_imei_or_their_own_id(source: str, written: str, known: str) -> None:
    assert known_as(source, written) == known


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("8.63703E+14", "rounded"),
        ("86370303000001", "14 digits"),
        ("8637030300000170", "16 digits"),
        ("SN:A01;MODEL:JTY", "no IMEI"),
        ("IMEI:8637", "no IMEI"),
    ],
)
def test_a_broken_imei_is_refused(written: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        known_as("ctwing", written)


def test_a_panel_is_known_in_lower_case_hex() -> None:
    assert known_as("gb26875", "0102030405AB/0C") == "0102030405ab/0c"
    with pytest.raises(ValueError, match="TRANSMITTER/COMPONENT"):
        known_as("gb26875", "panel one")


def test_other_formats_keep_their_own_spelling_within_reason() -> None:
    assert known_as("shelly", "shellyplussmoke-A8032AB1") == "shellyplussmoke-A8032AB1"
    with pytest.raises(ValueError, match="longer than 100"):
        known_as("tasmota", "x" * 101)


@given(
    st.sampled_from(["zigbee2mqtt", "chirpstack", "tts", "gb26875", "ctwing", "shelly"]),
    st.text(max_size=130),
)
def test_what_is_known_stays_known(source: str, text: str) -> None:
    try:
        known = known_as(source, text)
    except ValueError as refused:
        assert str(refused)
    else:
        assert known_as(source, known) == known


def test_an_installers_list_is_loaded_by_its_qr_texts_and_each_fault_named(
    database: Database, tmp_path: Path
) -> None:
    rows = [
        'lora,smoke,xiaxuli-7,1,厨房,chirpstack,"EUI:24E124136B324567,SN:6136B3245670",',
        f"nb,smoke,xiaxuli-7,2,卧室,ctwing,IMEI:{_IMEI};SN:A01,",
    ]
    faulty = ["short,smoke,xiaxuli-7,1,,chirpstack,24E124,", "round,smoke,xiaxuli-7,1,,ctwing,8.63703E+14,"]
    files = {**FILES, "devices.csv": FILES["devices.csv"] + "\n".join(rows + faulty) + "\n"}
    first = FILES["devices.csv"].count("\n") + 3
    report = load(database, write_district(tmp_path, files), now=STORY_START)
    named = [str(fault) for fault in report.faults]
    assert [line.rsplit(": ", 1)[0].split(": ")[0] for line in named] == [
        f"devices.csv:{first}:external_id",
        f"devices.csv:{first + 1}:external_id",
    ]
    files["devices.csv"] = FILES["devices.csv"] + "\n".join(rows) + "\n"
    assert load(database, write_district(tmp_path, files), now=STORY_START).faults == ()
    with database.read() as session:
        assert session.get_one(Device, "lora").external_id == _EUI
        assert session.get_one(Device, "nb").external_id == _IMEI
