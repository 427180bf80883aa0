"""What an uplink of a LoRaWAN device says, whichever network server brings it.

The object that the server's codec made is read by its field names (`lorawan_report`); where there is
none, the bytes are read by our own codecs (`lorawan_codecs`). What is absent is unchanged.
Traps and where they were found are in `docs/formats.md`.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.lorawan_codecs import read_bytes
from ingest.lorawan_report import describe
from ingest.reading import Condition, Counter, Reading, UndecodableError, is_low
from ingest.registered import NO_CODEC

_MAX_SAID_CHARACTERS = 40
_MAX_GATEWAYS = 8
_MAX_SESSION_CHARACTERS = 64
_EUI = re.compile(r"[0-9a-fA-F]{16}")


@dataclass(slots=True)  # not frozen: made for every message, and that is three times as quick
class Uplink:
    """An uplink as both network servers know it.

    `names`: what the device, its model and its profile are called. `values`: what the server's codec
    made, or None. `payload`: base64.
    """

    external_id: str
    names: str
    port: int
    payload: object
    values: object
    counter: Counter | None
    aliases: tuple[str, ...] = ()
    battery: float | None = None
    live: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)


def eui(value: object) -> str | None:
    """A device's EUI in lower case, or None for what is none."""
    return value.lower() if isinstance(value, str) and _EUI.fullmatch(value) else None


def counter(session: object, number: object) -> Counter | None:
    """The frame counter. Both servers leave out a zero. None where there is no session to count in."""
    if not isinstance(session, str) or not session:
        return None
    if number is None:
        number = 0
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**32:
        return None
    return Counter(session[:_MAX_SESSION_CHARACTERS], number)


def port_of(value: object) -> int:
    """The frame port; 0, which no application has, where it is left out or none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def gateways_in(receptions: object, name_of: Callable[[Any], object]) -> Mapping[str, Any]:
    """The gateways that heard a message, to keep with it: one of them is no part of who the device is."""
    if not isinstance(receptions, list):
        return {}
    return {
        "gateways": [
            name[:_MAX_SAID_CHARACTERS]
            for heard in receptions[:_MAX_GATEWAYS]
            if isinstance(heard, dict) and isinstance(name := name_of(heard), str)
        ]
    }


def read(uplink: Uplink) -> Reading:
    """What an uplink says. Raises UndecodableError where a fire device's cannot be read."""
    values = uplink.values if isinstance(uplink.values, dict) else {}
    report = describe(values, uplink.names)
    if report.is_silent() and (not values or report.is_fire()):
        raw = _bytes(uplink.payload)
        own = read_bytes(report.names, uplink.port, raw) if raw else None
        if own is not None:
            report = describe({**values, **own}, uplink.names)
        elif raw and not values:
            if report.is_fire():
                raise UndecodableError(
                    f"no codec for {uplink.external_id} ({uplink.names[:80]}): set one in its device profile;"
                    f" port {uplink.port}, bytes {raw[:32].hex()}"
                )
            report.data[NO_CODEC] = raw[:32].hex()
    battery = uplink.battery if report.battery is None else report.battery
    report.mark(Condition.LOW_BATTERY, is_low(battery))
    report.settle()
    return Reading(
        uplink.external_id,
        report.conditions,
        events=tuple(report.events),
        aliases=uplink.aliases,
        battery=battery,
        button=report.button,
        device_at=report.device_at,
        counter=uplink.counter,
        live=uplink.live,
        data={**uplink.data, **report.data},
    )


def _bytes(payload: object) -> bytes:
    if payload is None or payload == "":
        return b""
    try:
        return base64.b64decode(payload, validate=True) if isinstance(payload, str) else b""
    except (binascii.Error, ValueError):
        raise UndecodableError("the payload is no base64") from None
