"""ChirpStack v4: the envelope; what devices say in it is in `test_ingest_lorawan_report`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.chirpstack import decode
from ingest.reading import MAX_REPORT_BYTES, Counter, Fact, Message, Reading, UndecodableError
from tests.samples import meant_otherwise

APPLICATION = "application/17c82e96-be03-4f38-aef3-f83d48582d97"
EUI = "24e1240000abc00e"


def say(payload: object, kind: str = "up", *, device: str = EUI, retained: bool = False) -> list[Fact]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return list(decode(Message(f"{APPLICATION}/device/{device}/event/{kind}", data, retained)))


def read(payload: dict[str, Any], kind: str = "up", *, device: str = EUI, retained: bool = False) -> Reading:
    (fact,) = say(payload, kind, device=device, retained=retained)
    assert isinstance(fact, Reading)
    return fact


def test_the_samples_mean_what_is_expected_of_them() -> None:
    # the duplicate of the message before it, as its note says: no second event
    assert meant_otherwise("chirpstack") == {"chirpstack/gs524n_alarm_dup_fcnt.json": []}


def test_a_device_is_its_eui_in_lower_case_from_the_event_or_the_topic() -> None:
    assert read({"deviceInfo": {"devEui": "24E1240000ABC00E"}}, device="x").external_id == EUI
    assert read({}, device=EUI.upper()).external_id == EUI
    assert read({"deviceInfo": 7}).external_id == EUI


def test_the_gateways_are_kept_and_are_no_part_of_who_the_device_is() -> None:
    heard = [{"gatewayId": "0016c00000abc006"}, {"gatewayId": "a840410000abc007"}, {"gatewayId": 7}, None]
    reading = read({"object": {"smoke": True}, "rxInfo": heard})
    assert reading.gateway is None
    assert reading.data["gateways"] == ["0016c00000abc006", "a840410000abc007"]


def test_frames_are_counted_within_a_session_and_zero_is_left_out() -> None:
    assert read({"devAddr": "00189440", "fCnt": 102}).counter == Counter("00189440", 102)
    assert read({"devAddr": "00189440"}).counter == Counter("00189440", 0)
    assert read({"fCnt": 3}).counter is None


def test_a_duplicate_has_the_same_count_and_another_deduplication_id() -> None:
    first = read({"deduplicationId": "a", "devAddr": "00189440", "fCnt": 900, "object": {"event": "alarm"}})
    again = read({"deduplicationId": "b", "devAddr": "00189440", "fCnt": 900, "object": {"event": "alarm"}})
    assert first.counter == again.counter
    assert first.dedup_key is again.dedup_key is None


def test_a_join_is_the_device_coming_online() -> None:
    reading = read({"devAddr": "00189440"}, "join")
    assert reading.conditions == {"offline": False}
    assert reading.events == (EventKind.ONLINE,)
    assert reading.dedup_key == "join:00189440"
    assert read({}, "join").dedup_key is None


@pytest.mark.parametrize(
    ("status", "battery", "low"),
    [
        ({"batteryLevel": 88.3, "margin": 10}, 88.3, False),
        ({"batteryLevel": 4.7}, 4.7, True),
        ({"batteryLevelUnavailable": True, "batteryLevel": 0}, None, None),
        ({"externalPowerSource": True, "batteryLevel": 0}, None, None),
        ({"margin": 10}, None, None),  # left out: not measured, rather than empty
        ({"batteryLevel": "x"}, None, None),
    ],
)
def test_a_status_is_the_battery(status: dict[str, Any], battery: float | None, low: bool | None) -> None:
    reading = read(status, "status")
    assert (reading.battery, reading.conditions.get("low_battery")) == (battery, low)


@pytest.mark.parametrize("kind", ["ack", "txack", "log", "location", "integration", "later"])
def test_what_says_nothing_of_a_device_is_nothing(kind: str) -> None:
    assert say(b"whatever", kind) == []


def test_a_tag_or_a_profile_says_which_codec() -> None:
    for info in ({"deviceProfileName": "GS524N"}, {"tags": {"model": "gs524n"}}):
        reading = read({"deviceInfo": info, "fPort": 2, "data": "IhFiKh8i"})
        assert reading.conditions["alarm"] is True
        assert reading.battery == 98


def test_what_the_broker_kept_is_marked_as_replayed() -> None:
    assert read({"object": {"smoke": True}}, retained=True).data["replayed"] is True


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"\x0a\x24\xff", "not UTF-8"),  # protobuf
        (b"{", "no JSON"),
        ([1], "a JSON list"),
        ({"x": "y" * MAX_REPORT_BYTES}, "are allowed"),
        ({"deviceInfo": {"deviceName": "烟感"}, "data": "AQI="}, "no codec"),
    ],
)
def test_what_is_wrong_is_said(payload: object, said: str) -> None:
    with pytest.raises(UndecodableError, match=said):
        say(payload)


@pytest.mark.parametrize("topic", ["a", "a/b/c/d", f"{APPLICATION}/device/{EUI}/command/down"])
def test_another_topic_is_refused(topic: str) -> None:
    with pytest.raises(UndecodableError, match="does not end in"):
        decode(Message(topic, b"{}"))


def test_a_device_without_an_eui_is_refused() -> None:
    with pytest.raises(UndecodableError, match="no devEUI"):
        say({"deviceInfo": {"devEui": "zz"}}, device="short")


_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = [
    "deviceInfo",
    "devAddr",
    "fCnt",
    "fPort",
    "data",
    "object",
    "rxInfo",
    "batteryLevel",
    "batteryLevelUnavailable",
    "time",
    "confirmed",
]
_kinds = st.sampled_from(["up", "join", "status", "log"])


@given(kind=_kinds, payload=st.binary(max_size=200))
def test_any_bytes_give_facts_or_a_reason(kind: str, payload: bytes) -> None:
    try:
        say(payload, kind)
    except UndecodableError as refusal:
        assert str(refusal)


@given(kind=_kinds, payload=st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS, _values)) | _values)
def test_any_json_gives_facts_or_a_reason(kind: str, payload: object) -> None:
    try:
        say(payload, kind)
    except UndecodableError as refusal:
        assert str(refusal)
