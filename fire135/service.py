"""The wiring: settings become parts, parts run in threads, a signal ends them with nothing lost.

Roles may run together or apart. `ingest` brings the embedded broker if that is what the MQTT URL
names; `dispatch` sends and escalates; `api` serves HTTP.
"""

import logging
import signal
import socket
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from threading import Event, Thread

import uvicorn

from api.app import create_app
from api.context import Service
from dispatch.centre_line import CentreLine
from dispatch.centre_sender import CentreSender
from dispatch.channels.build import build_carriers, carrier_names, robots_of
from dispatch.channels.probe import ProbeCarrier
from dispatch.escalator import Escalator
from dispatch.plan import load_plan
from dispatch.pushes import PushReader
from dispatch.sender import Sender
from dispatch.setup import DispatchSetup
from dispatch.supervisor import Supervisor
from fire135 import loops
from fire135.clock import SystemClock
from fire135.faults import UserError
from fire135.listening import listen
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
from store.schema import ensure_current

log = logging.getLogger(__name__)

#: An open event stream would otherwise hold the server up for ever.
_GRACE_S = 2
#: A page must not wait 5 ms (Python's default) for busy heartbeats after every step to the database.
_SWITCH_S = 0.0005
#: How long `/readyz` waits for a broker that another process listens to.
_PROBE_S = 1.0
#: Transmitters stand elsewhere: who names a port for them means every interface.
_ANYWHERE = "0.0.0.0"  # noqa: S104 - see above


class Role(StrEnum):
    """What a process does."""

    ALL = "all"
    INGEST = "ingest"
    DISPATCH = "dispatch"
    API = "api"


#: Who takes a push reads it; others take over what was left unread.
_READ_PUSHES = frozenset({Role.API, Role.DISPATCH})


