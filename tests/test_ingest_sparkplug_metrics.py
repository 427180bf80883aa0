"""Sparkplug B: what the name and the value of a metric mean."""

from typing import Any

import pytest

from ingest.reading import Condition
from ingest.sparkplug_metrics import Meaning, conditions_of, meaning
from tests.sparkplug_node import Node, metric, node, only

__all__ = ["node"]


@pytest.mark.parametrize(
    ("names", "condition"),
    [
        (
            "smoke Smoke/Alarm smokeAlarm FIRE_ALARM Fire Inputs/3/Smoke_Detected 烟感/报警 火警 Smoke/Value",
            "smoke",
        ),
        ("Smoke/1 Kitchen/Smoke/Active Smoke/Activated smoke_1 Flame/Detected FireAlarm smokealarm", "smoke"),
        ("Heat HeatAlarm HighTemperature Temperature/Alarm", "heat"),
        ("Gas GasAlarm Gas/Detected", "gas"),
        ("CO COAlarm CarbonMonoxide/Alarm 一氧化碳", "carbon_monoxide"),
        (
            "SOS Panic ManualCallPoint 手动报警 SOS/Pressed CallPoint/Pressed PullStation MCP/Activated",
            "sos",
        ),
        ("Manual_Call_Point/Activated Panic_Button/Pressed Break_Glass BreakGlass/Activated", "sos"),
        ("Alarm Alarm/Active Zone/3/Alarm AlarmState 报警", "alarm"),
        ("Tamper Tamper/Status TamperAlarm Cover/Open 防拆", "tamper"),
        ("BatteryLow Battery/Low LowBattery low_bat lowbat BatteryAlarm LowVoltage", "low_battery"),
        ("Fault Smoke/Fault DeviceFault Sensor/Failure Trouble ErrorState 故障", "fault"),
        ("Power/Fault MainsFailure", "mains_fault"),
        ("Battery/Fault", "battery_defect"),
        ("Test SelfTest Smoke/Test 自检", "test"),
        ("SelfTest/Failed", "self_test_failed"),
        ("Mute Silence Hush Alarm/Silenced 消音", "silence"),
        ("Window Window/Open Contact/Window DoorOpen", "window_open"),
    ],
)
def test_a_name_is_read_as_words(names: str, condition: str) -> None:
    for name in names.split():
        meant = meaning(name)
        assert meant is not None, name
        assert meant.condition == condition, name
        assert conditions_of(meant, True) == {condition: True}, name
        assert conditions_of(meant, 0) == {condition: False}, name


NOTHING_OF_OURS = """bdSeq|Node Control/Rebirth|Device Control/Reset Alarm|Alarm/Count|Smoke/Threshold
|Alarm/Enabled|Alarm Siren|Uptime|Smoke Detector/RSSI|Temperature|CO2|Smoke Level|Fire Pump Running
|Smoke Detector Installed|Smoke Bypass|Tank/HighLevelAlarm|High Alarm|AlarmLow|LowTemp Alarm|HiHi
|Alarm/Clear|Glass Break
|Motion Detected|Battery Voltage|Water Leak Alarm|Connection Status|Firmware|Last Alarm|Gas Valve||/|1"""


def test_another_name_means_nothing() -> None:
    assert [name for name in NOTHING_OF_OURS.split("|") if meaning(name.strip())] == []


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        *((name, "smoke") for name in ("Smoke Normal", "SmokeClear", "Fire Normal", "NoSmoke", "SmokeOK")),
        ("Smoke/OK", "smoke"),
        ("NoAlarm", "alarm"),
        ("Smoke Sensor OK", "fault"),
        ("NoFault", "fault"),
        ("Self Test OK", "self_test_failed"),
        ("Contact Normal", "window_open"),
    ],
)
def test_a_name_that_says_all_is_well_is_true_when_it_is(name: str, condition: str) -> None:
    meant = meaning(name)
    assert meant is not None
    assert conditions_of(meant, True) == {condition: False}
    assert conditions_of(meant, False) == {condition: True}


@pytest.mark.parametrize("name", ["Battery/Level", "Battery/Percentage", "Battery/SOC"])
def test_a_level_below_a_battery_is_its_percentage(node: Node, name: str) -> None:
    assert only(node.reports(metric(name, value=4))).conditions == {"low_battery": True}


