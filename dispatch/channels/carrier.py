"""The interface of every carrier, and the words for what became of a send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Channel(StrEnum):
    """The kind of message a person, or a group chat, gets."""

    SMS = "sms"
    VOICE = "voice"
    CHAT = "chat"


#: How people are reached; a group chat takes notices beside them, and nobody answers there.
TO_PHONES = frozenset({Channel.SMS, Channel.VOICE})


class SendStatus(StrEnum):
    """What a carrier said to one attempt."""

    SENT = "sent"  # the carrier took it
    DELIVERED = "delivered"  # it is known to be there already (console)
    TEMPORARY = "temporary"  # not taken; worth another try
    AMBIGUOUS = "ambiguous"  # we cannot know (time-out after sending); tried again, twice beats never
    PERMANENT = "permanent"  # refused for good (a wrong number); next channel and person at once


class DeliveryStatus(StrEnum):
    """What a carrier says later of a message that it took."""

    SENT = "sent"  # it has the message and is at work on it
    DELIVERED = "delivered"  # the phone has it, or a person pressed a key
    FAILED = "failed"  # it will not get there


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What a carrier needs to know of one notification.

    `phone` is E.164, for a group chat its robot's name; `language` is zh or en.
    """

    notification_id: int
    channel: Channel
    phone: str
    body: str
    language: str


@dataclass(frozen=True, slots=True)
class SendResult:
    """The answer to one attempt; `failure` says in the carrier's words what went wrong."""

    status: SendStatus
    carrier_id: str | None = None
    failure: str | None = None
    retry_after_s: float | None = None


class Carrier(Protocol):
    """A way to reach a phone. `send` never raises: every trouble is a SendResult."""

    @property
    def name(self) -> str:
        """The name used in FIRE135_SMS and in each person's line."""

    @property
    def channels(self) -> frozenset[Channel]:
        """What it can carry."""

    def send(self, message: OutgoingMessage) -> SendResult:
        """Make one attempt; at most about ten seconds."""

    def why_unusable(self) -> str | None:
        """Ask the carrier whether our set-up works, without sending anything.

        None, or one line that names the setting to correct.
        """


@runtime_checkable
class Remembers(Protocol):
    """A carrier that can be asked which messages it has taken, so that none has to be sent twice."""

    def taken(self, message: OutgoingMessage, *, since: datetime) -> Sequence[SendResult] | None:
        """What it took from us since then with these words for this phone, each as an answer to `send`.

        Of calls no carrier shows the words: every call to this phone. Each has its carrier_id. One request
        of at most a second. A refusal to say is as nothing taken; None: no answer at all, as from a carrier
        that fails.
        """
