"""Sparkplug B: births and data, what they hold, and what cannot be read."""

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import sparkplug, sparkplug_payload
from ingest.decoding import decode_files
from ingest.reading import Announcement, Message, UndecodableError
from ingest.sparkplug_payload import read_payload, rebirth_command
from tests.sparkplug_node import NOON_MS, Node, metric, node, only, payload, readings, requests

__all__ = ["node"]
PAYLOADS = Path(__file__).parent / "payloads" / "sparkplug"


def test_the_samples_mean_what_is_expected_of_them() -> None:
    rows = json.loads((PAYLOADS / "EXPECTED.json").read_bytes())
    lines: list[str] = []
    assert decode_files([str(PAYLOADS.parent / row["file"]) for row in rows], lines.append, lines.append) == 0
    said = [[event["kind"] for event in json.loads(line)["events"]] for line in lines]
    assert said == [row["canonical"] for row in rows]


def test_a_birth_says_online_and_every_present_value(node: Node) -> None:
    reading = only(
        node.bears(
            "hall", metric("Smoke/Alarm", value=True), metric("Battery", value=8), metric("Tamper", value=0)
        )
    )
    assert (reading.external_id, reading.gateway) == ("Tongan/gw1/hall", "Tongan/gw1")
    assert reading.conditions == {
        "offline": False,
        "unreliable": False,
        "smoke": True,
        "tamper": False,
        "low_battery": True,
    }
    assert reading.battery == 8
    assert reading.device_at is not None
    assert reading.device_at.isoformat() == "2026-03-02T12:00:00+00:00"


def test_a_birth_repeats_a_standing_alarm_and_data_says_it_anew(node: Node) -> None:
    first, second = (only(node.bears("d", metric("Smoke", value=True, alias=1))) for _ in range(2))
    assert first.digest is not None
    assert first.digest == second.digest
    assert (
        only(node.bears("d", metric("Smoke", value=True), metric("Fault", value=True))).digest != first.digest
    )
    assert only(node.reports(metric("Smoke", value=True), device="d")).digest is None


def test_data_speaks_by_alias_or_by_name(node: Node) -> None:
    assert only(node.reports(metric(alias=1, value=True))).conditions == {"smoke": True, "unreliable": False}
    assert only(node.reports(metric("Smoke", value=False))).conditions == {
        "smoke": False,
        "unreliable": False,
    }
    assert only(node.reports()).conditions == {}


def test_a_node_reports_by_itself_too() -> None:
    node = Node()
    born = only(node.say("NBIRTH", metric("Inputs/Fire Alarm", value=False, alias=3)))
    assert (born.external_id, born.gateway) == ("Tongan/gw1", None)
    assert only(node.say("NDATA", metric(alias=3, value=True))).conditions["smoke"] is True


def test_what_is_historical_is_not_live(node: Node) -> None:
    at = NOON_MS - 3_600_000
    facts = node.reports(
        metric(alias=1, value=True, is_historical=True, timestamp=at), metric(alias=1, value=False)
    )
    past, now = readings(facts)
    assert (past.live, past.conditions, past.device_at and past.device_at.hour) == (
        False,
        {"smoke": True},
        11,
    )
    assert (now.live, now.conditions["smoke"]) == (True, False)
    assert [
        fact.live for fact in readings(node.reports(metric(alias=1, value=True, is_historical=True)))
    ] == [False]


def test_an_alarm_and_its_end_in_one_message_are_two_readings(node: Node) -> None:
    said = node.reports(metric(alias=1, value=True), metric(alias=1, value=False))
    assert [fact.conditions["smoke"] for fact in readings(said)] == [True, False]
    many = node.reports(*[metric(alias=1, value=True), metric(alias=1, value=False)] * 100)
    assert len(many) == 16
    assert readings(many)[-1].conditions["smoke"] is True


def test_null_says_nothing(node: Node) -> None:
    assert only(node.reports(metric(alias=1, is_null=True))).conditions == {}


