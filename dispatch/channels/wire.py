"""What a broken HTTP exchange with a carrier means."""

from requests import exceptions as http
from urllib3.exceptions import NewConnectionError

from dispatch.channels.carrier import SendResult, SendStatus


def unanswered(who: str, fault: BaseException | None) -> SendResult:
    """No answer: certainly not taken where no connection was made, otherwise we cannot know.

    Only the kind of the fault is said: its text may hold an address with a secret in it.
    """
    kind = type(fault).__name__
    if _never_connected(fault):
        return SendResult(SendStatus.TEMPORARY, failure=f"{who} cannot be reached: {kind}")
    return SendResult(SendStatus.AMBIGUOUS, failure=f"{who} gave no answer: {kind}")


def _never_connected(fault: BaseException | None) -> bool:
    if isinstance(fault, http.ConnectTimeout | http.ProxyError | http.SSLError):
        return True
    cause = fault.args[0] if fault is not None and fault.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
