"""Where GB/T 26875.3 transmitters connect: each frame is committed, and only then confirmed.

A frame whose check fails is denied; what is no frame is kept and not answered. While the database
cannot be used nothing is answered: the transmitter repeats, and we keep its frame and try again. The end
of a connection is no alarm: transmitters come and go, and supervision sees to their silence.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread

from ingest.door import Door
from ingest.gb26875 import Decoder
from ingest.gb26875_frames import VENDOR_COMMAND, Command, Frame, Splitter, build_answer, read_frame
from ingest.intake import Arrival
from ingest.reading import Fact, Message, Reading, UndecodableError
from ingest.transaction import DatabaseTroubleError

log = logging.getLogger(__name__)

_SOURCE = "gb26875"
#: A district has some hundreds of transmitters. One more ends the connection that was silent for longest.
_MAX_CONNECTIONS = 1000
#: Ours: keep-alives come every few minutes, the rarest we know of every half hour.
_IDLE_S = 3600.0
#: A frame that has begun is over in this time, or the connection is: three time-outs of clause 6.5.
_FRAME_S = 30.0
#: A peer that does not take its answer does not listen.
_ANSWER_S = 10.0
_RETRY_S = 2.0
_STOP_CHECK_S = 0.2
_READ_BYTES = 4096
#: So much that is no frame, and the peer is no transmitter.
_MAX_STRAY_BYTES = 4096
#: Line ends and filling that serial converters put between frames.
_FILLING = b"\r\n\x00 "
#: A receiver answers sent data and the keep-alives; its own requests and their answers it does not.
_CONFIRMED = frozenset({Command.SEND, Command.REGISTER, Command.KEEP_ALIVE})
_ANSWERS = frozenset({Command.CONFIRM, Command.DENY})


@dataclass(eq=False)
class _Connection:
    """One peer's connection; times are by the loop's clock."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    peer: str
    task: asyncio.Task[None]
    heard_at: float  # when it connected or last sent a whole frame
    ends_at: float  # unless it goes on before
    splitter: Splitter = field(default_factory=Splitter)
    stray: bytes = b""  # what was no frame and is not yet kept


