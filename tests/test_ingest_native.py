"""The project's own format."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.native import decode
from ingest.reading import MAX_REPORT_BYTES, Message, Reading, UndecodableError


def event(payload: bytes, *, topic: str = "fire135/v1/smoke-1/event", retained: bool = False) -> Reading:
    reading, *_ = decode(Message(topic, payload, retained))
    assert isinstance(reading, Reading)
    return reading


def reason(payload: bytes, topic: str = "fire135/v1/smoke-1/event") -> str:
    with pytest.raises(UndecodableError) as refusal:
        decode(Message(topic, payload))
    return str(refusal.value)


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_canonical_kind_is_understood(kind: EventKind) -> None:
    reading = event(b'{"id": "7", "kind": "%s"}' % kind.encode())
    assert reading.external_id == "smoke-1"
    assert reading.events == (() if kind is EventKind.HEARTBEAT else (kind,))


def test_the_devices_own_time_and_id_are_kept() -> None:
    reading = event(b'{"id": "a-1", "kind": "alarm", "at": "2026-03-02T15:12:00+08:00", "data": {"ppm": 3}}')
    assert reading.device_at == datetime(2026, 3, 2, 7, 12, tzinfo=UTC)
    assert reading.dedup_key == "a-1"
    assert reading.data == {"ppm": 3}
    assert reading.live


def test_a_retained_event_is_of_the_past() -> None:
    assert not event(b'{"id": "a", "kind": "alarm"}', retained=True).live


def test_a_gateways_last_will_may_be_retained() -> None:
    reading = event(b"offline", topic="fire135/v1/gw/status", retained=True)
    assert reading.conditions == {"offline": True}
    assert reading.live
    assert event(b"online", topic="fire135/v1/gw/status").conditions == {"offline": False}


def test_a_heartbeat_carries_the_battery() -> None:
    reading = event(b'{"id": "h", "kind": "heartbeat", "data": {"battery": 8}}')
    assert reading.battery == 8
    assert reading.conditions == {"low_battery": True}


def test_a_field_that_we_do_not_know_loses_no_alarm() -> None:
    assert event(b'{"id": "a", "kind": "alarm", "firmware": "2.0"}').events == (EventKind.ALARM,)


def test_a_clock_that_no_calendar_holds_loses_no_alarm() -> None:
    assert event(b'{"id": "a", "kind": "alarm", "at": "0001-01-01T00:00:00+08:00"}').device_at is None


def test_a_message_taken_back_is_nothing() -> None:
    assert decode(Message("fire135/v1/gw/status", b"", retained=True)) == []


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"{", "no JSON"),
        (b"[" * 1000, "recursion limit"),
        (b"[]", "object"),
        (b'{"id": 7, "kind": "alarm"}', "id: "),
        (b'{"id": "", "kind": "alarm"}', "id: "),
        (b'{"id": "a\\u0000", "kind": "alarm"}', "id: "),
        (b'{"kind": "alarm"}', "id: Field required"),
        (b'{"id": "a"}', "kind: Field required"),
        (b'{"id": "a", "kind": "fire"}', "kind: "),
        (b'{"id": "a", "kind": "ALARM"}', "kind: "),
        (b'{"id": "a", "kind": "alarm", "at": 1795313552}', "at: "),
        (b'{"id": "a", "kind": "alarm", "at": "1795313552"}', "at: "),
        (b'{"id": "a", "kind": "alarm", "at": "2026-03-02T15:12:00"}', "at: "),
        (b'{"id": "a", "kind": "alarm", "at": "2026-13-02T15:12:00Z"}', "at: month"),
        (b'{"id": "a", "kind": "alarm", "data": [1]}', "data: "),
        (b'{"id": "a", "kind": "alarm", "data": {"x": NaN}}', "data: "),
        (b'{"id": "a", "kind": "alarm", "data": {"x": [1e999]}}', "data: "),
        (b'{"id": "a", "kind": "alarm", "data": "%s"}' % (b"x" * MAX_REPORT_BYTES), "are allowed"),
    ],
)
def test_what_is_wrong_is_said(payload: bytes, said: str) -> None:
    assert said in reason(payload)
    assert "\n" not in reason(payload)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("fire135/v1/gw/status", "neither online nor offline"),
        ("fire135/v1/gw/other", "ends neither in"),
        ("fire135/v1//event", "device id of 0"),
        ("fire135/v1/" + "x" * 200 + "/event", "device id of 200"),
        ("event", "ends neither in"),
    ],
)
def test_a_wrong_topic_or_status_is_said(topic: str, said: str) -> None:
    assert said in reason(b"sleeping", topic)


@given(topic=st.text(max_size=60) | st.just("fire135/v1/d/event"), payload=st.binary(max_size=300))
def test_any_bytes_on_any_topic_give_readings_or_a_reason(topic: str, payload: bytes) -> None:
    try:
        decode(Message(topic, payload))
    except UndecodableError as refusal:
        assert str(refusal)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    payload=st.fixed_dictionaries(
        {},
        optional={"id": _json, "kind": st.sampled_from(list(EventKind)) | _json, "at": _json, "data": _json},
    )
)
def test_any_json_gives_readings_or_a_reason(payload: dict[str, object]) -> None:

    try:
        decode(Message("fire135/v1/d/event", json.dumps(payload).encode()))
    except UndecodableError as refusal:
        assert str(refusal)
