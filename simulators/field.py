"""All devices of some stories, out in the field: connected, doing what a story says, sending heartbeats."""

import time
from collections.abc import Iterable

from simulators.devices import NativeDevice, NativeGateway, Zigbee2MqttBridge
from simulators.mqtt_line import MqttLine
from simulators.steps import (
    BridgeBack,
    BridgeLost,
    DeviceDone,
    GatewayBack,
    GatewayLost,
    NativeSays,
    Scenario,
    ZigbeeLost,
    ZigbeeReports,
)

_BEAT_EVERY_S = 5.0


class Field:
    """The devices of the stories; those that several stories use are there once.

    Args:
        mqtt_url: the broker.
        scenarios: whose devices.
    """

    def __init__(self, mqtt_url: str, scenarios: Iterable[Scenario]) -> None:
        self._line = MqttLine(mqtt_url, "devices")
        self._bridge = Zigbee2MqttBridge(mqtt_url)
        self._gateways: dict[str, NativeGateway] = {}
        self._natives: dict[str, NativeDevice] = {}
        self._zigbee: set[str] = set()
        for scenario in scenarios:
            for name, state in scenario.zigbee.items():
                self._bridge.add(name, state)
                self._zigbee.add(name)
            for step in scenario.steps:
                if isinstance(step.what, NativeSays):
                    self._native(step.what.device_id)
                if isinstance(step.what, GatewayLost):
                    gateway_id = step.what.gateway_id
                    self._gateways[gateway_id] = NativeGateway(mqtt_url, gateway_id)
        self._silent: set[str] = set()
        self._bridge_is_up = False
        self._beats = 0
        self._last_beat = 0.0

    def start(self) -> None:
        """Connect everything; the bridge says how its devices rest. Raises LineError."""
        self._line.connect()
        for gateway in self._gateways.values():
            gateway.start()
        self._start_bridge()

    def do(self, what: DeviceDone) -> None:
        """Let a device do something. Raises LineError."""
        match what:
            case ZigbeeReports(name, changes):
                self._bridge.report(name, changes)
            case ZigbeeLost(name):
                self._bridge.report_availability(name, is_online=False)
            case BridgeLost():
                self._bridge_is_up = False
                self._bridge.cut()
            case BridgeBack():
                self._start_bridge()
            case NativeSays(device_id, kind):
                self._native(device_id).say(kind)
                (self._silent.add if kind == "offline" else self._silent.discard)(device_id)
            case GatewayLost(gateway_id):
                self._gateways[gateway_id].cut()
            case GatewayBack(gateway_id):
                self._gateways[gateway_id].start()

    def beat(self) -> None:
        """Every few seconds one device, each in its turn, says that it is alive. Raises LineError."""
        names = sorted((self._zigbee if self._bridge_is_up else set()) | (set(self._natives) - self._silent))
        now = time.monotonic()
        if not names or now - self._last_beat < _BEAT_EVERY_S:
            return
        self._last_beat = now
        self._beats += 1
        name = names[self._beats % len(names)]
        if name in self._natives:
            self._natives[name].say("heartbeat", {"battery": 97})
        else:
            self._bridge.report(name, {"linkquality": 100 + self._beats % 40})

    def stop(self) -> None:
        """Take every device away; what they last said stays."""
        self._bridge.stop()
        for gateway in self._gateways.values():
            gateway.stop()
        self._line.close()

    def _native(self, device_id: str) -> NativeDevice:
        return self._natives.setdefault(device_id, NativeDevice(self._line, device_id))

    def _start_bridge(self) -> None:
        if self._zigbee:
            self._bridge.start()
            self._bridge_is_up = True