class Listener:
    """Takes the frames of all transmitters in a thread of its own. `now` is the clock of `received_at`."""

    def __init__(self, host: str, port: int, door: Door, *, now: Callable[[], datetime]) -> None:
        self._address = (host, port)
        self._door = door
        self._now = now
        self._decode = Decoder()
        self._connections: set[_Connection] = set()
        self._stopping = Event()
        # an alarm must not wait behind a thousand keep-alives; within a connection order is kept anyway
        self._news_lane = ThreadPoolExecutor(1, "gb26875-news")
        self._quiet_lane = ThreadPoolExecutor(1, "gb26875-quiet")
        self._thread: Thread | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it listens."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> int:
        """Listen; gives the port. Raises OSError where it cannot be had."""
        listening = socket.create_server(self._address)
        self._thread = Thread(target=self._run, args=(listening,), name="gb26875")
        self._thread.start()
        port: int = listening.getsockname()[1]
        return port

    def ask_to_stop(self) -> None:
        """End soon, from any thread. What is not confirmed by then the transmitters repeat."""
        self._stopping.set()

    def stop(self) -> None:
        """End, with nothing half done."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self, listening: socket.socket) -> None:
        asyncio.run(self._listen(listening))
        self._news_lane.shutdown()
        self._quiet_lane.shutdown()

    async def _listen(self, listening: socket.socket) -> None:
        server = await asyncio.start_server(self._welcome, sock=listening, limit=_READ_BYTES)
        while not self._stopping.is_set():
            await asyncio.sleep(_STOP_CHECK_S)
        server.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        host, port = (writer.get_extra_info("peername") or ("unknown", 0))[:2]
        now = _loop_time()
        if task is None:
            raise RuntimeError("a connection is served by a task of its own")
        connection = _Connection(reader, writer, f"{host}:{port}", task, now, now + _IDLE_S)
        if len(self._connections) >= _MAX_CONNECTIONS:
            min(self._connections, key=lambda other: other.heard_at).task.cancel()
        self._connections.add(connection)
        try:
            line = writer.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # one confirmation waits for no other
            await self._serve(connection)
        except (OSError, TimeoutError) as end:
            log.info("gb26875: %s: connection ended: %s", connection.peer, end or "it takes no answer")
        except asyncio.CancelledError:  # not passed on: Python 3.11 would log it as an error of ours
            log.info("gb26875: %s: connection ended: we stop, or another takes its place", connection.peer)
        except Exception:
            log.exception("gb26875: %s: connection ended", connection.peer)
        finally:
            self._connections.discard(connection)
            writer.transport.abort()

    async def _serve(self, connection: _Connection) -> None:
        """Take what comes until the peer goes, falls silent or turns out to be no transmitter."""
        splitter = connection.splitter
        while len(connection.stray) <= _MAX_STRAY_BYTES and (data := await _read(connection)):
            had_begun = bool(splitter.rest)
            for piece in splitter.feed(data):
                if not piece.is_frame:
                    connection.stray += piece.data
                    continue
                await self._keep_stray(connection)
                await self._take(connection, piece.data)
                connection.heard_at, had_begun = _loop_time(), False
            if not splitter.rest:
                connection.ends_at = connection.heard_at + _IDLE_S
            elif not had_begun:
                connection.ends_at = _loop_time() + _FRAME_S
        connection.stray += splitter.rest
        await self._keep_stray(connection)

    async def _keep_stray(self, connection: _Connection) -> None:
        stray, connection.stray = connection.stray.strip(_FILLING), b""
        if stray:
            arrival = Arrival(_SOURCE, connection.peer, stray, self._now())
            await self._commit(arrival, [], "no frame (40 40 ... 23 23)")

    async def _take(self, connection: _Connection, data: bytes) -> None:
        """Commit what a frame says, then answer it."""
        frame = read_frame(data)
        arrival = Arrival(_SOURCE, connection.peer, data, self._now())
        facts, reason = self._understand(arrival)
        await self._commit(arrival, facts, reason)
        command = _answer_to(frame)
        if command is not None:
            connection.writer.write(build_answer(frame, command, self._now()))
            async with asyncio.timeout(_ANSWER_S):
                await connection.writer.drain()

    def _understand(self, arrival: Arrival) -> tuple[Sequence[Fact], str | None]:
        """What a frame says, or why it is refused."""
        try:
            return self._decode(Message(arrival.address, arrival.payload)), None
        except UndecodableError as fault:
            return [], str(fault)
        except Exception as fault:  # a decoder's own mistake must not stop the next frame
            log.exception("gb26875: %s: the decoder failed", arrival.address)
            return [], f"the decoder failed: {fault!r}"

    async def _commit(self, arrival: Arrival, facts: Sequence[Fact], reason: str | None) -> None:
        """Write it, however long the database is out of use."""
        if not facts and reason is None:
            return
        lane = self._news_lane if any(map(_may_be_news, facts)) else self._quiet_lane
        while True:
            try:
                if reason is None:
                    await asyncio.get_running_loop().run_in_executor(lane, self._door.take, arrival, facts)
                else:
                    await asyncio.get_running_loop().run_in_executor(lane, self._door.reject, arrival, reason)
            except DatabaseTroubleError as trouble:
                log.warning("gb26875: %s: %s; again in %s s", arrival.address, trouble, _RETRY_S)
                await asyncio.sleep(_RETRY_S)
            else:
                return


async def _read(connection: _Connection) -> bytes:
    """The next bytes; none when the connection is over."""
    try:
        async with asyncio.timeout_at(connection.ends_at):
            return await connection.reader.read(_READ_BYTES)
    except OSError:  # TimeoutError is one
        return b""


def _answer_to(frame: Frame) -> Command | None:
    """How a frame is answered once it is committed; nothing is said to an answer."""
    if frame.command in _ANSWERS:
        return None
    if frame.fault is not None:
        return Command.DENY
    return Command.CONFIRM if frame.command in _CONFIRMED or frame.command >= VENDOR_COMMAND else None


def _may_be_news(fact: Fact) -> bool:
    return not isinstance(fact, Reading) or bool(fact.events) or any(fact.conditions.values())


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
