"""A device's connection to the broker: MQTT 3.1.1 at QoS 1, each message confirmed before the next."""

import secrets
import ssl
from dataclasses import dataclass
from threading import Event
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
_CONNECT_WITHIN_S = 10.0
_CONFIRM_WITHIN_S = 30.0
_KEEPALIVE_S = 30


class LineError(Exception):
    """The broker cannot be reached or does not confirm; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says, retained, when the device is gone without a goodbye."""

    topic: str
    payload: str


class MqttLine:
    """One connection; it comes back by itself when the broker was away.

    Args:
        url: `mqtt://[USER:PASSWORD@]HOST[:PORT]`, or `mqtts://` for TLS.
        name: the beginning of the client id; the rest is random, so that two copies do not meet.
        will: the last will, if any.
    """

    def __init__(self, url: str, name: str, will: Will | None = None) -> None:
        self._url, self._name, self._will = url, name, will
        self._client: Client | None = None

    def connect(self) -> None:
        """Connect, and wait until the broker has welcomed us. Raises LineError."""
        if self._client is not None:
            return
        parts = urlsplit(self._url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise LineError(f"{self._url!r}: write it like mqtt://127.0.0.1:1883")
        client = Client(CallbackAPIVersion.VERSION2, client_id=f"{self._name}-{secrets.token_hex(4)}")
        if parts.username:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        if self._will is not None:
            client.will_set(self._will.topic, self._will.payload, qos=1, retain=True)
        self._open(client, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme])
        self._client = client

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Send one message and wait until the broker has confirmed it. Raises LineError."""
        if self._client is None:
            raise LineError(f"{self._name}: not connected")
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        try:
            sent.wait_for_publish(_CONFIRM_WITHIN_S)
            confirmed = sent.is_published()
        except (RuntimeError, ValueError) as fault:
            raise LineError(f"{topic}: {fault}") from None
        if not confirmed:
            raise LineError(f"{topic}: the broker did not confirm within {_CONFIRM_WITHIN_S:.0f} s")

    def close(self) -> None:
        """Say goodbye; the broker forgets the last will."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def cut(self) -> None:
        """Be gone from one moment to the next, as in a power cut; the broker says the last will."""
        client, self._client = self._client, None
        if client is not None:
            client.loop_stop()
            socket = client.socket()
            if socket is not None:
                socket.close()

    def _open(self, client: Client, host: str, port: int) -> None:
        welcomed = Event()
        refusals: list[str] = []

        def answered(
            _client: Client, _data: None, _flags: ConnectFlags, code: ReasonCode, _p: Properties | None
        ) -> None:
            if code.is_failure:
                refusals.append(str(code))
            welcomed.set()

        client.on_connect = answered
        where = f"MQTT broker {host}:{port}"
        try:
            client.connect(host, port, keepalive=_KEEPALIVE_S)
        except OSError as fault:
            raise LineError(f"{where}: {fault.strerror or fault}; is the service running?") from None
        client.loop_start()
        if not welcomed.wait(_CONNECT_WITHIN_S) or refusals:
            client.disconnect()
            client.loop_stop()
            raise LineError(f"{where}: {refusals[0] if refusals else 'no answer to our connection'}")
