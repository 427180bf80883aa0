"""The loop beside the sender: what waits for a carrier that fails, or is overdue at one, goes another way.

Each message is a transaction of its own; however many there are, the sender goes on sending.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from dispatch import delivery, fallback, outbox, racing
from dispatch.lanes import Lane
from dispatch.rounds import Rounds
from dispatch.setup import DispatchSetup
from store.database import Database

log = logging.getLogger(__name__)

EVERY_S = 1.0


def see_to(database: Database, setup: DispatchSetup, *, now: datetime) -> int:
    """Look after what a carrier has, or should have, and has not delivered; returns how many there were."""
    return racing.race_due(database, setup, now=now) + delivery.note_unconfirmed(database, setup, now=now)


class Overdue(Rounds):
    """Rounds in a thread until stopped; woken when something is due on a lane that holds it back."""

    def __init__(
        self,
        database: Database,
        setup: DispatchSetup,
        lanes: Callable[[], Collection[Lane]],
        *,
        now: Callable[[], datetime],
        wake_sender: Callable[[], None],
    ) -> None:
        super().__init__("overdue", EVERY_S)
        self._database, self._setup, self._lanes, self._now = database, setup, lanes, now
        self._wake_sender = wake_sender

    def _round(self) -> None:
        for lane in self._lanes():
            if lane.holds_back(self._now()):
                self._lead_around(lane)
        if see_to(self._database, self._setup, now=self._now()):
            self._wake_sender()

    def _lead_around(self, lane: Lane) -> None:
        """Each message once, without waiting for its own second failure."""
        with self._database.read() as session:
            waiting = outbox.waiting_on(session, lane.route)
        lane.led_around.intersection_update(waiting)
        for message in waiting:
            if message in lane.led_around:
                continue
            lane.led_around.add(message)
            try:
                with self._database.begin() as session:
                    fallback.lead_around(session, self._setup, message, now=self._now())
            except Exception:
                log.exception("message %d could not be led around its carrier; the others go on", message)
            self._wake_sender()
