"""What the registry's word makes of a reading."""

import pytest

from dispatch.values import DeviceKind, EventKind
from ingest.reading import Condition, Reading
from ingest.registered import as_registered, needs_registry


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        (DeviceKind.SMOKE, Condition.SMOKE),
        (DeviceKind.HEAT, Condition.HEAT),
        (DeviceKind.CALL_POINT, Condition.ALARM),
        (DeviceKind.ESCAPE_WINDOW, Condition.WINDOW_OPEN),
    ],
)
@pytest.mark.parametrize("active", [True, False])
def test_the_alarm_bit_of_an_untyped_zone_is_what_the_registry_says(
    kind: DeviceKind, condition: Condition, active: bool
) -> None:
    reading = Reading("d", {Condition.UNRELIABLE: True}, data={"zone_alarm": active})
    assert needs_registry(reading)
    assert as_registered(kind, reading).conditions == {condition: active, Condition.UNRELIABLE: False}


def test_nobody_knows_what_the_zone_is_and_it_stays_a_fault() -> None:
    reading = Reading("d", {Condition.UNRELIABLE: True}, data={"zone_alarm": True})
    assert as_registered(DeviceKind.UNKNOWN, reading) is reading


def test_a_fire_device_that_cannot_be_read_is_a_fault_and_a_gateway_is_not() -> None:
    reading = Reading("d", data={"no_codec": "0102"})
    assert as_registered(DeviceKind.SMOKE, reading).conditions == {Condition.UNRELIABLE: True}
    assert as_registered(DeviceKind.GATEWAY, reading) is reading


def test_a_button_is_an_alarm_at_a_call_point_alone() -> None:
    reading = Reading("d", button="single")
    assert needs_registry(reading)
    assert as_registered(DeviceKind.CALL_POINT, reading).events == (EventKind.ALARM,)
    assert as_registered(DeviceKind.SMOKE, reading) is reading
    assert not needs_registry(Reading("d", {Condition.SMOKE: False}))
