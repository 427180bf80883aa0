"""Send what the outbox holds: claim, call the carrier outside any transaction, record.

Each route has a lane of its own, so that a carrier that hangs never holds up another's messages. What
is under way keeps its lease by renewal; one look at the database a round serves all lanes.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Event

from dispatch import claiming
from dispatch.ambiguous import already_taken
from dispatch.channels.carrier import Carrier, SendResult, SendStatus
from dispatch.claiming import Claim, Route
from dispatch.lanes import Lane
from dispatch.overdue import Overdue
from dispatch.recording import AWAY, Recorder
from dispatch.rounds import Rounds
from dispatch.setup import Clock, DispatchSetup
from store.database import Database

log = logging.getLogger(__name__)

#: How often the outbox is looked at when nobody woke us: other processes write it, too.
POLL_S = 0.1
#: After a round that had work: in a storm every look takes time from the messages themselves (ours).
BREATH_S = 0.05
#: What is under way keeps its lease by renewal this often.
RENEW_EVERY_S = 0.4
#: While the database is away, an answer is kept and its record tried again this often.
RECORD_AGAIN_S = 0.2
#: An answer that can never be recorded must not be asked for again with every lease.
UNRECORDED_PAUSE_S = 15


def send_one(
    database: Database,
    recorder: Recorder,
    carriers: Mapping[str, Carrier],
    claim: Claim,
    clock: Clock,
    *,
    giving_up: Event,
    heard: Callable[[SendResult, datetime], None],
) -> SendResult:
    """Send one claimed message and record what the carrier said; `heard` is told of it first.

    What the carrier has already is not sent again, only recorded. While the database cannot be reached the
    record is tried again until `giving_up` is set: a result that is lost means a second message.
    """
    carrier = carriers.get(claim.carrier)
    known = already_taken(database, carrier, claim)
    result = known or _attempt(carrier, claim)
    answered_at = clock.now()
    if known is None or known.status is SendStatus.AMBIGUOUS:
        heard(result, answered_at)  # what a carrier remembers does not show that it takes messages now
    while True:
        try:
            recorder.record(claim, result, answered_at)
        except AWAY:
            if giving_up.wait(RECORD_AGAIN_S):
                raise
        else:
            return result


def _attempt(carrier: Carrier | None, claim: Claim) -> SendResult:
    if carrier is None:
        why = f"carrier {claim.carrier} is not set up here; see FIRE135_SMS"
        return SendResult(SendStatus.PERMANENT, failure=why)
    return carrier.send(claim.message)


class Sender(Rounds):
    """Rounds in a thread until stopped. `wake` ends the pause; what is under way is finished."""

    def __init__(
        self, database: Database, setup: DispatchSetup, carriers: Mapping[str, Carrier], clock: Clock
    ) -> None:
        super().__init__("sender", POLL_S)
        self._database, self._carriers, self._clock = database, carriers, clock
        self._recorder = Recorder(database, setup)
        self._lanes: dict[Route, Lane] = {}
        #: The loop beside us, started and stopped with us.
        self.overdue = Overdue(database, setup, self._all_lanes, now=clock.now, wake_sender=super().wake)

    def wake(self) -> None:
        """Say that something was written: it leaves at once, around a carrier that fails as well."""
        super().wake()
        if any(lane.holds_back(self._clock.now()) for lane in self._all_lanes()):
            self.overdue.wake()

    def _run(self) -> None:
        self.overdue.start()
        try:
            super()._run()
        finally:
            self.overdue.ask_to_stop()
            self._finish()
            self.overdue.stop()

    def _round(self) -> None:
        self._renew()
        self._hurry()
        with self._database.read() as session:
            routes = claiming.due_routes(session, now=self._clock.now())
        started = [self._send_due(self._lane(route)) for route in routes]
        if any(started):
            self._stopped.wait(BREATH_S)

    def _all_lanes(self) -> list[Lane]:
        return list(self._lanes.values())

    def _lane(self, route: Route) -> Lane:
        if route not in self._lanes:
            self._lanes[route] = Lane(route)
        return self._lanes[route]

    def _send_due(self, lane: Lane) -> bool:
        """Start what is due and has room, unless we are to stop; says whether anything was."""
        now = self._clock.now()
        room = lane.room(now)
        if room == 0 or self._stopped.is_set():
            return False
        with self._database.begin() as session:
            claims = claiming.claim(session, lane.route, now=now, limit=room, under_way=lane.under_way)
        if claims:
            lane.start(claims, now, lambda claim: self._send(lane, claim))
        return bool(claims)

    def _send(self, lane: Lane, claim: Claim) -> None:
        """In a thread of the lane: one message from its request to its record."""
        try:
            result = send_one(
                self._database,
                self._recorder,
                self._carriers,
                claim,
                self._clock,
                giving_up=self._stopped,
                heard=lane.note,
            )
        except Exception:
            log.exception(
                "message %d could not be recorded; it will be taken again", claim.message.notification_id
            )
            self._stopped.wait(UNRECORDED_PAUSE_S)
        else:
            if lane.works_again.is_set() or result.status not in (SendStatus.SENT, SendStatus.DELIVERED):
                self.wake()  # another way may have been written
        finally:
            lane.end(claim.message.notification_id)
            if self._stopped.is_set():
                self.wake()  # whoever waits for the last of us

    def _hurry(self) -> None:
        """What waits for its next attempt at a carrier that works again leaves now."""
        for lane in self._lanes.values():
            if not lane.works_again.is_set():
                continue
            lane.works_again.clear()  # first: it may begin to work again while we write
            try:
                with self._database.begin() as session:
                    claiming.hurry(session, lane.route, now=self._clock.now())
            except Exception:
                lane.works_again.set()
                raise

    def _renew(self) -> None:
        """One change for everything that has been under way for a while; none where nothing is."""
        now, age = self._clock.now(), timedelta(seconds=RENEW_EVERY_S)
        old = [message for lane in self._lanes.values() for message in lane.leased_for(age, now)]
        if not old:
            return
        with self._database.begin() as session:
            claiming.renew(session, old, now=now)
        for lane in self._lanes.values():
            lane.renewed(old, now)

    def _finish(self) -> None:
        """Hold the leases until everything under way has been recorded, and let the threads go."""
        while any(lane.under_way for lane in self._lanes.values()):
            self._wake.clear()
            try:
                self._renew()
            except Exception:
                log.exception("leases could not be renewed; another process may send what is under way")
            self._wake.wait(POLL_S)
        for lane in self._lanes.values():
            lane.close()
