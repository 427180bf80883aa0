"""The wiring: settings become parts, parts run in threads, a signal ends them with nothing lost.

Roles may run together or apart. `ingest` brings the embedded broker if that is what the MQTT URL
names; `dispatch` sends and escalates; `api` serves HTTP. A page may wait since a crash, so dispatch
runs before what hears devices and what serves HTTP is even imported.
"""

import logging
import signal
import socket
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from dispatch.carrier_pushes import PushReader
from dispatch.road_keeper import RoadKeeper
from dispatch.rounds import Rounds
from fire135 import loops
from fire135.clock import SystemClock
from fire135.listening import listen
from fire135.metrics import MetricsDoor
from fire135.presence import Presence
from fire135.sending import Sending
from fire135.settings import Settings
from store.database import Database
from store.schema import ensure_current

if TYPE_CHECKING:
    from fire135.hearing import Hearing
    from fire135.watch import Watch
    from fire135.web import Web

log = logging.getLogger(__name__)

#: A page must not wait 5 ms (Python's default) for busy heartbeats after every step to the database.
_SWITCH_S = 0.0005


class Role(StrEnum):
    """What a process does."""

    ALL = "all"
    INGEST = "ingest"
    DISPATCH = "dispatch"
    API = "api"


#: Who takes a push reads it; others take over what was left unread.
_READ_PUSHES = frozenset({Role.API, Role.DISPATCH})
#: Without these roles in some process an alarm gets nowhere; what nobody does then.
_MISSED = {Role.INGEST: "hears devices", Role.DISPATCH: "sends messages"}


class Program:
    """One process of the service.

    Raises the errors of the rooms for settings that cannot be used, here or in `start`, which stops again
    what it had started.
    """

    def __init__(self, settings: Settings, roles: frozenset[Role] = frozenset({Role.ALL})) -> None:
        self._settings = settings
        self._roles = frozenset(Role) if Role.ALL in roles else roles
        self._clock = SystemClock()
        self._stopped = Event()
        self._database = Database(settings.database_url)
        self._sending = Sending(settings, self._database, self._clock)
        self._setup, self._wake_sender = self._sending.setup, self._sending.sender.wake
        self._carrier_pushes = PushReader(
            self._database, self._setup, now=self._clock.now, wake_sender=self._wake_sender
        )
        self._road_keeper = RoadKeeper(self._database, self._setup, self._clock)
        self._presence = Presence(self._database, self._clock, self._roles - {Role.ALL})
        self._hearing: Hearing | None = None
        self._watch: Watch | None = None
        self._web: Web | None = None
        self._socket: socket.socket | None = None
        self._metrics: MetricsDoor | None = None

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
        self._road_keeper.announce()  # first: what is compared before there is a table says so
        if Role.API in self._roles:
            self._socket = listen(host, port)
        if Role.DISPATCH in self._roles:
            self._sending.start()
        if self._roles & _READ_PUSHES:
            self._carrier_pushes.start()
        if Role.API not in self._roles and self._settings.metrics_port is not None:
            self._metrics = MetricsDoor(host, self._settings.metrics_port)
        for start in (self._start_hearing, self._start_web):
            if not self._stopped.is_set():  # a signal may come while we are still starting
                start()
        if not self._stopped.is_set():
            self._presence.start()
            self._road_keeper.start()  # last: reading roads takes the processor from those that start

    # These imports take longer than a page that waits should; see the module's docstring.
    # ruff: noqa: PLC0415

    def _start_hearing(self) -> None:
        from fire135.hearing import Hearing

        self._hearing = Hearing(
            self._settings,
            self._database,
            self._setup,
            self._clock,
            is_ours=Role.INGEST in self._roles,
            wake_sender=self._wake_sender,
        )
        if Role.INGEST in self._roles:
            self._hearing.start()
        if Role.DISPATCH in self._roles:
            self._watch = self._hearing.make_watch()
        if self._watch is not None:
            self._watch.start()

    def _start_web(self) -> None:
        if self._socket is None or self._hearing is None:
            return
        from api.context import Service
        from fire135.web import Web

        service = Service(
            database=self._database,
            setup=self._setup,
            settings=self._settings,
            clock=self._clock,
            wake_sender=self._wake_sender,
            wake_pushes=self._hearing.pushes.wake,
            wake_carrier_pushes=self._carrier_pushes.wake,
            readiness=self._readiness(self._hearing),
            stopping=self._stopped,
        )
        self._web = Web(service, self._socket)
        self._web.start()

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
        self._presence.ask_to_stop()  # first, so that others see at once what is no longer done
        if self._web is not None:
            self._web.stop()
        elif self._socket is not None:
            self._socket.close()
        if self._hearing is not None:
            self._hearing.stop()
        if self._watch is not None:
            self._watch.stop()
        self._road_keeper.stop()
        self._carrier_pushes.stop()
        self._sending.stop()
        if self._hearing is not None:
            self._hearing.stop_broker()
        if self._metrics is not None:
            self._metrics.close()
        self._presence.stop()
        self._database.dispose()

    def _readiness(self, hearing: "Hearing") -> dict[str, Callable[[], str | None]]:
        checks = {"database": self._presence.why_nothing_written, "broker": hearing.why_no_broker}
        checks |= {name: partial(loops.why_stalled, loop) for name, loop in self._loops.items()}
        checks["roads"] = self._why_no_roads
        if Role.DISPATCH not in self._roles:
            theirs = {"sender": loops.why_no_sender, "escalator": loops.why_no_escalator}
            checks |= {name: partial(why, self._database, self._clock) for name, why in theirs.items()}
        for role, what in _MISSED.items():
            if role not in self._roles:
                checks[role] = partial(self._presence.why_nobody, role, what)
        return checks

    def _why_no_roads(self) -> str | None:
        return loops.why_stalled(self._road_keeper) or self._setup.roads.why_not_ready(self._clock.now())

    def _dead_part(self) -> str | None:
        """The first part of our roles that has ended by itself."""
        if Role.INGEST in self._roles and self._hearing is not None and self._hearing.dead_part:
            return self._hearing.dead_part
        if self._web is not None and not self._web.is_alive:
            return "http"
        loops = self._loops | {"presence": self._presence}
        return next((name for name, loop in loops.items() if not loop.is_alive), None)

    @property
    def _loops(self) -> dict[str, Rounds]:
        """Every loop that works in this process, by name."""
        found = self._sending.all_loops if Role.DISPATCH in self._roles else {}
        if self._roles & _READ_PUSHES:
            found["carrier_pushes"] = self._carrier_pushes
        if self._watch is not None:
            found["watch"] = self._watch
        found["roads"] = self._road_keeper
        return found


def log_to_stderr() -> None:
    """One line an event, with the instant, on stderr; carriers' messages go to stdout."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for talkative in ("alembic", "twilio"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
