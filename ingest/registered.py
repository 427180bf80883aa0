"""What a reading means once it is known what the registry says the device is. Pure.

A button, the alarm bit of a zone of no stated kind, and bytes without a codec say nothing by
themselves: the same word is an alarm from a call point and nothing from a light switch.
"""

from collections.abc import Mapping
from dataclasses import replace

from dispatch.values import DeviceKind, EventKind
from ingest.reading import Condition, Reading

#: In a reading's data: whether the alarm bit is set at a zone whose kind the message does not name.
ZONE_ALARM = "zone_alarm"
#: In a reading's data: bytes (hex) that no codec of the server or of ours explains.
NO_CODEC = "no_codec"
_ZONE_MEANS: Mapping[str, Condition] = {
    DeviceKind.SMOKE: Condition.SMOKE,
    DeviceKind.HEAT: Condition.HEAT,
    DeviceKind.CALL_POINT: Condition.ALARM,
    DeviceKind.ESCAPE_WINDOW: Condition.WINDOW_OPEN,
}


def needs_registry(reading: Reading) -> bool:
    """Whether the device's kind decides what a reading means."""
    return reading.button is not None or ZONE_ALARM in reading.data or NO_CODEC in reading.data


def as_registered(kind: str, reading: Reading) -> Reading:
    """The reading as it is meant by a device of this kind (`dispatch.values.DeviceKind`)."""
    if kind == DeviceKind.CALL_POINT and reading.button and EventKind.ALARM not in reading.events:
        return replace(reading, events=(EventKind.ALARM, *reading.events))
    means = _ZONE_MEANS.get(kind)
    if means is None:
        return reading
    if ZONE_ALARM in reading.data:
        conditions = {
            **reading.conditions,
            means: reading.data[ZONE_ALARM] is True,
            Condition.UNRELIABLE: False,
        }
        return replace(reading, conditions=conditions)
    if NO_CODEC in reading.data:  # a fire device that cannot be read is a fault, never silence
        return replace(reading, conditions={**reading.conditions, Condition.UNRELIABLE: True})
    return reading
