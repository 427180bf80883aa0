"""Simulated devices at a real broker: what a listener hears of them, and what their absence leaves."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from ingest.broker import EmbeddedBroker
from simulators.devices import NativeDevice, NativeGateway, StationTerminal, Zigbee2MqttBridge
from simulators.mqtt_line import LineError, MqttLine
from tests.ear import Ear

SMOKE = "livingroom/smoke 客厅"
IDLE = {"smoke": False, "battery": 97}


@pytest.fixture
def ear(broker: EmbeddedBroker, free_port: int) -> Iterator[Ear]:
    opened = Ear(free_port)
    yield opened
    opened.close()


@pytest.fixture
def line(broker: EmbeddedBroker) -> Iterator[MqttLine]:
    opened = MqttLine(broker.url, "test")
    opened.connect()
    yield opened
    opened.close()


@pytest.fixture
def bridge(broker: EmbeddedBroker) -> Iterator[Zigbee2MqttBridge]:
    made = Zigbee2MqttBridge(broker.url)
    made.add(SMOKE, IDLE)
    yield made
    made.stop()


def test_a_native_event_has_the_contracts_topic_and_fields(line: MqttLine, ear: Ear) -> None:
    event_id = NativeDevice(line, "d-1").say("alarm", {"battery": 80})
    heard = ear.next()
    assert (heard.topic, heard.qos, heard.retain) == ("fire135/v1/d-1/event", 1, False)
    ear.close()
    assert event_id.encode() in heard.payload


def test_every_event_of_a_device_has_its_own_id_and_time(line: MqttLine, ear: Ear) -> None:
    device = NativeDevice(line, "d-1")
    ids = {device.say("heartbeat"), device.say("heartbeat")}
    _, event = ear.next_json()
    assert len(ids) == 2
    assert event["kind"] == "heartbeat"
    assert datetime.fromisoformat(event["at"]).tzinfo is not None
    assert "data" not in event


def test_a_terminals_button_may_say_for_which_incident(line: MqttLine, ear: Ear) -> None:
    StationTerminal(line, "t-1").press("on_scene", "K7")
    topic, event = ear.next_json()
    assert topic == "fire135/v1/t-1/event"
    assert (event["kind"], event["data"]) == ("on_scene", {"code": "K7"})


def test_a_gateway_that_loses_power_is_said_to_be_offline(
    broker: EmbeddedBroker,
    ear: Ear,
) -> None:
    gateway = NativeGateway(broker.url, "gw-1")
    gateway.start()
    assert ear.next().payload == b"online"
    gateway.cut()
    heard = ear.next()
    assert (heard.topic, heard.payload) == ("fire135/v1/gw-1/status", b"offline")


def test_devices_speak_through_their_gateway(broker: EmbeddedBroker, ear: Ear) -> None:
    gateway = NativeGateway(broker.url, "gw-1")
    gateway.start()
    ear.next()
    gateway.device("d-1").say("restore")
    gateway.terminal("t-1").press("acknowledge")
    assert [ear.next_json()[1]["kind"], ear.next_json()[1]["kind"]] == ["restore", "acknowledge"]
    gateway.stop()


def test_a_bridge_publishes_its_whole_cache_at_the_start(bridge: Zigbee2MqttBridge, ear: Ear) -> None:
    bridge.start()
    heard = dict(ear.next_json() for _ in range(3))
    assert heard == {
        "zigbee2mqtt/bridge/state": {"state": "online"},
        f"zigbee2mqtt/{SMOKE}/availability": {"state": "online"},
        f"zigbee2mqtt/{SMOKE}": {"linkquality": 120, **IDLE},
    }


def test_each_report_holds_the_merged_cache(bridge: Zigbee2MqttBridge, ear: Ear) -> None:
    bridge.start()
    for _ in range(3):
        ear.next()
    bridge.report(SMOKE, {"smoke": True})
    bridge.report(SMOKE, {"battery": 96})
    assert ear.next_json()[1]["smoke"] is True
    assert ear.next_json()[1] == {"linkquality": 120, "smoke": True, "battery": 96}


def test_after_a_power_cut_the_old_alarm_comes_back_as_if_it_were_new(
    bridge: Zigbee2MqttBridge,
    ear: Ear,
) -> None:
    bridge.start()
    bridge.report(SMOKE, {"smoke": True})
    bridge.report_availability(SMOKE, is_online=False)
    bridge.cut()
    for _ in range(5):
        ear.next()
    assert ear.next_json() == ("zigbee2mqtt/bridge/state", {"state": "offline"})
    bridge.start()
    again = dict(ear.next_json() for _ in range(3))
    assert again[f"zigbee2mqtt/{SMOKE}"]["smoke"] is True
    assert again[f"zigbee2mqtt/{SMOKE}/availability"] == {"state": "online"}


def test_a_broker_that_is_not_there_is_named(free_port: int) -> None:
    with pytest.raises(LineError, match=rf"127\.0\.0\.1:{free_port}: .*is the service running"):
        MqttLine(f"mqtt://127.0.0.1:{free_port}", "test").connect()


@pytest.mark.parametrize("url", ["127.0.0.1:1883", "http://127.0.0.1", "mqtt://"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(LineError, match="write it like mqtt://"):
        MqttLine(url, "test").connect()


def test_nothing_can_be_said_before_connecting() -> None:
    with pytest.raises(LineError, match="not connected"):
        MqttLine("mqtt://127.0.0.1", "test").publish("a", "b")
