"""The way of one message: find its format, decode it, choose its lane, commit, acknowledge.

News (an alarm above all) is committed at once; in a storm the alarms that have come meanwhile are
committed together. What holds no news waits with its like (`heartbeats`). Nothing that a message can
hold stops the next one. Not thread-safe: one thread calls everything here.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from dispatch.errors import DispatchError
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind
from ingest import heartbeats, intake, metrics, order, together
from ingest.directory import Directory
from ingest.formats import Route, Routes
from ingest.heartbeats import Heartbeats, Pace
from ingest.intake import Ack, Arrival, Taken
from ingest.reading import Announcement, Fact, Hint, Message, Reading, Request, UndecodableError
from ingest.registered import needs_registry
from ingest.transaction import ATTEMPTS, DatabaseTroubleError, in_database
from store.database import Database

log = logging.getLogger(__name__)

_REGISTRY_CHECK_EVERY = timedelta(seconds=2)
_LONGEST_NAME = 250  # characters
#: Messages that nobody will repeat (QoS 0), kept through an outage of the database.
_MAX_UNSAVED = 10_000
#: Alarms in one transaction: enough to share its cost, few enough that the first is not kept waiting (ours).
_MOST_TOGETHER = 20
_Result = TypeVar("_Result")


class Pipeline:
    """Takes messages; `on_queued` is called after a commit that may have left something to send.

    `now` is the clock of `received_at`, the only one that drives response times.
    """

    def __init__(
        self,
        database: Database,
        setup: DispatchSetup,
        routes: Routes,
        *,
        now: Callable[[], datetime],
        on_queued: Callable[[], None] = lambda: None,
    ) -> None:
        self.routes = routes
        self._database = database
        self._setup = setup
        self._now = now
        self._on_queued = on_queued
        #: Publishes a topic and payload; whoever holds the connection sets it.
        self.publish: Callable[[str, bytes], object] = lambda _topic, _payload: None
        self._directory = Directory()
        self._checked_at: datetime | None = None
        self._heartbeats = Heartbeats()
        self._pace = Pace()
        self._alarms: list[tuple[Arrival, Sequence[Fact]]] = []
        self._alarms_at_last_tick = 0
        self._unsaved: deque[Callable[[], None]] = deque(maxlen=_MAX_UNSAVED)

    def gather(self, message: Message, ack: Ack | None) -> None:
        """Take a message: an alarm waits for those right behind it until the next `tick` or two, or `settle`.

        `ack` is None where nobody can repeat it: then we keep it through an outage. Raises
        DatabaseTroubleError; then it is not acknowledged, and `resume` is to be called.
        """
        route = self.routes.match(message.topic)
        source = route.format.name if route else "unknown"
        arrival = Arrival(source, message.topic, message.payload, self._now(), ack)
        facts, step = self._understand(route, arrival, message)
        if any(isinstance(fact, Reading) and order.says_alarm(fact) for fact in facts):
            self._alarms.append((arrival, facts))
            if len(self._alarms) >= _MOST_TOGETHER:
                self.settle()
            return
        try:
            self.settle()
            step()
        except DatabaseTroubleError:
            if ack is None:
                self._unsaved.append(step)
            raise

    def settle(self) -> None:
        """Commit the alarms that wait. Raises DatabaseTroubleError; those that nobody repeats wait on."""
        waiting, self._alarms = self._alarms, []
        if not waiting:
            return
        try:
            if len(waiting) > 1:
                self._take_together(waiting)
            else:
                self._take_and_acknowledge(*waiting[0])
        except DatabaseTroubleError:
            self._alarms = [(arrival, facts) for arrival, facts in waiting if arrival.ack is None]
            raise

    def tick(self) -> float | None:
        """Do what time has made due; gives the seconds until something is due again, if anything waits.

        Raises DatabaseTroubleError.
        """
        if self._alarms and len(self._alarms) == self._alarms_at_last_tick:
            self.settle()  # no more has come behind them
        self._alarms_at_last_tick = len(self._alarms)
        now = self._now()
        if self._checked_at is None or not timedelta(0) <= now - self._checked_at < _REGISTRY_CHECK_EVERY:
            self._in_database(self._directory.refresh)
            self._checked_at = now
        due_in_s = self._pace.due_in_s(self._heartbeats.arrivals, now)
        if due_in_s is not None and due_in_s <= 0:
            self._pace.learn(self._heartbeats.arrivals, now)
            self.flush()
            due_in_s = None
        return 0.0 if self._alarms else due_in_s

    def flush(self) -> None:
        """Write what waits and acknowledge it. Raises DatabaseTroubleError."""
        self.settle()
        batch, self._heartbeats = self._heartbeats, Heartbeats()
        if not batch.arrivals:
            return
        news = self._in_database(lambda session: heartbeats.write(session, batch))
        for arrival, reading in news:
            self._take(arrival, [reading])
        for arrival in batch.arrivals:
            _acknowledge(arrival)
        metrics.EVENTS.labels(EventKind.HEARTBEAT).inc(len(batch.arrivals))
        self._observe("heartbeats", batch.arrivals[0])

    def resume(self) -> None:
        """Before a new connection: save what nobody will repeat, and forget the old broker's ways.

        Raises DatabaseTroubleError while an outage lasts.
        """
        self._pace = Pace()
        self.settle()
        while self._unsaved:
            self._unsaved[0]()
            self._unsaved.popleft()

    def _understand(
        self, route: Route | None, arrival: Arrival, message: Message
    ) -> tuple[Sequence[Fact], Callable[[], None]]:
        """What a message says, and what is to be done with it."""
        if route is None:
            return (), lambda: self._reject(arrival, f"topic {message.topic}: no format listens there")
        try:
            facts = route.decode(message)
            _refuse_long_names(facts)
        except UndecodableError as fault:
            reason, request = str(fault), fault.request
            return (), lambda: self._reject(arrival, reason, request)
        except Exception as fault:  # a decoder's own mistake must not stop the next message
            log.exception("decoder %s failed on topic %s", arrival.source, arrival.address)
            reason = f"the decoder failed: {fault!r}"
            return (), lambda: self._reject(arrival, reason)
        if not facts:
            return (), lambda: _acknowledge(arrival)
        return facts, lambda: self._take_or_wait(arrival, facts)

    def _take_or_wait(self, arrival: Arrival, facts: Sequence[Fact]) -> None:
        """Commit news; what holds none waits with its like."""
        try:
            quiet = self._without_news(arrival.source, facts)
        except Exception as fault:  # nor must what cannot be compared stop the next message
            log.exception("%s: a message on %s cannot be compared", arrival.source, arrival.address)
            self._reject(arrival, f"the decoder failed: {fault!r}")
            return
        if quiet is not None:
            self._heartbeats.add(arrival, quiet)
        else:
            self._take_and_acknowledge(arrival, facts)

    def _without_news(self, source: str, facts: Sequence[Fact]) -> list[tuple[str, Reading]] | None:
        """The readings by device id, if each is of a known device and none seems to hold news."""
        quiet: list[tuple[str, Reading]] = []
        for fact in facts:
            if not isinstance(fact, Reading) or needs_registry(fact) or order.says_alarm(fact):
                return None
            known = self._directory.find(source, fact)
            if known is None or heartbeats.has_news(known.conditions, fact):
                return None
            quiet.append((known.device_id, fact))
        return quiet

    def _take_and_acknowledge(self, arrival: Arrival, facts: Sequence[Fact]) -> None:
        self._take(arrival, facts)
        _acknowledge(arrival)

    def _take_together(self, messages: Sequence[tuple[Arrival, Sequence[Fact]]]) -> None:
        """Commit in one transaction what can share one, as long as there is any; then each of the others.

        Where one of them breaks it, or another process is in the way, each has its own at once.
        """
        waiting = list(messages)
        while len(waiting) > 1:
            shared = self._share(waiting)
            for at, taken in sorted(shared.items()):
                self._note(*waiting[at], taken)
                _acknowledge(waiting[at][0])
            waiting = [message for at, message in enumerate(waiting) if at not in shared]
            if not shared:
                break
        for arrival, facts in waiting:
            self._take_and_acknowledge(arrival, facts)

    def _share(self, messages: Sequence[tuple[Arrival, Sequence[Fact]]]) -> dict[int, Taken]:
        try:
            return self._in_database(
                lambda session: together.take(session, self._setup, messages, now=self._now()),
                attempts=1,
            )
        except Exception:  # noqa: BLE001 - whose fault it is shows when each is taken by itself
            log.info("%d alarms are taken one by one", len(messages))
            return {}

    def _take(self, arrival: Arrival, facts: Sequence[Fact]) -> None:
        """Commit the effect of a message, or its refusal."""

        def work(session: Session) -> Taken:
            return intake.take(session, self._setup, arrival, facts, now=self._now())

        try:
            taken = self._in_database(work)
        except DatabaseTroubleError:
            raise
        except DispatchError as refusal:
            self._refuse(arrival, str(refusal))
            self._answer(facts, refusal=str(refusal))
        except Exception as fault:  # one message that breaks us must not stop the next
            log.exception("%s: a message on %s had no effect", arrival.source, arrival.address)
            self._refuse(arrival, f"could not be taken: {fault!r}")
        else:
            self._note(arrival, facts, taken)

    def _note(self, arrival: Arrival, facts: Sequence[Fact], taken: Taken) -> None:
        """What follows from a commit: what we know of the devices, the counters, the sender, the answers."""
        for device, known in taken.devices:
            self._directory.learn(device.source, device.external_id, known)
            self._heartbeats.settle(known.device_id)
        for hint in taken.hints:
            self._directory.learn_name(arrival.source, hint)
        for kind in taken.kinds:
            metrics.EVENTS.labels(kind).inc()
        metrics.REJECTED.labels(arrival.source).inc(taken.refusals)
        self._observe("news", arrival)
        if taken.has_effect:
            self._on_queued()
        self._answer(facts)

    def _answer(self, facts: Sequence[Fact], refusal: str | None = None) -> None:
        """Publish what a message asks for, now that its effect or its refusal is committed."""
        for fact in facts:
            if not isinstance(fact, Request):
                continue
            if refusal is None:
                self.publish(fact.topic, fact.payload)
            elif fact.if_refused is not None:
                self.publish(fact.topic, fact.if_refused(refusal))

    def _reject(self, arrival: Arrival, reason: str, request: Request | None = None) -> None:
        self._refuse(arrival, reason)
        self._answer([request] if request else [])
        _acknowledge(arrival)

    def _refuse(self, arrival: Arrival, reason: str) -> None:
        self._in_database(lambda session: intake.reject(session, arrival, reason))
        metrics.REJECTED.labels(arrival.source).inc()

    def _in_database(self, work: Callable[[Session], _Result], attempts: int = ATTEMPTS) -> _Result:
        return in_database(self._database, work, attempts)

    def _observe(self, lane: str, arrival: Arrival) -> None:
        waited = self._now() - arrival.received_at
        metrics.COMMIT_SECONDS.labels(lane).observe(waited.total_seconds())


def _refuse_long_names(facts: Sequence[Fact]) -> None:
    """No format's device has a longer name, and no index holds one. Raises UndecodableError."""
    for fact in facts:
        if isinstance(fact, Hint):
            names = [fact.gateway, fact.name, fact.address]
        elif isinstance(fact, Reading):
            names = [fact.external_id, fact.gateway or "", fact.dedup_key or "", *fact.aliases]
            names.append(fact.counter.session if fact.counter else "")
        elif isinstance(fact, Announcement):
            names = [fact.external_id, fact.gateway or ""]
        else:
            continue
        if max(map(len, names)) > _LONGEST_NAME:
            raise UndecodableError(f"a name of more than {_LONGEST_NAME} characters")


def _acknowledge(arrival: Arrival) -> None:
    if arrival.ack is not None:
        arrival.ack()
