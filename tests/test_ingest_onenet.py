"""OneNET: data points, logins, Studio's notifications, batches and the handshake."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.onenet import decode
from ingest.reading import Fact, Message, Reading, UndecodableError
from tests.samples import meant_otherwise

IMEI = "860000000000006"  # invented


def say(payload: object) -> list[Fact]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return decode(Message("POST /ingest/onenet", data))


def readings(msg: object) -> list[Reading]:
    facts = say({"msg": msg, "msg_signature": "x", "nonce": "y"})
    return [fact for fact in facts if isinstance(fact, Reading)]


def read(**msg: Any) -> Reading:
    (reading,) = readings({"imei": IMEI, "dev_id": 518816929, "at": 1552274056993, **msg})
    return reading


def point(value: object, stream: str = "smoke_state") -> Reading:
    return read(type=1, ds_id=stream, value=value)


def reason(payload: object) -> str:
    with pytest.raises(UndecodableError) as refusal:
        say(payload)
    return str(refusal.value)


def test_the_samples_mean_what_is_expected_of_them() -> None:
    assert meant_otherwise("onenet") == {}


def test_a_data_point_is_a_field_named_by_its_stream() -> None:
    reading = point(1)
    assert reading.conditions["smoke"] is True
    assert (reading.external_id, reading.aliases) == (IMEI, ("518816929",))
    assert reading.device_at == datetime(2019, 3, 11, 3, 14, 16, 993000, UTC)
    assert point("0").conditions["smoke"] is False


@pytest.mark.parametrize("stream", ["3200_0_5750", "anything"])
@pytest.mark.parametrize(
    "value",
    [{"Alarm_Status": 1}, '{"Alarm_Status": 1}', "7b22416c61726d5f537461747573223a317d", [{"alarm": True}]],
)
def test_a_value_may_be_fields_or_text_or_hexadecimal(value: object, stream: str) -> None:
    assert point(value, stream).conditions["alarm"] is True


@pytest.mark.parametrize(
    ("name", "value", "is_alarm"),
    [
        ("smokeAlarm", {"status": 1}, True),
        ("fire_alarm", {"temperature": 70}, True),
        ("fire_alarm", {"status": "recover"}, False),
        ("smokeAlarm", {"status": 0}, False),
    ],
)
def test_an_event_of_studio_is_its_alarm(name: str, value: object, is_alarm: bool) -> None:
    params = {name: {"value": value, "time": 1700000000000}}
    (reading,) = readings({"notifyType": "event", "deviceId": "77", "data": {"params": params}})
    assert reading.conditions["smoke"] is is_alarm


def test_a_measurement_is_a_sign_of_life() -> None:
    assert point("23.5", "temperature").conditions == {}
    assert point(12, "humidity").conditions == {}


def test_a_login_is_a_connection_under_the_same_name() -> None:
    assert read(type=2, status=1).conditions == {"offline": False}
    assert read(type=2, status=0).conditions == {"offline": True}
    assert "neither 1 (online) nor 0" in reason({"msg": {"type": 2, "imei": IMEI, "status": 7}})


def test_an_answer_to_a_command_is_nothing() -> None:
    assert readings({"type": 7, "imei": IMEI, "confirm_status": 1}) == []


def test_msg_may_be_text() -> None:
    (reading,) = readings(json.dumps({"type": 1, "imei": IMEI, "ds_id": "smoke", "value": True}))
    assert reading.conditions["smoke"] is True
    assert "msg is no JSON" in reason({"msg": "hello"})


def test_studio_names_properties_with_values_and_instants() -> None:
    params = {"smoke_alarm": {"value": 1, "time": 1706673129818}, "battery": {"value": 90, "time": 1}}
    studio = {"notifyType": "property", "deviceName": "烟感1", "productId": "p", "data": {"params": params}}
    (reading,) = readings(studio)
    assert (reading.external_id, reading.conditions["smoke"]) == ("烟感1", True)
    assert reading.battery == 90
    (bare,) = [fact for fact in say(studio) if isinstance(fact, Reading)]
    assert bare == reading


@pytest.mark.parametrize(
    "told", [{"notifyType": "offline"}, {"status": "OFFLINE"}, {"data": {"status": "offline"}}]
)
def test_studio_says_in_a_word_that_a_device_is_gone(told: dict[str, Any]) -> None:
    (reading,) = readings({"deviceName": "d", **told})
    assert reading.conditions == {"offline": True}


def test_two_values_in_one_push_are_two_readings_in_order() -> None:
    first = {"type": 1, "imei": IMEI, "ds_id": "smoke", "value": 1, "at": 1552274056993}
    found = readings([first, {**first, "value": 0, "at": 1552274057993}, {**first, "ds_id": "t", "value": 3}])
    assert [reading.conditions["smoke"] for reading in found] == [True, False]


def test_an_opaque_value_beside_an_alarm_is_a_fault_and_does_not_hide_it() -> None:
    alarm = {"type": 1, "imei": IMEI, "ds_id": "smoke", "value": 1}
    found = readings([{**alarm, "ds_id": "3200_0_5750", "value": "0001"}, alarm])
    assert found[0].conditions["smoke"] is True
    assert found[1].events == (EventKind.FAULT,)
    assert "'0001'" in found[1].data["unread"][0]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"msg": 3}, "a JSON int"),
        ({"msg": {"type": 1, "ds_id": "smoke", "value": 1}}, "nobody knows which device"),
        ({"msg": {"type": 1, "imei": IMEI, "ds_id": "3200_0_5750", "value": True}}, "a JSON bool"),
        ({"msg": {"imei": IMEI}}, "neither a type"),
        ({"enc_msg": "x"}, "encrypted"),
        (b"[", "no JSON"),
    ],
)
def test_what_is_wrong_is_said(payload: object, said: str) -> None:
    assert said in reason(payload)


def test_the_handshake_is_nothing() -> None:
    assert decode(Message("GET /?msg=a&nonce=b&signature=c", b'{"query": {}}')) == []


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["00", "{"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
_FIELDS = "type imei dev_id ds_id value at status notifyType data deviceName params time"
_messages = st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS.split(), _values))
_typed = st.builds(lambda kind, rest: {**rest, "type": kind, "imei": IMEI}, st.integers(0, 3), _messages)


@given(payload=st.binary(max_size=200))
def test_any_bytes_give_facts_or_a_reason(payload: bytes) -> None:
    try:
        say(payload)
    except UndecodableError as refusal:
        assert str(refusal)


@given(msg=_messages | _typed | st.lists(_typed, max_size=3) | _typed.map(json.dumps) | _values)
def test_any_json_gives_facts_or_a_reason(msg: object) -> None:
    try:
        say({"msg": msg})
    except UndecodableError as refusal:
        assert str(refusal)
