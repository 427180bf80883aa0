"""A detector that speaks fire135's native protocol: `python example_device.py HOST PORT DEVICE_ID`.

Enter is smoke. The alarm is repeated every five seconds until the service has committed (or refused) it.
"""

import json
import sys
import threading
import time
import uuid

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

REPEAT_S = 5.0


class Device:
    """One device on its own connection. `unacknowledged`, by event id: a real device keeps it in flash."""

    def __init__(self, host: str, port: int, device_id: str) -> None:
        self.unacknowledged: dict[str, bytes] = {}
        self._topic = f"fire135/v1/{device_id}"
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=device_id
        )  # outside a lab: tls_set(), too
        self._client.will_set(f"{self._topic}/status", "offline", qos=1, retain=True)
        self._client.on_connect, self._client.on_message = self._on_connect, self._on_message
        self._client.connect_async(host, port, keepalive=60)
        self._client.loop_start()  # connects, and connects again, in a thread of its own

    def report(self, kind: str, **data: object) -> str:
        """Send an event and keep it until it is acknowledged. Gives its id, which a repetition repeats."""
        event_id = uuid.uuid4().hex
        self.unacknowledged[event_id] = json.dumps({"id": event_id, "kind": kind, "data": data}).encode()
        self.repeat()
        return event_id

    def repeat(self) -> None:
        """Send again what is not acknowledged; call it every REPEAT_S seconds."""
        for payload in list(self.unacknowledged.values()) if self._client.is_connected() else ():
            self._client.publish(f"{self._topic}/event", payload, qos=1)

    def _on_connect(self, *_: object) -> None:
        self._client.subscribe(f"{self._topic}/ack", qos=1)
        self._client.publish(f"{self._topic}/status", "online", qos=1, retain=True)
        self.repeat()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        answer = json.loads(message.payload)
        sys.stdout.write(f"{answer}\n")
        self.unacknowledged.pop(str(answer["id"]), None)


if __name__ == "__main__":
    device = Device(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    threading.Thread(target=lambda: [device.report("alarm") for _ in sys.stdin], daemon=True).start()
    while True:
        time.sleep(REPEAT_S)
        device.repeat()