@pytest.mark.parametrize("value", ["maybe", "not normal", "x" * 5000, 7, None])
def test_an_alarm_that_cannot_be_read_is_a_fault(node: Node, value: object) -> None:
    reading = only(node.reports(metric(alias=1, value=value)))
    assert reading.conditions == {"unreliable": True}
    assert reading.data["reason"].startswith("Smoke is ")
    assert only(node.reports(metric(alias=1, value=False))).conditions["unreliable"] is False


@pytest.mark.parametrize(("quality", "good"), [(192, True), (216, True), (0, False), (500, False)])
def test_a_value_of_bad_quality_ends_no_alarm_but_may_begin_one(node: Node, quality: int, good: bool) -> None:
    told: dict[str, Any] = {"properties": {"keys": [b"Quality"], "values": [{"int_value": quality}]}}
    quiet = only(node.reports(metric(alias=1, value=False, **told)))
    assert quiet.conditions == ({"smoke": False, "unreliable": False} if good else {"unreliable": True})
    assert only(node.reports(metric(alias=1, value=True, **told))).conditions["smoke"] is True


def test_a_template_instance_is_read_with_its_own_metrics(node: Node) -> None:
    held: dict[str, Any] = {
        "template_value": {"metrics": [metric("Smoke", value=True), metric("Battery", 80)]}
    }
    definition: dict[str, Any] = {
        "template_value": {"metrics": [metric("Smoke", value=True)], "is_definition": True}
    }
    reading = only(node.bears("udt", metric("Detector 1", **held), metric("Detector", **definition)))
    assert (reading.conditions["smoke"], reading.battery) == (True, 80)
    assert "smoke" not in only(node.bears("d", metric("Detector", **definition))).conditions


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress])
def test_a_compressed_payload_is_unpacked(node: Node, pack: Any) -> None:
    body = pack(payload(metric(alias=1, value=True)))
    data = payload(seq=2, uuid=b"SPBV1.0_COMPRESSED", body=body)
    assert only(node.hear("DDATA", data, "smoke1")).conditions["smoke"] is True
    for wrong in (b"x", body[:-5], pack(b"\0" * 10_000_000)):
        with pytest.raises(UndecodableError, match="compressed"):
            node.hear("DDATA", payload(seq=2, uuid=b"SPBV1.0_COMPRESSED", body=wrong), "smoke1")


def test_a_birth_tells_the_make_and_model_for_commissioning(node: Node) -> None:
    said = node.bears("d", metric("Properties/Hardware Make", "某厂"), metric("Model", "SD-1"))
    assert Announcement("Tongan/gw1/d", {"manufacturer": "某厂", "model": "SD-1"}, "Tongan/gw1") in said


def test_what_the_broker_kept_is_marked_and_counts_without_its_sequence(node: Node) -> None:
    facts = node.say("DDATA", metric(alias=1, value=True), device="smoke1", retained=True)
    assert only(facts).data == {"replayed": True}
    assert requests(node.hear("DDATA", payload(metric(alias=1, value=True), seq=2), "smoke1")) == []


@pytest.mark.parametrize("topic", ["STATE/scada", "Tongan/NCMD/gw1", "Tongan/DCMD/gw1/smoke1", "STATE"])
def test_commands_and_hosts_are_nothing(topic: str) -> None:
    assert sparkplug.Decoder()(Message(f"spBv1.0/{topic}", b"\xff")) == []


