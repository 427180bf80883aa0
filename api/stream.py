"""The live stream: server-sent events `incident`, `assignment` and `device` as they are committed.

The record itself is followed, so it does not matter which process wrote a change. All streams of a
process share one look at the database every 0.3 s, however many pages are open.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from api.callers import Caller, Reader
from api.changes import Change, ChangeReader, parse_position
from api.context import Service

router = APIRouter(tags=["stream"])

_LOOK_EVERY_S = 0.3
#: Changes kept for streams that are behind; who is further behind reads the things themselves again.
_KEPT = 5000
#: After this a stream ends, too, so that a revoked token or sign-in is noticed on coming back.
_LONGEST_S = 600.0
_COME_BACK_AFTER_MS = 2000
_COMMENT_EVERY_S = 10.0
_NOT_BUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Feed:
    """The newest changes, read once for every open stream of this process."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._lock = asyncio.Lock()
        self._reader: ChangeReader | None = None
        self._changes: deque[Change] = deque(maxlen=_KEPT)
        self._total = 0
        self._looked_at = 0.0
        self._followers = 0

    @contextmanager
    def following(self) -> Iterator[None]:
        """Count one stream; without any, nothing is read or kept."""
        self._followers += 1
        try:
            yield
        finally:
            self._followers -= 1
            if self._followers == 0:
                self._reader = None
                self._changes.clear()

    async def look(self) -> int:
        """Read what is new unless somebody just did; returns how many changes there have been."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._reader is None or now - self._looked_at >= _LOOK_EVERY_S / 2:
                changes = await run_in_threadpool(self._read)
                self._changes.extend(changes)
                self._total += len(changes)
                self._looked_at = now
            return self._total

    def since(self, count: int) -> list[Change] | None:
        """The changes after the first `count`; None where they are not all kept any more."""
        wanted = self._total - count
        if wanted > len(self._changes):
            return None
        return list(self._changes)[len(self._changes) - wanted :]

    def missed(self, position: tuple[int, int]) -> list[Change] | None:
        """What a client has not had that comes back with a position; None where that is too much."""
        with self.service.database.read() as session:
            reader = ChangeReader(session, position)
            tree = self.service.setup.roster.get(session).tree
            found: list[Change] = []
            while more := reader.read(session, tree):
                found += more
                if len(found) > _KEPT:
                    return None
            return found

    @property
    def position(self) -> str:
        """Where the feed stands."""
        return self._reader.position if self._reader else ""

    def _read(self) -> list[Change]:
        with self.service.database.read() as session:
            if self._reader is None:
                self._reader = ChangeReader(session)
            return self._reader.read(session, self.service.setup.roster.get(session).tree)


class _EventStream(StreamingResponse):
    """Server-sent events. FastAPI's own answer logs every client that leaves amid an event as a fault."""

    media_type = "text/event-stream"


class Subscription:
    """One open stream: what its caller may see, from its position on."""

    def __init__(
        self, feed: Feed, caller: Caller, count: int, position: str, missed: Sequence[Change] = ()
    ) -> None:
        self._feed, self._caller = feed, caller
        self._count, self._position, self._missed = count, position, missed

    async def frames(self) -> AsyncIterator[bytes]:
        """Changes as they come, on the wire, until the server stops or the stream has to begin anew."""
        yield format_sse_event(comment="fire135", id=self._position, retry=_COME_BACK_AFTER_MS)
        for frame in self._seen(self._missed):
            yield frame
        had = {change.key for change in self._missed}
        loop = asyncio.get_running_loop()
        spoke_at = loop.time()
        ends_at = spoke_at + _LONGEST_S
        while not self._feed.service.stopping.is_set() and loop.time() < ends_at:
            total = await self._feed.look()
            changes = self._feed.since(self._count)
            if changes is None:
                return
            frames = self._seen(change for change in changes if change.key not in had)
            if not frames and loop.time() - spoke_at >= _COMMENT_EVERY_S:
                frames = [KEEPALIVE_COMMENT]
            for frame in frames:
                yield frame
                spoke_at = loop.time()
            self._count = total
            await asyncio.sleep(_LOOK_EVERY_S)

    def _seen(self, changes: Iterable[Change]) -> list[bytes]:
        return [
            format_sse_event(data_str=change.data.model_dump_json(), event=change.event, id=change.position)
            for change in changes
            if change.is_seen_by(self._caller)
        ]


async def _subscribe(
    request: Request,
    caller: Reader,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Where to go on: the last id received")
    ] = None,
) -> AsyncIterator[Subscription]:
    """Begin before the answer's head is sent, so that nothing after it is missed."""
    feed: Feed = request.app.state.feed
    with feed.following():
        count, start = await feed.look(), feed.position
        position = parse_position(last_event_id)
        missed = await run_in_threadpool(feed.missed, position) if position else None
        if missed is None:
            yield Subscription(feed, caller, count, start)
        else:
            yield Subscription(feed, caller, count, last_event_id or start, missed)


@router.get("/stream", response_class=_EventStream)
async def stream(subscription: Annotated[Subscription, Depends(_subscribe)]) -> _EventStream:
    """Changes as server-sent events.

    - `incident`: `{id, incident_id, code, status, grade, drill, kind, at}`
    - `assignment`: `{id, incident_id, station_id, station_name, tier, status, kind, at}`
    - `device`: `{id, device_id, incident_id, kind, state, at}`

    `kind` is what happened, `at` when (UTC); the rest is how it is now. `id` goes on from there by
    `Last-Event-ID`, up to 5,000 changes back. A comment comes at least every 15 s.
    """
    return _EventStream(subscription.frames(), headers=_NOT_BUFFERED)
