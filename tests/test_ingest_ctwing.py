"""CTWing: envelopes, names, and the contents that other clouds bring as well."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest import gb26875
from ingest.ctwing import decode
from ingest.reading import MAX_REPORT_BYTES, Condition, Fact, Hint, Message, Reading, UndecodableError
from tests.samples import meant_otherwise

IMEI = "860000000000001"  # invented
PAYLOADS = Path(__file__).parent / "payloads"
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


def test_the_samples_mean_what_is_expected_of_them() -> None:
    assert meant_otherwise("ctwing") == {}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"烟感状态": "报警"}, {"smoke"}),
        ({"烟感状态": "正常", "烟雾浓度": 1}, set()),
        ({"烟感故障": 1}, {"fault"}),
        ({"alarms": [{"type": "smoke", "status": 1}]}, {"smoke"}),
        ({"alarms": [{"type": "smoke", "status": 0}]}, set()),
        ({"smoke_state": "01"}, {"smoke"}),
        ({"smoke_state": "00"}, set()),
    ],
)
def test_chinese_names_lists_and_leading_zeros_are_read(content: object, found: set[str]) -> None:
    assert active(read(content)) == found


@pytest.mark.parametrize(
    ("code", "conditions", "events"),
    [
        (1, {"alarm"}, ()),
        (2, {"silence"}, ()),
        (4, {"low_battery"}, ()),
        (5, {"fault"}, ()),
        (6, {"fault"}, ()),
        (7, set(), ()),
        (8, {"silence"}, ()),
        (10, {"tamper"}, ()),
        (11, set(), ()),
        (13, {"fault"}, ()),
        (14, set(), (EventKind.TEST,)),
        (15, {"low_battery"}, (EventKind.TEST,)),
        ("1", {"alarm"}, ()),
        ("报警", {"alarm"}, ()),
        ("NORMAL", set(), ()),
    ],
)
def test_alarm_status_is_read_by_its_table(
    code: object, conditions: set[str], events: tuple[EventKind, ...]
) -> None:
    reading = read({"serviceData": {"Alarm_Status": code}})
    assert active(reading) == conditions
    assert reading.events == events


def test_a_status_that_no_table_has_is_a_fault_that_names_it() -> None:
    reading = read({"serviceData": {"Alarm_Status": 3}})
    assert active(reading) == {"unreliable"}
    assert reading.data["unread"] == "Alarm_Status is '3'"
    assert read({"Alarm_Status": 7}).conditions["unreliable"] is False


@pytest.mark.parametrize(
    ("field", "condition"),
    [
        ("smoke", "smoke"),
        ("smoke_state", "smoke"),
        ("smokeAlarm", "smoke"),
        ("SmokeStatus", "smoke"),
        ("FireAlarm", "smoke"),
        ("fire_state", "smoke"),
        ("temperature_alarm", "heat"),
        ("highTemp", "heat"),
        ("gas_sensor_state", "gas"),
        ("co_alarm", "carbon_monoxide"),
        ("sos", "sos"),
        ("tamper_state", "tamper"),
        ("antiDismantle", "tamper"),
        ("battery_state", "low_battery"),
        ("lowVoltage", "low_battery"),
        ("error_code", "fault"),
        ("sensorFault", "fault"),
        ("smoke_fault", "fault"),
        ("mute", "silence"),
        ("self_test", "test"),
        ("window_open", "window_open"),
    ],
)
def test_a_name_is_read_by_its_words(field: str, condition: str) -> None:
    for yes, no in ((1, 0), ("1", "0"), (True, False), ("true", "FALSE"), ("alarm", "normal")):
        assert read({field: yes}).conditions[condition] is True
        assert read({field: no}).conditions[condition] is False


@pytest.mark.parametrize(
    "field",
    (
        "smoke_value AlarmLevel temperature co gas_valve_state smoke_threshold alarm_volume battery_voltage"
        " fire_pump_state fire_door_state heartbeat_time test_mode " + "x" * 99
    ).split(),
)
def test_a_measurement_or_a_setting_is_no_state(field: str) -> None:
    assert read({field: 1}).conditions == {}


def test_gas_of_high_concentration_is_an_alarm_too() -> None:
    assert read({"gas_sensor_state": 2}).conditions["gas"] is True


def test_an_unknown_state_of_smoke_is_a_fault_and_no_alarm() -> None:
    reading = read({"smoke_state": 7})
    assert active(reading) == {"unreliable"}
    assert read({"smoke_state": 0}).conditions == {"smoke": False, "unreliable": False}


def test_alarm_and_test_together_are_an_alarm() -> None:
    both = read({"Alarm_Status": 14, "smoke_state": 1})
    assert (both.conditions["smoke"], both.events) == (True, ())


def test_a_low_battery_is_known_by_flag_or_percentage() -> None:
    assert read({"Battery_Level": 8}).conditions["low_battery"] is True
    assert read({"Battery_Level": 100}).battery == 100
    assert read({"Battery_Level": 100, "Alarm_Status": 4}).conditions["low_battery"] is True


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


@pytest.mark.parametrize(
    ("alert", "fault_code", "conditions"),
    [
        (0, 0, set()),
        (1, 0, {"smoke"}),
        (4, 0, {"low_battery"}),
        (128, 0, {"fault"}),
        (133, 0, {"smoke", "low_battery", "fault"}),
        (3, 0, {"smoke", "unreliable"}),
        (2, 0, {"unreliable"}),
        (0, 1, {"self_test_failed"}),
        (0, 9, {"unreliable"}),
    ],
)
def test_a_pu_frame_is_read_by_the_bits_of_its_alert(
    alert: int, fault_code: int, conditions: set[str]
) -> None:
    reading = read(packed(pu(alert, fault_code)))
    assert active(reading) == conditions
    assert (reading.battery, reading.data["temperature"]) == (100, 19)


def test_a_pu_frame_names_its_device() -> None:
    assert read(packed(pu()), IMEI="", deviceId="").external_id == "860000000000002"


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pu()[:30], "cut short"),
        (pu()[:50], "cut short"),
        (b"PU", "cut short"),
        (pu()[:7] + b"\x06" + pu()[8:], "device kind 0x06"),
        (pu()[:11] + b"\x0c\x1b" + pu()[13:], "attribute 0x0c1b"),
        (b"\x01\x02\x03", "cannot be read"),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_with_the_reason(frame: bytes, said: str) -> None:
    assert said in reason(report(packed(frame)))


def component(state: object, name: str = "0181091701068001000001010100010132") -> Reading:
    content = packed({"c": 27, "b": [{"id": name, "v": state}], "tm": 1619157599253})
    return read(content, IMEI="", deviceId="1501708501")


@pytest.mark.parametrize(
    ("state", "conditions"),
    [
        ("2", {"alarm"}),
        ("3", {"alarm"}),
        (2, {"alarm"}),
        ("1", set()),
        ("0", set()),
        ("4", {"fault"}),
        ("6", {"alarm", "fault"}),
        ("8", {"unreliable"}),
        ("512", {"fault"}),
        ("64", set()),
        ("256", {"mains_fault"}),
        ("fire", {"unreliable"}),
        ("-1", {"unreliable"}),
        (None, {"unreliable"}),
    ],
)
def test_a_component_is_read_by_the_bits_of_the_standard(state: object, conditions: set[str]) -> None:
    assert active(component(state)) == conditions


def test_each_component_is_a_device_behind_its_transmitter() -> None:
    reading = component("2")
    assert reading.external_id == "1501708501/0181091701068001000001010100010132"
    assert reading.aliases == ("0181091701068001000001010100010132",)
    assert reading.gateway == "1501708501"
    assert reading.device_at == datetime(2021, 4, 23, 5, 59, 59, 253000, UTC)
    assert component("2", "222").aliases == ()  # every transmitter may have a 222


def test_several_components_in_one_push_are_several_readings() -> None:
    body = [{"id": "a", "v": "2"}, {"id": "b", "v": "1"}, "nonsense"]
    found = readings(report(packed({"c": 27, "b": body}), IMEI="", deviceId="7"))
    assert [(each.external_id, active(each)) for each in found] == [("7/a", {"alarm"}), ("7/b", set())]


@pytest.mark.parametrize(
    ("code", "conditions"), [(21, {"alarm"}), (22, {"alarm"}), (23, {"fault"}), (92, {"offline"}), (5, set())]
)
def test_a_transmitter_speaks_of_itself(code: int, conditions: set[str]) -> None:
    content = packed({"c": code, "b": {"id": "01000917010374", "v": "1"}})
    reading = read(content, IMEI="", deviceId="1501708501")
    assert (reading.external_id, active(reading)) == ("1501708501", conditions)
    assert reading.aliases == ("01000917010374",)


def test_a_transmitters_own_frame_is_read_as_one_that_came_by_tcp() -> None:
    capture = json.loads((PAYLOADS / "gb26875" / "std_manual_callpoint_fire.json").read_bytes())
    frame = gb26875.wire(capture["payload"])
    found = readings(report(packed(frame)))
    alone = [each for each in gb26875.Decoder()(Message("", frame)) if isinstance(each, Reading)]
    assert [each.conditions for each in found] == [each.conditions for each in alone]
    assert {each.gateway for each in found} == {IMEI}


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


@given(alert=st.integers(0, 255), tail=st.binary(max_size=40))
def test_smoke_in_a_pu_frame_is_never_missed(alert: int, tail: bytes) -> None:
    reading = read(packed(pu(alert) + tail))
    assert reading.conditions["smoke"] is bool(alert & 1)
