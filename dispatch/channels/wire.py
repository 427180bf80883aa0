"""What a broken HTTP exchange with a carrier means."""

from requests import exceptions as http
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from dispatch.channels.carrier import SendResult, SendStatus


def unanswered(who: str, fault: BaseException | None) -> SendResult:
    """No answer: certainly not taken where no connection was made, otherwise we cannot know.

    Only the kind of the fault is said: its text may hold an address with a secret in it.
    """
    kind = type(fault).__name__
    if _never_connected(fault):
        return SendResult(SendStatus.TEMPORARY, failure=f"{who} cannot be reached: {kind}")
    said = "no whole answer in time" if _ran_out_of_time(fault) else f"no answer: {kind}"
    return SendResult(SendStatus.AMBIGUOUS, failure=f"{who} gave {said}")


def _never_connected(fault: BaseException | None) -> bool:
    if isinstance(fault, http.ConnectTimeout | http.ProxyError | http.SSLError):
        return True
    return isinstance(getattr(_cause(fault), "reason", None), NewConnectionError)


def _ran_out_of_time(fault: BaseException | None) -> bool:
    """Waiting for the answer or, which requests says otherwise, within its body."""
    return isinstance(fault, http.ReadTimeout) or isinstance(_cause(fault), ReadTimeoutError)


def _cause(fault: BaseException | None) -> object:
    return fault.args[0] if fault is not None and fault.args else None
