"""Uplinks of LoRaWAN devices, as either server hands them on."""

import base64
from typing import Any

from ingest.lorawan import Uplink, read
from ingest.reading import Reading


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
