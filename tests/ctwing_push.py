"""Pushes of CTWing, with the contents that other clouds bring as well."""

import json
from base64 import b64encode
from typing import Any

import pytest

from ingest.ctwing import decode
from ingest.reading import Fact, Message, Reading, UndecodableError

IMEI = "860000000000001"  # invented
DEVICE = "acf7baaee65e431eadfb8f5fe50e8b81"
#: The header of a 华强 frame of a W308 with an invented IMEI (860000000000002), 27 bytes of data to follow.
PU_HEADER = bytes.fromhex("50550030100a2f080100030 01b02fbe52c6800000000000002".replace(" ", ""))


def say(payload: object) -> list[Fact]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return decode(Message("POST /ingest/ctwing", data))


def report(content: object, **more: Any) -> dict[str, Any]:
    envelope = {"messageType": "dataReport", "IMEI": IMEI, "deviceId": DEVICE, "productId": "15014772"}
    return {**envelope, "timestamp": 1606982380277, "payload": content, **more}


def readings(payload: object) -> list[Reading]:
    return [fact for fact in say(payload) if isinstance(fact, Reading)]


def read(content: object, **more: Any) -> Reading:
    (reading,) = readings(report(content, **more))
    return reading


def reason(payload: object) -> str:
    with pytest.raises(UndecodableError) as refusal:
        say(payload)
    return str(refusal.value)


def active(reading: Reading) -> set[str]:
    return {name for name, is_active in reading.conditions.items() if is_active}


def packed(content: object) -> dict[str, str]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {"APPdata": b64encode(data).decode()}


def pu(alert: int = 0, fault_code: int = 0, battery: int = 100) -> bytes:
    head = PU_HEADER + bytes((8, 0, alert, fault_code, 0, 1, 47, battery, 119))
    return head + bytes(52 - len(head))
