"""Does a broker really work? A message is published and must come back.

An accepted TCP connection proves nothing: a broker whose router has died still accepts.
"""

import secrets
import time

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker_address import BrokerAddress

_TOPIC = "fire135/probe"


def answers(host: str, port: int, timeout_s: float = 3.0) -> bool:
    """Publish to the broker and wait for the message to come back; False if it does not in time."""
    token = secrets.token_hex(8)
    topic = f"{_TOPIC}/{token}"
    heard: list[bytes] = []

    def subscribe(
        client: Client, _data: None, _flags: ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if not code.is_failure:
            client.subscribe(topic, qos=1)

    def publish(
        client: Client, _data: None, _mid: int, _codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        client.publish(topic, token, qos=1)

    def hear(_client: Client, _data: None, message: MQTTMessage) -> None:
        heard.append(bytes(message.payload))

    client = Client(CallbackAPIVersion.VERSION2, client_id=f"fire135-probe-{token}")
    client.connect_timeout = timeout_s
    client.on_connect, client.on_subscribe, client.on_message = subscribe, publish, hear
    deadline = time.monotonic() + timeout_s
    try:
        client.connect(host, port)
        while not heard and time.monotonic() < deadline:
            if client.loop(timeout=0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
        client.disconnect()
    except OSError:
        return False
    return heard == [token.encode()]


def accepts(address: BrokerAddress, timeout_s: float = 3.0) -> bool:
    """Whether a broker lets us in: address, TLS, user and password are right."""
    greeted: list[bool] = []

    def greet(
        _client: Client, _data: None, _flags: ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        greeted.append(not code.is_failure)

    client = Client(CallbackAPIVersion.VERSION2, client_id=f"fire135-check-{secrets.token_hex(8)}")
    client.on_connect = greet
    _visit(client, address, greeted, timeout_s)
    return greeted == [True]


def publish(address: BrokerAddress, topic: str, payload: bytes, timeout_s: float = 5.0) -> bool:
    """Say one message with QoS 1, as a device does; whether the broker has confirmed it in time."""
    confirmed: list[bool] = []

    def say(
        client: Client, _data: None, _flags: ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            confirmed.append(False)
        else:
            client.publish(topic, payload, qos=1)

    def note(_client: Client, _data: None, _mid: int, code: ReasonCode, _p: Properties | None) -> None:
        confirmed.append(not code.is_failure)

    client = Client(CallbackAPIVersion.VERSION2, client_id=f"fire135-probe-{secrets.token_hex(8)}")
    client.on_connect, client.on_publish = say, note
    _visit(client, address, confirmed, timeout_s)
    return confirmed == [True]


def _visit(client: Client, address: BrokerAddress, heard: list[bool], timeout_s: float) -> None:
    """Connect and stay until something is heard, or the time is over."""
    client.connect_timeout = timeout_s
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set()
    deadline = time.monotonic() + timeout_s
    try:
        client.connect(address.host, address.port)
        while not heard and time.monotonic() < deadline:
            if client.loop(timeout=0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
        client.disconnect()
    except OSError:
        return
