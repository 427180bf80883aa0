"""Whether a carrier works, from its answers alone. Pure: every event gives the next state.

A carrier that fails several times in a row is asked once a second instead of a hundred times at once,
and what waits for it goes another way. Its first good answer opens it again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.channels.carrier import SendResult, SendStatus

#: So many failures in a row, of any numbers, are the carrier's own; at half broken it is rare (ours).
FAILURES_IN_A_ROW = 5
#: While it fails, one attempt begins this often (ours).
PROBE_EVERY_S = 1
#: A carrier's "come back later" is obeyed so long at most: it does not know what burns (ours).
LONGEST_PAUSE_S = 30
#: For a pause up to this, nobody is called who would have had his text in a moment (ours).
PATIENCE_S = 3
#: Failures so old, with nothing tried since, do not condemn the next message (ours).
FORGOTTEN_AFTER_S = 60

_FAILED = (SendStatus.TEMPORARY, SendStatus.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one carrier; immutable. A new one trusts its carrier."""

    failures: int = 0
    failed_at: datetime | None = None
    probed_at: datetime | None = None
    paused_until: datetime | None = None

    def after(self, result: SendResult, now: datetime) -> "Breaker":
        """What an answer changes. A refusal of one number shows that the carrier works."""
        if result.status not in _FAILED:
            return replace(self, failures=0)
        until = self.paused_until
        if result.retry_after_s is not None:
            asked = now + timedelta(seconds=min(result.retry_after_s, LONGEST_PAUSE_S))
            until = max(asked, until) if until is not None else asked
        return replace(self, failures=self.failures + 1, failed_at=now, paused_until=until)

    def after_start(self, now: datetime) -> "Breaker":
        """What the beginning of an attempt changes: the next probe waits its time."""
        return replace(self, probed_at=now)

    @property
    def has_failed(self) -> bool:
        """Whether the last attempts, whenever they were, failed in a row."""
        return self.failures >= FAILURES_IN_A_ROW

    def is_failing(self, now: datetime) -> bool:
        """Whether so many attempts in a row have just failed that only single ones are made."""
        is_fresh = self.failed_at is not None and now - self.failed_at < timedelta(seconds=FORGOTTEN_AFTER_S)
        return self.has_failed and is_fresh

    def may_start(self, free: int, now: datetime) -> int:
        """How many attempts may begin now, `free` of them at most."""
        if self._pause_s(now) > 0:
            return 0
        if not self.is_failing(now):
            return free
        is_due = self.probed_at is None or now - self.probed_at >= timedelta(seconds=PROBE_EVERY_S)
        return min(free, 1) if is_due else 0

    def holds_back(self, now: datetime) -> bool:
        """Whether what waits for this carrier is to go another way as well."""
        return self.is_failing(now) or self._pause_s(now) > PATIENCE_S

    def _pause_s(self, now: datetime) -> float:
        return 0.0 if self.paused_until is None else (self.paused_until - now).total_seconds()
