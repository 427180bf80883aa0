"""LoRaWAN devices without a codec: their own bytes."""

import base64

import pytest

from ingest.lorawan_codecs import read_bytes
from ingest.reading import UndecodableError
from tests.uplinks import raw, uplink


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("2211622a1f22", "alarm"),
        ("22176400184b", "normal"),
        ("221262282121", "silent"),
        ("221a64001947", "removed"),
        ("221e64001c40", "testing alarm with normal battery"),
    ],
)
def test_a_milesight_smoke_detector_is_known_by_name_or_by_its_check_byte(text: str, event: str) -> None:
    data = bytes.fromhex(text)
    for names in ("Milesight GS524N", "unnamed"):
        values = read_bytes(names, 85, data)
        assert values is not None
        assert values["event"] == event
    assert read_bytes("unnamed", 85, data[:-1] + b"\x00") is None


def test_the_bytes_of_a_detector_give_its_temperature_below_zero() -> None:
    assert read_bytes("gs524n", 85, bytes.fromhex("22176400f673")) == {
        "type": "smoke sensor",
        "event": "normal",
        "battery": 100,
        "concentration": 0,
        "temperature": -10,
    }


@pytest.mark.parametrize(
    ("names", "port", "text", "conditions"),
    [
        ("WS301", 85, "017564030001040001", {"window_open": True, "tamper": True, "low_battery": False}),
        ("ws301-escape", 85, "030000", {"window_open": False}),
        ("EM300-MCS", 85, "03671001046871060001", {"window_open": True}),
        ("GS101", 85, "058e01", {"gas": True}),
        ("GS101", 85, "ff3f00", {"mains_fault": True}),
        ("dragino_lds02", 10, "8be40100000200000200", {"window_open": True, "low_battery": False}),
        ("LDS02", 10, "0be40100000200000001", {"window_open": False, "low_battery": False}),
        ("LDS02", 10, "0be40200000200000000", {"low_battery": False}),  # a leak sensor now
        ("LDS03A", 2, "0100000a00000000000000", {"window_open": True}),
        ("RA02A", 6, "010a011e010104b0000000", {"smoke": True, "heat": True, "low_battery": False}),
        ("", 6, "010a019800000104000000", {"smoke": False, "heat": False, "low_battery": True}),
        (
            "Netvox",
            6,
            "0111011e010004b0000000",
            {"carbon_monoxide": True, "heat": False, "low_battery": False},
        ),
        ("RA02A", 6, "010a000a0120200101", {}),
        ("RA02A", 7, "810a000000000000000000", {}),
    ],
)
def test_without_a_codec_the_bytes_are_read(
    names: str, port: int, text: str, conditions: dict[str, bool]
) -> None:
    reading = raw(text, names=names, port=port).conditions
    assert {name: on for name, on in reading.items() if name != "unreliable"} == conditions


def test_a_press_without_a_codec() -> None:
    assert raw("017564ff2e01", names="WS101").button == "short press"


@pytest.mark.parametrize(
    ("names", "text", "why"),
    [
        ("some smoke detector", "0102", "no codec for 0101010101010101 (some smoke detector)"),
        ("GS524N", "2213640000", "5 bytes, not 6"),
        ("GS524N", "221364000000", "message type 3 is unknown"),
    ],
)
def test_a_fire_device_that_nobody_can_read_is_refused(names: str, text: str, why: str) -> None:
    with pytest.raises(UndecodableError) as refusal:
        raw(text, names=names)
    assert why in str(refusal.value)


def test_a_codec_that_gave_nothing_of_a_fire_device_is_not_believed() -> None:
    payload = base64.b64encode(bytes.fromhex("2211622a1f22")).decode()
    for nothing in ({}, {"type": "smoke sensor", "battery": 98}):
        assert uplink(nothing, names="GS524N", payload=payload, port=85).conditions["alarm"] is True


def test_an_unknown_device_without_a_codec_is_a_heartbeat_that_says_so() -> None:
    reading = raw("aa")
    assert (reading.conditions, reading.events) == ({}, ())
    assert reading.data == {"no_codec": "aa"}
    assert uplink(payload="").data == {}


def test_a_payload_that_is_no_base64_is_refused() -> None:
    with pytest.raises(UndecodableError, match="base64"):
        uplink(payload="äöü", names="smoke")
