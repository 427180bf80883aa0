"""Devices that speak only MQTT: native ones, a Zigbee2MQTT bridge with its real habits, a terminal.

The native format is contract section 5. The bridge behaves as Zigbee2MQTT 2.14.1 does by default
where that troubles a listener: each message holds the whole cached state, and all cached states are
published again at its start. State goes at QoS 1 here, which Zigbee2MQTT has as a setting.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from simulators.mqtt_line import MqttLine, Will

_PREFIX = "fire135/v1"
_ONLINE, _OFFLINE = "online", "offline"


class NativeDevice:
    """A detector, call point or window that speaks the native format over a line it may share."""

    def __init__(self, line: MqttLine, device_id: str) -> None:
        self.device_id = device_id
        self._line = line

    def say(self, kind: str, data: Mapping[str, Any] | None = None) -> str:
        """Send one event of a canonical kind, such as `alarm`; returns the event's id."""
        event: dict[str, Any] = {"id": uuid4().hex, "kind": kind, "at": datetime.now(UTC).isoformat()}
        if data:
            event["data"] = dict(data)
        self._line.publish(f"{_PREFIX}/{self.device_id}/event", _json(event))
        return str(event["id"])


class StationTerminal(NativeDevice):
    """The button box in a station."""

    def press(self, kind: str, code: str | None = None) -> str:
        """Press `acknowledge`, `enroute` or `on_scene`; `code` says for which incident."""
        return self.say(kind, {"code": code} if code else None)


class NativeGateway:
    """A building's gateway: its devices speak through it, and its last will says when it is gone."""

    def __init__(self, mqtt_url: str, gateway_id: str) -> None:
        self.gateway_id = gateway_id
        self._topic = f"{_PREFIX}/{gateway_id}/status"
        self._line = MqttLine(mqtt_url, f"gateway-{gateway_id}", Will(self._topic, _OFFLINE))

    def start(self) -> None:
        """Connect and say that it is there."""
        self._line.connect()
        self._line.publish(self._topic, _ONLINE, retain=True)

    def device(self, device_id: str) -> NativeDevice:
        """A device behind this gateway."""
        return NativeDevice(self._line, device_id)

    def terminal(self, device_id: str) -> StationTerminal:
        """A station terminal behind this gateway."""
        return StationTerminal(self._line, device_id)

    def cut(self) -> None:
        """Lose power: the broker says the last will."""
        self._line.cut()

    def stop(self) -> None:
        """Go without a word: what the gateway last said stays."""
        self._line.close()


class Zigbee2MqttBridge:
    """A Zigbee2MQTT bridge and the devices it knows.

    Args:
        mqtt_url: the broker.
        base: its base topic.
    """

    def __init__(self, mqtt_url: str, base: str = "zigbee2mqtt") -> None:
        self._base = base
        self._state_topic = f"{base}/bridge/state"
        self._line = MqttLine(mqtt_url, base.replace("/", "-"), Will(self._state_topic, _state(_OFFLINE)))
        self._cache: dict[str, dict[str, Any]] = {}

    def add(self, name: str, state: Mapping[str, Any]) -> None:
        """Let the bridge know a device by its friendly name, with the state that it has cached."""
        self._cache[name] = {"linkquality": 120, **state}

    def start(self) -> None:
        """Connect, and publish every cached state as if it were news."""
        self._line.connect()
        self._line.publish(self._state_topic, _state(_ONLINE), retain=True)
        for name in self._cache:
            self.report_availability(name, is_online=True)
            self._publish_state(name)

    def report(self, name: str, changes: Mapping[str, Any]) -> None:
        """A device reports: the message is its cached state with the changes merged in."""
        self._cache.setdefault(name, {"linkquality": 120}).update(changes)
        self._publish_state(name)

    def report_availability(self, name: str, *, is_online: bool) -> None:
        """Say whether a device can be reached; retained."""
        word = _ONLINE if is_online else _OFFLINE
        self._line.publish(f"{self._base}/{name}/availability", _state(word), retain=True)

    def cut(self) -> None:
        """Lose power: the broker says that the bridge is offline; the cache is on disk."""
        self._line.cut()

    def stop(self) -> None:
        """Go without a word: what the bridge last said stays."""
        self._line.close()

    def _publish_state(self, name: str) -> None:
        self._line.publish(f"{self._base}/{name}", _json(self._cache[name]))


def _state(word: str) -> str:
    return _json({"state": word})


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
