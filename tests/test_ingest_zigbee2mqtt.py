"""Zigbee2MQTT, decoded by what a message says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.reading import MAX_REPORT_BYTES, Fact, Hint, Message, Reading, UndecodableError
from ingest.zigbee2mqtt import decode


def say(payload: object, *, name: str = "smoke_1", retained: bool = False) -> list[Fact]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return list(decode(Message(f"zigbee2mqtt/{name}", data, retained, base="zigbee2mqtt")))


def read(name: str = "smoke_1", *, retained: bool = False, **values: Any) -> Reading:
    (fact,) = say(values, name=name, retained=retained)
    assert isinstance(fact, Reading)
    return fact


def reason(payload: object, name: str = "smoke_1") -> str:
    with pytest.raises(UndecodableError) as refusal:
        say(payload, name=name)
    return str(refusal.value)


@pytest.mark.parametrize(
    "name", ["smoke_1", "厨房/烟感 1", "Kitchen/smoke_1", "0x00158d0001d64498", "bridges"]
)
def test_a_friendly_name_may_hold_anything(name: str) -> None:
    assert read(name, smoke=True).external_id == name


@pytest.mark.parametrize("base", ["zigbee", "site/7/z2m", "村/网关"])
def test_the_base_topic_may_be_any(base: str) -> None:
    (fact,) = decode(Message(f"{base}/hall/smoke", b'{"smoke": true}', base=base))
    assert isinstance(fact, Reading)
    assert (fact.external_id, fact.gateway) == ("hall/smoke", f"{base}/bridge")


@pytest.mark.parametrize("base", ["", "zigbee2mqtt"])
def test_a_topic_outside_the_base_is_refused(base: str) -> None:
    with pytest.raises(UndecodableError, match="not below the base topic"):
        decode(Message("shellies/smoke", b"true", base=base))
    with pytest.raises(UndecodableError, match="no device name"):
        decode(Message("zigbee2mqtt/", b"{}", base="zigbee2mqtt"))


@pytest.mark.parametrize(
    ("field", "condition"),
    [
        ("smoke", "smoke"),
        ("heat", "heat"),
        ("smoke_alarm", "smoke"),
        ("fire_alarm", "smoke"),
        ("heat_alarm", "heat"),
        ("tamper_alarm", "tamper"),
        ("end_of_life", "fault"),
        ("gas", "gas"),
        ("carbon_monoxide", "carbon_monoxide"),
        ("sos", "sos"),
        ("tamper", "tamper"),
        ("battery_low", "low_battery"),
        ("test", "test"),
        ("hush", "silence"),
        ("silence", "silence"),
        ("device_fault", "fault"),
        ("fault_alarm", "fault"),
        ("trouble", "fault"),
        ("ac_status", "mains_fault"),
        ("battery_defect", "battery_defect"),
    ],
)
def test_a_property_is_a_condition(field: str, condition: str) -> None:
    for value, said in ((True, {condition: True}), (False, {condition: False}), (None, {})):
        values: dict[str, Any] = {field: value}
        assert without_unreliable(read(**values)) == said


def without_unreliable(reading: Reading) -> dict[str, bool]:
    """What a report says, where the value of no alarm property was unreadable."""
    assert not reading.conditions.get("unreliable")
    return {key: active for key, active in reading.conditions.items() if key != "unreliable"}


def test_contact_is_true_when_closed() -> None:
    assert read(contact=False).conditions == {"window_open": True}
    assert read(contact=True).conditions == {"window_open": False}


@pytest.mark.parametrize(
    ("values", "is_open"),
    [
        ({"contact_l1": False, "contact_l2": True}, True),
        ({"contact_left": True}, False),
        ({"contact_delay": 0}, None),
        ({"opening_state": "open"}, True),
        ({"opening_state": "closed"}, False),
        ({"position": "tilted"}, True),
        ({"position": "closed"}, False),
        ({"position": 100}, None),
        ({"position": "?"}, None),
    ],
)
def test_a_window_may_be_told_otherwise(values: dict[str, Any], is_open: bool | None) -> None:
    assert read(**values).conditions == ({} if is_open is None else {"window_open": is_open})


def test_a_float_switch_is_no_window() -> None:
    assert read(contact="ON").conditions == {}


@pytest.mark.parametrize(
    ("value", "active"),
    [
        *(("ON", True), ("off", False), ("true", True), (1, True), (0, False)),
        *(("alarm", True), ("detected", True), ("normal", False), ("clear", False), ("none", False)),
    ],
)
def test_a_flag_may_be_spelt_otherwise(value: object, active: bool) -> None:
    assert without_unreliable(read(smoke=value)) == {"smoke": active}


def test_an_unreadable_alarm_is_a_fault_until_it_can_be_read() -> None:
    unreadable: tuple[object, ...] = (2, "maybe", {})
    for value in unreadable:
        unread = read(smoke=value, heat=False)
        assert unread.conditions == {"heat": False, "unreliable": True}
        assert unread.data["unread"] == f"smoke is {str(value)!r}"
    assert read(smoke=False).conditions["unreliable"] is False
    for other in ({"smoke": None}, {"battery": 80}, {"contact": True}, {"tamper": False}):
        assert "unreliable" not in read(**other).conditions
    assert read(smoke=False, reliability="process_error").conditions["unreliable"] is True
    assert set(read(smoke=2, retained=True).data) == {"unread", "replayed"}


def test_a_siren_that_is_switched_on_is_no_alarm() -> None:
    assert read(alarm=True, alarm_smoke="ON", warning={"mode": "fire"}).conditions == {}


def test_several_properties_may_speak_of_one_condition() -> None:
    assert without_unreliable(read(smoke=False, smoke_state="alarm")) == {"smoke": True}
    assert read(fault=False, trouble=True, device_fault=False).conditions == {"fault": True}


@pytest.mark.parametrize(
    ("values", "low"),
    [
        ({"battery": 9}, True),
        ({"battery": 10}, True),
        ({"battery": 12}, None),
        ({"battery": 80}, False),
        ({"battery": "100.00"}, False),
        ({"battery": "8.00"}, True),
        ({"battery": 100, "battery_low": True}, True),
        ({"battery": 0, "battery_low": False}, True),
        ({"battery": 12, "battery_low": False}, False),
        ({"battery_state": "low"}, True),
        ({"battery_state": "medium"}, False),
        ({"battery": None}, None),
        ({"battery": "empty"}, None),
        ({"battery": 255}, None),
        ({"battery": True}, None),
    ],
)
def test_a_battery_is_low_by_flag_word_or_percentage(values: dict[str, Any], low: bool | None) -> None:
    assert read(**values).conditions.get("low_battery") is low


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"self_test": "checking"}, {"test": True, "self_test_failed": False}),
        ({"self_test": "check_success"}, {"test": False, "self_test_failed": False}),
        ({"self_test": "check_failure"}, {"test": False, "self_test_failed": True}),
        ({"self_test_result": "failure"}, {"test": False, "self_test_failed": True}),
        ({"self_test": True}, {"test": True}),
        ({"reliability": "process_error", "fault": False}, {"unreliable": True, "fault": False}),
        ({"fault_state": "over_temperature | sensor_fault"}, {"fault": True}),
        ({"fault_state": "normal"}, {"fault": False}),
        ({"fault_state": ""}, {"fault": False}),
        ({"reliability": "no_fault_detected"}, {"unreliable": False}),
    ],
)
def test_words_say_test_and_fault(values: dict[str, Any], said: dict[str, bool]) -> None:
    assert read(**values).conditions == said


@pytest.mark.parametrize("action", ["emergency", "sos", "panic", "EMERGENCY", "panic_1", "fire"])
def test_an_emergency_button_is_an_alarm(action: str) -> None:
    assert read(action=action).events == (EventKind.ALARM,)


@pytest.mark.parametrize("action", ["single", "hold", "firefly", "", None, 3])
def test_what_another_button_means_is_the_registrys_to_say(action: object) -> None:
    reading = read(action=action)
    assert reading.events == ()
    assert reading.button == (action if isinstance(action, str) and action else None)


@pytest.mark.parametrize(
    ("last_seen", "at"),
    [
        ("2019-06-24T15:30:53.312Z", datetime(2019, 6, 24, 15, 30, 53, 312000, tzinfo=UTC)),
        ("2019-06-24T23:30:53+08:00", datetime(2019, 6, 24, 15, 30, 53, tzinfo=UTC)),
        (1561390253312, datetime(2019, 6, 24, 15, 30, 53, 312000, tzinfo=UTC)),
        ("2019-06-24T15:30:53", None),
        ("yesterday", None),
        (1e300, None),
        (None, None),
        (True, None),
        ("0001-01-01T00:00:00+08:00", None),
    ],
)
def test_last_seen_is_the_devices_time(last_seen: object, at: datetime | None) -> None:
    assert read(smoke=True, last_seen=last_seen).device_at == at


def test_the_address_is_a_further_name() -> None:
    assert read(smoke=False, device={"ieeeAddr": "0x00158D0001D64498"}).aliases == ("0x00158d0001d64498",)
    assert read(smoke=False, device={"ieeeAddr": "; drop table"}).aliases == ()
    assert read(smoke=False, device="x").aliases == ()


def test_what_the_broker_kept_is_marked_as_replayed_and_still_counts() -> None:
    reading = read(smoke=True, retained=True)
    assert reading.live
    assert reading.data == {"replayed": True}


@pytest.mark.parametrize(
    "name",
    [
        "smoke_1/set",
        "smoke_1/get",
        "smoke_1/set/silence",
        "smoke_1/left/set",
        "bridge/info",
        "bridge/event",
        "bridge/request/restart",
        "bridge/logging",
    ],
)
def test_commands_and_configuration_are_nothing(name: str) -> None:
    assert say({"smoke": True}, name=name) == []


@pytest.mark.parametrize("name", ["smoke_1", "smoke_1/availability", "bridge/state", "bridge/devices"])
def test_a_removed_device_is_nothing(name: str) -> None:
    assert say(b"", name=name) == []


@pytest.mark.parametrize("payload", [{"state": "offline"}, b"offline"])
def test_availability_and_the_bridges_state_are_a_connection(payload: object) -> None:
    (device,) = say(payload, name="Kitchen/smoke_1/availability")
    (bridge,) = say(payload, name="bridge/state")
    assert isinstance(device, Reading)
    assert isinstance(bridge, Reading)
    assert (device.external_id, device.conditions) == ("Kitchen/smoke_1", {"offline": True})
    assert (bridge.external_id, bridge.conditions) == ("zigbee2mqtt/bridge", {"offline": True})


def test_a_device_may_be_called_availability() -> None:
    assert without_unreliable(read("availability", smoke=True)) == {"smoke": True}


def test_the_list_of_devices_tells_their_addresses() -> None:
    devices = [
        {"type": "Coordinator", "friendly_name": "Coordinator", "ieee_address": "0x00124b0000000001"},
        {"type": "EndDevice", "friendly_name": "厨房", "ieee_address": "0x00158D0001D64498"},
        {"type": "EndDevice", "friendly_name": 7, "ieee_address": "0x00158d0001d64499"},
        {"type": "EndDevice", "friendly_name": "x", "ieee_address": "short"},
        "nonsense",
    ]
    assert say(devices, name="bridge/devices") == [Hint("zigbee2mqtt/bridge", "厨房", "0x00158d0001d64498")]


def test_the_list_of_devices_may_be_long() -> None:
    device = {"type": "Router", "friendly_name": "a", "ieee_address": "0x00158d0001d64498", "x": "y" * 9000}
    assert len(say([device] * 20, name="bridge/devices")) == 20


@pytest.mark.parametrize(
    ("payload", "name", "said"),
    [
        (b"\xff", "smoke_1", "not UTF-8"),
        (b"{", "smoke_1", "no JSON"),
        (b"true", "smoke_1", "a JSON bool"),
        ([1], "smoke_1", "a JSON list"),
        ({"contact": "open"}, "smoke_1", "contact is 'open'"),
        ({"smoke": "x" * MAX_REPORT_BYTES}, "smoke_1", "are allowed"),
        ({"state": "asleep"}, "smoke_1/availability", "neither online nor offline"),
        (b"\xff", "bridge/state", "neither online nor offline"),
        ({}, "bridge/devices", "no list"),
    ],
)
def test_what_is_wrong_is_said(payload: object, name: str, said: str) -> None:
    assert said in reason(payload, name)


def test_a_fault_in_one_property_never_hides_an_alarm_in_another() -> None:
    reading = read(smoke=True, heat="?", contact={}, tamper=[], battery="x")
    assert reading.conditions == {"smoke": True, "unreliable": True}
    assert read(action="sos", smoke="?").events == (EventKind.ALARM,)


_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
_fields = (
    "smoke",
    "contact",
    "battery",
    "battery_state",
    "action",
    "last_seen",
    "device",
    "self_test",
    "test",
)
_names = st.text(max_size=20) | st.sampled_from(
    ["bridge/state", "bridge/devices", "a/availability", "a/set", "a", "bridge/", "/", "/availability"]
)


@given(name=_names, payload=st.binary(max_size=200))
def test_any_bytes_on_any_topic_give_facts_or_a_reason(name: str, payload: bytes) -> None:
    try:
        decode(Message(f"zigbee2mqtt/{name}", payload, base="zigbee2mqtt"))
    except UndecodableError as refusal:
        assert str(refusal)


@given(
    name=_names,
    payload=st.fixed_dictionaries({}, optional=dict.fromkeys(_fields, _values))
    | st.lists(_values, max_size=3),
)
def test_any_json_on_any_topic_gives_facts_or_a_reason(name: str, payload: object) -> None:
    try:
        decode(Message(f"zigbee2mqtt/{name}", json.dumps(payload).encode(), base="zigbee2mqtt"))
    except UndecodableError as refusal:
        assert str(refusal)
