"""An ear at a broker: hears what devices say there."""

import json
from queue import Empty, Queue
from threading import Event
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

_PATIENCE_S = 10.0


class Ear:
    """Hears everything, in order."""

    def __init__(self, port: int) -> None:
        self._heard: Queue[MQTTMessage] = Queue()
        ready = Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _client, _data, message: self._heard.put(message)
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("#", qos=1)
        assert ready.wait(_PATIENCE_S)

    def next(self) -> MQTTMessage:
        """The next message that is none of the broker's own probes."""
        while True:
            try:
                message = self._heard.get(timeout=_PATIENCE_S)
            except Empty:
                raise AssertionError("nothing more was heard") from None
            if not message.topic.startswith("fire135/probe"):
                return message

    def next_json(self) -> tuple[str, Any]:
        """The next message as its topic and JSON value."""
        message = self.next()
        return message.topic, json.loads(message.payload)

    def close(self) -> None:
        """Stop listening."""
        self._client.disconnect()
        self._client.loop_stop()
