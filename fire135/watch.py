"""The service watches itself: every minute its own detector sounds, and it must reach a stand-in phone.

The alarm is published to the broker as any device would, so it passes through broker, subscriber, decoder,
the alarm's transaction, outbox and sender, whichever processes these are in. The record says whether it
arrived. After each success an outside watcher is told; its silence is the alarm that we cannot raise.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from uuid import uuid4

import requests
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError

from dispatch import probe
from dispatch.probe import Stage
from dispatch.rounds import Rounds
from dispatch.setup import Clock, DispatchSetup
from dispatch.values import EventKind
from ingest.formats import Routes
from store.database import Database
from store.places import PROBE_DEVICE

log = logging.getLogger(__name__)

EVERY_S = 60.0
#: A probe that has not arrived by then is missed (ours).
MISSED_AFTER = timedelta(seconds=30)
_LOOK_EVERY_S = 0.25
_OUTSIDE_S = 10.0

SECONDS = Histogram(
    "fire135_probe_seconds",
    "From the publication of the service's own alarm to the carrier that has its message.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
MISSES = Counter(
    "fire135_probe_missed", f"Own alarms that did not arrive within {MISSED_AFTER.total_seconds():.0f} s."
)


@dataclass(frozen=True, slots=True)
class _Probe:
    id: str
    published_at: datetime

    @property
    def payload(self) -> bytes:
        said = {"id": self.id, "kind": EventKind.ALARM, "at": self.published_at.isoformat()}
        return json.dumps(said).encode()


class Watch(Rounds):
    """Sends one probe a minute and says what became of it.

    `publish` gives a payload to the broker as the reserved device and says whether it was confirmed;
    `tell_outside` is called after each success; `pause` waits so many seconds and says whether to stop.
    """

    #: A probe that is missed is a round that ended well, too: what it found out is told.
    stalled_after_s = Rounds.stalled_after_s + EVERY_S + MISSED_AFTER.total_seconds()

    def __init__(
        self,
        database: Database,
        setup: DispatchSetup,
        clock: Clock,
        publish: Callable[[bytes], bool],
        *,
        wake_sender: Callable[[], None],
        tell_outside: Callable[[], object] = lambda: None,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        super().__init__("watch", EVERY_S)
        self._database, self._setup, self._clock = database, setup, clock
        self._publish, self._wake_sender, self._tell_outside = publish, wake_sender, tell_outside
        self._pause = pause or self._stopped.wait

    def _run(self) -> None:
        # parts that start together with us, in other processes too, are not missed yet
        if not self._pause(EVERY_S):
            super()._run()

    def _round(self) -> None:
        sent = _Probe(uuid4().hex, self._clock.now())
        is_published = False
        while self._clock.now() - sent.published_at < MISSED_AFTER:
            is_published = is_published or self._publish(sent.payload)
            arrived_at = self._arrival_of(sent)
            if arrived_at is not None:
                self._arrived(sent, arrived_at)
                return
            if self._pause(_LOOK_EVERY_S):
                return
        MISSES.inc()
        self._missed(sent, is_published=is_published)

    def _arrival_of(self, sent: _Probe) -> datetime | None:
        try:
            with self._database.read() as session:
                row = probe.find(session, sent.id, since=sent.published_at)
                return row.delivered_at if row else None
        except SQLAlchemyError:  # it may come back in time; an outage is logged by those who write
            return None

    def _arrived(self, sent: _Probe, at: datetime) -> None:
        SECONDS.observe((at - sent.published_at).total_seconds())
        self._tell_outside()
        with self._database.begin() as session:
            is_told = probe.tell_well(session, self._setup, now=self._clock.now())
            probe.forget_old(session, now=self._clock.now())
        if is_told:
            self._wake_sender()

    def _missed(self, sent: _Probe, *, is_published: bool) -> None:
        stage = Stage.INGEST if is_published else Stage.BROKER
        with self._database.begin() as session:
            if probe.find(session, sent.id, since=sent.published_at) is not None:
                stage = Stage.SENDER
            log.error("our own alarm of %s did not arrive; stuck at: %s", sent.published_at, stage)
            now = self._clock.now()
            is_told = probe.tell_missed(session, self._setup, stage, sent.published_at, now=now)
        if is_told:
            self._wake_sender()


def topic_of_probe(routes: Routes) -> str | None:
    """Where the reserved device speaks; None where FIRE135_SOURCES listens to no native device."""
    for pattern in routes.filters:
        topic = pattern.replace("+", PROBE_DEVICE)
        if topic.endswith("#"):
            topic = f"{topic.removesuffix('#')}{PROBE_DEVICE}/event"
        route = routes.match(topic)
        if topic.endswith(f"/{PROBE_DEVICE}/event") and route is not None and route.format.name == "native":
            return topic
    return None


def tell_outside(url: str) -> None:
    """Ask for a page of an outside watcher, in a thread of its own: whatever it does holds nothing up."""
    Thread(target=_ask, args=(url,), name="heartbeat", daemon=True).start()


def _ask(url: str) -> None:
    try:
        requests.get(url, timeout=_OUTSIDE_S).raise_for_status()
    except requests.RequestException as fault:  # its text holds the URL, which is a secret
        log.warning("FIRE135_HEARTBEAT_URL: the outside watcher was not told: %s", type(fault).__name__)
