"""What LoRaWAN devices say, by the field names of any vendor's codec."""

from typing import Any

import pytest

from dispatch.values import EventKind
from tests.uplinks import said, uplink


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
