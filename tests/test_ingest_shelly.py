"""Shelly, Gen 1 and Gen 2 and later."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.reading import MAX_REPORT_BYTES, Announcement, Fact, Message, Reading, UndecodableError
from ingest.shelly import decode
from tests.samples import meant_otherwise

SMOKE = "shellyplussmoke-80646fd09ed4"


def say(topic: str, payload: object, *, retained: bool = False) -> list[Fact]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode(Message(topic, data, retained))


def read(topic: str, payload: object, *, retained: bool = False) -> Reading:
    (fact,) = say(topic, payload, retained=retained)
    assert isinstance(fact, Reading)
    return fact


def notify(params: object, *, method: str = "NotifyStatus", src: object = SMOKE) -> Reading:
    return read(f"{SMOKE}/events/rpc", {"src": src, "method": method, "params": params})


def happen(*events: object) -> list[Fact]:
    frame = {"src": SMOKE, "method": "NotifyEvent", "params": {"ts": 1727275526.5, "events": events}}
    return say(f"{SMOKE}/events/rpc", frame)


def test_the_samples_mean_what_is_expected_of_them() -> None:
    assert meant_otherwise("shelly") == {}


def test_smoke_is_an_alarm_by_notification_and_by_status_topic() -> None:
    assert notify({"smoke:0": {"alarm": True, "mute": False}}).conditions["smoke"] is True
    assert read(f"{SMOKE}/status/smoke:0", {"id": 0, "alarm": True}).conditions["smoke"] is True


def test_a_partial_status_leaves_the_rest_as_it_was() -> None:
    assert notify({"ts": 1.3, "wifi": {"rssi": -60}}).conditions == {}
    assert notify({"smoke:0": {"mute": True}}).conditions == {"silence": True}


def test_a_further_zone_is_its_own_device_and_ends_no_other_zones_alarm() -> None:
    for key in ("smoke:1", "window:2", "gas:100"):
        frame = {"src": SMOKE, "method": "NotifyStatus", "params": {key: {"alarm": False, "open": False}}}
        own, zone = say(f"{SMOKE}/events/rpc", frame)
        assert isinstance(own, Reading)
        assert isinstance(zone, Reading)
        assert own.conditions == {}
        assert (zone.external_id, zone.gateway) == (f"{SMOKE}/{key}", SMOKE)
        assert False in zone.conditions.values()
    assert read(f"{SMOKE}/status/smoke:1", {"alarm": True}).external_id == f"{SMOKE}/smoke:1"
    (event,) = happen({"component": "smoke:1", "event": "alarm_off"})
    assert isinstance(event, Reading)
    assert (event.external_id, event.conditions) == (f"{SMOKE}/smoke:1", {"smoke": False})


def test_the_test_button_shows_only_in_the_reason_for_waking() -> None:
    params = {"smoke:0": {"alarm": False}, "sys": {"wakeup_reason": {"cause": "alarm_test"}}}
    assert notify(params, method="NotifyFullStatus").events == (EventKind.TEST,)
    assert read(f"{SMOKE}/status/sys", params["sys"]).events == (EventKind.TEST,)
    assert notify({"sys": {"wakeup_reason": {"cause": "periodic"}}}).events == ()


def test_smoke_during_a_test_is_an_alarm() -> None:
    params = {"smoke:0": {"alarm": True}, "sys": {"wakeup_reason": {"cause": "alarm_test"}}}
    reading = notify(params)
    assert reading.conditions["smoke"] is True
    assert reading.events == ()
    assert reading.data == {"test": True}


def test_what_a_component_says_of_its_own_errors_is_a_fault_and_its_silence_is_none() -> None:
    whole = "NotifyFullStatus"
    assert notify({"smoke:0": {"alarm": False, "errors": ["sensor"]}}).conditions["fault"] is True
    assert notify({"smoke:0": {"alarm": False}}, method=whole).conditions["fault"] is False
    assert "fault" not in notify({"smoke:0": {"alarm": False}}).conditions


@pytest.mark.parametrize("alarm", ["maybe", {}, 7, []])
def test_an_alarm_that_cannot_be_read_is_a_fault_and_neither_silence_nor_an_alarm(alarm: object) -> None:
    for reading in (notify({"smoke:0": {"alarm": alarm}}), read(f"{SMOKE}/status/smoke:0", {"alarm": alarm})):
        assert reading.conditions["unreliable"] is True
        assert "smoke" not in reading.conditions
        assert "smoke:0 alarm is" in reading.data["unread"]
    assert notify({"smoke:0": "?"}).conditions == {"unreliable": True}


def test_an_unread_component_does_not_hide_an_alarm_in_another() -> None:
    conditions = notify({"smoke:0": {"alarm": "?"}, "heat:0": {"alarm": True}}).conditions
    assert conditions == {"unreliable": True, "heat": True}


@pytest.mark.parametrize(("percent", "low"), [(9, True), (12, None), (97, False), (None, None), ("x", None)])
def test_a_battery_is_low_by_its_percentage(percent: object, low: bool | None) -> None:
    assert notify({"devicepower:0": {"battery": {"percent": percent}}}).conditions.get("low_battery") is low


@pytest.mark.parametrize(
    ("ts", "at"),
    [
        (1.33, None),
        (1727275526.5, datetime(2024, 9, 25, 14, 45, 26, 500000, tzinfo=UTC)),
        (1e300, None),
        ("now", None),
        (None, None),
        (True, None),
    ],
)
def test_before_a_clock_is_set_there_is_no_time(ts: object, at: datetime | None) -> None:
    assert notify({"ts": ts}).device_at == at


def test_the_device_is_the_one_that_the_frame_names() -> None:
    frame = {"src": SMOKE, "method": "NotifyStatus", "params": {}}
    assert read(f"{SMOKE}/events/rpc", frame).aliases == ()
    renamed = read("kitchen/events/rpc", frame)
    assert (renamed.external_id, renamed.aliases) == (SMOKE, ("kitchen",))


@pytest.mark.parametrize("src", [None, "", 7, "\x00", "x" * 200])
def test_without_a_name_in_the_frame_it_is_the_topics(src: object) -> None:
    assert notify({}, src=src).external_id == SMOKE


def test_a_sleeping_device_that_is_offline_is_no_news() -> None:
    assert say(f"{SMOKE}/online", b"false", retained=True) == []
    assert say("shellies/shellydw2-483FDA/online", b"false") == []
    assert read(f"{SMOKE}/online", b"true").conditions == {}


def test_a_device_on_the_mains_that_is_offline_is() -> None:
    assert read("shellyplusi4-a8032abe54dc/online", b"false").conditions == {"offline": True}
    assert read("shellies/shelly1-6A6A6A/online", b"true").conditions == {"offline": False}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("gateway/online", b"false"),
        ("esphome/status", b"online"),
        ("frigate/status/detect", b"online"),
        ("robot/events/rpc", b'{"method": "Other"}'),
        (f"{SMOKE}/events/rpc", b'{"id": 1, "result": {}}'),
        (f"{SMOKE}/rpc", b"{}"),
        ("shellies/command", b"announce"),
        ("shellies/shelly1-6A6A6A/relay/0/command", b"on"),
        ("shellies/shellysmoke-6A6A6A/sensor/smoke", b""),
        ("shellies", b"x"),
    ],
)
def test_commands_answers_and_what_others_publish_are_nothing(topic: str, payload: bytes) -> None:
    assert say(topic, payload) == []


@pytest.mark.parametrize(
    ("sensor", "value", "said"),
    [
        ("smoke", "true", {"smoke": True, "unreliable": False}),
        ("smoke", "FALSE", {"smoke": False, "unreliable": False}),
        ("smoke", "?", {"unreliable": True}),
        ("state", "open", {"window_open": True}),
        ("state", "close", {"window_open": False}),
        ("state", "unknown", {}),
        ("battery", "5", {"low_battery": True}),
        ("gas", "heavy", {"gas": True, "unreliable": False}),
        ("gas", "none", {"gas": False, "test": False, "unreliable": False}),
        ("gas", "test", {"test": True, "unreliable": False}),
        ("gas", "odd", {"unreliable": True}),
        ("operation", "fault", {"fault": True}),
        ("operation", "warmup", {}),
        ("self_test", "running", {"test": True}),
        ("error", "0", {"fault": False}),
        ("flood", "true", {}),
        ("temperature", "23.50", {}),
        ("vibration", "1", {}),
    ],
)
def test_gen_1_speaks_in_bare_words(sensor: str, value: str, said: dict[str, bool]) -> None:
    reading = read(f"shellies/shellysmoke-6A6A6A/sensor/{sensor}", value.encode())
    assert (reading.external_id, reading.conditions) == ("shellysmoke-6A6A6A", said)


def test_gen_1_announces_itself() -> None:
    values = {"id": "shellydw-1", "model": "SHDW-1", "mac": "AA", "ip": "10.0.0.7"}
    found = [Announcement("shellydw-1", {"model": "SHDW-1", "mac": "AA"})]
    assert say("shellies/announce", values) == say("shellies/shellydw-1/announce", values) == found


def test_events_are_alarms_tests_and_pushes() -> None:
    (alarm,) = happen({"component": "smoke:0", "event": "alarm"})
    (test,) = happen({"component": "smoke:0", "event": "alarm_test"})
    (push,) = happen({"component": "input:0", "event": "single_push"})
    (release,) = happen(
        {"component": "input:0", "event": "btn_up"}, {"component": "sys", "event": "sleep"}, 7
    )
    (odd,) = happen({"component": "smoke:0", "event": "melting"})
    (setting,) = happen({"component": "smoke:0", "event": "config_changed"})
    for fact in (alarm, test, push, release, odd, setting):
        assert isinstance(fact, Reading)
    assert alarm == Reading(SMOKE, {"smoke": True}, device_at=datetime.fromtimestamp(1727275526.5, UTC))
    assert isinstance(test, Reading)
    assert test.events == (EventKind.TEST,)
    assert isinstance(push, Reading)
    assert push.button == "single_push"
    assert isinstance(release, Reading)
    assert release.button is None
    assert isinstance(odd, Reading)
    assert odd.conditions == {"unreliable": True}
    assert isinstance(setting, Reading)
    assert setting.conditions == {}


def test_an_alarm_that_was_over_at_once_is_still_an_alarm() -> None:
    (fact,) = happen(
        {"component": "smoke:0", "event": "alarm"}, {"component": "smoke:0", "event": "alarm_off"}
    )
    assert isinstance(fact, Reading)
    assert fact.conditions == {"smoke": True}


def test_a_bluetooth_window_is_its_own_device() -> None:
    values = {"address": "60:EF:AB:42:ED:25", "battery": 5, "window": 1, "rotation": 0, "button": 0}
    (fact,) = happen({"component": "script:1", "event": "shelly-blu", "data": values})
    assert isinstance(fact, Reading)
    assert (fact.external_id, fact.gateway) == ("60:ef:ab:42:ed:25", SMOKE)
    assert fact.conditions == {"window_open": True, "low_battery": True}
    assert fact.button is None


def test_a_press_before_we_listened_is_no_press() -> None:
    topic = "shellies/shellybutton1-1/input_event/0"
    assert read(topic, {"event": "S", "event_cnt": 2}).button == "S"
    kept = read(topic, {"event": "S", "event_cnt": 2}, retained=True)
    assert (kept.button, kept.data) == (None, {"replayed": True})


def test_what_the_broker_kept_is_marked_as_replayed_and_still_counts() -> None:
    reading = read("shellies/shellysmoke-1/sensor/smoke", b"true", retained=True)
    assert reading.live
    assert reading.conditions["smoke"] is True
    assert reading.data == {"replayed": True}


@pytest.mark.parametrize(
    ("topic", "payload", "said"),
    [
        (f"{SMOKE}/events/rpc", b"\xff", "not UTF-8"),
        (f"{SMOKE}/events/rpc", {"method": "NotifyStatus"}, "without an object of params"),
        (f"{SMOKE}/events/rpc", {"method": "NotifyEvent", "params": {}}, "without a list"),
        (
            f"{SMOKE}/events/rpc",
            {"method": "NotifyStatus", "params": {f"a:{i}": 1 for i in range(300)}},
            "300",
        ),
        (f"{SMOKE}/events/rpc", {"method": "NotifyEvent", "params": {"events": [{}] * 300}}, "300 events"),
        (f"{SMOKE}/online", b"perhaps", "neither true nor false"),
        (f"{SMOKE}/status/smoke:0", b"alarm", "no JSON"),
        ("shellies/announce", {}, "without an id"),
        ("online", b"true", "without a device"),
        ("/status/smoke:0", {}, "without a device"),
        ("shellies/x/sensor/smoke", b"x" * (MAX_REPORT_BYTES + 1), "are allowed"),
    ],
)
def test_what_is_wrong_is_said(topic: str, payload: object, said: str) -> None:
    with pytest.raises(UndecodableError, match=said):
        say(topic, payload)


_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["alarm", "battery", "percent", "wakeup_reason", "cause", "data",
                                           "address", "component", "event", "errors", "state"]), inner)
    ),
    max_leaves=6,
)  # fmt: skip
_topics = st.sampled_from(
    [f"{SMOKE}/events/rpc", f"{SMOKE}/status/smoke:0", f"{SMOKE}/status/sys", f"{SMOKE}/online", "status/x",
     "shellies/a/sensor/gas", "shellies/a/input_event/0", "shellies/announce", "shellies//online"]
) | st.text(max_size=20)  # fmt: skip
_params = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("ts", "smoke:0", "devicepower:0", "sys", "window:1", "events"), _values)
)


@given(topic=_topics, payload=st.binary(max_size=200))
def test_any_bytes_on_any_topic_give_facts_or_a_reason(topic: str, payload: bytes) -> None:
    try:
        decode(Message(topic, payload))
    except UndecodableError as refusal:
        assert str(refusal)


@given(
    topic=_topics,
    payload=st.fixed_dictionaries(
        {"method": st.sampled_from(["NotifyStatus", "NotifyFullStatus", "NotifyEvent"])},
        optional={
            "src": _values,
            "params": _values | _params | st.builds(lambda e: {"events": [e]}, _values),
        },
    )
    | _values,
)
def test_any_json_on_any_topic_gives_facts_or_a_reason(topic: str, payload: Any) -> None:
    try:
        decode(Message(topic, json.dumps(payload).encode()))
    except UndecodableError as refusal:
        assert str(refusal)
