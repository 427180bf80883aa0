"""Tasmota and its Zigbee bridge."""

import json
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.reading import MAX_REPORT_BYTES, Fact, Message, Reading, UndecodableError
from ingest.tasmota import decode
from tests.samples import meant_otherwise


def say(topic: str, payload: object, *, retained: bool = False) -> list[Fact]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return decode(Message(topic, data, retained))


def read(topic: str, payload: object, *, retained: bool = False) -> Reading:
    (fact,) = say(topic, payload, retained=retained)
    assert isinstance(fact, Reading)
    return fact


def zigbee(**values: Any) -> Reading:
    return read("tele/bridge/SENSOR", {"ZbReceived": {"0x662E": values}})


def test_the_samples_mean_what_is_expected_of_them() -> None:
    assert meant_otherwise("tasmota") == {}


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("tele/tasmota_1/LWT", "tasmota_1"),
        ("tasmota_1/tele/LWT", "tasmota_1"),
        ("home/tele/kitchen/LWT", "kitchen"),
        ("tele/village/7/panel/LWT", "village/7/panel"),
        ("tele/stat/LWT", "stat"),
    ],
)
def test_the_prefix_may_stand_before_or_after_the_device(topic: str, device: str) -> None:
    assert read(topic, b"Online").external_id == device


def test_the_last_will_is_a_connection() -> None:
    assert read("tele/t/LWT", b"Online", retained=True).conditions == {"offline": False}
    assert read("tele/t/LWT", b"Offline", retained=True).conditions == {"offline": True}


@pytest.mark.parametrize(
    ("name", "payload", "said"),
    [
        ("FIRE", b"ON", {"smoke": True, "unreliable": False}),
        ("FIRE", b"OFF", {"smoke": False, "unreliable": False}),
        ("FIRE1", b"1", {"smoke": True, "unreliable": False}),
        ("SMOKE", b"on", {"smoke": True, "unreliable": False}),
        ("HEAT_ALARM", b"ON", {"heat": True, "unreliable": False}),
        ("CallPoint", b"ON", {"sos": True, "unreliable": False}),
        ("ALARM", b"OFF", {"alarm": False, "unreliable": False}),
        ("FAULT", b"ON", {"fault": True}),
        ("TAMPER", b"ON", {"tamper": True}),
        ("WINDOW", b"open", {"window_open": True}),
        ("DOOR", b"CLOSED", {"window_open": False}),
        ("FIRE", b"toggled?", {"unreliable": True}),
        ("FIRE", b'{"FIRE":"ON"}', {"smoke": True, "unreliable": False}),
        ("FIRE", b'{"Fire":0}', {"smoke": False, "unreliable": False}),
        ("FIRE", b'{"FIRE":', {"unreliable": True}),
        ("POWER", b'{"POWER":"ON"}', {}),
        ("POWER", b"ON", {}),
        ("STATUS8", b'{"StatusSNS": {}}', {}),
    ],
)
def test_an_input_is_what_its_rule_calls_it(name: str, payload: bytes, said: dict[str, bool]) -> None:
    assert read(f"stat/panel/{name}", payload).conditions == said


def test_the_second_zone_of_a_panel_does_not_end_the_alarm_of_the_first() -> None:
    for payload in (b"OFF", b'{"FIRE2": "OFF"}'):
        zone = read("stat/panel/FIRE2", payload)
        assert (zone.external_id, zone.gateway) == ("panel/FIRE2", "panel")
    assert read("stat/panel/FIRE01", b"OFF").external_id == "panel"
    assert read("stat/panel/POWER2", b"ON").external_id == "panel"


@pytest.mark.parametrize("tail", ["a", "", "/FIRE2"])
def test_a_topic_of_many_digits_is_read_at_once(tail: str) -> None:
    started = perf_counter()
    read("stat/x/FIRE" + "1" * 60_000 + tail, b"ON")
    assert perf_counter() - started < 0.5
    assert len(read("stat/x/FIRE" + "1" * 60_000, b"ON").external_id) < 100


def test_a_retained_input_is_marked_as_replayed_and_still_counts() -> None:
    reading = read("stat/panel/FIRE", b"ON", retained=True)
    assert reading.conditions["smoke"] is True
    assert reading.data == {"replayed": True}


def test_telemetry_is_a_sign_of_life() -> None:
    for topic in ("tele/t/STATE", "tele/t/UPTIME", "tele/t/INFO1"):
        assert read(topic, {"Time": "2024-01-01T00:00:00", "POWER": "ON"}) == Reading("t")
    assert read("tele/t/SENSOR", {"Time": "2024-01-01T00:00:00", "BME680": {"Gas": 120.5}}) == Reading("t")


