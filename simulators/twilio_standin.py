"""A stand-in for Twilio on a loopback port: the REST API, signed webhooks, and phones with scripts.

`python -m simulators.twilio_standin --port 8136 --sms-url http://127.0.0.1:8135/webhooks/twilio/sms`
plays in real time; tests run it in a thread and play it step by step. Its own control is under
`/standin`. It answers in the shapes of Twilio's published OpenAPI description, and shares no code
with the service that it tests.
"""

import argparse
import base64
import secrets
import signal
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from simulators.serving import LoopbackServer, drop, hang
from simulators.twilio_account import RETRY_AFTER_S, TwilioAccount
from simulators.twilio_records import TwilioError

#: The stand-in's own account, for whoever needs no other.
ACCOUNT_SID = "AC" + "0135" * 8
AUTH_TOKEN = "stand-in-token"  # noqa: S105 -- of an account that exists only here
#: Twilio's own magic number for tests.
SENDER = "+15005550006"

_ACCOUNTS = "/2010-04-01/Accounts/{account_sid}"
_CLOCK_STEP_S = 0.02


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ScriptBody(_Body):
    """How a phone behaves; the words are those of TwilioAccount.script."""

    sms: str = "delivered"
    call: str = "no-answer"
    times: int | None = None


class ReplyBody(_Body):
    """A text from a phone."""

    phone: str
    body: str
    message_sid: str | None = None


def create_app(account: TwilioAccount) -> FastAPI:
    """The REST API of one account, and the control of its phones."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(TwilioError)
    def refuse(_request: Request, fault: TwilioError) -> Response:
        headers = {"Retry-After": str(RETRY_AFTER_S)} if fault.status == 429 else None
        return JSONResponse(fault.as_json(), fault.status, headers)

    _add_messages(app, account)
    _add_calls(app, account)
    _add_control(app, account)
    return app


def _add_messages(app: FastAPI, account: TwilioAccount) -> None:
    @app.post(_ACCOUNTS + "/Messages.json")
    async def create_message(request: Request, account_sid: str) -> Response:
        _authenticate(request, account, account_sid)
        form = {name: str(value) for name, value in (await request.form()).items()}
        record, does = account.create_message(form)
        if does == "hang":
            await hang(request)
        if does == "drop":
            await drop(request)
        return JSONResponse(record, 201)

    @app.get(_ACCOUNTS + "/Messages.json")
    def list_messages(request: Request, account_sid: str) -> Response:
        _authenticate(request, account, account_sid)
        asked = request.query_params
        return JSONResponse(account.message_page(int(asked.get("PageSize", "50")), asked.get("To", "")))

    @app.get(_ACCOUNTS + "/Messages/{sid}.json")
    def fetch_message(request: Request, account_sid: str, sid: str) -> Response:
        return _fetch(request, account, account_sid, sid, "SM")


def _add_calls(app: FastAPI, account: TwilioAccount) -> None:
    @app.post(_ACCOUNTS + "/Calls.json")
    async def create_call(request: Request, account_sid: str) -> Response:
        _authenticate(request, account, account_sid)
        form = await request.form()
        events = tuple(str(event) for event in form.getlist("StatusCallbackEvent"))
        record = account.create_call({name: str(value) for name, value in form.items()}, events)
        return JSONResponse(record, 201)

    @app.get(_ACCOUNTS + "/Calls.json")
    def list_calls(request: Request, account_sid: str) -> Response:
        _authenticate(request, account, account_sid)
        asked = request.query_params
        return JSONResponse(account.call_page(int(asked.get("PageSize", "50")), asked.get("To", "")))

    @app.get(_ACCOUNTS + "/Calls/{sid}.json")
    def fetch_call(request: Request, account_sid: str, sid: str) -> Response:
        return _fetch(request, account, account_sid, sid, "CA")


def _fetch(request: Request, account: TwilioAccount, account_sid: str, sid: str, prefix: str) -> Response:
    _authenticate(request, account, account_sid)
    if not sid.startswith(prefix):
        raise TwilioError(20404)
    return JSONResponse(account.find(sid))


def _add_control(app: FastAPI, account: TwilioAccount) -> None:
    @app.put("/standin/phones/{phone}")
    def script(phone: str, body: ScriptBody) -> Response:
        try:
            account.script(phone, sms=body.sms, call=body.call, times=body.times)
        except ValueError as fault:
            return JSONResponse({"detail": str(fault)}, 422)
        return Response(status_code=204)

    @app.get("/standin/phones/{phone}")
    def look(phone: str) -> dict[str, Any]:
        calls = account.calls_to(phone)
        return {
            "messages": account.sent_to(phone),
            "calls": [{**call.record, "spoken": call.spoken, "pressed": call.pressed} for call in calls],
        }

    @app.get("/standin/sent")
    def sent(messages: int = 0, calls: int = 0) -> dict[str, Any]:
        return account.sent_after(messages, calls)

    @app.post("/standin/replies")
    def reply(body: ReplyBody) -> dict[str, Any]:
        hook = account.reply(body.phone, body.body, message_sid=body.message_sid)
        return {"message_sid": hook.form["MessageSid"], "code": hook.code, "answer": hook.body}

    @app.post("/standin/deliver")
    def deliver() -> dict[str, int]:
        return {"steps": account.deliver_pending()}


def _authenticate(request: Request, account: TwilioAccount, account_sid: str) -> None:
    given = request.headers.get("Authorization", "").removeprefix("Basic ")
    right = base64.b64encode(f"{account.account_sid}:{account.auth_token}".encode()).decode()
    if account_sid != account.account_sid or not secrets.compare_digest(given.encode(), right.encode()):
        raise TwilioError(20003)


class TwilioStandin:
    """The stand-in at work in a thread: `with TwilioStandin(account) as twilio: twilio.base_url`.

    Args:
        account: what it answers from.
        port: on 127.0.0.1; 0 takes a free one.
        real_time: play receipts and calls as time passes; otherwise only on `deliver_pending`.
    """

    def __init__(self, account: TwilioAccount, *, port: int = 0, real_time: bool = False) -> None:
        self.account = account
        self._server = LoopbackServer(create_app(account), port=port, name="twilio-standin")
        self.base_url = self._server.base_url
        self._stopped = Event()
        self._clock = Thread(target=self._play, name="twilio-standin-clock") if real_time else None

    def __enter__(self) -> Self:
        """Start serving."""
        self._server.__enter__()
        if self._clock is not None:
            self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving; what is still to come back is forgotten."""
        self._stopped.set()
        if self._clock is not None:
            self._clock.join()
        self._server.__exit__(kind, fault, trace)

    def _play(self) -> None:
        while not self._stopped.wait(_CLOCK_STEP_S):
            self.account.deliver_due()


def main() -> None:
    """Run in real time until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m simulators.twilio_standin", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8136)
    parser.add_argument("--account-sid", default=ACCOUNT_SID)
    parser.add_argument("--auth-token", default=AUTH_TOKEN)
    parser.add_argument("--sms-url", default="", help="where a text from a phone is posted")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than real time")
    given = parser.parse_args()
    account = TwilioAccount(given.account_sid, given.auth_token, sms_url=given.sms_url, speed=given.speed)
    with TwilioStandin(account, port=given.port, real_time=True) as twilio:
        print(f"Twilio stand-in: {twilio.base_url}, account {account.account_sid}", flush=True)
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        stop.wait()


if __name__ == "__main__":
    main()
