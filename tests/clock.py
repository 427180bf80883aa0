"""The clock in the test's hands."""

from datetime import UTC, datetime, timedelta, timezone

#: The minute of the project's first story: 2026-03-02 15:12 in Tong'an.
STORY_START = datetime(2026, 3, 2, 15, 12, tzinfo=timezone(timedelta(hours=8)))


class ManualClock:
    """A `fire135.clock.Clock` that moves only when told to."""

    def __init__(self, start: datetime = STORY_START) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Let time pass, forward only; gives the new instant."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds} s")
        self._now += timedelta(seconds=seconds)
        return self._now
