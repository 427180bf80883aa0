"""The stand-in phone of the service's own detector: a carrier that only notes that it has the message."""

from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus

CARRIER = "probe"


class ProbeCarrier:
    """Takes every message and brings it to nobody. It serves no channel, so no person's message gets here."""

    name = CARRIER
    channels: frozenset[Channel] = frozenset()

    def send(self, message: OutgoingMessage) -> SendResult:  # noqa: ARG002 - nobody reads it
        """The message is there; when, the sender records."""
        return SendResult(SendStatus.DELIVERED)

    def why_unusable(self) -> str | None:
        """It needs no set-up."""
        return None
