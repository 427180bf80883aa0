"""Frames of NB-IoT devices and transmitters that a cloud passes on unread."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import gb26875
from ingest.reading import Message, Reading
from tests.ctwing_push import IMEI, active, packed, pu, read, readings, reason, report

PAYLOADS = Path(__file__).parent / "payloads"


@pytest.mark.parametrize(
    ("alert", "fault_code", "conditions"),
    [
        (0, 0, set()),
        (1, 0, {"smoke"}),
        (4, 0, {"low_battery"}),
        (128, 0, {"fault"}),
        (133, 0, {"smoke", "low_battery", "fault"}),
        (3, 0, {"smoke", "unreliable"}),
        (2, 0, {"unreliable"}),
        (0, 1, {"self_test_failed"}),
        (0, 9, {"unreliable"}),
    ],
)
def test_a_pu_frame_is_read_by_the_bits_of_its_alert(
    alert: int, fault_code: int, conditions: set[str]
) -> None:
    reading = read(packed(pu(alert, fault_code)))
    assert active(reading) == conditions
    assert (reading.battery, reading.data["temperature"]) == (100, 19)


def test_a_pu_frame_names_its_device() -> None:
    assert read(packed(pu()), IMEI="", deviceId="").external_id == "860000000000002"


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pu()[:30], "cut short"),
        (pu()[:50], "cut short"),
        (b"PU", "cut short"),
        (pu()[:7] + b"\x06" + pu()[8:], "device kind 0x06"),
        (pu()[:11] + b"\x0c\x1b" + pu()[13:], "attribute 0x0c1b"),
        (b"\x01\x02\x03", "cannot be read"),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_with_the_reason(frame: bytes, said: str) -> None:
    assert said in reason(report(packed(frame)))


def component(state: object, name: str = "0181091701068001000001010100010132") -> Reading:
    content = packed({"c": 27, "b": [{"id": name, "v": state}], "tm": 1619157599253})
    return read(content, IMEI="", deviceId="1501708501")


@pytest.mark.parametrize(
    ("state", "conditions"),
    [
        ("2", {"alarm"}),
        ("3", {"alarm"}),
        (2, {"alarm"}),
        ("1", set()),
        ("0", set()),
        ("4", {"fault"}),
        ("6", {"alarm", "fault"}),
        ("8", {"unreliable"}),
        ("512", {"fault"}),
        ("64", set()),
        ("256", {"mains_fault"}),
        ("fire", {"unreliable"}),
        ("-1", {"unreliable"}),
        (None, {"unreliable"}),
    ],
)
def test_a_component_is_read_by_the_bits_of_the_standard(state: object, conditions: set[str]) -> None:
    assert active(component(state)) == conditions


def test_each_component_is_a_device_behind_its_transmitter() -> None:
    reading = component("2")
    assert reading.external_id == "1501708501/0181091701068001000001010100010132"
    assert reading.aliases == ("0181091701068001000001010100010132",)
    assert reading.gateway == "1501708501"
    assert reading.device_at == datetime(2021, 4, 23, 5, 59, 59, 253000, UTC)
    assert component("2", "222").aliases == ()  # every transmitter may have a 222


def test_several_components_in_one_push_are_several_readings() -> None:
    body = [{"id": "a", "v": "2"}, {"id": "b", "v": "1"}, "nonsense"]
    found = readings(report(packed({"c": 27, "b": body}), IMEI="", deviceId="7"))
    assert [(each.external_id, active(each)) for each in found] == [("7/a", {"alarm"}), ("7/b", set())]


@pytest.mark.parametrize(
    ("code", "conditions"), [(21, {"alarm"}), (22, {"alarm"}), (23, {"fault"}), (92, {"offline"}), (5, set())]
)
def test_a_transmitter_speaks_of_itself(code: int, conditions: set[str]) -> None:
    content = packed({"c": code, "b": {"id": "01000917010374", "v": "1"}})
    reading = read(content, IMEI="", deviceId="1501708501")
    assert (reading.external_id, active(reading)) == ("1501708501", conditions)
    assert reading.aliases == ("01000917010374",)


def test_a_transmitters_own_frame_is_read_as_one_that_came_by_tcp() -> None:
    capture = json.loads((PAYLOADS / "gb26875" / "std_manual_callpoint_fire.json").read_bytes())
    frame = gb26875.wire(capture["payload"])
    found = readings(report(packed(frame)))
    alone = [each for each in gb26875.Decoder()(Message("", frame)) if isinstance(each, Reading)]
    assert [each.conditions for each in found] == [each.conditions for each in alone]
    assert {each.gateway for each in found} == {IMEI}


@given(alert=st.integers(0, 255), tail=st.binary(max_size=40))
def test_smoke_in_a_pu_frame_is_never_missed(alert: int, tail: bytes) -> None:
    reading = read(packed(pu(alert) + tail))
    assert reading.conditions["smoke"] is bool(alert & 1)
