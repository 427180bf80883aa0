"""The console carrier: prints what would be sent. For a first look, demos and development."""

from collections.abc import Callable

from dispatch.channels.carrier import TO_PHONES, OutgoingMessage, SendResult, SendStatus


class ConsoleCarrier:
    """Writes one line a message and counts it as delivered at once.

    Args:
        write: takes one line of text without its end, such as `print`; called from several threads.
    """

    name = "console"
    channels = TO_PHONES

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def send(self, message: OutgoingMessage) -> SendResult:
        """Write the line; a console that is gone may come back."""
        try:
            self._write(f"[{message.channel}] {message.phone}  {' '.join(message.body.split())}")
        except OSError as fault:
            return SendResult(SendStatus.TEMPORARY, failure=f"console: {fault}")
        return SendResult(SendStatus.DELIVERED)

    def why_unusable(self) -> str | None:
        """A console needs nothing."""
        return None
