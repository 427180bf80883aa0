"""What the fields of an NB-IoT device mean, whichever cloud brings them."""

import pytest

from dispatch.values import EventKind
from tests.ctwing_push import active, read


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"烟感状态": "报警"}, {"smoke"}),
        ({"烟感状态": "正常", "烟雾浓度": 1}, set()),
        ({"烟感故障": 1}, {"fault"}),
        ({"alarms": [{"type": "smoke", "status": 1}]}, {"smoke"}),
        ({"alarms": [{"type": "smoke", "status": 0}]}, set()),
        ({"smoke_state": "01"}, {"smoke"}),
        ({"smoke_state": "00"}, set()),
    ],
)
def test_chinese_names_lists_and_leading_zeros_are_read(content: object, found: set[str]) -> None:
    assert active(read(content)) == found


@pytest.mark.parametrize(
    ("code", "conditions", "events"),
    [
        (1, {"alarm"}, ()),
        (2, {"silence"}, ()),
        (4, {"low_battery"}, ()),
        (5, {"fault"}, ()),
        (6, {"fault"}, ()),
        (7, set(), ()),
        (8, {"silence"}, ()),
        (10, {"tamper"}, ()),
        (11, set(), ()),
        (13, {"fault"}, ()),
        (14, set(), (EventKind.TEST,)),
        (15, {"low_battery"}, (EventKind.TEST,)),
        ("1", {"alarm"}, ()),
        ("报警", {"alarm"}, ()),
        ("NORMAL", set(), ()),
    ],
)
def test_alarm_status_is_read_by_its_table(
    code: object, conditions: set[str], events: tuple[EventKind, ...]
) -> None:
    reading = read({"serviceData": {"Alarm_Status": code}})
    assert active(reading) == conditions
    assert reading.events == events


def test_a_status_that_no_table_has_is_a_fault_that_names_it() -> None:
    reading = read({"serviceData": {"Alarm_Status": 3}})
    assert active(reading) == {"unreliable"}
    assert reading.data["unread"] == "Alarm_Status is '3'"
    assert read({"Alarm_Status": 7}).conditions["unreliable"] is False


@pytest.mark.parametrize(
    ("field", "condition"),
    [
        ("smoke", "smoke"),
        ("smoke_state", "smoke"),
        ("smokeAlarm", "smoke"),
        ("SmokeStatus", "smoke"),
        ("FireAlarm", "smoke"),
        ("fire_state", "smoke"),
        ("temperature_alarm", "heat"),
        ("highTemp", "heat"),
        ("gas_sensor_state", "gas"),
        ("co_alarm", "carbon_monoxide"),
        ("sos", "sos"),
        ("tamper_state", "tamper"),
        ("antiDismantle", "tamper"),
        ("battery_state", "low_battery"),
        ("lowVoltage", "low_battery"),
        ("error_code", "fault"),
        ("sensorFault", "fault"),
        ("smoke_fault", "fault"),
        ("mute", "silence"),
        ("self_test", "test"),
        ("window_open", "window_open"),
    ],
)
def test_a_name_is_read_by_its_words(field: str, condition: str) -> None:
    for yes, no in ((1, 0), ("1", "0"), (True, False), ("true", "FALSE"), ("alarm", "normal")):
        assert read({field: yes}).conditions[condition] is True
        assert read({field: no}).conditions[condition] is False


@pytest.mark.parametrize(
    "field",
    (
        "smoke_value AlarmLevel temperature co gas_valve_state smoke_threshold alarm_volume battery_voltage"
        " fire_pump_state fire_door_state heartbeat_time test_mode " + "x" * 99
    ).split(),
)
def test_a_measurement_or_a_setting_is_no_state(field: str) -> None:
    assert read({field: 1}).conditions == {}


def test_gas_of_high_concentration_is_an_alarm_too() -> None:
    assert read({"gas_sensor_state": 2}).conditions["gas"] is True


def test_an_unknown_state_of_smoke_is_a_fault_and_no_alarm() -> None:
    reading = read({"smoke_state": 7})
    assert active(reading) == {"unreliable"}
    assert read({"smoke_state": 0}).conditions == {"smoke": False, "unreliable": False}


def test_alarm_and_test_together_are_an_alarm() -> None:
    both = read({"Alarm_Status": 14, "smoke_state": 1})
    assert (both.conditions["smoke"], both.events) == (True, ())


def test_a_low_battery_is_known_by_flag_or_percentage() -> None:
    assert read({"Battery_Level": 8}).conditions["low_battery"] is True
    assert read({"Battery_Level": 100}).battery == 100
    assert read({"Battery_Level": 100, "Alarm_Status": 4}).conditions["low_battery"] is True
