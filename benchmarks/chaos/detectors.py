"""Native detectors: each says its alarm, and says it again, less and less often, until it is acknowledged."""

import json
import threading
import time
from dataclasses import dataclass, field

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.chaos.county import House

#: As `docs/device-protocol.md` asks of every device.
_REPEAT_S, _REPEAT_AT_MOST_S = 5.0, 60.0


@dataclass(slots=True)
class Alarm:
    """One alarm, by the wall clock. `acknowledged_at` is when the service said `committed`."""

    house: House
    said_at: float = field(default_factory=time.time)
    acknowledged_at: float | None = None
    repeated_at: float = field(default_factory=time.monotonic)
    repeat_after_s: float = _REPEAT_S


class Detectors:
    """All detectors of the county on one connection."""

    def __init__(self, port: int) -> None:
        self.alarms: dict[str, Alarm] = {}
        self._lock = threading.Lock()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="chaos-detectors", clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("fire135/v1/+/ack", qos=1)
        self._client.on_message = self._on_message
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()

    @property
    def is_connected(self) -> bool:
        """Whether the broker hears them."""
        return self._client.is_connected()

    def sound(self, house: House) -> None:
        """The detector of a house says alarm; once a house."""
        with self._lock:
            self.alarms[house.device_id] = Alarm(house)
        self._say(house)

    def repeat(self) -> None:
        """Say again what has waited for long enough; to be called often."""
        for alarm in self.unacknowledged():
            if time.monotonic() - alarm.repeated_at >= alarm.repeat_after_s and self.is_connected:
                alarm.repeated_at = time.monotonic()
                alarm.repeat_after_s = min(2 * alarm.repeat_after_s, _REPEAT_AT_MOST_S)
                self._say(alarm.house)

    def unacknowledged(self) -> list[Alarm]:
        """The alarms that the service has not confirmed."""
        with self._lock:
            return [alarm for alarm in self.alarms.values() if alarm.acknowledged_at is None]

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()

    def _say(self, house: House) -> None:
        body = json.dumps({"id": "1", "kind": "alarm"})
        self._client.publish(f"fire135/v1/{house.device_id}/event", body, qos=1)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        alarm = self.alarms.get(message.topic.split("/")[2])
        said = json.loads(message.payload)
        if alarm is not None and said["status"] == "committed":
            alarm.acknowledged_at = alarm.acknowledged_at or time.time()
