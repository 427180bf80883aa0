"""What LoRaWAN devices say: by the field names of any vendor's codec, and by their own bytes."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.lorawan import Uplink, counter, eui, read
from ingest.lorawan_codecs import read_bytes
from ingest.reading import Counter, Reading, UndecodableError


def uplink(values: object = None, *, names: str = "", payload: object = None, port: int = 1) -> Reading:
    return read(Uplink("0101010101010101", names, port, payload, values, None))


def said(values: dict[str, Any], names: str = "") -> dict[str, bool]:
    """The conditions, but for the one that says that all could be read."""
    return {
        name: active
        for name, active in uplink(values, names=names).conditions.items()
        if (name, active) != ("unreliable", False)
    }


def raw(text: str, *, names: str = "", port: int = 85) -> Reading:
    return uplink(names=names, payload=base64.b64encode(bytes.fromhex(text)).decode(), port=port)


@pytest.mark.parametrize(
    ("values", "conditions"),
    [
        ({"FireAlarm": "Alarm", "HighTempAlarm": "No Alarm"}, {"smoke": True, "heat": False}),
        ({"fire_alarm": 1}, {"smoke": True}),
        ({"Smoke Alarm": "TRUE"}, {"smoke": True}),
        ({"smoke_status": "normal"}, {"smoke": False}),
        ({"smoke": {"status": "detected"}}, {"smoke": True}),
        ({"status": {"smokeAlarm": 1, "batteryLow": 0, "mounted": 1}}, {"smoke": True}),
        ({"COAlarm": "Alarm", "HighTempAlarm": "Alarm"}, {"carbon_monoxide": True, "heat": True}),
        ({"gas_status": "alarm"}, {"gas": True}),
        ({"sos": True}, {"sos": True}),
        ({"alarms": ["smoke", "low battery"]}, {"smoke": True, "low_battery": True}),
        ({"烟雾报警": "报警", "低电量": 0}, {"smoke": True, "low_battery": False}),
        ({"smoke": True, "fire": False}, {"smoke": True}),
        ({"smokeLocalAlarm": True}, {"smoke": True}),
        ({"smokeAlarmEnabled": True, "smokeUpperAlarm": 0}, {"smoke": False}),
        ({"alarm_status": "Local smoke alarm"}, {"alarm": True}),
        ({"alarm_status": "Local smoke alarm", "humidity": 50}, {"alarm": True}),
        ({"event": "Local smoke alarm"}, {"smoke": True}),
        ({"smokeAlarm": "Smoke alarm activated"}, {"smoke": True}),
        ({"smokeAlarm": "Smoke detected, no fire"}, {"smoke": True}),
        ({"smokeAlarm": "Smoke alarm not cleared"}, {"unreliable": True}),
        ({"sosFlag": 1}, {"sos": True}),
        ({"ALARM_status": "TRUE", "Latitude": 22.7, "Hum": 40}, {"sos": True}),
        ({"smoke_alarm": False, "test": True}, {"smoke": False, "test": True}),
        ({"smoke_alarm": 0, "smokeChamberFailure": 1}, {"smoke": False, "fault": True}),
    ],
)
def test_any_vendors_spelling_is_understood(values: dict[str, Any], conditions: dict[str, bool]) -> None:
    assert conditions.items() <= said(values).items()


@pytest.mark.parametrize(
    "values",
    [
        {"smokeAlarmCounter": 3, "smokeAlarmTimeCounter": 60, "smokeEventEnabled": 1},
        {"configuration": {"smoke": True, "alarm": 1}},
        {"smoke_alarm": "FALSE"},
        {"smoke_alarm": "0"},
        {"FireAlarm": "No Alarm"},
        {"smoke": None, "fire": ""},
        {"alarm": {"smoke": False}},
    ],
)
def test_what_is_no_alarm_is_none(values: dict[str, Any]) -> None:
    assert True not in uplink(values).conditions.values()


@pytest.mark.parametrize(
    ("event", "conditions"),
    [
        ("alarm", {"alarm": True}),
        ("fire alarm", {"smoke": True}),
        ("removed", {"tamper": True}),
        ("installed", {"tamper": False}),
        ("low battery", {"low_battery": True}),
        ("failover", {"fault": True}),
        ("silent", {"silence": True}),
        ("heartbeat", {}),
    ],
)
def test_an_event_is_a_word(event: str, conditions: dict[str, bool]) -> None:
    assert said({"type": "smoke sensor", "event": event}) == conditions


@pytest.mark.parametrize("word", ["non-activated", "not activated", "deactivated", "NotActivated"])
def test_a_sentence_that_denies_an_alarm_is_none(word: str) -> None:
    assert said({"Smoke_Alarm_Status": {"value": f"Smoke alarm {word}"}}) == {"smoke": False}
    assert said({"smokeAlarm": "No alarm"}) == {"smoke": False}


def test_the_alarm_of_a_tracker_is_its_button() -> None:
    assert said({"ALARM_status": "TRUE"}, "LGT-92") == {"sos": True}
    assert said({"ALARM_status": "FALSE"}, "TrackerD") == {"sos": False}


def test_a_door_report_is_a_window() -> None:
    assert said({"doorReport": {"value": True}}) == {"window_open": True}


def test_normal_ends_everything_but_the_battery() -> None:
    conditions = said({"type": "smoke sensor", "event": "normal"})
    assert not any(conditions.values())
    assert {"alarm", "smoke", "tamper", "fault"} <= conditions.keys()
    assert "low_battery" not in conditions


def test_each_press_of_a_test_button_is_a_test() -> None:
    reading = uplink({"type": "smoke sensor", "event": "testing alarm with low battery", "battery": 98})
    assert reading.events == (EventKind.TEST,)
    assert reading.conditions["low_battery"] is True
    assert "alarm" not in reading.conditions


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"DOOR_OPEN_STATUS": 1, "ALARM": 1}, "fire door 3"),  # left open too long
        ({"water_leak": 1, "alarm": True}, ""),
        ({"alarm": "alarm"}, "window sensor"),
        ({"temperature_alarm": 1, "temperature": 30}, "cold store"),
        ({"alarm": 1, "humidity": 40}, "cold store"),
        ({"event": "high temperature"}, "cold store"),
        ({"alarm": 1, "Work_mode": "IIC", "ADC_CH0V": 0.2}, ""),
    ],
)
def test_the_alarm_of_another_trade_is_no_fire(values: dict[str, Any], names: str) -> None:
    conditions = uplink(values, names=names).conditions
    assert not any(conditions.get(name) for name in ("alarm", "heat", "smoke"))


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"alarm": 1}, ""),
        ({"Alarm": 1, "Volt": 3}, "R312A"),  # an emergency button
        ({"alarm": True, "humidity": 40}, "厨房烟感"),
        ({"alarm": "ALARM", "concentration": 30}, ""),
    ],
)
def test_a_bare_alarm_of_a_fire_device_or_of_who_knows_what_counts(
    values: dict[str, Any], names: str
) -> None:
    assert uplink(values, names=names).conditions["alarm"] is True


@pytest.mark.parametrize(
    ("values", "is_open"),
    [
        ({"magnet_status": "open"}, True),
        ({"magnet_status": "close"}, False),
        ({"DOOR_OPEN_STATUS": "CLOSE", "ALARM": "TRUE"}, False),
        ({"DOOR_OPEN_STATUS": 1}, True),
        ({"action": {"contactState": "open"}}, True),
        ({"windowOpen": False}, False),
        ({"closed": False}, True),
        ({"contact": True}, None),  # closed, by some
        ({"door_status": "open", "battery": 90}, True),
        ({"Door_status": "OPEN", "Work_mode": "IIC", "ADC_CH0V": 0.273}, None),
        ({"DOOR_OPEN_TIMES": 2}, None),
    ],
)
def test_a_window_is_what_a_door_sensor_says(values: dict[str, Any], is_open: bool | None) -> None:
    assert uplink(values).conditions.get("window_open") is is_open


def test_a_board_that_is_called_a_door_is_one() -> None:
    board = {"Door_status": "OPEN", "Work_mode": "IIC"}
    assert uplink(board, names="lsn50 back-door").conditions["window_open"] is True


@pytest.mark.parametrize(
    ("values", "battery", "low"),
    [
        ({"battery": 8}, 8, True),
        ({"battery": 98}, 98, False),
        ({"battery": 12}, 12, None),
        ({"battery": 3.05}, None, False),  # volts
        ({"battery": "low"}, None, True),
        ({"battery_status": "normal"}, None, False),
        ({"battery_status": 1}, None, None),
        ({"Volt": "2.7(low battery)"}, None, True),
        ({"Volt": 3}, None, False),
        ({"BAT_V": 3.044}, None, False),
        ({"BAT_V": 2.4}, None, True),
        ({"BAT_V": 2.6}, None, None),
        ({"Battery_mV": 3100}, None, False),
        ({"batteryLow": 1, "battery": 60}, 60, True),
        ({"battery": 255}, None, None),
    ],
)
def test_a_battery_is_percent_or_volts(
    values: dict[str, Any], battery: float | None, low: bool | None
) -> None:
    reading = uplink(values)
    assert (reading.battery, reading.conditions.get("low_battery")) == (battery, low)


@pytest.mark.parametrize(
    ("values", "tampered"),
    [
        ({"tamper_status": "uninstalled"}, True),
        ({"tamper_status": "installed"}, False),
        ({"installed": "installed"}, False),
        ({"mounted": 0}, True),
        ({"mounted": "false"}, True),
        ({"tamperReport": {"value": True}}, True),
    ],
)
def test_tamper_is_said_both_ways_round(values: dict[str, Any], tampered: bool) -> None:
    assert uplink(values).conditions["tamper"] is tampered


@pytest.mark.parametrize(
    ("values", "button"),
    [
        ({"button_event": {"status": "short press", "msgid": 123456}}, "short press"),
        ({"button": 1}, "1"),
        ({"button_pressed": False}, None),
        ({"button": "none"}, None),
    ],
)
def test_what_a_button_means_is_the_registrys_to_say(values: dict[str, Any], button: str | None) -> None:
    assert uplink(values).button == button


@pytest.mark.parametrize(
    "values",
    [
        {"smoke_alarm": "purple"},
        {"smoke_alarm": 7},
        {"type": "smoke sensor", "event": "unheard of"},
        {"alarm_status": "unknown", "concentration": 3},
        {"magnet_status": "unknown"},
    ],
)
def test_an_alarm_field_that_cannot_be_read_is_a_fault_until_it_can(values: dict[str, Any]) -> None:
    reading = uplink(values)
    assert reading.conditions["unreliable"] is True
    assert "is" in reading.data["reason"]
    assert uplink({"smoke_alarm": 0}).conditions["unreliable"] is False


def test_a_field_that_cannot_be_read_never_hides_an_alarm() -> None:
    assert said({"smoke_alarm": "?", "fire": True}) == {"smoke": True}


def test_facts_and_the_devices_clock_are_kept() -> None:
    reading = uplink({"smoke": 1, "concentration": 42, "temperature": 31, "Systimestamp": 1661461942})
    assert reading.data == {"concentration": 42, "temperature": 31}
    assert str(reading.device_at) == "2022-08-25 21:12:22+00:00"


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
