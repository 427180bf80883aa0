"""Home Assistant MQTT discovery: descriptions, and the states that lie below the discovery prefix."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.homeassistant import Decoder
from ingest.reading import MAX_REPORT_BYTES, Announcement, Fact, Message, Reading, UndecodableError
from tests.samples import decode as decode_files
from tests.samples import meant_otherwise

PAYLOADS = Path(__file__).parent / "payloads" / "homeassistant"
CONFIG = "homeassistant/binary_sensor/attic/config"
STATE = "homeassistant/binary_sensor/attic/state"


class Broker:
    """One decoder and what it is told."""

    def __init__(self) -> None:
        self.decoder = Decoder()

    def say(self, topic: str, payload: object, *, retained: bool = False) -> list[Fact]:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.decoder(Message(topic, data, retained, base="homeassistant"))

    def read(self, topic: str, payload: object, *, retained: bool = False) -> Reading:
        (fact,) = self.say(topic, payload, retained=retained)
        assert isinstance(fact, Reading)
        return fact

    def describe(self, topic: str = CONFIG, **config: Any) -> Announcement:
        (fact, *_) = self.say(topic, {"state_topic": STATE, "unique_id": "u-1", **config}, retained=True)
        assert isinstance(fact, Announcement)
        return fact


@pytest.fixture
def broker() -> Broker:
    return Broker()


def active(reading: Reading) -> list[str]:
    return [name for name, is_active in reading.conditions.items() if is_active]


def test_the_samples_mean_what_is_expected_of_them() -> None:
    assert meant_otherwise("homeassistant") == {}


def test_a_retained_state_that_comes_before_its_description_is_an_alarm_once_it_is_described() -> None:
    early, described = decode_files(PAYLOADS / "hekatron_state_on.json", PAYLOADS / "hekatron_config.json")
    assert [event["kind"] for event in early["events"]] == ["fault"]
    assert [event["kind"] for event in described["events"]] == ["alarm"]


def test_a_description_is_a_hint_for_commissioning(broker: Broker) -> None:
    device = {"ids": "g-1", "mf": "Maker", "mdl": "M1", "sn": "77", "sa": "Attic", "via_device": "gw"}
    announced = broker.describe(name="Smoke", dev_cla="smoke", dev=device)
    assert (announced.external_id, announced.gateway) == ("u-1", "gw")
    assert announced.details == {
        "component": "binary_sensor",
        "name": "Smoke",
        "device_class": "smoke",
        "state_topic": STATE,
        "unique_id": "u-1",
        "device_manufacturer": "Maker",
        "device_model": "M1",
        "device_serial_number": "77",
        "device_suggested_area": "Attic",
    }


def test_abbreviations_and_the_base_topic_are_written_out(broker: Broker) -> None:
    config: dict[str, Any] = {
        "~": "homeassistant/binary_sensor/attic",
        "stat_t": "~/state",
        "dev_cla": "smoke",
        "pl_on": "FIRE",
        "pl_off": "CALM",
        "val_tpl": "{{ value_json.s }}",
        "avty": [{"t": "~/lwt", "pl_avail": "up", "pl_not_avail": "down"}],
    }
    broker.say(CONFIG, config)
    assert active(broker.read(STATE, {"s": "FIRE"})) == ["smoke"]
    assert active(broker.read(STATE, {"s": "CALM"})) == []
    assert broker.read("homeassistant/binary_sensor/attic/lwt", b"down").conditions == {"offline": True}
    broker.say(CONFIG, {**config, "~": "attic", "stat_t": "homeassistant/~"})
    assert active(broker.read("homeassistant/attic", {"s": "FIRE"})) == ["smoke"]


@pytest.mark.parametrize(
    ("device_class", "on", "off"),
    [
        ("smoke", ["smoke"], []),
        ("heat", ["heat"], []),
        ("gas", ["gas"], []),
        ("carbon_monoxide", ["carbon_monoxide"], []),
        ("safety", ["alarm"], []),
        ("problem", ["fault"], []),
        ("tamper", ["tamper"], []),
        ("battery", ["low_battery"], []),
        ("window", ["window_open"], []),
        ("door", ["window_open"], []),
        ("connectivity", [], ["offline"]),
        ("motion", [], []),
        (None, [], []),
    ],
)
def test_the_device_class_says_what_on_means(
    broker: Broker, device_class: str | None, on: list[str], off: list[str]
) -> None:
    broker.describe(device_class=device_class)
    assert active(broker.read(STATE, b"ON")) == on
    assert active(broker.read(STATE, b"OFF")) == off


@pytest.mark.parametrize(
    ("config", "payload", "is_on"),
    [
        ({}, b"ON", True),
        ({}, b"off", False),
        ({}, {"state": "ON"}, True),
        ({}, b"1", True),
        (
            {"payload_on": True, "payload_off": False, "value_template": "{{ value_json.smoke }}"},
            {"smoke": True},
            True,
        ),
        ({"payload_on": "OFF", "payload_off": "ON"}, b"ON", False),
        ({"payload_on": "open", "payload_off": "closed"}, b"open", True),
        ({"value_template": "{{ value }}"}, b"OFF", False),
        ({"value_template": "{{value_json['a'].b[1] | upper}}"}, {"a": {"b": [0, "on"]}}, True),
        ({"value_template": "{{ value_json[\"a-b\"] | default('OFF') }}"}, {"a-b": "OFF"}, False),
        ({"value_template": "{{ value_json.a }}"}, {"b": "ON"}, None),
        ({"value_template": "{{ value_json.a[7] }}"}, {"a": ["ON"]}, None),
        ({}, b"unavailable", None),
        ({}, b"None", None),
    ],
)
def test_a_state_is_read_as_described(
    broker: Broker, config: dict[str, Any], payload: object, is_on: bool | None
) -> None:
    broker.describe(device_class="smoke", **config)
    assert broker.read(STATE, payload).conditions.get("smoke") is is_on


@pytest.mark.parametrize(
    ("config", "payload"),
    [
        ({}, b"burning?"),
        ({"value_template": "{{ value_json.a }}"}, b"ON"),
        ({"value_template": "{% if value_json.a %}ON{% endif %}"}, {"a": 1}),
        ({"value_template": "{{ value_json" + ".a" * 400 + " }}"}, {"a": 1}),
    ],
)
def test_a_state_that_cannot_be_read_is_a_fault_and_neither_silence_nor_an_alarm(
    broker: Broker, config: dict[str, Any], payload: object
) -> None:
    broker.describe(device_class="smoke", **config)
    reading = broker.read(STATE, payload)
    assert reading.conditions == {"unreliable": True}
    assert "the state of a smoke entity" in reading.data["unread"]
    broker.describe(device_class="motion", **config)
    assert broker.read(STATE, payload).conditions == {}


def test_an_entity_is_known_by_its_own_id_its_topic_and_its_device(broker: Broker) -> None:
    node = "homeassistant/binary_sensor/0x0012/smoke"
    broker.describe(f"{node}/config", device_class="smoke", device={"identifiers": ["z2m_0x0012", 7]})
    reading = broker.read(STATE, b"ON")
    assert (reading.external_id, reading.aliases) == ("u-1", ("0x0012/smoke", "0x0012", "z2m_0x0012"))


def test_an_alarm_without_off_happens_each_time(broker: Broker) -> None:
    broker.describe(device_class="smoke", off_delay=30)
    for _ in range(2):
        reading = broker.read(STATE, b"ON")
        assert (reading.events, active(reading)) == ((EventKind.ALARM,), [])
    assert broker.read(STATE, b"ON", retained=True).events == ()


def test_a_retained_state_is_marked_as_replayed_and_still_counts(broker: Broker) -> None:
    broker.describe(device_class="smoke")
    reading = broker.read(STATE, b"ON", retained=True)
    assert active(reading) == ["smoke"]
    assert reading.data == {"replayed": True}


def test_a_live_state_that_nobody_described_is_taken_at_its_word(broker: Broker) -> None:
    reading = broker.read(STATE, {"state": "ON"})
    assert (reading.external_id, active(reading), reading.data) == ("attic", ["alarm"], {"undescribed": True})
    assert active(broker.read(STATE, b"OFF")) == []
    assert active(broker.read(STATE, b"?")) == ["unreliable"]
    broker.describe(device_class="smoke")
    assert broker.read(STATE, b"ON").conditions == {"smoke": True, "alarm": False, "unreliable": False}


@pytest.mark.parametrize(
    "topic",
    [
        "homeassistant/status",
        "homeassistant/sensor/attic/state",
        "homeassistant/switch/siren/state",
        "homeassistant/binary_sensor/attic/attributes",
    ],
)
def test_what_no_alarm_comes_from_is_nothing(broker: Broker, topic: str) -> None:
    assert broker.say(topic, b"online") == []


def test_a_removed_entity_is_forgotten(broker: Broker) -> None:
    broker.describe(device_class="window")
    assert broker.say(CONFIG, b"", retained=True) == []
    assert broker.read(STATE, b"OFF").data == {"undescribed": True}
    assert broker.say(STATE, b"") == []


def test_a_description_that_changes_replaces_the_former(broker: Broker) -> None:
    broker.describe(device_class="motion")
    broker.describe(device_class="smoke")
    assert active(broker.read(STATE, b"ON")) == ["smoke"]


def test_a_device_may_describe_all_its_entities_at_once(broker: Broker) -> None:
    announced = broker.say(
        "homeassistant/device/panel/config",
        {
            "dev": {"ids": "p-1", "name": "Panel"},
            "stat_t": "homeassistant/panel/state",
            "cmps": {
                "zone1": {
                    "p": "binary_sensor",
                    "dev_cla": "smoke",
                    "uniq_id": "z1",
                    "val_tpl": "{{ value_json.z1 }}",
                },
                "zone2": {
                    "p": "binary_sensor",
                    "dev_cla": "smoke",
                    "uniq_id": "z2",
                    "val_tpl": "{{ value_json.z2 }}",
                },
                "level": {
                    "p": "sensor",
                    "dev_cla": "battery",
                    "uniq_id": "b",
                    "val_tpl": "{{ value_json.b }}",
                },
                "gone": {},
                "odd": 7,
            },
        },
    )
    assert [fact.external_id for fact in announced if isinstance(fact, Announcement)] == ["z1", "z2", "b"]
    said = {
        fact.external_id: active(fact)
        for fact in broker.say("homeassistant/panel/state", {"z1": "ON", "z2": "OFF", "b": 5})
        if isinstance(fact, Reading)
    }
    assert said == {"z1": ["smoke"], "z2": [], "b": ["low_battery"]}


def test_states_elsewhere_are_read_where_the_sources_name_their_topics(broker: Broker) -> None:
    broker.describe(
        device_class="window", state_topic="escape/12/state", payload_on="open", payload_off="closed"
    )
    assert active(broker.read("escape/12/state", b"open")) == ["window_open"]
    with pytest.raises(UndecodableError, match="no discovery message describes it"):
        broker.say("escape/13/state", b"open")


@pytest.mark.parametrize(
    ("topic", "payload", "said"),
    [
        (CONFIG, b"\xff", "not UTF-8"),
        (CONFIG, [1], "a JSON list"),
        ("homeassistant/device/panel/config", {}, "without an object of components"),
        ("homeassistant/device/p/config", {"cmps": {str(at): {} for at in range(300)}}, "300 components"),
        ("homeassistant/binary_sensor//config", {}, "without a name"),
        (STATE, b"x" * (MAX_REPORT_BYTES + 1), "are allowed"),
        (CONFIG, b"x" * (MAX_REPORT_BYTES + 1), "are allowed"),
    ],
)
def test_what_is_wrong_is_said(broker: Broker, topic: str, payload: object, said: str) -> None:
    with pytest.raises(UndecodableError, match=said):
        broker.say(topic, payload)


def test_what_is_remembered_has_an_end(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.homeassistant._MAX_ENTITIES", 1)
    broker.describe(device_class="smoke")
    broker.describe(device_class="heat")
    with pytest.raises(UndecodableError, match="more than 1 entities"):
        broker.describe("homeassistant/binary_sensor/other/config")
    assert active(broker.read(STATE, b"ON")) == ["heat"]


def test_one_topic_may_carry_the_states_of_a_whole_panel_but_of_no_more(broker: Broker) -> None:
    zones = {f"z{at}": {"p": "binary_sensor", "dev_cla": "smoke", "uniq_id": f"z{at}"} for at in range(256)}
    config = {"stat_t": "homeassistant/panel/state", "cmps": zones}
    broker.say("homeassistant/device/panel/config", config)
    assert len(broker.say("homeassistant/panel/state", b"ON")) == 256
    with pytest.raises(UndecodableError, match="more than 256 entities have their state on"):
        broker.say("homeassistant/device/other/config", config)


_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
_templates = st.sampled_from(
    ["{{ value_json.a }}", "{{ value_json[0] }}", "{{ value }}", "{{ value_json", "{%"]
)
_config = st.fixed_dictionaries(
    {"stat_t": st.just(STATE) | _values, "dev_cla": st.sampled_from(["smoke", "battery", "door"]) | _values},
    optional={
        **dict.fromkeys(("~", "uniq_id", "dev", "avty_t", "pl_on", "off_delay", "p"), _values),
        "val_tpl": _templates,
        "avty": st.lists(
            st.fixed_dictionaries({"t": st.just(STATE) | _values, "pl_avail": _values}), max_size=2
        ),
        "dev": st.fixed_dictionaries({}, optional={"ids": _values, "via_device": _values}),
    },
)
_descriptions = _config | st.builds(lambda one: {"cmps": {"a": one}, "stat_t": STATE}, _config) | _values


@given(
    topic=st.sampled_from([CONFIG, STATE, "homeassistant/device/a/config", "a/config", "/"])
    | st.text(max_size=12),
    payload=st.binary(max_size=100),
)
def test_any_bytes_on_any_topic_give_facts_or_a_reason(topic: str, payload: bytes) -> None:
    try:
        Decoder()(Message(topic, payload, base="homeassistant"))
    except UndecodableError as refusal:
        assert str(refusal)


@given(
    topic=st.sampled_from([CONFIG, "homeassistant/device/a/config", "homeassistant/sensor/n/o/config"]),
    description=_descriptions,
    state=_values,
    retained=st.booleans(),
)
def test_any_description_and_any_state_give_facts_or_a_reason(
    topic: str, description: Any, state: Any, retained: bool
) -> None:
    decoder = Decoder()
    for where, payload in ((STATE, state), (topic, description), (STATE, state), (topic, description)):
        try:
            decoder(Message(where, json.dumps(payload).encode(), retained, base="homeassistant"))
        except UndecodableError as refusal:
            assert str(refusal)