class Program:
    """One process of the service.

    Raises the errors of the rooms for settings that cannot be used; nothing has been started then.
    """

    def __init__(self, settings: Settings, roles: frozenset[Role] = frozenset({Role.ALL})) -> None:
        self._settings = settings
        self._roles = frozenset(Role) if Role.ALL in roles else roles
        self._clock = SystemClock()
        self._stopped = Event()
        routes = parse_sources(settings.sources)
        carriers = build_carriers(settings, _print_whole)
        self._setup = DispatchSetup(
            plan=load_plan(settings.plan),
            carriers=carrier_names(carriers),
            zone=settings.zone,
            robots=robots_of(settings),
        )
        self._database = Database(settings.database_url)
        by_name = {carrier.name: carrier for carrier in (*carriers, ProbeCarrier())}
        self._sender = Sender(self._database, self._setup, by_name, self._clock)
        self._escalator = Escalator(self._database, self._setup, self._clock, wake_sender=self._sender.wake)
        self._supervisor = Supervisor(self._database, self._setup, self._clock, wake_sender=self._sender.wake)
        self._carrier_pushes = PushReader(
            self._database, self._setup, now=self._clock.now, wake_sender=self._sender.wake
        )
        line: CentreLine | None = None
        if settings.handover_url:
            line = CentreLine(settings.handover_url, settings.handover_secret.get_secret_value())
        self._centre = CentreSender(self._database, line, self._clock)
        listener = embedded_listener(settings.mqtt_url)
        self._broker: EmbeddedBroker | None = None
        if listener is not None and Role.INGEST in self._roles:
            self._broker = EmbeddedBroker(listener, Path("var"))
        pipeline = Pipeline(
            self._database, self._setup, routes, now=self._clock.now, on_queued=self._sender.wake
        )
        broker_url = listener.client_url if listener else settings.mqtt_url
        self._broker_address = parse_broker_url(broker_url)
        self._watch = self._make_watch(topic_of_probe(routes))
        self._subscriber = Subscriber(broker_url, pipeline, group=settings.mqtt_group)
        self._ingest = Thread(target=self._subscriber.run, name="ingest")
        door = Door(self._database, self._setup, now=self._clock.now, on_queued=self._sender.wake)
        self._pushes = PushWorker(self._database, door, now=self._clock.now)
        self._transmitters: Listener | None = None
        if settings.gb26875_port is not None and Role.INGEST in self._roles:
            self._transmitters = Listener(_ANYWHERE, settings.gb26875_port, door, now=self._clock.now)
        self._server: uvicorn.Server | None = None
        self._web: Thread | None = None

    def _make_watch(self, topic: str | None) -> Watch | None:
        """The watch over our own alarms, where native devices are heard at all."""
        if Role.DISPATCH not in self._roles:
            return None
        if topic is None:
            log.warning("FIRE135_SOURCES: no native device is heard, so the service cannot watch itself")
            return None
        url = self._settings.heartbeat_url
        return Watch(
            self._database,
            self._setup,
            self._clock,
            partial(publish, self._broker_address, topic),
            wake_sender=self._sender.wake,
            tell_outside=partial(tell_outside, url) if url else lambda: None,
        )

    @property
    def url(self) -> str:
        """Where the page is."""
        return self._settings.base_url

    def run(self) -> int:
        """Start, serve until SIGTERM or Ctrl-C, stop; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopped.set())
        self.start()
        print(f"fire135 serves {', '.join(sorted(self._roles - {Role.ALL}))} at {self.url}", flush=True)
        failed = self.wait()
        self.stop()
        return 1 if failed else 0

    def start(self) -> None:
        """Start every part of this process's roles; on any fault what was started is stopped again."""
        ensure_current(self._database)
        sys.setswitchinterval(_SWITCH_S)
        try:
            self._start_parts()
        except BaseException:
            self.stop()
            raise

    def _start_parts(self) -> None:
        host, port = self._settings.http_host, self._settings.http_port
        web_socket = listen(host, port) if Role.API in self._roles else None
        if self._broker is not None:
            self._broker.start()
        if Role.DISPATCH in self._roles:
            self._sender.start()
            self._escalator.start()
            self._centre.start()
            self._supervisor.start()
            if self._watch is not None:
                self._watch.start()
        if self._roles & _READ_PUSHES:
            self._carrier_pushes.start()
        if Role.INGEST in self._roles:
            self._ingest.start()
            self._pushes.start()
        if self._transmitters is not None:
            self._let_transmitters_in(self._transmitters)
        if web_socket is not None:
            self._serve_http(web_socket)

    def wait(self) -> bool:
        """Wait until a signal ends the process, or a part that cannot go on: then True."""
        while not self._stopped.wait(1):
            if fault := self._dead_part():
                log.error("%s has ended; stopping so that the supervisor starts us again", fault)
                return True
        return False

    def ask_to_stop(self) -> None:
        """Make `wait` return."""
        self._stopped.set()

    def stop(self) -> None:
        """Stop in the order in which nothing is lost: doors first, then senders, then the broker."""
        self._stopped.set()
        if self._server is not None and self._web is not None:
            self._server.should_exit = True
            self._web.join()
        if self._ingest.is_alive():
            self._subscriber.stop()
            self._ingest.join()
        self._pushes.stop()
        if self._transmitters is not None:
            self._transmitters.stop()
        if self._watch is not None:
            self._watch.stop()
        self._carrier_pushes.stop()
        self._supervisor.stop()
        self._escalator.stop()
        self._centre.stop()
        self._sender.stop()
        if self._broker is not None:
            self._broker.stop()
        self._database.dispose()

    def _let_transmitters_in(self, listener: Listener) -> None:
        try:
            listener.start()
        except OSError as fault:
            port = self._settings.gb26875_port
            raise UserError(
                f"cannot listen on port {port} ({fault.strerror}); set FIRE135_GB26875_PORT to another port"
            ) from None

    def _serve_http(self, listening: socket.socket) -> None:
        service = Service(
            database=self._database,
            setup=self._setup,
            settings=self._settings,
            clock=self._clock,
            wake_sender=self._sender.wake,
            wake_pushes=self._pushes.wake,
            wake_carrier_pushes=self._carrier_pushes.wake,
            readiness=self._readiness(),
            stopping=self._stopped,
        )
        config = uvicorn.Config(
            create_app(service),
            log_level="warning",
            timeout_graceful_shutdown=_GRACE_S,
            server_header=False,
            proxy_headers=False,
        )
        self._server = uvicorn.Server(config)
        self._web = Thread(target=self._server.run, args=([listening],), name="http")
        self._web.start()

    def _why_no_broker(self) -> str | None:
        if Role.INGEST in self._roles:
            return None if self._subscriber.is_connected else "no connection to the MQTT broker"
        return None if accepts(self._broker_address, _PROBE_S) else "no broker lets us in at FIRE135_MQTT_URL"

    def _readiness(self) -> dict[str, Callable[[], str | None]]:
        if Role.DISPATCH in self._roles:
            ours = {"sender": self._sender, "escalator": self._escalator, "centre": self._centre}
            checks = {name: partial(loops.why_stalled, name, loop) for name, loop in ours.items()}
        else:
            theirs = {"sender": loops.why_no_sender, "escalator": loops.why_no_escalator}
            checks = {name: partial(why, self._database, self._clock) for name, why in theirs.items()}
        return {"broker": self._why_no_broker} | checks

    def _dead_part(self) -> str | None:
        parts: list[tuple[Role, str, bool]] = [
            (Role.INGEST, "ingest", self._ingest.is_alive()),
            (Role.INGEST, "pushes", self._pushes.is_alive),
            (Role.INGEST, "gb26875", self._transmitters is None or self._transmitters.is_alive),
            (Role.DISPATCH, "sender", self._sender.is_alive),
            (Role.DISPATCH, "escalator", self._escalator.is_alive),
            (Role.DISPATCH, "centre", self._centre.is_alive),
            (Role.DISPATCH, "supervisor", self._supervisor.is_alive),
            (Role.DISPATCH, "watch", self._watch is None or self._watch.is_alive),
            (Role.API, "carrier pushes", self._carrier_pushes.is_alive),
            (Role.API, "http", self._web is not None and self._web.is_alive()),
        ]
        return next((name for role, name, alive in parts if role in self._roles and not alive), None)


def _print_whole(line: str) -> None:
    """Print a line in one piece: many threads send at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def log_to_stderr() -> None:
    """One line an event, with the instant, on stderr; carriers' messages go to stdout."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for talkative in ("alembic", "twilio"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
