"""Twilio: SMS and voice calls through its own client; what comes back arrives at `api/webhooks.py`.

The REST address is a setting, so that tests and the demo talk to a stand-in; Twilio's client has no
such option, hence the HTTP client of our own, `twilio_http`.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeGuard

from requests import exceptions as http
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance

from dispatch.channels.carrier import (
    TO_PHONES,
    Channel,
    DeliveryStatus,
    OutgoingMessage,
    SendResult,
    SendStatus,
)
from dispatch.channels.twilio_http import ThrottledError, TwilioHttp
from dispatch.channels.twilio_webhooks import outcome_of
from dispatch.channels.wire import unanswered

log = logging.getLogger(__name__)

#: One attempt ends within this many seconds; the sender renews its lease meanwhile.
TIMEOUT_S = 10.0
#: To be told what it has taken is worth so long: a page waits for the answer.
_LOOK_TIMEOUT_S = 1.0
#: Of the newest messages to a phone so many are looked at (Twilio gives 1,000 at most): after an outage
#: hundreds go to one phone at once. Twilio's clock may be so far behind ours.
_LOOK_AT = 500
_CLOCKS_DIFFER_S = 5
#: How long a phone rings; the next station is due 30 s after the call.
_RING_S = 30

# Twilio's error reference. The 21xxx codes refuse this message for good (21211 no valid number, 21408
# region not allowed, 21610 has opted out, 21612 and 21614 cannot be reached), except those listed.
_SENDER_CODES = frozenset({21212, 21603, 21606, 21659})  # From: invalid, missing, not ours, no such number
_BUSY_CODES = frozenset({20429, 21611})  # too many requests, the sender's queue is full
_ACCOUNT_STATUSES = frozenset({401, 403})
#: Twilio's words for a call that it took and could not place.
_NEVER_RANG = frozenset({"failed", "canceled"})
_ANSWERS = {
    DeliveryStatus.SENT: SendStatus.SENT,
    DeliveryStatus.DELIVERED: SendStatus.DELIVERED,
    DeliveryStatus.FAILED: SendStatus.PERMANENT,
}


class TwilioCarrier:
    """Sends SMS and places calls; one object serves many threads.

    Args:
        account_sid: the account, `AC…`.
        auth_token: its token; also signs the webhooks.
        sender: an E.164 number, or a messaging service `MG…`, which cannot place calls.
        public_url: how Twilio reaches this service, without a slash at the end.
        base_url: where Twilio's REST API is; empty for Twilio's own.
        timeout_s: the longest that one attempt may take, its answer to the last byte, seconds.
    """

    name = "twilio"

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        *,
        public_url: str,
        base_url: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        client = Client(account_sid, auth_token, http_client=TwilioHttp(base_url, timeout_s))
        # Taken once, here: the client makes them on first use, and that is not safe in many threads.
        self._messages, self._calls = client.messages, client.calls
        looks = TwilioHttp(base_url, min(timeout_s, _LOOK_TIMEOUT_S))
        looking = Client(account_sid, auth_token, http_client=looks)
        self._taken_messages, self._taken_calls = looking.messages, looking.calls
        self._sender = sender
        self._webhooks = f"{public_url}/webhooks/twilio"

    @property
    def channels(self) -> frozenset[Channel]:
        """SMS always; voice where the sender is a number."""
        return frozenset({Channel.SMS}) if self._is_service else TO_PHONES

    def send(self, message: OutgoingMessage) -> SendResult:
        """Make one attempt; Twilio says later, by webhook, whether it arrived."""
        try:
            sid = self._call(message) if message.channel is Channel.VOICE else self._text(message)
        except ThrottledError as fault:
            failure = "Twilio 429: too many requests"
            return SendResult(SendStatus.TEMPORARY, failure=failure, retry_after_s=fault.retry_after_s)
        except (TwilioRestException, TwilioServiceException) as fault:
            return _refused(fault)
        except http.RequestException as fault:
            return unanswered("Twilio", fault)
        except Exception as fault:  # an answer that nobody can read: it may well have been taken
            log.exception("twilio: attempt for notification %s failed", message.notification_id)
            return SendResult(SendStatus.AMBIGUOUS, failure=f"Twilio: {fault!r}")
        if not _is_id(sid):  # whatever answered, it did not say that Twilio has it
            return SendResult(SendStatus.AMBIGUOUS, failure="Twilio answered without a message id")
        return SendResult(SendStatus.SENT, carrier_id=sid)

    def taken(self, message: OutgoingMessage, *, since: datetime) -> Sequence[SendResult] | None:
        """What Twilio took from us since then for this phone: texts with these words, or calls.

        Not asked for by DateSent: a message that still waits at Twilio has none.
        """
        whose = {"to": message.phone, "page_size": _LOOK_AT}
        try:
            if message.channel is Channel.VOICE:
                calls = self._taken_calls.page(**whose)
                return [_placed(call) for call in calls if _is_such_a_call(call, message, since)]
            texts = self._taken_messages.page(**whose)
            return [_as_answer(found) for found in texts if _is_same(found, message, since)]
        except http.RequestException as fault:
            log.info("twilio: gives no answer about notification %s: %r", message.notification_id, fault)
            return None
        except Exception as fault:  # noqa: BLE001 - whatever comes back instead, the page goes out
            log.info(
                "twilio: does not say whether it has notification %s: %r", message.notification_id, fault
            )
            return ()

    def why_unusable(self) -> str | None:
        """Ask Twilio whether the account works, without sending anything; None, or what to correct."""
        try:
            self._messages.list(limit=1)
        except (TwilioException, ThrottledError, http.RequestException) as fault:
            return (
                "FIRE135_TWILIO_ACCOUNT_SID and …_AUTH_TOKEN: Twilio does not let us use the account: "
                f"{' '.join(str(fault).split())}; correct them, or FIRE135_TWILIO_BASE_URL"
            )
        except Exception as fault:  # noqa: BLE001 - the client raises whatever a strange answer makes it
            return (
                "FIRE135_TWILIO_BASE_URL: what answers there is not Twilio "
                f"({type(fault).__name__}: {' '.join(str(fault).split())}); correct the address"
            )
        if self._is_service:
            return (
                "FIRE135_TWILIO_FROM: a messaging service places no calls, so nobody is rung after 30 s; "
                "name a number that can call"
            )
        return None

    @property
    def _is_service(self) -> bool:
        return self._sender.startswith("MG")

    def _text(self, message: OutgoingMessage) -> object:
        sender = {"messaging_service_sid" if self._is_service else "from_": self._sender}
        status_url = self._webhook("status", message)
        created = self._messages.create(
            to=message.phone, body=message.body, status_callback=status_url, **sender
        )
        return created.sid

    def _call(self, message: OutgoingMessage) -> object:
        created = self._calls.create(
            to=message.phone,
            from_=self._sender,
            url=self._webhook("voice", message),
            timeout=_RING_S,
            status_callback=self._webhook("status", message),
            status_callback_event=["initiated", "completed"],
        )
        return created.sid

    def _webhook(self, name: str, message: OutgoingMessage) -> str:
        """The address names our row, so that a receipt faster than our own record finds it."""
        return f"{self._webhooks}/{name}?notification={message.notification_id}"


def _is_id(sid: object) -> TypeGuard[str]:
    return isinstance(sid, str) and bool(sid)


def _is_same(found: MessageInstance, message: OutgoingMessage, since: datetime) -> bool:
    """Whether it may be this one: its words to its phone, sent through the API since then."""
    return found.body == message.body and _is_ours(found, message, since)


def _is_such_a_call(found: CallInstance, message: OutgoingMessage, since: datetime) -> bool:
    """Whether it may be this one, placed to its phone since then; what it says, no list shows."""
    return found.status not in _NEVER_RANG and _is_ours(found, message, since)


def _is_ours(found: MessageInstance | CallInstance, message: OutgoingMessage, since: datetime) -> bool:
    is_named = (found.direction, found.to) == ("outbound-api", message.phone) and _is_id(found.sid)
    earliest = since - timedelta(seconds=_CLOCKS_DIFFER_S)
    return is_named and found.date_created is not None and found.date_created >= earliest


def _placed(found: CallInstance) -> SendResult:
    """A call that Twilio has; how it ended is for its receipts to say."""
    return SendResult(SendStatus.SENT, carrier_id=found.sid)


def _as_answer(found: MessageInstance) -> SendResult:
    """What became of a message that Twilio took, as its receipt would have said."""
    code, said = str(found.error_code or ""), found.error_message or ""
    outcome, failure = outcome_of(found.status or "", code, said)
    return SendResult(_ANSWERS[outcome], carrier_id=found.sid, failure=failure)


def _refused(fault: TwilioRestException | TwilioServiceException) -> SendResult:
    """What an error answer means: whose fault it is decides whether another try is of use."""
    code, status = fault.code if isinstance(fault.code, int) else 0, fault.status
    said = str(getattr(fault, "msg", None) or getattr(fault, "title", ""))
    text = f"Twilio {code}: {said.removeprefix('Unable to create record: ')}"
    if code in _SENDER_CODES:
        return _our_fault("our sender number", "FIRE135_TWILIO_FROM", text)
    is_twilios_own = code >= 10000  # a proxy on the way knows no such codes
    if is_twilios_own and code not in _BUSY_CODES and (status == 400 or 21000 <= code < 22000):
        return SendResult(SendStatus.PERMANENT, failure=text)
    if status in _ACCOUNT_STATUSES:
        settings = "FIRE135_TWILIO_ACCOUNT_SID and FIRE135_TWILIO_AUTH_TOKEN"
        return _our_fault("our account", settings, text)
    # an error of Twilio's own may come after it has taken the message
    return SendResult(SendStatus.AMBIGUOUS if status >= 500 else SendStatus.TEMPORARY, failure=text)


def _our_fault(what: str, settings: str, text: str) -> SendResult:
    """Nobody can be reached until the settings are right: said aloud, and tried again."""
    failure = f"Twilio refuses {what}, check {settings}: {text}"
    log.error(failure)
    return SendResult(SendStatus.TEMPORARY, failure=failure)
