"""The two ways in from outside: the service's API, and the phones of the Twilio stand-in, over real HTTP."""

import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from simulators.phones import Phones, PhonesError
from simulators.service_api import ServiceApi, ServiceApiError
from simulators.twilio_account import TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, TwilioStandin

CHIEF, DEPUTY = "+8613800138001", "+8613800138002"  # invented


class Handler(BaseHTTPRequestHandler):
    """Answers as the service does: two pages of a list, an echo of what is posted, a problem."""

    def do_GET(self) -> None:
        if self.path == "/readyz":
            self._answer(503, {"detail": "broker: no connection"})
        elif "cursor=2" in self.path:
            self._answer(200, {"items": ["c"], "next": None})
        else:
            self._answer(200, {"items": ["a", "b"], "next": "2"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/close"):
            self._answer(409, {"detail": "incident K7: already closed as fire"})
        else:
            kept = ("Authorization", "Idempotency-Key")
            self._answer(200, {"body": body, "headers": {name: self.headers[name] for name in kept}})

    def _answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[ServiceApi]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    opened = ServiceApi(f"http://127.0.0.1:{server.server_port}/", "secret")
    yield opened
    opened.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_list_is_read_to_its_end(api: ServiceApi) -> None:
    assert api.items("/regions") == ["a", "b", "c"]


def test_every_post_has_the_token_and_a_key_of_its_own(api: ServiceApi) -> None:
    first, second = (api.post("/alarms", {"premises_id": "p-1"}) for _ in range(2))
    assert first["body"] == {"premises_id": "p-1"}
    assert first["headers"]["Authorization"] == "Bearer secret"
    assert first["headers"]["Idempotency-Key"] != second["headers"]["Idempotency-Key"]


def test_a_refusal_is_one_line_with_the_services_reason(api: ServiceApi) -> None:
    with pytest.raises(ServiceApiError, match=r"POST .*/close: 409 incident K7: already closed as fire$"):
        api.post("/incidents/i/close", {})


def test_it_says_why_the_service_is_not_ready(api: ServiceApi, free_port: int) -> None:
    assert api.why_not_ready() == "broker: no connection"
    assert "nobody answers" in str(ServiceApi(f"http://127.0.0.1:{free_port}", "t").why_not_ready())


def test_a_service_that_is_not_there_is_named(free_port: int) -> None:
    with pytest.raises(ServiceApiError, match=rf"127\.0\.0\.1:{free_port}.* is the service running"):
        ServiceApi(f"http://127.0.0.1:{free_port}", "t").get("/regions")


class Service:
    """Takes webhooks, and answers with a status of the test's choice."""

    def __init__(self) -> None:
        self.code = 200
        self.forms: list[Mapping[str, str]] = []

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        self.forms.append(form)
        return self.code, "<Response/>"


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def account(service: Service) -> TwilioAccount:
    return TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, sms_url="http://service.test/sms", post=service.post)


@pytest.fixture
def phones(account: TwilioAccount) -> Iterator[Phones]:
    with TwilioStandin(account) as twilio:
        opened = Phones(twilio.base_url)
        yield opened
        opened.close()


def send(account: TwilioAccount, phone: str, body: str) -> None:
    account.create_message({"To": phone, "From": SENDER, "Body": body})


def test_what_phones_got_is_given_once(account: TwilioAccount, phones: Phones) -> None:
    send(account, CHIEF, "火警K7")
    account.create_call({"To": DEPUTY, "From": SENDER, "Url": "http://service.test/voice"}, ())
    messages, calls = phones.new_sent()
    assert [(message["to"], message["body"]) for message in messages] == [(CHIEF, "火警K7")]
    assert [call["to"] for call in calls] == [DEPUTY]
    send(account, CHIEF, "警情已结束")
    messages, calls = phones.new_sent()
    assert [message["body"] for message in messages] == ["警情已结束"]
    assert calls == []


def test_the_texts_of_one_phone(account: TwilioAccount, phones: Phones) -> None:
    send(account, CHIEF, "火警K7")
    send(account, DEPUTY, "别人的")
    assert phones.texts_to(CHIEF) == ["火警K7"]


def test_a_person_texts_back(service: Service, phones: Phones) -> None:
    phones.text_back(CHIEF, "1")
    assert [(form["From"], form["Body"]) for form in service.forms] == [(CHIEF, "1")]


def test_a_text_that_the_service_does_not_take_is_said(service: Service, phones: Phones) -> None:
    service.code = 403
    with pytest.raises(PhonesError, match="403"):
        phones.text_back(CHIEF, "1")


def test_a_stand_in_that_is_not_there_is_named(free_port: int) -> None:
    with pytest.raises(PhonesError, match=str(free_port)):
        Phones(f"http://127.0.0.1:{free_port}").new_sent()
