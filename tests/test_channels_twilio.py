"""The carriers: the real Twilio client against the stand-in over HTTP, and what each trouble means."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch.channels.carrier import Channel, OutgoingMessage, SendStatus
from dispatch.channels.console import ConsoleCarrier
from dispatch.channels.twilio import TwilioCarrier
from simulators.twilio_account import RETRY_AFTER_S, TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, TwilioStandin

_PUBLIC_URL = "https://fire.example.org"
_PHONE = "+8613800138001"  # invented
_SMS = OutgoingMessage(7, Channel.SMS, _PHONE, "火警K7：下许里7号", "zh")
_CALL = replace(_SMS, channel=Channel.VOICE)


@pytest.fixture
def account() -> TwilioAccount:
    return TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, post=lambda _url, _form, _headers: (204, ""))


@pytest.fixture
def base_url(account: TwilioAccount) -> Iterator[str]:
    with TwilioStandin(account) as twilio:
        yield twilio.base_url


@pytest.fixture
def carrier(base_url: str) -> TwilioCarrier:
    return make_carrier(base_url)


def make_carrier(
    base_url: str, sender: str = SENDER, token: str = AUTH_TOKEN, timeout_s: float = 5.0
) -> TwilioCarrier:
    return TwilioCarrier(
        ACCOUNT_SID, token, sender, public_url=_PUBLIC_URL, base_url=base_url, timeout_s=timeout_s
    )


def test_a_text_is_taken_and_asks_for_receipts_that_name_our_row(
    carrier: TwilioCarrier, account: TwilioAccount
) -> None:
    result = carrier.send(_SMS)
    (record,) = account.sent_to(_PHONE)
    assert (result.status, result.carrier_id, result.failure) == (SendStatus.SENT, record["sid"], None)
    assert (record["body"], record["from"]) == (_SMS.body, SENDER)
    account.deliver_pending()
    assert {hook.url for hook in account.webhooks.sent} == {
        f"{_PUBLIC_URL}/webhooks/twilio/status?notification=7"
    }


def test_a_call_fetches_its_words_from_us(carrier: TwilioCarrier, account: TwilioAccount) -> None:
    account.script(_PHONE, call="1")
    result = carrier.send(_CALL)
    (placed,) = account.calls_to(_PHONE)
    assert (result.status, result.carrier_id) == (SendStatus.SENT, placed.record["sid"])
    account.deliver_pending()
    fetched = [hook for hook in account.webhooks.sent if urlsplit(hook.url).path == "/webhooks/twilio/voice"]
    assert parse_qs(urlsplit(fetched[0].url).query) == {"notification": ["7"]}
    assert [hook.form["CallStatus"] for hook in account.webhooks.sent] == [
        "initiated",
        "in-progress",
        "completed",
    ]


def test_a_messaging_service_sends_texts_and_places_no_calls(base_url: str, account: TwilioAccount) -> None:
    service = "MG" + "0" * 32
    carrier = make_carrier(base_url, sender=service)
    assert carrier.channels == {Channel.SMS}
    assert carrier.send(_SMS).status is SendStatus.SENT
    assert account.sent_to(_PHONE)[0]["messaging_service_sid"] == service


@pytest.mark.parametrize(
    ("script", "code"),
    [("invalid", 21211), ("no_region", 21408), ("unsubscribed", 21610), ("landline", 21614)],
)
def test_a_number_that_can_never_be_reached_is_refused_for_good(
    carrier: TwilioCarrier, account: TwilioAccount, script: str, code: int
) -> None:
    account.script(_PHONE, sms=script)
    result = carrier.send(_SMS)
    assert result.status is SendStatus.PERMANENT
    assert result.failure is not None
    assert result.failure.startswith(f"Twilio {code}: ")
    assert "\n" not in result.failure


def test_a_busy_twilio_says_when_to_come_back(carrier: TwilioCarrier, account: TwilioAccount) -> None:
    account.script(_PHONE, sms="throttled", times=1)
    result = carrier.send(_SMS)
    assert (result.status, result.retry_after_s) == (SendStatus.TEMPORARY, RETRY_AFTER_S)
    assert carrier.send(_SMS).status is SendStatus.SENT


def test_a_fault_of_twilio_may_pass(carrier: TwilioCarrier, account: TwilioAccount) -> None:
    account.script(_PHONE, sms="server_error")
    result = carrier.send(_SMS)
    assert (result.status, result.failure) == (
        SendStatus.TEMPORARY,
        "Twilio 20500: An internal server error has occurred",
    )


def test_a_wrong_token_is_our_fault_and_said_aloud(base_url: str, caplog: pytest.LogCaptureFixture) -> None:
    result = make_carrier(base_url, token="wrong").send(_SMS)
    assert result.status is SendStatus.TEMPORARY
    assert result.failure is not None
    assert "check FIRE135_TWILIO_ACCOUNT_SID and FIRE135_TWILIO_AUTH_TOKEN" in result.failure
    assert result.failure in caplog.text


def test_a_connection_that_drops_leaves_us_not_knowing(
    carrier: TwilioCarrier, account: TwilioAccount
) -> None:
    account.script(_PHONE, sms="drop")
    result = carrier.send(_SMS)
    assert result.status is SendStatus.AMBIGUOUS
    assert len(account.sent_to(_PHONE)) == 1


def test_a_twilio_that_hangs_ends_with_the_attempts_time(base_url: str, account: TwilioAccount) -> None:
    account.script(_PHONE, sms="hang")
    result = make_carrier(base_url, timeout_s=0.2).send(_SMS)
    assert (result.status, result.failure) == (SendStatus.AMBIGUOUS, "Twilio gave no answer: ReadTimeout")


def test_a_refused_connection_was_certainly_not_taken() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    result = make_carrier(f"http://127.0.0.1:{port}").send(_SMS)
    assert (result.status, result.failure) == (
        SendStatus.TEMPORARY,
        "Twilio cannot be reached: ConnectionError",
    )


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        ("201 Created", "not json!", SendStatus.AMBIGUOUS),
        ("201 Created", "[]", SendStatus.AMBIGUOUS),
        ("302 Found\r\nLocation: /", "", SendStatus.TEMPORARY),
        ("400 Bad Request", "a proxy's own page", SendStatus.TEMPORARY),
        ("400 Bad Request", '{"code": 21606, "message": "From is not yours"}', SendStatus.TEMPORARY),
        ("403 Forbidden", '{"code": 21408, "message": "no such region"}', SendStatus.PERMANENT),
        ("404 Not Found", "{}", SendStatus.TEMPORARY),
        ("429 Busy\r\nRetry-After: later", "", SendStatus.TEMPORARY),
        ("503 Busy", '{"code": null}', SendStatus.TEMPORARY),
    ],
)
def test_no_answer_is_too_strange(head: str, body: str, status: SendStatus) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

        server = Thread(target=serve)
        server.start()
        result = make_carrier(f"http://127.0.0.1:{listener.getsockname()[1]}").send(_SMS)
        server.join()
    assert result.status is status
    assert result.failure


def test_one_carrier_serves_many_threads(carrier: TwilioCarrier, account: TwilioAccount) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(carrier.send, [replace(_SMS, notification_id=n) for n in range(1, 65)]))
    assert {result.carrier_id for result in results} == {record["sid"] for record in account.sent_to(_PHONE)}
    assert len(account.sent_to(_PHONE)) == 64


def test_the_console_prints_one_line_a_message_and_is_delivered() -> None:
    lines: list[str] = []
    console = ConsoleCarrier(lines.append)
    assert console.send(replace(_SMS, body="two\nlines")).status is SendStatus.DELIVERED
    assert lines == [f"[sms] {_PHONE}  two lines"]


def test_a_console_that_is_gone_may_come_back() -> None:
    def gone(_line: str) -> None:
        raise BrokenPipeError("closed")

    assert ConsoleCarrier(gone).send(_SMS).status is SendStatus.TEMPORARY