def test_a_measurement_is_no_alarm() -> None:
    assert read("tele/t/SENSOR", {"Smoke": 345, "Gas": 12.5, "MQ2": {"Smoke": 1}}).conditions == {}
    assert read("tele/t/SENSOR", {"Smoke": 1}).conditions["smoke"] is True
    assert read("tele/t/SENSOR", {"Fire": "?"}).conditions == {"unreliable": True}


@pytest.mark.parametrize(
    ("action", "pressed"),
    [
        ("SINGLE", "Button1 SINGLE"),
        ("ON", "Button1 ON"),
        ("OFF", None),
        ("CLEAR", None),
        (3, None),
        ("", None),
    ],
)
def test_a_press_is_for_the_registry_to_explain(action: object, pressed: str | None) -> None:
    assert read("stat/t/RESULT", {"Button1": {"Action": action}}).button == pressed


def test_a_relay_that_is_asked_for_its_state_is_no_press() -> None:
    assert read("stat/t/RESULT", {"POWER": "ON"}).button is None


@pytest.mark.parametrize(
    ("contact", "is_open"), [(0, False), (1, True), (3, True), (True, True), ("1", True)]
)
def test_contact_is_0_when_closed(contact: object, is_open: bool) -> None:
    assert zigbee(Contact=contact).conditions == {"window_open": is_open}


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("Fire", "smoke"),
        ("Smoke", "smoke"),
        ("SmokeAlarm", "smoke"),
        ("CO", "carbon_monoxide"),
        ("Gas", "gas"),
        ("PersonalAlarm", "sos"),
        ("Panic", "sos"),
        ("Alarm", "alarm"),
        ("Tamper", "tamper"),
        ("BatteryLow", "low_battery"),
        ("Trouble", "fault"),
    ],
)
def test_a_zigbee_attribute_is_a_condition(name: str, condition: str) -> None:
    assert zigbee(**{name: 1}).conditions[condition] is True
    assert zigbee(**{name: 0}).conditions[condition] is False


@pytest.mark.parametrize(
    ("bit", "condition"),
    [(2, "tamper"), (3, "low_battery"), (6, "fault"), (7, "mains_fault"), (8, "test"), (9, "battery_defect")],
)
@pytest.mark.parametrize("name", ["ZoneStatusChange", "ZoneStatus"])
def test_the_zone_status_has_a_bit_for_each_trouble(name: str, bit: int, condition: str) -> None:
    conditions = zigbee(Fire=0, **{name: 1 << bit}).conditions
    assert [key for key, active in conditions.items() if active] == [condition]


def test_fire_during_a_test_is_both() -> None:
    conditions = zigbee(Fire=1, ZoneStatusChange=0x101).conditions
    assert conditions["smoke"] is True
    assert conditions["test"] is True


@pytest.mark.parametrize(
    ("zone_type", "condition"), [(0x28, "smoke"), (0x15, "window_open"), (0x2B, "carbon_monoxide")]
)
def test_the_zone_type_says_what_the_alarm_bit_means(zone_type: int, condition: str) -> None:
    assert zigbee(ZoneType=zone_type, ZoneStatus=1).conditions[condition] is True
    assert zigbee(ZoneType=zone_type, ZoneStatus=0).conditions[condition] is False


def test_the_zone_may_be_told_in_hex() -> None:
    assert zigbee(ZoneStatusChange="0x0001", ZoneType="0x0028").conditions["smoke"] is True
    assert zigbee(ZoneStatusChange="0x0004", ZoneType="0x0028").conditions["tamper"] is True


def test_motion_water_and_vibration_are_nobodys_fire() -> None:
    for values in ({"Movement": 1}, {"Occupancy": 1}, {"Water": 1}, {"ZoneType": 0x2A}):
        assert True not in zigbee(ZoneStatusChange=1, **values).conditions.values()


@pytest.mark.parametrize("values", [{}, {"CIE": 1}, {"ZoneType": 0x7777}, {"ZoneType": []}])
def test_the_alarm_of_a_zone_of_unknown_kind_is_a_fault_with_a_reason(values: dict[str, Any]) -> None:
    reading = zigbee(ZoneStatusChange=1, **values)
    assert reading.conditions["unreliable"] is True
    assert "unknown kind" in reading.data["unread"]


def test_a_keyfob_that_says_emergency_is_an_alarm_each_time() -> None:
    assert zigbee(**{"0501!02": ""}).events == (EventKind.ALARM,)
    assert zigbee(**{"0006!02": ""}).button == "0006!02"
    assert zigbee(**{"0006!02": ""}).events == ()


def test_a_battery_is_low_by_percentage_or_by_its_bit() -> None:
    assert zigbee(BatteryPercentage=5, ZoneStatus=0).conditions["low_battery"] is True
    assert zigbee(BatteryPercentage=80, ZoneStatus=8).conditions["low_battery"] is True
    assert zigbee(BatteryPercentage=80).battery == 80


