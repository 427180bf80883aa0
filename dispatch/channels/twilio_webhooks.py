"""What Twilio posts to us, in our words; and what we answer to a call, in TwiML."""

from collections.abc import Mapping

from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

from dispatch.channels.carrier import DeliveryStatus
from dispatch.delivery import Receipt

_MESSAGE_STATUS = {
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}
#: Only a key shows that a person listened: a call that ends without one met voicemail or nobody.
_CALL_FAILURES = {
    "completed": "the call ended without a key",
    "no-answer": "nobody answered the call",
    "busy": "the line was busy",
    "failed": "the call could not be placed",
    "canceled": "the call was cancelled",
}
# Twilio's error reference, the codes of undelivered messages.
_UNDELIVERED = {
    "30001": "queue overflow",
    "30003": "unreachable handset",
    "30004": "blocked by the receiver or the carrier",
    "30005": "unknown handset",
    "30006": "landline or unreachable carrier",
    "30007": "filtered by the carrier",
    "30008": "unknown error",
}
_VOICES = {"zh": "zh-CN", "en": "en-US"}
#: How long a call waits for a key after it has spoken, seconds.
_KEY_WAIT_S = 6


def is_signed(auth_token: str, url: str, form: object, signature: str) -> bool:
    """Whether a request carries Twilio's signature for its public address and form.

    Without a token nothing is: an empty key is known to everyone.
    """
    if not auth_token:
        return False
    return bool(RequestValidator(auth_token).validate(url, form, signature))


def read_receipt(form: Mapping[str, str], notification_id: int | None) -> Receipt | None:
    """A status callback of a message or a call; None where it is neither."""
    if "CallSid" in form:
        status, carrier_id = form.get("CallStatus", ""), form["CallSid"]
        failure = _CALL_FAILURES.get(status)
        outcome = DeliveryStatus.FAILED if failure else DeliveryStatus.SENT
    elif "MessageSid" in form:
        carrier_id, code, said = form["MessageSid"], form.get("ErrorCode", ""), form.get("ErrorMessage", "")
        outcome, failure = outcome_of(form.get("MessageStatus", ""), code, said)
    else:
        return None
    return Receipt("twilio", carrier_id, outcome, notification_id, failure)


def outcome_of(status: str, code: str, said: str) -> tuple[DeliveryStatus, str | None]:
    """What Twilio's status of a message means, and why it failed where it did."""
    outcome = _MESSAGE_STATUS.get(status, DeliveryStatus.SENT)
    if outcome is not DeliveryStatus.FAILED:
        return outcome, None
    return outcome, f"Twilio {code or status}: {said or _UNDELIVERED.get(code, 'no reason given')}"


def ask_for_key(text: str, language: str, action_url: str) -> str:
    """TwiML that speaks twice and takes one key, which goes to `action_url`."""
    voice = VoiceResponse()
    for _ in range(2):
        gather = Gather(num_digits=1, timeout=_KEY_WAIT_S, action=action_url, method="POST")
        gather.say(text, language=_VOICES.get(language, _VOICES["zh"]))
        voice.append(gather)
    voice.hangup()
    return str(voice)


def say_and_end(text: str, language: str) -> str:
    """TwiML that speaks and ends the call."""
    voice = VoiceResponse()
    if text:
        voice.say(text, language=_VOICES.get(language, _VOICES["zh"]))
    voice.hangup()
    return str(voice)
