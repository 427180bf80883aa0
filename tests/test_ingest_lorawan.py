"""LoRaWAN: counters and names of devices, limits, and anything that may come."""

import base64
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.lorawan import counter, eui
from ingest.reading import Counter, UndecodableError
from tests.uplinks import said, uplink


def test_a_zero_count_is_left_out_by_the_servers() -> None:
    assert counter("00189440", None) == Counter("00189440", 0)
    assert counter("00189440", 7) == Counter("00189440", 7)
    for session, number in ((None, 7), ("", 7), ("a", True), ("a", -1), ("a", "7"), ("a", 2**32)):
        assert counter(session, number) is None


def test_an_eui_is_sixteen_hexadecimal_digits_in_lower_case() -> None:
    assert eui("24E1240000ABC00E") == "24e1240000abc00e"
    assert eui("24e1") is None
    assert eui(7) is None


def test_a_report_that_is_too_deep_to_be_read_is_refused() -> None:
    deep: dict[str, Any] = {"smoke": True}
    for _ in range(6):
        deep = {"a": deep}
    assert said(deep) == {"smoke": True}
    with pytest.raises(UndecodableError, match="inside one another"):
        uplink({"a": deep})


def test_far_too_many_fields_are_refused() -> None:
    with pytest.raises(UndecodableError, match="more than 256 fields"):
        uplink({f"k{number}": 1 for number in range(257)})


_NAMES = [
    "smoke",
    "FireAlarm",
    "alarm",
    "event",
    "status",
    "state",
    "battery",
    "Volt",
    "BAT_V",
    "tamper_status",
    "mounted",
    "magnet_status",
    "Door_status",
    "closed",
    "contact",
    "button",
    "HighTempAlarm",
    "test",
    "fault",
    "temperature",
    "Systimestamp",
    "battery_status",
    "type",
    "Device",
    "configuration",
]
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["alarm", "No Alarm", "open", "low", "FALSE", "normal", "2.7(low battery)"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=3),
    max_leaves=8,
)
_devices = st.sampled_from(["", "GS524N", "WS301", "EM300-MCS", "LDS02", "LDS03A", "RA02A", "smoke", "door"])


@given(values=st.dictionaries(st.sampled_from(_NAMES), _values, max_size=8) | _values, names=_devices)
@example(values={"smoke": None, "FireAlarm": None, "Volt": float("inf")}, names="")
def test_any_object_gives_a_reading_or_a_reason(values: object, names: str) -> None:
    values = json.loads(json.dumps(values))
    try:
        reading = uplink(values, names=names)
    except UndecodableError as refusal:
        assert str(refusal)
    else:
        json.dumps(dict(reading.data), allow_nan=False)


@given(
    payload=st.binary(max_size=60),
    port=st.sampled_from([1, 2, 6, 7, 10, 85]),
    names=_devices,
)
def test_any_bytes_of_any_device_give_a_reading_or_a_reason(payload: bytes, port: int, names: str) -> None:
    try:
        uplink(names=names, payload=base64.b64encode(payload).decode(), port=port)
    except UndecodableError as refusal:
        assert str(refusal)
