"""Twilio's webhooks: texts from phones, receipts, and the keys pressed in voice calls.

Whoever has no valid signature for our public address gets 403. Everything is committed before the
answer, and may come twice, late and out of order.
"""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import ImmutableMultiDict

from api.context import Service, ServiceDep, service_of
from api.problems import Problem
from dispatch import answers, delivery, messages
from dispatch.answers import IncomingSms
from dispatch.channels.carrier import DeliveryStatus
from dispatch.channels.twilio_webhooks import ask_for_key, is_signed, read_receipt, say_and_end
from dispatch.delivery import Receipt
from dispatch.describe import facts_of
from dispatch.replies import parse_reply
from dispatch.values import Disposition
from store.incidents import Notification

#: Twilio's forms are small; who sends more is not Twilio.
_LONGEST_FORM_BYTES = 64 * 1024

Form = ImmutableMultiDict[str, str]
router = APIRouter(prefix="/webhooks/twilio", tags=["webhooks"])


async def signed_form(request: Request) -> Form:
    """The form of a request that Twilio signed. Raises Problem: 403, or 413 for a body too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM_BYTES:
            raise Problem(413, f"the form is longer than {_LONGEST_FORM_BYTES} bytes")
    pairs = parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True)
    form: Form = ImmutableMultiDict(pairs)
    settings = service_of(request).settings
    query = request.scope["query_string"].decode("latin-1")
    url = f"{settings.base_url}{request.url.path}" + (f"?{query}" if query else "")
    signature = request.headers.get("X-Twilio-Signature", "")
    if not is_signed(settings.twilio_auth_token.get_secret_value(), url, form, signature):
        raise Problem(403, "no valid X-Twilio-Signature: check FIRE135_PUBLIC_URL and the auth token")
    return form


SignedForm = Annotated[Form, Depends(signed_form)]
NotificationId = Annotated[int | None, Query(ge=1, lt=2**31, description="Our message that this is about")]


@router.post("/sms", summary="A text from a phone", response_class=Response)
def receive_sms(form: SignedForm, service: ServiceDep) -> Response:
    """Take a text once per message id. What is to be said back goes through the outbox."""
    sms = IncomingSms("twilio", _field(form, "MessageSid"), _field(form, "From"), form.get("Body", ""))
    with service.database.begin() as session:
        answers.receive_sms(session, service.setup, sms, now=service.clock.now())
    service.wake_sender()
    return _twiml("<Response/>")


@router.post("/status", summary="A receipt of a message or call", status_code=204, response_class=Response)
def receive_status(form: SignedForm, service: ServiceDep, notification: NotificationId = None) -> Response:
    """Take a receipt; one for a message that is not ours is no fault of the carrier."""
    receipt = read_receipt(form, notification)
    if receipt is None:
        raise Problem(400, "the form names neither a MessageSid nor a CallSid")
    with service.database.begin() as session:
        delivery.record_receipt(session, service.setup, receipt, now=service.clock.now())
    service.wake_sender()
    return Response(status_code=204)


@router.post("/voice", summary="A call was answered, or a key pressed", response_class=Response)
def receive_voice(form: SignedForm, service: ServiceDep, notification: NotificationId = None) -> Response:
    """Speak the page and ask for a key; with a key, take it as the answer."""
    if notification is None:
        return _twiml(say_and_end("", "zh"))
    digit = form.get("Digits", "")
    if digit and _take_key(service, notification, digit, _field(form, "CallSid")):
        service.wake_sender()
        return _twiml(_thanks(service, notification, digit))
    return _twiml(_prompt(service, notification))


def _take_key(service: Service, notification_id: int, digit: str, call_sid: str) -> bool:
    """A key shows that a person has the page, whether or not it is an answer."""
    heard = Receipt("twilio", call_sid, DeliveryStatus.DELIVERED, notification_id)
    now = service.clock.now()
    with service.database.begin() as session:
        if not delivery.record_receipt(session, service.setup, heard, now=now):
            return False
        return answers.receive_key(session, service.setup, notification_id, digit, call_sid, now=now)


def _thanks(service: Service, notification_id: int, digit: str) -> str:
    answer = parse_reply(digit).answer
    with service.database.read() as session:
        row = session.get(Notification, notification_id)
        if row is None or row.incident is None or answer is None:
            return say_and_end("", "zh")
        return say_and_end(
            messages.answer_taken(facts_of(row.incident), row.language, answer=answer), row.language
        )


def _prompt(service: Service, notification_id: int) -> str:
    """The page by voice; the end of an incident, where it is over by now."""
    with service.database.read() as session:
        row = session.get(Notification, notification_id)
        if row is None:
            return say_and_end("", "zh")
        incident = row.incident
        if incident is not None and incident.disposition is not None:
            over = Disposition(incident.disposition)
            told = messages.stand_down(facts_of(incident), row.language, disposition=over)
            return say_and_end(told, row.language)
        url = f"{service.settings.base_url}/webhooks/twilio/voice?notification={notification_id}"
        return ask_for_key(row.body, row.language, url)


def _field(form: Form, name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise Problem(400, f"the form has no {name}")
    return value


def _twiml(text: str) -> Response:
    return Response(text, media_type="text/xml")