@pytest.mark.parametrize(
    ("topic", "data", "said"),
    [
        ("other/a", b"", "no level spBv1.0"),
        ("spBv1.0/Tongan", b"", "not spBv1.0/GROUP"),
        ("spBv1.0/Tongan/NFOO/gw1", b"", "not spBv1.0/GROUP"),
        ("spBv1.0/Tongan/DDATA/gw1", b"", "not spBv1.0/GROUP"),
        ("spBv1.0/Tongan/NDATA/gw1/x", b"", "not spBv1.0/GROUP"),
        ("spBv1.0//NDATA/gw1", b"", "not spBv1.0/GROUP"),
        ("spBv1.0/Tongan/NDATA/" + "x" * 300, b"", "characters, and 250 are allowed"),
        ("spBv1.0/Tongan/NDATA/gw1", b"\xff", "not protobuf"),
        ("spBv1.0/Tongan/NDATA/gw1", b"\x12\x00" * 513, "more than 512 metrics"),
        ("spBv1.0/Tongan/NDATA/gw1", b"x" * 300_000, "are allowed"),
    ],
)
def test_what_is_wrong_is_said(topic: str, data: bytes, said: str) -> None:
    with pytest.raises(UndecodableError, match=said):
        sparkplug.Decoder()(Message(topic, data))


def test_the_namespace_may_stand_anywhere_and_the_request_goes_there() -> None:
    topic = "site/7/spBv1.0/G/DDATA/n/d"
    facts = sparkplug.Decoder()(Message(topic, payload(metric(alias=1, value=True))))
    assert requests(facts) == ["site/7/spBv1.0/G/NCMD/n"]


def test_a_capture_is_base64() -> None:
    assert sparkplug.wire({"base64": base64.b64encode(b"x").decode()}) == b"x"
    for wrong in ({"base64": "?"}, {}, "x", None):
        with pytest.raises((ValueError, TypeError, KeyError)):
            sparkplug.wire(wrong)


def test_the_same_bytes_come_back() -> None:
    assert read_payload(rebirth_command(5)).at_ms == 5
    assert sparkplug_payload.read_payload(b"") == (0, None, [])


_kinds = st.sampled_from(["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH", "NCMD", "X"])
_levels = st.lists(st.sampled_from(["", "gw1", "smoke1", "STATE", "x"]) | st.text(max_size=4), max_size=3)
_names = st.sampled_from(["Smoke", "Battery", "Window/Contact", "bdSeq", "Status", "Self Test", "CO", ""])
_values = st.one_of(
    st.booleans(),
    st.integers(0, 2**32 - 1),
    st.floats(),
    st.text(max_size=8) | st.sampled_from(["alarm", "low", "no fault"]),
    st.none(),
)
_metrics = st.builds(
    lambda name, value, alias, more: metric(
        name, value, **({} if alias is None else {"alias": alias}), **more
    ),
    _names,
    _values,
    st.none() | st.integers(0, 3) | st.integers(0, 2**64 - 1),
    st.fixed_dictionaries(
        {},
        optional={
            "is_null": st.booleans(),
            "is_historical": st.booleans(),
            "timestamp": st.integers(0, 2**64 - 1),
            "properties": st.just({"keys": [b"Quality", b"x"], "values": [{"int_value": 0}]}),
            "template_value": st.just({"metrics": [metric("Smoke", value=True)]}),
        },
    ),
)


@given(st.lists(st.tuples(_kinds, _levels, st.binary(max_size=60)), max_size=4))
def test_any_bytes_on_any_topic_give_facts_or_a_reason(said: list[tuple[str, list[str], bytes]]) -> None:
    decoder = sparkplug.Decoder()
    for kind, levels, data in said:
        try:
            decoder(Message("/".join(["spBv1.0", "Tongan", kind, *levels]), data))
        except UndecodableError as refusal:
            assert str(refusal)


@given(
    st.lists(
        st.tuples(
            _kinds, st.lists(_metrics, max_size=4), st.none() | st.integers(0, 2**64 - 1), st.booleans()
        ),
        max_size=6,
    )
)
def test_any_story_gives_facts_or_a_reason_and_no_alarm_is_lost(
    story: list[tuple[str, list[dict[str, Any]], int | None, bool]],
) -> None:
    node = Node()
    for kind, metrics, seq, retained in story:
        device = "smoke1" if kind.startswith("D") else ""
        try:
            node.hear(kind, payload(*metrics, seq=seq), device, retained=retained)
        except UndecodableError as refusal:
            assert str(refusal)
    facts = node.reports(metric("Smoke", value=True))
    assert readings(facts)[0].conditions["smoke"] is True
