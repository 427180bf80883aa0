"""`fire135 serve` in a process that ends with SIGKILL the first time it passes a named step.

`python -m tests.crashing` waits for orders, one JSON line each on stdin, and runs the program once an
order: `{"at": STEP or null, "phone": …, "mark": FILE, "environment": {…}, "roles": […]}`. The program
is a child made by fork: its imports, most of its start, are paid once. Nothing of the program knows
of this: the functions at the steps are wrapped from outside, and one that is gone fails at once.
It answers `{"pid": …}` when the child runs, and `{"ended": …}` (negative: by that signal).
"""

import functools
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from select import select
from typing import Any

from sqlalchemy import select as choose

from fire135 import cli
from store.incidents import Notification

DEVICE = "smoke-bedroom"
_UNREACHABLE = 255


@dataclass(frozen=True)
class Order:
    """Where to end, whose page is meant, and the file that keeps the name of the step that was passed."""

    at: str | None
    phone: str
    mark: str
    environment: Mapping[str, str]
    roles: tuple[str, ...] = ("all",)

    def end_here(self) -> None:
        """Leave the mark, on disk, and be gone."""
        with Path(self.mark).open("w", encoding="utf-8") as file:
            file.write(self.at or "")
            file.flush()
            os.fsync(file.fileno())
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Passage:
    """A step: a function of the program, its beginning or end, and whether a call is about our alarm."""

    function: str  # module:name
    is_ours: Callable[..., bool]
    before: bool = False

    def watch(self, order: Order) -> None:
        """Wrap the function. Raises AttributeError where it is gone."""
        real = getattr(*self.place)

        @functools.wraps(real)
        def passing(*given: Any, **named: Any) -> Any:
            # asked before the call, which may use up what it was given
            is_here = self.is_ours(order, *given, **named)
            if is_here and self.before:
                order.end_here()
            result = real(*given, **named)
            if is_here:
                order.end_here()
            return result

        setattr(*self.place, passing)

    @property
    def place(self) -> tuple[Any, str]:
        """The module or class, and the function's name there."""
        module, _, path = self.function.partition(":")
        owner, _, name = path.rpartition(".")
        home: Any = import_module(module)
        return (attrgetter(owner)(home) if owner else home), name


def _message(_order: Order, *given: Any, **_: Any) -> bool:
    """Any argument that is a message on our detector's topic (`topic` on the wire, `address` as kept)."""
    topics = [getattr(value, "topic", None) or getattr(value, "address", "") for value in given]
    return any(DEVICE in str(topic) for topic in topics)


def _sent_to(order: Order, *given: Any, **_: Any) -> bool:
    """Any argument that is, or holds, a message to the village chief."""
    messages = [getattr(value, "message", value) for value in given]
    return any(getattr(message, "phone", None) == order.phone for message in messages)


def _waits(order: Order, session: Any, *_: Any, **__: Any) -> bool:
    return session.scalar(choose(Notification.id).where(Notification.phone == order.phone)) is not None


def _row_of(order: Order, session: Any, notification_id: int, *_: Any, **__: Any) -> bool:
    return bool(session.get_one(Notification, notification_id).phone == order.phone)


class _AfterTheNextRead:
    """Our acknowledgement leaves with the round of the network loop that follows: the second tick from it."""

    def __init__(self) -> None:
        self._ticks: int | None = None

    def acknowledges(self, order: Order, *given: Any, **_: Any) -> bool:
        if _message(order, *given):
            self._ticks = 0
        return False

    def ticks(self, *_: Any, **__: Any) -> bool:
        if self._ticks is not None:
            self._ticks += 1
        return self._ticks == 2


_LEFT = _AfterTheNextRead()
_ACKNOWLEDGE = "ingest.pipeline:_acknowledge"
#: Every step in order. The one where the carrier has read the request is the stand-in's to end.
STEPS: Mapping[str, tuple[Passage, ...]] = {
    "received": (
        Passage(
            "ingest.subscriber:Subscriber._on_message",
            lambda _order, _own, _client, _data, it: DEVICE in it.topic,
            before=True,
        ),
    ),
    "decoded": (Passage("ingest.pipeline:Pipeline._understand", _message),),
    "in the alarm's transaction": (Passage("ingest.intake:take", _message),),
    "committed, not acknowledged": (Passage(_ACKNOWLEDGE, _message, before=True),),
    "acknowledged": (
        Passage(_ACKNOWLEDGE, _LEFT.acknowledges),
        Passage("ingest.pipeline:Pipeline.tick", _LEFT.ticks, before=True),
    ),
    "before the claim": (Passage("dispatch.claiming:claim", _waits, before=True),),
    "claimed, not requested": (Passage("dispatch.sender:send_one", _sent_to, before=True),),
    "read by the carrier, not answered": (),
    "answered, not recorded": (Passage("dispatch.channels.twilio:TwilioCarrier.send", _sent_to),),
    "in the record's transaction": (Passage("dispatch.outbox:record_result", _row_of),),
    "recorded": (Passage("dispatch.sender:send_one", _sent_to),),
}


def _serve(order: Order) -> int:
    for name in [name for name in os.environ if name.startswith("FIRE135_")]:
        del os.environ[name]
    os.environ.update(order.environment)
    folder = Path(order.mark).parent
    os.chdir(folder)
    log = os.open(folder / "service.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    for passage in STEPS[order.at] if order.at else ():
        passage.watch(order)
    return cli.main(["serve", *(word for role in order.roles for word in ("--role", role))])


def _end_of(pid: int) -> int:
    """Wait for the child; it must not outlive the test, whose end closes stdin."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    while not ended:
        if select([sys.stdin], [], [], 0.01)[0]:
            os.kill(pid, signal.SIGKILL)
        ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status)


def _say(**fact: int) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run one child after the other until stdin ends."""
    for part in ("service", "hearing", "web"):  # before the first fork
        import_module(f"fire135.{part}")
    for line in sys.stdin:
        order = Order(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            code = _UNREACHABLE
            try:
                code = _serve(order)
            finally:
                os._exit(code)
        _say(pid=pid)
        _say(ended=_end_of(pid))


if __name__ == "__main__":
    main()
