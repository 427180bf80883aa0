"""The words that say how a phone of the Twilio stand-in behaves, and what each of them leads to."""

from collections.abc import Mapping
from dataclasses import dataclass

#: What becomes of a message that was taken: (status, Twilio error code) of each callback, in order.
RECEIPTS: Mapping[str, tuple[tuple[str, int | None], ...]] = {
    "delivered": (("queued", None), ("sent", None), ("delivered", None)),
    "undelivered": (("queued", None), ("sent", None), ("undelivered", 30003)),
    "failed": (("queued", None), ("failed", 30008)),
    "sent": (("queued", None), ("sent", None)),
    "silent": (),
    "disordered": (("delivered", None), ("delivered", None), ("queued", None), ("sent", None)),
}
#: Refusals of a request, by the word that scripts them.
REFUSALS = {
    "invalid": 21211,
    "no_region": 21408,
    "unsubscribed": 21610,
    "landline": 21614,
    "throttled": 20429,
    "server_error": 20500,
}
#: What only the connection can do; the message is taken before `drop`, and not before `hang`.
_CONNECTION_FAULTS = ("hang", "drop")
SMS_SCRIPTS = (*RECEIPTS, *REFUSALS, *_CONNECTION_FAULTS)
#: Calls: not answered, or answered by a machine. Otherwise a script is the keys that are pressed.
CALL_SCRIPTS = ("no-answer", "busy", "failed", "voicemail")


@dataclass(slots=True)
class PhoneScript:
    """How one phone behaves. `times` limits `sms` to that many requests; then it is `delivered`.

    Raises ValueError for a word that is not known.
    """

    sms: str = "delivered"
    call: str = "no-answer"
    times: int | None = None

    def __post_init__(self) -> None:
        if self.sms not in SMS_SCRIPTS:
            raise ValueError(f"sms={self.sms!r}: one of {', '.join(SMS_SCRIPTS)}")
        if self.call not in CALL_SCRIPTS and not (self.call.isascii() and self.call.isdigit()):
            raise ValueError(f"call={self.call!r}: keys to press, or one of {', '.join(CALL_SCRIPTS)}")
