"""One route's own lane: its threads, what is under way on it, and how its carrier has been answering.

SMS and calls of one carrier are two lanes: a throttled queue of texts does not stop the calls that
take their place.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event, Lock

from dispatch.breaker import Breaker
from dispatch.channels.carrier import SendResult
from dispatch.claiming import Claim, Route
from dispatch.metrics import CARRIER_UP

log = logging.getLogger(__name__)

#: Calls under way at once on one lane; an account takes about a hundred requests at once.
WORKERS = 100
#: A call under way for so long shows that the carrier hangs; a good answer takes well under a second (ours).
HANGS_AFTER_S = 5


class Lane:
    """Safe to use from its own threads and the sender's; threads are made as they are needed."""

    def __init__(self, route: Route) -> None:
        self.route = route
        #: Messages that have been sent another way as well since the carrier began to fail.
        self.led_around: set[int] = set()
        #: Its carrier has just begun to work again, and what waits has not been told yet.
        self.works_again = Event()
        self._breaker = Breaker()
        self._leased: dict[int, datetime] = {}
        self._began: dict[int, datetime] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix=f"{route.carrier}-{route.channel}")
        self._up = CARRIER_UP.labels(route.carrier, route.channel)
        self._up.set(1)

    @property
    def under_way(self) -> list[int]:
        """The messages that are being sent, or whose result is still being recorded."""
        with self._lock:
            return list(self._leased)

    def leased_for(self, age: timedelta, now: datetime) -> list[int]:
        """The messages under way whose lease was taken or renewed so long ago."""
        with self._lock:
            return [message for message, at in self._leased.items() if now - at >= age]

    def renewed(self, messages: Iterable[int], now: datetime) -> None:
        """The lease of these was renewed; some may have ended meanwhile."""
        with self._lock:
            self._leased.update(dict.fromkeys(self._leased.keys() & set(messages), now))

    def room(self, now: datetime) -> int:
        """How many more messages may be claimed now."""
        with self._lock:
            return self._breaker.may_start(WORKERS - len(self._leased), now)

    def holds_back(self, now: datetime) -> bool:
        """Whether what waits here is to go another way as well."""
        return self._breaker.holds_back(now)

    def is_stuck(self, now: datetime) -> bool:
        """Whether the carrier fails or hangs: what waits here waits for it, and not for us."""
        with self._lock:
            hangs = any(now - at >= timedelta(seconds=HANGS_AFTER_S) for at in self._began.values())
        return hangs or self.holds_back(now)

    def start(self, claims: Sequence[Claim], now: datetime, send: Callable[[Claim], None]) -> None:
        """Send these in threads of this lane."""
        with self._lock:
            self._breaker = self._breaker.after_start(now)
            started = {claim.message.notification_id: now for claim in claims}
            self._leased.update(started)
            self._began.update(started)
        for claim in claims:
            self._pool.submit(send, claim)

    def note(self, result: SendResult, now: datetime) -> None:
        """Learn from an answer."""
        with self._lock:
            before, after = self._breaker, self._breaker.after(result, now)
            self._breaker = after
        channel, carrier = self.route.channel, self.route.carrier
        if after.is_failing(now) and not before.is_failing(now):
            log.warning("%s by %s fails in a row: %s", channel, carrier, result.failure)
            self._up.set(0)
        if before.has_failed and not after.has_failed:
            log.info("%s by %s works again", channel, carrier)
            self._up.set(1)
            self.works_again.set()

    def end(self, message: int) -> None:
        """A message is no longer under way here."""
        with self._lock:
            del self._leased[message], self._began[message]

    def close(self) -> None:
        """Wait for what is under way and let the threads go."""
        self._pool.shutdown()
