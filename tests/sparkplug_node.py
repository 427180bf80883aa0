"""A Sparkplug node that says what the test wants, and the decoder that hears it."""

from typing import Any

import pytest

from ingest import sparkplug
from ingest.reading import Fact, Message, Reading, Request
from ingest.sparkplug_payload import _PAYLOAD

NOON_MS = 1_772_452_800_000


def metric(name: str = "", value: object = None, **more: Any) -> dict[str, Any]:
    kinds = {bool: "boolean_value", int: "int_value", float: "double_value", bytes: "string_value"}
    said = value.encode() if isinstance(value, str) else value
    held = {kinds[type(said)]: said} if said is not None else {}
    return {**({"name": name.encode()} if name else {}), **held, **more}


def payload(*metrics: dict[str, Any], seq: int | None = None, **more: Any) -> bytes:
    counted = {} if seq is None else {"seq": seq}
    encoded: bytes = _PAYLOAD(timestamp=NOON_MS, metrics=list(metrics), **counted, **more).SerializeToString()
    return encoded


class Node:
    """A node `gw1` of group `Tongan`, and the decoder that hears it."""

    def __init__(self) -> None:
        self.decoder = sparkplug.Decoder()
        self.seq = 0

    def say(
        self, kind: str, *metrics: dict[str, Any], device: str = "", retained: bool = False
    ) -> list[Fact]:
        self.seq = 0 if kind == "NBIRTH" else (self.seq + 1) % 256
        seq = None if kind == "NDEATH" else self.seq
        return self.hear(kind, payload(*metrics, seq=seq), device=device, retained=retained)

    def hear(self, kind: str, data: bytes, device: str = "", *, retained: bool = False) -> list[Fact]:
        topic = f"spBv1.0/Tongan/{kind}/gw1" + (f"/{device}" if device else "")
        return self.decoder(Message(topic, data, retained, base="spBv1.0"))

    def is_born(self, bd_seq: int = 0) -> list[Fact]:
        return self.say("NBIRTH", metric("bdSeq", bd_seq), metric("Node Control/Rebirth", value=False))

    def bears(self, device: str = "smoke1", *metrics: dict[str, Any]) -> list[Fact]:
        return self.say("DBIRTH", *(metrics or (metric("Smoke", value=False, alias=1),)), device=device)

    def reports(self, *metrics: dict[str, Any], device: str = "smoke1") -> list[Fact]:
        return self.say("DDATA", *metrics, device=device)


@pytest.fixture
def node() -> Node:
    born = Node()
    born.is_born()
    born.bears()
    return born


def only(facts: list[Fact]) -> Reading:
    (fact,) = facts
    assert isinstance(fact, Reading)
    return fact


def readings(facts: list[Fact]) -> list[Reading]:
    return [fact for fact in facts if isinstance(fact, Reading)]


def requests(facts: list[Fact]) -> list[str]:
    return [fact.topic for fact in facts if isinstance(fact, Request)]


REBIRTH = ["spBv1.0/Tongan/NCMD/gw1"]