def test_the_rest_of_one_zone_ends_no_other_zones_alarm(node: Node) -> None:
    one, two = "Zone 1/Smoke", "Zone 2/Smoke"
    node.bears("p", metric(one, value=False, alias=1), metric(two, value=False, alias=2))
    assert only(node.reports(metric(alias=1, value=True), device="p")).conditions["smoke"] is True
    assert "smoke" not in only(node.reports(metric(alias=2, value=False), device="p")).conditions
    past = metric(alias=1, value=False, is_historical=True)
    node.reports(past, device="p")
    assert "smoke" not in only(node.reports(metric(two, value=False), device="p")).conditions
    assert only(node.reports(metric(alias=1, value=False), device="p")).conditions["smoke"] is False
    node.reports(metric(alias=1, value=True), device="p")
    assert only(node.bears("p", metric(two, value=False, alias=2))).conditions["smoke"] is False


def test_contact_and_closed_are_true_when_closed() -> None:
    for name in ("Contact", "Window/Closed", "窗/门磁"):
        meant = meaning(name)
        assert meant is not None
        assert conditions_of(meant, True) == {"window_open": False}
        assert conditions_of(meant, "open") == {"window_open": True}
        assert conditions_of(meant, "closed") == {"window_open": False}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Smoke", "ALARM", {"smoke": True}),
        ("Smoke", "Smoke Detected", {"smoke": True}),
        ("Smoke", "no smoke", {"smoke": False}),
        ("Smoke", "Normal", {"smoke": False}),
        ("Smoke", "FALSE", {"smoke": False}),
        ("Smoke", "正常", {"smoke": False}),
        ("Smoke", "fault", {"fault": True}),
        ("Smoke", "test", {"test": True}),
        ("Smoke", 0.0, {"smoke": False}),
        ("Smoke", 1.0, {"smoke": True}),
        ("Smoke", 0.03, {}),
        ("Smoke", float("nan"), {}),
        ("Smoke", 2, None),
        ("Smoke", "", None),
        ("Smoke", "no", {"smoke": False}),
        ("Smoke/Alarm", 0.5, None),
        ("CO", 35, {}),
        ("CO", 1.0, {}),
        ("Fault", 17, {"fault": True}),
        ("Tamper", "removed", {"tamper": True}),
        ("Tamper", 2, None),
        ("Self Test", "failed", {"test": False, "self_test_failed": True}),
        ("Self Test", "passed", {"test": False}),
        ("Battery OK", True, {"low_battery": False}),
        ("Battery OK", "ok", {"low_battery": False}),
        ("Status", "alarm", {"alarm": True}),
        ("Status", "low battery", {"low_battery": True}),
        ("Status", "running", None),
        ("Status", "no fault", {"alarm": False}),
        ("Status", True, {}),
        ("Status", "on", {}),
    ],
)
def test_a_value_is_read_for_what_it_says(name: str, value: Any, said: dict[str, bool] | None) -> None:
    meant = meaning(name)
    assert meant is not None
    found = conditions_of(meant, value)
    if said is None or found is None:
        assert found is said
    else:
        assert {key: found[Condition(key)] for key in said} == said


def test_a_status_that_is_normal_ends_what_a_status_may_have_said() -> None:
    assert conditions_of(Meaning(Condition.ALARM, is_status=True), "normal") == {
        "alarm": False,
        "test": False,
        "tamper": False,
        "low_battery": False,
        "silence": False,
        "fault": False,
    }


@pytest.mark.parametrize(
    ("value", "low", "battery"), [(80, False, 80), (5.5, True, 5.5), ("low", True, None), ("55", False, 55)]
)
def test_a_battery_is_a_percentage_or_a_word(
    node: Node, value: Any, low: bool, battery: float | None
) -> None:
    reading = only(node.reports(metric("Battery", value=value)))
    assert (reading.conditions.get("low_battery"), reading.battery) == (low, battery)


def test_a_measurement_is_kept_with_its_event(node: Node) -> None:
    assert only(node.reports(metric("Smoke", value=0.5))).data == {"Smoke": 0.5}
