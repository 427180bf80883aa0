"""What NB-IoT devices send through a cloud unread: binary frames, and transmitters' JSON. Pure.

- 华强 W308 "PU" frame (source: wanghanhong/springcloud_alibaba, HQSmokeParseStrategy and SmokeMapConstant):
  `"PU"`, length u16, then a header of 21 bytes (type, index, version, kind of device, maker, …, attribute
  u16 with the length of the data in its low ten bits, time u32, IMEI as swapped BCD) and the data:
  command u16, alert, fault code, mode, voltage u16, battery percent, temperature + 100, ….
- A user information transmitter's JSON `{"c", "b": [{"id", "v"}], "tm"}` (the same source, InfotransParse):
  `c` says what `v` is; 27 is the state of a component, with the bits of GB/T 26875.3-2011 as a string.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ingest.gb26875_states import State, read_component
from ingest.nbiot_fields import DeviceReport, as_int
from ingest.reading import Condition, UndecodableError, percent

_PU = b"PU"
_PU_KINDS: Mapping[int, str] = {0x08: "smoke"}
_PU_GENERAL_DATA_BYTES = 27
#: Alert bits; the others are not named by the source.
_PU_ALERTS: Mapping[int, Condition] = {
    0: Condition.SMOKE,
    2: Condition.LOW_BATTERY,
    7: Condition.FAULT,
}
_PU_UNKNOWN_ALERTS = 0xFF & ~sum(1 << bit for bit in _PU_ALERTS)
#: The type of a component that nobody names: its fire bit is an alarm of whatever it is.
_ANY_COMPONENT = 0
#: `c` of a transmitter's JSON: what `v` other than "0" says of the transmitter.
_TRANSMITTER: Mapping[int, Condition] = {
    21: Condition.ALARM,
    22: Condition.ALARM,
    23: Condition.FAULT,
    92: Condition.OFFLINE,
}
COMPONENT_STATE = 27


def is_pu(frame: bytes) -> bool:
    """Whether bytes begin as a 华强 frame does."""
    return frame.startswith(_PU)


def read_pu(frame: bytes, report: DeviceReport) -> None:
    """Read a "PU" frame. Raises UndecodableError for one that is cut short, encrypted or of another kind."""
    if len(frame) < 34 or len(frame) < 4 + int.from_bytes(frame[2:4]):
        raise UndecodableError(f'a "PU" frame that is cut short: {len(frame)} bytes')
    attributes = int.from_bytes(frame[11:13])
    if frame[7] not in _PU_KINDS or attributes & 0x0FFF != _PU_GENERAL_DATA_BYTES:
        raise UndecodableError(
            f'a "PU" frame of device kind 0x{frame[7]:02x} with attribute 0x{attributes:04x}:'
            " only the W308's unencrypted general data can be read"
        )
    imei = "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in frame[17:25])[:15]
    report.names.append(imei)
    alert, fault_code = frame[27], frame[28]
    for bit, condition in _PU_ALERTS.items():
        report.mark(condition, bool(alert >> bit & 1))
    if alert & _PU_UNKNOWN_ALERTS:
        report.unread("alert", f"0x{alert:02x}")
    else:
        report.mark(Condition.UNRELIABLE, active=False)
    report.mark(Condition.SELF_TEST_FAILED, fault_code == 1)
    if fault_code > 1:
        report.unread("fault_code", fault_code)
    report.battery = percent(frame[32])  # whether that is low is bit 2 of the alert
    report.data["temperature"] = frame[33] - 100


def read_gb_state(state: object, report: DeviceReport) -> None:
    """Read a component's state, a number or a string of one, by the bits of GB/T 26875.3."""
    bits = as_int(state)
    if bits is None or not 0 <= bits < 1 << 16:
        report.unread("v", state)
        return
    said = _component_state(bits)
    for condition, active in said.conditions.items():
        report.mark(condition, active)
    report.data |= said.data


@lru_cache(maxsize=1024)
def _component_state(bits: int) -> State:
    return read_component(_ANY_COMPONENT, bits)


def is_transmitter(content: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a transmitter's: a code `c` and a body `b`."""
    return isinstance(content.get("b"), list | dict) and as_int(content.get("c")) is not None


def items_of(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a transmitter's JSON speaks of: objects with `id` and `v`."""
    body = content["b"]
    return [item for item in (body if isinstance(body, list) else [body]) if isinstance(item, dict)]


def read_transmitter_state(code: int, value: object, report: DeviceReport) -> None:
    """Read `v` of a transmitter by `c`; a code that is not known says no more than that it lives."""
    condition = _TRANSMITTER.get(code)
    if condition is not None:
        report.mark(condition, as_int(value) != 0)
    report.data["c"] = code
