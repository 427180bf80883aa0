"""The devices of a story in the field: they do what they are told, and the living ones say that they live."""

from collections.abc import Iterator

import pytest

from ingest.broker import EmbeddedBroker
from simulators import field
from simulators.field import Field
from simulators.steps import (
    BridgeBack,
    BridgeLost,
    GatewayBack,
    GatewayLost,
    NativeSays,
    Scenario,
    Step,
    ZigbeeLost,
    ZigbeeReports,
)
from tests.ear import Ear

STORY = Scenario(
    name="story",
    title="故事",
    premises_id="p-1",
    zigbee={"smoke_1": {"smoke": False}},
    steps=(Step(0, NativeSays("d-1", "alarm")), Step(0, GatewayLost("gw-1"))),
)
AT_START = {
    "fire135/v1/gw-1/status",
    "zigbee2mqtt/bridge/state",
    "zigbee2mqtt/smoke_1/availability",
    "zigbee2mqtt/smoke_1",
}


@pytest.fixture
def ear(broker: EmbeddedBroker, free_port: int) -> Iterator[Ear]:
    opened = Ear(free_port)
    yield opened
    opened.close()


@pytest.fixture
def devices(broker: EmbeddedBroker, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    monkeypatch.setattr(field, "_BEAT_EVERY_S", 0)
    made = Field(broker.url, [STORY])
    made.start()
    assert {ear.next().topic for _ in AT_START} == AT_START
    yield made
    made.stop()


def test_devices_do_what_the_story_says(devices: Field, ear: Ear) -> None:
    devices.do(ZigbeeReports("smoke_1", {"smoke": True}))
    devices.do(ZigbeeLost("smoke_1"))
    devices.do(NativeSays("d-1", "alarm"))
    assert ear.next_json()[1]["smoke"] is True
    assert ear.next_json() == ("zigbee2mqtt/smoke_1/availability", {"state": "offline"})
    topic, event = ear.next_json()
    assert (topic, event["kind"]) == ("fire135/v1/d-1/event", "alarm")


def test_what_loses_power_is_said_to_be_offline_until_it_is_back(devices: Field, ear: Ear) -> None:
    devices.do(GatewayLost("gw-1"))
    assert ear.next().payload == b"offline"
    devices.do(GatewayBack("gw-1"))
    assert ear.next().payload == b"online"
    devices.do(BridgeLost())
    assert ear.next_json() == ("zigbee2mqtt/bridge/state", {"state": "offline"})
    devices.do(BridgeBack())
    assert ear.next_json() == ("zigbee2mqtt/bridge/state", {"state": "online"})


def test_devices_beat_in_turn_and_what_is_gone_does_not(devices: Field, ear: Ear) -> None:
    devices.beat()
    devices.beat()
    assert {ear.next().topic, ear.next().topic} == {"fire135/v1/d-1/event", "zigbee2mqtt/smoke_1"}
    devices.do(BridgeLost())
    ear.next()
    devices.beat()
    devices.beat()
    assert [ear.next_json()[1]["kind"] for _ in range(2)] == ["heartbeat", "heartbeat"]
    devices.do(NativeSays("d-1", "offline"))
    ear.next()
    devices.beat()
    devices.do(NativeSays("d-1", "online"))
    assert ear.next_json()[1]["kind"] == "online"
