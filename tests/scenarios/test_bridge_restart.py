"""What a real Zigbee2MQTT does around a restart, replayed in order at a real broker.

The order is that of its sources (2.14.1): on connecting it publishes `bridge/state` (retained, its last
will), then its devices, then every cached state again, not retained; availability is retained.
"""

import json
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.broker import EmbeddedBroker
from store.database import Database
from store.incidents import Incident
from tests.factories import District
from tests.wire import PATIENCE_S, count, district, kinds, listening, until

__all__ = ["district"]
pytestmark = pytest.mark.broker

STATE = "zigbee2mqtt/bridge/state"


class Bridge:
    """Publishes as the bridge does; keeps the merged state of each device, as its cache does."""

    def __init__(self, port: int, cache: dict[str, dict[str, Any]]) -> None:
        self._cache = cache
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="mqttjs_bridge")
        self._client.will_set(STATE, b'{"state":"offline"}', qos=1, retain=True)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._publish(STATE, {"state": "online"}, qos=1, retain=True)
        self._publish("zigbee2mqtt/bridge/info", {"version": "2.14.1"}, retain=True)
        for name in cache:
            self._publish(f"zigbee2mqtt/{name}/availability", {"state": "online"}, qos=1, retain=True)
        for name in cache:  # cache_state_send_on_startup
            self.report(name)

    def report(self, name: str, **changed: Any) -> None:
        """A device reports something; what it said before is sent along."""
        self._cache.setdefault(name, {}).update(changed)
        self._publish(f"zigbee2mqtt/{name}", self._cache[name])

    def is_killed(self) -> None:
        """The power fails: the broker publishes the last will."""
        self._client.loop_stop()
        self._client.socket().close()  # type: ignore[union-attr]

    def stop(self) -> None:
        self._publish(STATE, {"state": "offline"}, qos=1, retain=True)
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, topic: str, payload: Any, *, qos: int = 0, retain: bool = False) -> None:
        self._client.publish(topic, json.dumps(payload), qos=qos, retain=retain).wait_for_publish(PATIENCE_S)


def test_a_bridge_that_comes_back_says_nothing_new_and_the_next_alarm_is_heard(
    mosquitto: EmbeddedBroker, database: Database, district: District, free_port: int
) -> None:
    kitchen, bedroom = "厨房/烟感 1", district.smoke_external_id
    cache: dict[str, dict[str, Any]] = {}
    with listening(mosquitto, database):
        bridge = Bridge(free_port, cache)
        bridge.report(kitchen, smoke=False, battery=100, linkquality=90)
        bridge.report(bedroom, smoke=True, battery=91, linkquality=70)
        until(lambda: "alarm" in kinds(database))
        bridge.report(bedroom, battery=90)
        bridge.is_killed()
        until(lambda: kinds(database).count("offline") == 1)
        bridge = Bridge(free_port, cache)
        until(lambda: kinds(database).count("online") >= 2)
        bridge.report(bedroom, linkquality=64)
        bridge.report(kitchen, smoke=True)
        until(lambda: kinds(database).count("alarm") == 2)
        bridge.stop()
        until(lambda: kinds(database).count("offline") == 2)
    said = [kind for kind in kinds(database) if kind not in ("online", "offline")]
    assert said == ["alarm", "alarm"]
    assert count(database, Incident) == 2  # the unknown kitchen detector goes to the duty officer
