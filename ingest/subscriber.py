"""The MQTT client: one persistent session, QoS 1, acknowledged by hand after the commit.

Everything happens in the one thread that calls `run`: reading, committing, acknowledging. So an
acknowledgement cannot overtake its commit, and one that outlived its connection cannot be sent: each
connection has a paho client of its own. On any trouble we go without acknowledging and come back:
the broker sends again what it was not told we have.
"""

import logging
import threading
from functools import partial

from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.broker_address import check_group, parse_broker_url
from ingest.client_id import ClientId
from ingest.pipeline import Pipeline
from ingest.reading import Message
from ingest.transaction import DatabaseTroubleError

log = logging.getLogger(__name__)

_KEEPALIVE_S = 30
_MAX_WAIT_S = 0.2
_PAUSES_S = (0.5, 1.0, 2.0, 5.0)
#: How long the broker of a group keeps the share of a process that went away.
_SESSION_EXPIRY_S = 3600


class _ConnectionLostError(Exception):
    """The broker refused us or is gone."""


class Subscriber:
    """Feeds a pipeline from a broker until it is told to stop.

    Args:
        url: `mqtt://…` or `mqtts://…`; the embedded broker's own `url` is one.
        pipeline: takes the messages.
        group: shares the load with the other processes of the group (MQTT 5 shared subscription).

    Raises BrokerAddressError for a URL or group that cannot be used.
    """

    def __init__(self, url: str, pipeline: Pipeline, *, group: str = "") -> None:
        self._address = parse_broker_url(url)
        self._group = check_group(group)
        self._pipeline = pipeline
        self._stopping = threading.Event()
        self._subscribed = threading.Event()

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands and the broker sends what we subscribe to, or did before."""
        return self._subscribed.is_set()

    def stop(self) -> None:
        """Make `run` return, with everything received committed or left to the broker. Any thread."""
        self._stopping.set()

    def run(self) -> None:
        """Receive until `stop`; come back after any trouble, for ever."""
        client_id = ClientId(self._group)
        failures = 0
        try:
            while not self._stopping.is_set():
                try:
                    self._pipeline.resume()
                    self._serve(client_id.name)
                except Exception as trouble:  # noqa: BLE001 - whatever it is, nobody else hears the detectors
                    failures = 1 if self._subscribed.is_set() else failures + 1
                    self._subscribed.clear()
                    self._pause(trouble, failures)
        finally:
            self._subscribed.clear()
            client_id.release()

    def _pause(self, trouble: Exception, failures: int) -> None:
        pause_s = _PAUSES_S[min(failures, len(_PAUSES_S)) - 1]
        is_ours = not isinstance(trouble, OSError | _ConnectionLostError | DatabaseTroubleError)
        log.warning("broker %s: %s; again in %s s", self._address, trouble, pause_s, exc_info=is_ours)
        self._stopping.wait(pause_s)

    def _serve(self, client_id: str) -> None:
        """One connection, until `stop` or trouble."""
        self._pipeline.tick()
        client = self._connect(client_id)
        # at QoS 0: for every answer in flight paho reads one more message before it writes anything, so
        # that a long queue would leave us silent until the broker hangs up; who misses one repeats
        self._pipeline.publish = partial(client.publish, qos=0)
        try:
            while not self._stopping.is_set():
                due_in_s = self._pipeline.tick()
                code = client.loop(_MAX_WAIT_S if due_in_s is None else min(due_in_s, _MAX_WAIT_S))
                if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    raise _ConnectionLostError(f"connection lost ({code.name})")
            self._pipeline.flush()
        finally:
            client.disconnect()

    def _connect(self, client_id: str) -> Client:
        shared = bool(self._group)
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if shared else False,
            protocol=MQTTProtocolVersion.MQTTv5 if shared else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        if self._address.username is not None:
            client.username_pw_set(self._address.username, self._address.password)
        if self._address.tls:
            client.tls_set()
        client.connect(
            self._address.host,
            self._address.port,
            keepalive=_KEEPALIVE_S,
            clean_start=False if shared else MQTT_CLEAN_START_FIRST_ONLY,  # MQTT 3.1.1 knows no such thing
            properties=_session_properties() if shared else None,
        )
        return client

    def _on_connect(
        self, client: Client, _data: object, flags: ConnectFlags, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            raise _ConnectionLostError(f"refused: {reason}")
        if flags.session_present:  # a long queue comes before the answer to our subscription
            self._subscribed.set()
        routes = self._pipeline.routes
        if self._group:
            options = SubscribeOptions(qos=1)
            wanted = [f"$share/{self._group}/{topic}" for topic in routes.filters] + [*routes.hint_filters]
            client.subscribe([(topic, options) for topic in wanted])
        else:
            client.subscribe([(topic, 1) for topic in routes.filters])

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: object
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            raise _ConnectionLostError(f"subscription refused: {', '.join(refused)}")
        log.info("broker %s: subscribed", self._address)
        self._subscribed.set()

    def _on_disconnect(
        self, _client: Client, _data: object, flags: DisconnectFlags, reason: ReasonCode, _properties: object
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            log.warning("broker %s: it ended the connection: %s", self._address, reason)

    def _on_message(self, client: Client, _data: object, received: MQTTMessage) -> None:
        try:
            topic = received.topic
        except UnicodeDecodeError:
            topic = "(a topic that is not UTF-8)"
        message = Message(topic, bytes(received.payload), retained=received.retain)
        ack = partial(client.ack, received.mid, received.qos) if received.qos > 0 else None
        self._pipeline.gather(message, ack)


def _session_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_EXPIRY_S
    return properties