def test_one_message_may_speak_of_several_devices() -> None:
    devices = {"0x0001": {"Fire": 1}, "厨房": {"Device": "0x0002", "Contact": 1}, "LinkQuality": 3}
    smoke, window = say("tele/bridge/SENSOR", {"ZbReceived": devices})
    assert isinstance(smoke, Reading)
    assert isinstance(window, Reading)
    assert (smoke.external_id, smoke.gateway) == ("0x0001", "bridge")
    assert (window.external_id, window.conditions) == ("厨房", {"window_open": True})


def test_a_device_is_known_by_name_and_by_address_behind_its_bridge_first() -> None:
    by_address = zigbee(Device="0x662E", Name=" door_sensor")
    by_name = read("tele/bridge/SENSOR", {"ZbReceived": {"door_sensor": {"Device": "0x662E"}}})
    assert by_address.external_id == "0x662E"
    assert by_address.aliases == ("bridge/door_sensor", "bridge/0x662E", "door_sensor")
    assert by_name.external_id == "door_sensor"
    assert by_name.aliases == ("bridge/0x662E", "bridge/door_sensor", "0x662E")


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("tele/bridge/0x662E/SENSOR", {"ZbReceived": {"0x662E": {"Device": "0x662E", "Fire": 1}}}),
        ("tele/bridge/662E/SENSOR", {"ZbReceived": {"Device": "0x662E", "Fire": 1}}),
        ("tele/bridge/ZbReceived", {"0x662E": {"Device": "0x662E", "Fire": 1}}),
        ("bridge/tele/SENSOR", {"ZigbeeReceived": {"0x662E": {"Fire": 1}}}),
    ],
)
def test_the_bridge_may_be_set_to_other_topics_and_shapes(topic: str, payload: object) -> None:
    reading = read(topic, payload)
    assert (reading.external_id, reading.gateway, reading.conditions["smoke"]) == ("0x662E", "bridge", True)


@pytest.mark.parametrize("topic", ["tele/t/LWT", "tele/t/SENSOR", "stat/t/FIRE"])
def test_a_retained_message_taken_back_is_nothing(topic: str) -> None:
    assert say(topic, b"") == []


def test_a_log_is_nothing() -> None:
    assert say("stat/t/LOGGING", b"00:00:01 MQT: fire = ON") == []


@pytest.mark.parametrize(
    ("topic", "payload", "said"),
    [
        ("tele/t/SENSOR", b"\xff", "not UTF-8"),
        ("tele/t/SENSOR", [1], "a JSON list"),
        ("tele/t/LWT", b"asleep", "neither Online nor Offline"),
        ("cmnd/t/POWER", b"ON", "no level tele or stat"),
        ("tele/LWT", b"Online", "names no device"),
        ("tele/b/SENSOR", {"ZbReceived": {str(at): {} for at in range(300)}}, "300 devices"),
        ("tele/b/SENSOR", {"ZbReceived": {"a": {str(at): 0 for at in range(2000)}}}, "2000 properties"),
        ("tele/t/SENSOR", {str(at): 0 for at in range(300)}, "300 properties"),
        ("tele/t/STATE", b"x" * (MAX_REPORT_BYTES + 1), "are allowed"),
    ],
)
def test_what_is_wrong_is_said(topic: str, payload: object, said: str) -> None:
    with pytest.raises(UndecodableError, match=said):
        say(topic, payload)


_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
_attributes = (
    *("Device", "Name", "Contact", "Fire", "CO", "Panic", "Tamper", "ZoneStatus", "ZoneStatusChange"),
    *("ZoneType", "BatteryPercentage", "0501!02", "0006!00", "Action"),
)
_devices = st.fixed_dictionaries({}, optional=dict.fromkeys(_attributes, _values))
_received = _devices | st.dictionaries(st.text(max_size=6), _devices, max_size=2) | _values
_topics = st.sampled_from(
    [
        "tele/a/SENSOR",
        "stat/a/RESULT",
        "a/tele/SENSOR",
        "tele/a/ZbReceived",
        "stat/a/FIRE2",
        "tele/a/LWT",
        "tele/",
    ]
) | st.text(max_size=20)


@given(topic=_topics, payload=st.binary(max_size=200))
def test_any_bytes_on_any_topic_give_facts_or_a_reason(topic: str, payload: bytes) -> None:
    try:
        decode(Message(topic, payload))
    except UndecodableError as refusal:
        assert str(refusal)


@given(
    topic=_topics,
    payload=st.fixed_dictionaries(
        {}, optional={"ZbReceived": _received, "Button1": _devices, "Fire": _values}
    )
    | _values,
)
def test_any_json_on_any_topic_gives_facts_or_a_reason(topic: str, payload: Any) -> None:
    try:
        decode(Message(topic, json.dumps(payload).encode()))
    except UndecodableError as refusal:
        assert str(refusal)
