"""CTWing: envelopes and names."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.ctwing import decode
from ingest.reading import MAX_REPORT_BYTES, Condition, Hint, Message, UndecodableError
from tests.ctwing_push import DEVICE, IMEI, active, packed, read, readings, reason, report, say
from tests.samples import meant_otherwise


def test_the_samples_mean_what_is_expected_of_them() -> None:
    assert meant_otherwise("ctwing") == {}


@pytest.mark.parametrize(
    ("names", "external_id", "aliases"),
    [
        ({}, IMEI, (DEVICE,)),
        ({"IMEI": ""}, DEVICE, ()),
        ({"IMEI": "undefined"}, DEVICE, ()),
        ({"IMEI": "0" * 15}, DEVICE, ()),
        ({"IMEI": 860000000000001}, IMEI, (DEVICE,)),
        ({"IMEI": "12"}, DEVICE, ()),
        ({"deviceId": "x\x00y"}, IMEI, ()),
        ({"deviceId": None}, IMEI, ()),
    ],
)
def test_a_device_is_its_imei_else_its_device_id(
    names: dict[str, Any], external_id: str, aliases: tuple[str, ...]
) -> None:
    reading = read({"Alarm_Status": 7}, **names)
    assert (reading.external_id, reading.aliases) == (external_id, aliases)


def test_the_name_may_be_only_within_the_content() -> None:
    nobody = {"IMEI": "", "deviceId": ""}
    assert read({"IMEI": IMEI, "smoke": 1}, **nobody).external_id == IMEI
    assert "nobody knows which device" in reason(report({"smoke": 1}, **nobody))


def test_a_short_number_within_the_content_is_no_name_where_the_envelope_has_one() -> None:
    assert read({"devId": "1", "smoke": 1}).aliases == (DEVICE,)


def test_a_report_of_coming_or_going_is_tied_to_the_imei_by_earlier_reports() -> None:
    hint = say(report({"Alarm_Status": 7}))[0]
    assert hint == Hint("15014772", DEVICE, IMEI)
    gone = {"messageType": "deviceOnlineOfflineReport", "deviceId": DEVICE, "productId": "15014772"}
    (reading,) = readings({**gone, "eventType": 0})
    assert (reading.external_id, reading.gateway) == (DEVICE, "15014772")
    assert reading.conditions == {Condition.OFFLINE: True}
    assert "neither 1 (online) nor 0" in reason({**gone, "eventType": 7})


def test_the_platforms_instant_is_kept() -> None:
    assert read({"smoke": 1}).device_at == datetime(2020, 12, 3, 7, 59, 40, 277000, UTC)
    for impossible in (None, "soon", -1, 10**30, True, 5):
        assert read({"smoke": 1}, timestamp=impossible).device_at is None


def test_answers_to_commands_are_nothing_and_other_messages_are_refused() -> None:
    assert say({"messageType": "commandResponse", "deviceId": DEVICE}) == []
    assert "'deviceSold'" in reason({"messageType": "deviceSold", "deviceId": DEVICE})


def test_an_event_that_nobody_understands_is_a_fault_unless_it_only_informs() -> None:
    event = {"messageType": "eventReport", "deviceId": DEVICE, "serviceId": 1009, "eventContent": {"x": 1}}
    (told,) = readings({**event, "eventType": 2})
    assert told.events == (EventKind.FAULT,)
    assert told.data["unread"] == "event of service 1009, type 2"
    assert readings({**event, "eventType": 1})[0].events == ()
    (known,) = readings({**event, "eventType": 2, "eventContent": {"smoke_state": 1}})
    assert active(known) == {"smoke"}


def test_a_batch_is_read_in_order_and_what_cannot_be_read_hides_nothing() -> None:
    good, bad = report({"smoke": 1}), report({"smoke": 1}, IMEI="", deviceId="")
    found = readings([bad, good, report({"smoke": 0})])
    assert [each.conditions.get("smoke") for each in found] == [True, False, None]
    assert found[-1].events == (EventKind.FAULT,)
    assert "neither an IMEI" in found[-1].data["unread"][0]
    assert "nobody knows" in reason([bad, bad])


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "no JSON"),
        (b"\xff", "not UTF-8"),
        (b"3", "a JSON int"),
        ([1], "a JSON int"),
        ([{}] * 201, "201 messages"),
        ({f"k{number}": number for number in range(700)}, "fields"),
        (report("x" * MAX_REPORT_BYTES), "are allowed"),
        (report(None), "a content that is a JSON NoneType"),
        (report(packed(b"{")), "no JSON"),
        ({}, "messageType 'None'"),
    ],
)
def test_what_is_wrong_is_said(payload: object, said: str) -> None:
    assert said in reason(payload)


def test_a_validation_request_is_nothing() -> None:
    assert decode(Message("GET /?msg=x", b"")) == []


_scalars = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8)
_words = st.sampled_from(["1", "7", "alarm", "{", '{"smoke": 1}', "UFUA", "QEAA", "0102", "undefined", IMEI])
_values = st.recursive(
    _scalars | _words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
_FIELDS = (
    "Alarm_Status smoke_state devState battery temperature error_code c b id v tm tid value IMEI APPdata"
    " serviceData"
)
_contents = st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS.split(), _values))
_types = st.sampled_from(
    ["dataReport", "eventReport", "deviceOnlineOfflineReport", "commandResponse", "dataReportTupUnion"]
)
_envelopes = st.fixed_dictionaries(
    {},
    optional={
        "messageType": _types | _values,
        "payload": _contents | _values | _contents.map(packed) | st.binary(max_size=60).map(packed),
        "eventContent": _contents | _values,
        **dict.fromkeys(("IMEI", "deviceId", "productId", "timestamp", "eventType"), _values),
    },
)


@given(payload=st.binary(max_size=200))
def test_any_bytes_give_facts_or_a_reason(payload: bytes) -> None:
    try:
        say(payload)
    except UndecodableError as refusal:
        assert str(refusal)


@given(payload=_envelopes | st.lists(_envelopes, max_size=3))
def test_any_json_gives_facts_or_a_reason(payload: object) -> None:
    try:
        say(payload)
    except UndecodableError as refusal:
        assert str(refusal)
