"""Huawei: OceanConnect's and IoTDA's pushes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.huawei import decode
from ingest.reading import Fact, Message, Reading, UndecodableError
from tests.samples import meant_otherwise

DEVICE = "e917e013-044b-4f32-8b53-588ef68c185a"
IMEI = "860000000000007"  # invented


def say(payload: object) -> list[Fact]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return decode(Message("POST /ingest/huawei", data))


def readings(payload: object) -> list[Reading]:
    return [fact for fact in say(payload) if isinstance(fact, Reading)]


def legacy(*services: object) -> dict[str, Any]:
    found: dict[str, Any] = {"services": list(services)} if len(services) > 1 else {"service": services[0]}
    kind = "deviceDatasChanged" if len(services) > 1 else "deviceDataChanged"
    return {"notifyType": kind, "deviceId": DEVICE, "gatewayId": DEVICE, **found}


def service(at: str = "20200401T182605Z", **data: Any) -> dict[str, Any]:
    return {"serviceId": "Report", "data": data, "eventTime": at}


def read(**data: Any) -> Reading:
    (reading,) = readings(legacy(service(**data)))
    return reading


def iotda(resource: str, body: object, **header: Any) -> dict[str, Any]:
    names = {"device_id": "p_n", "node_id": "n", "gateway_id": "p_n", **header}
    return {"resource": resource, "event": "report", "notify_data": {"header": names, "body": body}}


def reason(payload: object) -> str:
    with pytest.raises(UndecodableError) as refusal:
        say(payload)
    return str(refusal.value)


def active(reading: Reading) -> set[str]:
    return {name for name, is_active in reading.conditions.items() if is_active}


def test_the_samples_mean_what_is_expected_of_them() -> None:
    assert meant_otherwise("huawei") == {}


@pytest.mark.parametrize(
    ("state", "conditions", "events"),
    [
        (0, set(), ()),
        (1, {"smoke"}, ()),
        (2, {"heat"}, ()),
        (3, {"tamper"}, ()),
        (4, {"low_battery"}, ()),
        (5, set(), (EventKind.TEST,)),
        (6, {"unreliable"}, ()),
        ("1", {"smoke"}, ()),
        ("fire", {"alarm"}, ()),
    ],
)
def test_the_state_of_a_detector_is_read_by_its_table(
    state: object, conditions: set[str], events: tuple[EventKind, ...]
) -> None:
    reading = read(devState=state)
    assert (active(reading), reading.events) == (conditions, events)


def test_temperatures_in_tenths_are_told_by_their_size() -> None:
    assert read(devState=0, temperature=219).data["temperature"] == 21.9
    assert read(devState=0, temperature=21.5).data["temperature"] == 21.5


def test_the_service_says_when() -> None:
    assert read(devState=1).device_at == datetime(2020, 4, 1, 18, 26, 5, tzinfo=UTC)
    assert readings(legacy(service("yesterday", devState=1)))[0].device_at is None


def test_a_device_that_connects_by_itself_has_no_gateway() -> None:
    assert read(devState=1).gateway is None
    (reading,) = readings({**legacy(service(devState=1)), "gatewayId": "g"})
    assert (reading.external_id, reading.gateway) == (DEVICE, "g")


def test_services_in_one_push_are_readings_in_order() -> None:
    push = legacy(service(devState=1), service(signal=12), service("20200401T182606Z", devState=0))
    assert [active(each) for each in readings(push)] == [{"smoke"}, set()]


def test_one_service_that_cannot_be_read_hides_no_other() -> None:
    found = readings(legacy("?", service(devState=1)))
    assert active(found[0]) == {"smoke"}
    assert found[1].events == (EventKind.FAULT,)


@pytest.mark.parametrize("data", ["0101001F", "00;12;3.6;25"])
def test_a_makers_own_text_is_refused_with_what_it_was(data: str) -> None:
    assert repr(data) in reason(legacy({"serviceId": "R", "data": data}))


def test_an_event_of_iotda_is_read_by_its_name() -> None:
    def happened(kind: str, **paras: Any) -> Reading:
        services = [{"service_id": "$x", "event_type": kind, "paras": paras}]
        (reading,) = readings(iotda("device.event", {"services": services}))
        return reading

    assert active(happened("fire_alarm", level=1)) == {"smoke"}
    assert active(happened("smokeAlarm", battery=90)) == {"smoke"}
    assert happened("fire_alarm", status=0).conditions["smoke"] is False
    assert happened("unheard_of", level=1).events == (EventKind.FAULT,)


def test_iotda_properties_events_and_messages_are_reports() -> None:
    properties = {"services": [{"service_id": "Smoke", "properties": {"smokeState": 1}}]}
    happened = {"services": [{"event_type": "alarm", "paras": {"fire_alarm": 1}}]}
    for resource, body in (
        ("device.property", properties),
        ("device.event", happened),
        ("device.message", {"topic": "t", "content": {"smoke": True}}),
        ("device.message", {"content": '{"smoke": "1"}'}),
    ):
        (reading,) = readings(iotda(resource, body))
        assert active(reading) == {"smoke"}
        assert (reading.external_id, reading.aliases) == ("p_n", ("n",))


def test_a_node_id_that_is_an_imei_is_the_devices_name() -> None:
    (reading,) = readings(iotda("device.message", {"content": {"smoke": 1}}, node_id=IMEI))
    assert (reading.external_id, reading.aliases) == (IMEI, ("p_n",))


@pytest.mark.parametrize(
    ("status", "offline"), [("ONLINE", False), ("OFFLINE", True), ("ABNORMAL", True), ("FROZEN", True)]
)
def test_a_status_is_a_connection(status: str, offline: bool) -> None:
    (new,) = readings(iotda("device.status", {"status": status}))
    old = {"notifyType": "deviceInfoChanged", "deviceId": DEVICE, "deviceInfo": {"status": status}}
    (legacy_reading,) = readings(old)
    assert new.conditions == legacy_reading.conditions == {"offline": offline}


def test_a_device_that_never_came_online_is_nothing() -> None:
    assert say(iotda("device.status", {"status": "INACTIVE"})) == []
    assert say({"notifyType": "deviceInfoChanged", "deviceId": DEVICE, "deviceInfo": {"name": "x"}}) == []


@pytest.mark.parametrize(
    "kind", ["deviceAdded", "deviceDeleted", "commandRsp", "messageConfirm", "ruleEvent"]
)
def test_what_the_platform_says_of_itself_is_nothing(kind: str) -> None:
    assert say({"notifyType": kind, "deviceId": DEVICE}) == []
    assert say(iotda("product", {})) == []


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({}, "neither notify_data"),
        ({"resource": "device.status"}, "notify_data is missing"),
        (iotda("device.status", {"status": "LOST"}), "status 'LOST'"),
        (iotda("device.status", 3), "body is missing, or no object"),
        (legacy(None), "a service that is a JSON NoneType"),
        ({"notifyType": "deviceDataChanged", "service": {"data": {"devState": 1}}}, "nobody knows"),
        (b"{", "no JSON"),
    ],
)
def test_what_is_wrong_is_said(payload: object, said: str) -> None:
    assert said in reason(payload)


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.just("20200401T182605Z"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
_KINDS = "deviceDataChanged deviceDatasChanged deviceInfoChanged deviceEvent deviceAdded"
_RESOURCES = "device.property device.status device.message device.event"
_services = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("data", "properties", "paras", "eventTime", "event_time"), _values)
)
_legacy = st.fixed_dictionaries(
    {"notifyType": st.sampled_from(_KINDS.split()) | _values},
    optional={
        "service": _services | _values,
        "services": st.lists(_services | _values, max_size=3) | _values,
        **dict.fromkeys(("deviceId", "gatewayId", "deviceInfo", "body", "timestamp"), _values),
    },
)
_bodies = st.fixed_dictionaries(
    {},
    optional={"services": st.lists(_services, max_size=2) | _values, "status": _values, "content": _values},
)
_iotda = st.builds(
    iotda,
    st.sampled_from(_RESOURCES.split()),
    _bodies | _values,
    device_id=_values,
    node_id=_values,
    gateway_id=_values,
)


@given(payload=st.binary(max_size=200))
def test_any_bytes_give_facts_or_a_reason(payload: bytes) -> None:
    try:
        say(payload)
    except UndecodableError as refusal:
        assert str(refusal)


@given(payload=_legacy | _iotda | st.lists(_legacy, max_size=2) | _values)
def test_any_json_gives_facts_or_a_reason(payload: object) -> None:
    try:
        say(payload)
    except UndecodableError as refusal:
        assert str(refusal)
