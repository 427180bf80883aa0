"""The loop beside the sender: what waits for a carrier that fails, or is overdue at one, goes another way.

Each message is a transaction of its own at an instant of its own; however many there are, the sender
goes on sending, and whoever stops us waits for one of them at most.
"""

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import claiming, delivery, fallback, racing
from dispatch.claiming import Route
from dispatch.lanes import Lane
from dispatch.rounds import Rounds
from dispatch.setup import DispatchSetup
from store.database import Database

log = logging.getLogger(__name__)

EVERY_S = 1.0


class Overdue(Rounds):
    """Rounds in a thread until stopped; woken when something waits for a lane that holds it back.

    `look` is one round and can be driven by a test.
    """

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

    def look(self) -> None:
        """Look after what a carrier has, or should have, and has not delivered."""
        for lane in self._lanes():
            if lane.holds_back(self._now()):
                self._lead_around(lane)
        with self._database.read() as session:
            to_race = racing.due(session, now=self._now())
            unconfirmed = delivery.unconfirmed(session, self._setup, now=self._now())
        self._each(to_race, self._race)
        self._each(unconfirmed, self._show_unconfirmed)

    def _round(self) -> None:
        self.look()

    def _lead_around(self, lane: Lane) -> None:
        """Each message once, without waiting for its own second failure."""
        with self._database.read() as session:
            waiting = claiming.waiting_on(session, lane.route, now=self._now())
        lane.led_around.intersection_update(waiting)

        def lead(session: Session, message: int) -> None:
            lane.led_around.add(message)
            fallback.lead_around(session, self._setup, message, now=self._now())

        self._each([message for message in waiting if message not in lane.led_around], lead)

    def _each(self, messages: Iterable[int], see_to: Callable[[Session, int], None]) -> None:
        """One message after the other until we are stopped; one that cannot be seen to holds up no other."""
        for message in messages:
            if self._stopped.is_set():
                return
            try:
                with self._database.begin() as session:
                    see_to(session, message)
            except Exception:
                log.exception("message %d, overdue at its carrier: the others go on", message)
            self._wake_sender()

    def _race(self, session: Session, message: int) -> None:
        racing.race(session, self._setup, message, is_stuck=self._is_stuck, now=self._now())

    def _show_unconfirmed(self, session: Session, message: int) -> None:
        delivery.show_unconfirmed(session, self._setup, message, now=self._now())

    def _is_stuck(self, route: Route) -> bool:
        return any(lane.is_stuck(self._now()) for lane in self._lanes() if lane.route == route)
