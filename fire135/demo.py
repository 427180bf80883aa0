"""`fire135 demo`: from its first moment on, Ctrl-C and SIGTERM end it cleanly."""

import signal
from threading import Event

from fire135.settings import Settings


def run(settings: Settings, speed: float) -> int:
    """Serve and play every story until Ctrl-C or SIGTERM; returns the exit code, 0 when all went well."""
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    from fire135.demonstration import demonstrate  # noqa: PLC0415 - takes seconds, and must not be interrupted

    return demonstrate(settings, speed, stopping)
