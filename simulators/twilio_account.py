"""The memory of the Twilio stand-in: what was sent, how each phone behaves, what is still to come back.

A phone does what its script says: it gets its message or not, answers a call and presses keys or
not; the service under test hears of it by signed webhooks, as from Twilio. Nothing happens by
itself: `deliver_pending` plays everything that is to come, `deliver_due` what has fallen due.
"""

import heapq
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from threading import RLock
from urllib.parse import quote

from simulators.twilio_records import Record, TwilioError, move, new_call, new_message, new_sid
from simulators.twilio_scripts import RECEIPTS, REFUSALS, PhoneScript
from simulators.twilio_webhooks import Post, Webhook, WebhookSender, post_form

RETRY_AFTER_S = 2

_STEP_S = 0.4  # between two receipts of a message, real time
_RING_S = 2.0  # before a call is answered, real time


@dataclass(slots=True)
class PlacedCall:
    """A call with what the phone heard and pressed."""

    record: Record
    url: str
    status_callback: str
    events: tuple[str, ...]
    spoken: list[str] = field(default_factory=list)
    pressed: str = ""


class TwilioAccount:
    """One account of the stand-in; safe to use from several threads.

    Args:
        account_sid: `AC` and 32 hexadecimal digits.
        auth_token: signs the webhooks.
        sms_url: where an incoming text is posted.
        post: delivers webhooks; tests may replace it.
        speed: how much faster than real time receipts and calls go.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        sms_url: str = "",
        post: Post = post_form,
        speed: float = 1.0,
    ) -> None:
        self.account_sid, self.auth_token, self.sms_url = account_sid, auth_token, sms_url
        self.messages: list[Record] = []
        self.calls: list[PlacedCall] = []
        self._scripts: dict[str, PhoneScript] = {}
        self._pending: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._lock = RLock()
        self._speed = speed
        self.webhooks = WebhookSender(auth_token, post)

    def script(
        self, phone: str, *, sms: str = "delivered", call: str = "no-answer", times: int | None = None
    ) -> None:
        """Say how a phone behaves from now on. Raises ValueError for a word that is not known."""
        script = PhoneScript(sms, call, times)
        with self._lock:
            self._scripts[phone] = script

    def create_message(self, form: Mapping[str, str]) -> tuple[Record, str]:
        """Take a request to send. Returns the Message and the phone's script for this request.

        Raises TwilioError where the request, or the script, refuses it. With `hang` the Message is
        made for the caller to look at, and forgotten.
        """
        with self._lock:
            record = new_message(self.account_sid, form)
            does = self._next_sms_script(record["to"])
            if does in REFUSALS:
                raise TwilioError(REFUSALS[does])
            if does != "hang":
                self.messages.append(record)
                self._plan_receipts(record, form.get("StatusCallback", ""), does)
            return dict(record), does

    def create_call(self, form: Mapping[str, str], events: tuple[str, ...]) -> Record:
        """Take a request to call. Raises TwilioError where it is refused."""
        with self._lock:
            record = new_call(self.account_sid, form)
            call = PlacedCall(record, form["Url"], form.get("StatusCallback", ""), events or ("completed",))
            self.calls.append(call)
            self._later(0, partial(self._ring, call))
            return dict(record)

    def find(self, sid: str) -> Record:
        """A Message or Call by its identifier. Raises TwilioError (20404)."""
        with self._lock:
            for record in (*self.messages, *(call.record for call in self.calls)):
                if record["sid"] == sid:
                    return dict(record)
        raise TwilioError(20404)

    def sent_to(self, phone: str) -> list[Record]:
        """The messages to a phone, oldest first."""
        with self._lock:
            return [dict(record) for record in self.messages if record["to"] == phone]

    def calls_to(self, phone: str) -> list[PlacedCall]:
        """The calls to a phone, oldest first."""
        with self._lock:
            return [call for call in self.calls if call.record["to"] == phone]

    def message_page(self, size: int, to: str = "") -> Record:
        """The first page of the list of messages, of one phone or all, the newest first, as Twilio has it."""
        with self._lock:
            records = [dict(record) for record in self.messages]
        return self._page("messages", records, size, to)

    def call_page(self, size: int, to: str = "") -> Record:
        """The same of calls."""
        with self._lock:
            records = [dict(call.record) for call in self.calls]
        return self._page("calls", records, size, to)

    def _page(self, name: str, records: list[Record], size: int, to: str) -> Record:
        only = f"&To={quote(to)}" if to else ""
        path = f"/2010-04-01/Accounts/{self.account_sid}/{name.capitalize()}.json"
        uri = f"{path}?PageSize={size}{only}&Page=0"
        newest = [record for record in reversed(records) if to in ("", record["to"])][:size]
        return {
            name: newest,
            "page": 0,
            "page_size": size,
            "start": 0,
            "end": max(len(newest) - 1, 0),
            "uri": uri,
            "first_page_uri": uri,
            "previous_page_uri": None,
            "next_page_uri": None,
        }

    def sent_after(self, messages: int, calls: int) -> dict[str, list[Record]]:
        """What all phones got, oldest first, without the first so many messages and calls."""
        with self._lock:
            return {
                "messages": [dict(record) for record in self.messages[messages:]],
                "calls": [dict(call.record) for call in self.calls[calls:]],
            }

    def reply(self, phone: str, body: str, *, message_sid: str | None = None) -> Webhook:
        """A text from a phone goes to the service, whose answer, if any, is sent back.

        `message_sid` repeats an earlier one, as a carrier does that got no answer.
        """
        with self._lock:
            numbers = [record["from"] for record in self.messages if record["to"] == phone and record["from"]]
        sid = message_sid or new_sid("SM")
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": self.account_sid,
            "From": phone,
            "To": numbers[-1] if numbers else "+15005550006",
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        hook = self.webhooks.send(self.sms_url, form)
        with self._lock:
            for message in hook.twiml().iter("Message"):
                answer = {"To": phone, "From": form["To"], "Body": "".join(message.itertext())}
                self.messages.append(new_message(self.account_sid, answer, direction="outbound-reply"))
        return hook

    def deliver_pending(self) -> int:
        """Play everything that is to come, in order, now; returns how many steps that took."""
        return self._deliver(lambda _due: True)

    def deliver_due(self) -> int:
        """Play what has fallen due by the real clock."""
        return self._deliver(lambda due: due <= time.monotonic())

    def _deliver(self, is_due: Callable[[float], bool]) -> int:
        steps = 0
        while True:
            with self._lock:
                if not self._pending or not is_due(self._pending[0][0]):
                    return steps
                _, _, step = heapq.heappop(self._pending)
            step()  # without the lock: the service may ask us something meanwhile
            steps += 1

    def _later(self, after_s: float, step: Callable[[], None]) -> None:
        due = time.monotonic() + after_s / self._speed
        heapq.heappush(self._pending, (due, next(self._order), step))

    def _next_sms_script(self, phone: str) -> str:
        script = self._scripts.get(phone, PhoneScript())
        if script.times is not None:
            script.times -= 1
            if script.times < 0:
                return "delivered"
        return script.sms

    def _plan_receipts(self, record: Record, callback: str, does: str) -> None:
        for step, (status, code) in enumerate(RECEIPTS.get(does, RECEIPTS["delivered"])):
            self._later(step * _STEP_S, partial(self._receipt, record, callback, status, code))

    def _receipt(self, record: Record, callback: str, status: str, code: int | None) -> None:
        with self._lock:
            move(record, status, code)
        if callback:
            form = {
                "MessageSid": record["sid"],
                "MessageStatus": status,
                "SmsSid": record["sid"],
                "SmsStatus": status,
                "AccountSid": self.account_sid,
                "From": record["from"] or "",
                "To": record["to"],
                "ApiVersion": "2010-04-01",
            }
            self.webhooks.send(callback, form | ({"ErrorCode": str(code)} if code else {}))

    def _ring(self, call: PlacedCall) -> None:
        self._call_event(call, "initiated", "initiated")
        with self._lock:
            move(call.record, "ringing")
            does = self._scripts.get(call.record["to"], PhoneScript()).call
            self._later(_RING_S, partial(self._pick_up, call, does))

    def _pick_up(self, call: PlacedCall, does: str) -> None:
        is_answered = does not in ("no-answer", "busy", "failed")
        if is_answered:
            with self._lock:
                move(call.record, "in-progress")
            self._call_event(call, "answered", "in-progress")
            self._listen(call, "" if does == "voicemail" else does)
        with self._lock:
            move(call.record, "completed" if is_answered else does)
        self._call_event(call, "completed", call.record["status"])

    def _listen(self, call: PlacedCall, keys: str) -> None:
        """Walk through the TwiML as Twilio does; each Gather gets the next key, while there is one."""
        url: str | None = call.url
        form = self._call_form(call)
        while url is not None:
            twiml, url = self.webhooks.send(url, form).twiml(), None
            for verb in twiml:
                call.spoken.extend(say.text or "" for say in verb.iter("Say"))
                if verb.tag == "Gather" and keys:
                    form = {**self._call_form(call), "Digits": keys[0], "msg": "Gather End"}
                    call.pressed, keys = call.pressed + keys[0], keys[1:]
                    url = verb.get("action", call.url)
                    break
                if verb.tag == "Hangup":
                    break

    def _call_event(self, call: PlacedCall, event: str, status: str) -> None:
        if call.status_callback and event in call.events:
            self.webhooks.send(call.status_callback, self._call_form(call) | {"CallStatus": status})

    def _call_form(self, call: PlacedCall) -> dict[str, str]:
        return {
            "CallSid": call.record["sid"],
            "CallStatus": call.record["status"],
            "AccountSid": self.account_sid,
            "From": call.record["from"],
            "To": call.record["to"],
            "Direction": "outbound-api",
            "ApiVersion": "2010-04-01",
        }
