"""The Things Stack v3: the envelope; what devices say in it is in `test_ingest_lorawan_report`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.reading import Counter, Fact, Message, Reading, UndecodableError
from ingest.tts import decode
from tests.samples import meant_otherwise

IDS = {"device_id": "ra02a-1", "dev_eui": "00137A1000012345", "dev_addr": "00BCB929"}


def say(payload: object, kind: str = "up", *, retained: bool = False) -> list[Fact]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return list(decode(Message(f"v3/fire@tenant1/devices/ra02a-1/{kind}", data, retained)))


def read(kind: str = "up", *, retained: bool = False, **content: Any) -> Reading:
    (fact,) = say({"end_device_ids": IDS, **content}, kind, retained=retained)
    assert isinstance(fact, Reading)
    return fact


def up(*, retained: bool = False, **uplink: Any) -> Reading:
    return read(uplink_message=uplink, retained=retained)


def test_the_samples_mean_what_is_expected_of_them() -> None:
    assert meant_otherwise("tts") == {}


def test_a_device_is_its_eui_and_its_name_is_a_further_one() -> None:
    reading = up()
    assert (reading.external_id, reading.aliases) == ("00137a1000012345", ("ra02a-1",))
    (nameless,) = say({"end_device_ids": {"device_id": "abp-1"}, "uplink_message": {}})
    assert isinstance(nameless, Reading)
    assert (nameless.external_id, nameless.aliases) == ("abp-1", ())


def test_frames_are_counted_within_a_session_and_zero_is_left_out() -> None:
    assert up(session_key_id="AXA5", f_cnt=12).counter == Counter("AXA5", 12)
    assert up(session_key_id="AXA5").counter == Counter("AXA5", 0)
    assert up(f_cnt=3).counter == Counter("00BCB929", 3)


def test_an_uplink_that_the_console_injected_is_not_live() -> None:
    alarm = {"decoded_payload": {"FireAlarm": "Alarm"}}
    assert read(uplink_message=alarm).live
    for injected in (
        read(uplink_message=alarm, simulated=True),
        read(uplink_message={**alarm, "simulated": True}),
    ):
        assert not injected.live
        assert injected.conditions["smoke"] is True


def test_a_join_is_the_device_coming_online() -> None:
    reading = read("join", join_accept={"session_key_id": "AXBS"})
    assert reading.conditions == {"offline": False}
    assert reading.events == (EventKind.ONLINE,)
    assert reading.dedup_key == "join:AXBS"
    assert not read("join", simulated=True).live
    assert read("join", join_accept=[]).dedup_key is None


def test_the_model_says_which_codec() -> None:
    model = {"brand_id": "netvox", "model_id": "ra02a"}
    reading = up(version_ids=model, f_port=6, frm_payload="AQoBHgEBBLAAAAA=")
    assert reading.conditions["smoke"] is True


def test_a_spare_input_of_a_probe_is_no_window() -> None:
    probe = {"BatV": 3.668, "Door_status": "OPEN", "EXTI_Trigger": "FALSE", "Work_mode": "IIC"}
    assert "window_open" not in up(decoded_payload=probe).conditions


def test_the_servers_own_battery_level_fills_in() -> None:
    last = {"value": 7.1, "f_cnt": 3}
    assert up(last_battery_percentage=last).battery == 7.1
    assert up(last_battery_percentage=last).conditions["low_battery"] is True
    assert up(last_battery_percentage=last, decoded_payload={"battery": 60}).battery == 60


def test_gateways_are_kept() -> None:
    heard = [{"gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E0000ABC008"}}, {"gateway_ids": 7}]
    assert up(rx_metadata=heard).data == {"gateways": ["gtw1"]}
    assert up(rx_metadata=heard).gateway is None


def test_what_the_broker_kept_is_marked_as_replayed() -> None:
    assert up(retained=True).data == {"replayed": True}


@pytest.mark.parametrize("kind", ["down/ack", "down/sent", "service/data", "location/solved"])
def test_what_says_nothing_of_a_device_is_nothing(kind: str) -> None:
    assert say(b"whatever", kind) == []


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"\xff", "not UTF-8"),
        ([1], "a JSON list"),
        ({}, "neither dev_eui nor device_id"),
        ({"end_device_ids": {"device_id": ""}}, "neither dev_eui nor device_id"),
        ({"end_device_ids": IDS}, "no uplink_message"),
    ],
)
def test_what_is_wrong_is_said(payload: object, said: str) -> None:
    with pytest.raises(UndecodableError, match=said):
        say(payload)


_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_UPLINK = [
    "session_key_id",
    "f_port",
    "f_cnt",
    "frm_payload",
    "decoded_payload",
    "rx_metadata",
    "version_ids",
    "last_battery_percentage",
]
_ids = st.fixed_dictionaries({}, optional=dict.fromkeys(IDS, _values)) | st.just(IDS)
_uplinks = st.fixed_dictionaries({}, optional=dict.fromkeys(_UPLINK, _values)) | _values
_kinds = st.sampled_from(["up", "join", "down/ack"])


@given(kind=_kinds, payload=st.binary(max_size=200))
def test_any_bytes_give_facts_or_a_reason(kind: str, payload: bytes) -> None:
    try:
        say(payload, kind)
    except UndecodableError as refusal:
        assert str(refusal)


@given(
    kind=_kinds,
    payload=_values
    | st.fixed_dictionaries(
        {"end_device_ids": _ids, "uplink_message": _uplinks}, optional={"join_accept": _values}
    ),
)
def test_any_json_gives_facts_or_a_reason(kind: str, payload: object) -> None:
    try:
        say(payload, kind)
    except UndecodableError as refusal:
        assert str(refusal)
