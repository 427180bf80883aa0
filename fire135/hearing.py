"""What hears devices: the embedded broker, the subscriber, pushes and transmitters."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread

from dispatch.setup import Clock, DispatchSetup
from fire135.errors import UserError
from fire135.settings import Settings
from fire135.watch import Watch, tell_outside, topic_of_probe
from ingest.broker import EmbeddedBroker, embedded_listener
from ingest.broker_address import parse_broker_url
from ingest.broker_probe import accepts, publish
from ingest.door import Door
from ingest.formats import parse_sources
from ingest.gb26875_listener import Listener
from ingest.pipeline import Pipeline
from ingest.push_worker import PushWorker
from ingest.subscriber import Subscriber
from store.database import Database

log = logging.getLogger(__name__)

#: How long `/readyz` waits for a broker that another process listens to.
_PROBE_S = 1.0
#: Transmitters stand elsewhere: who names a port for them means every interface.
_ANYWHERE = "0.0.0.0"  # noqa: S104 - see above


class Hearing:
    """The ways in of one process; made in every process, for all know the broker and where pushes wait.

    Raises the errors of `ingest` for settings that cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        setup: DispatchSetup,
        clock: Clock,
        *,
        is_ours: bool,
        wake_sender: Callable[[], None],
    ) -> None:
        self._settings, self._is_ours = settings, is_ours
        self._database, self._setup, self._clock, self._wake_sender = database, setup, clock, wake_sender
        self._routes = parse_sources(settings.sources)
        listener = embedded_listener(settings.mqtt_url)
        url = listener.client_url if listener else settings.mqtt_url
        self._address = parse_broker_url(url)
        self._broker = EmbeddedBroker(listener, Path("var")) if listener and is_ours else None
        pipeline = Pipeline(database, setup, self._routes, now=clock.now, on_queued=wake_sender)
        self.subscriber = Subscriber(url, pipeline, group=settings.mqtt_group)
        self._thread = Thread(target=self.subscriber.run, name="ingest")
        door = Door(database, setup, now=clock.now, on_queued=wake_sender)
        self.pushes = PushWorker(database, door, now=clock.now)
        self._transmitters: Listener | None = None
        if settings.gb26875_port is not None and is_ours:
            self._transmitters = Listener(_ANYWHERE, settings.gb26875_port, door, now=clock.now)

    def start(self) -> None:
        """Start every way in. Raises BrokerError, UserError."""
        if self._broker is not None:
            self._broker.start()
        self._thread.start()
        self.pushes.start()
        if self._transmitters is not None:
            self._let_in(self._transmitters)

    def _let_in(self, transmitters: Listener) -> None:
        try:
            transmitters.start()
        except OSError as fault:
            port = self._settings.gb26875_port
            raise UserError(
                f"cannot listen on port {port} ({fault.strerror}); set FIRE135_GB26875_PORT to another port"
            ) from None

    def stop(self) -> None:
        """Stop hearing, with everything received committed or left to its sender."""
        if self._thread.is_alive():
            self.subscriber.stop()
            self._thread.join()
        self.pushes.stop()
        if self._transmitters is not None:
            self._transmitters.stop()

    def stop_broker(self) -> None:
        """Stop the embedded broker, after everything that speaks to it."""
        if self._broker is not None:
            self._broker.stop()

    def make_watch(self) -> Watch | None:
        """The watch over our own alarms, where native devices are heard at all."""
        topic = topic_of_probe(self._routes)
        if topic is None:
            log.warning("FIRE135_SOURCES: no native device is heard, so the service cannot watch itself")
            return None
        url = self._settings.heartbeat_url
        return Watch(
            self._database,
            self._setup,
            self._clock,
            partial(publish, self._address, topic),
            wake_sender=self._wake_sender,
            tell_outside=partial(tell_outside, url) if url else lambda: None,
        )

    def why_no_broker(self) -> str | None:
        """Why no broker brings us alarms; None while one does."""
        if self._is_ours:
            return None if self.subscriber.is_connected else "no connection to the MQTT broker"
        return None if accepts(self._address, _PROBE_S) else "no broker lets us in at FIRE135_MQTT_URL"

    @property
    def dead_part(self) -> str | None:
        """What has ended by itself."""
        alive = {
            "ingest": self._thread.is_alive(),
            "pushes": self.pushes.is_alive,
            "gb26875": self._transmitters is None or self._transmitters.is_alive,
        }
        return next((name for name, is_alive in alive.items() if not is_alive), None)
