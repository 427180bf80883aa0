"""The carriers: the real Twilio client against the stand-in over HTTP, and what each trouble means."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.channels.console import ConsoleCarrier
from dispatch.channels.twilio import TwilioCarrier
from simulators.twilio_account import RETRY_AFTER_S, TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, TwilioStandin
from tests.strange_servers import answering, dripping, every_drip

_PUBLIC_URL = "https://fire.example.org"
_PHONE = "+8613800138001"  # invented
_SMS = OutgoingMessage(7, Channel.SMS, _PHONE, "火警K7：下许里7号", "zh")
_JUST_NOW = datetime.now(UTC) - timedelta(minutes=1)
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
        SendStatus.AMBIGUOUS,  # it may have come after the message was taken
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
    assert (result.status, result.failure) == (SendStatus.AMBIGUOUS, "Twilio gave no whole answer in time")


@every_drip
def test_a_twilio_whose_answer_drips_ends_with_the_attempts_time(where: str) -> None:
    with dripping(where) as url:
        result = make_carrier(url, timeout_s=0.3).send(_SMS)
    assert (result.status, result.failure) == (SendStatus.AMBIGUOUS, "Twilio gave no whole answer in time")


def test_a_connection_serves_again_after_an_answer_in_time(
    carrier: TwilioCarrier, account: TwilioAccount
) -> None:
    assert [carrier.send(_SMS).status for _ in range(3)] == [SendStatus.SENT] * 3


@pytest.mark.parametrize("body", ["{}", '{"sid": null}', '{"sid": ""}', '{"sid": 7}', '{"sid": ["SM1"]}', ""])
def test_an_answer_without_a_message_id_leaves_us_not_knowing(body: str) -> None:
    with answering("201 Created", body) as url:
        result = make_carrier(url).send(_SMS)
    assert (result.status, result.carrier_id) == (SendStatus.AMBIGUOUS, None)
    assert result.failure


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ("Retry-After: 7", 7),
        ("Retry-After: -1", 0),
        ("Date: Mon, 02 Mar 2026 07:12:03 GMT\r\nRetry-After: Mon, 02 Mar 2026 07:12:15 GMT", 12),
        ("Date: Mon, 02 Mar 2026 07:12:03 GMT\r\nRetry-After: Mon, 02 Mar 2026 07:12:15 -0000", 12),
        ("Date: Mon, 02 Mar 2026 07:12:03 GMT\r\nRetry-After: Mon, 02 Mar 2026 07:12:01 GMT", 0),
        ("Retry-After: Mon, 02 Mar 2026 07:12:15 GMT", 0),
        ("Date: today\r\nRetry-After: Mon, 02 Mar 2026 07:12:15 GMT", None),
        ("Retry-After: later", None),
        ("X-Nothing: said", None),
    ],
)
def test_when_to_come_back_is_said_in_seconds_or_as_a_date(headers: str, pause_s: float | None) -> None:
    with answering(f"429 Busy\r\n{headers}", "") as url:
        result = make_carrier(url).send(_SMS)
    assert (result.status, result.retry_after_s) == (SendStatus.TEMPORARY, pause_s)


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
        ("503 Busy", '{"code": null}', SendStatus.AMBIGUOUS),
    ],
)
def test_no_answer_is_too_strange(head: str, body: str, status: SendStatus) -> None:
    with answering(head, body) as url:
        result = make_carrier(url).send(_SMS)
    assert result.status is status
    assert result.failure


@pytest.mark.parametrize(
    ("script", "status", "failure"),
    [
        ("silent", SendStatus.SENT, None),
        ("delivered", SendStatus.DELIVERED, None),
        ("undelivered", SendStatus.PERMANENT, "Twilio 30003: unreachable handset"),
    ],
)
def test_twilio_remembers_what_it_took_and_what_became_of_it(
    carrier: TwilioCarrier,
    account: TwilioAccount,
    script: str,
    status: SendStatus,
    failure: str | None,
) -> None:
    account.script(_PHONE, sms=script)
    carrier.send(_SMS)
    account.deliver_pending()
    (record,) = account.sent_to(_PHONE)
    assert carrier.taken(_SMS, since=_JUST_NOW) == [SendResult(status, record["sid"], failure)]


def test_twilio_remembers_the_calls_that_it_placed(carrier: TwilioCarrier, account: TwilioAccount) -> None:
    carrier.send(_CALL)
    (placed,) = account.calls_to(_PHONE)
    assert carrier.taken(_CALL, since=_JUST_NOW) == [SendResult(SendStatus.SENT, placed.record["sid"])]
    assert not carrier.taken(replace(_CALL, phone="+8613800138002"), since=_JUST_NOW)
    assert not carrier.taken(_CALL, since=datetime.now(UTC) + timedelta(minutes=1))
    placed.record["status"] = "failed"  # it never rang
    assert not carrier.taken(_CALL, since=_JUST_NOW)


@pytest.mark.parametrize(
    "other",
    [replace(_SMS, phone="+8613800138002"), replace(_SMS, body="火警K8：下许里7号"), _CALL],
)
def test_another_message_is_not_taken_for_this_one(carrier: TwilioCarrier, other: OutgoingMessage) -> None:
    carrier.send(_SMS)
    assert not carrier.taken(other, since=_JUST_NOW)


def test_what_was_taken_before_is_not_meant(carrier: TwilioCarrier) -> None:
    carrier.send(_SMS)
    assert not carrier.taken(_SMS, since=datetime.now(UTC) + timedelta(minutes=1))


def test_what_a_person_was_answered_is_no_message_of_ours(
    carrier: TwilioCarrier, account: TwilioAccount
) -> None:
    carrier.send(_SMS)
    account.messages[0]["direction"] = "outbound-reply"
    assert not carrier.taken(_SMS, since=_JUST_NOW)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("404 Not Found", "{}"),
        ("405 Method Not Allowed", ""),
        ("429 Busy", ""),
        ("500 Broken", "{}"),
        ("200 OK", "not json!"),
        ("200 OK", "[]"),
        ("200 OK", '{"messages": null}'),
        ("200 OK", '{"messages": [null]}'),
        ("200 OK", '{"messages": [{}]}'),
        ("200 OK", '{"messages": [{"sid": 1, "date_created": 5}]}'),
    ],
)
def test_a_twilio_that_does_not_say_what_it_has_remembers_nothing(head: str, body: str) -> None:
    with answering(head, body) as url:
        assert not make_carrier(url).taken(_SMS, since=_JUST_NOW)


def test_a_twilio_that_hangs_is_not_waited_for() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        carrier = make_carrier(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1)
        assert not carrier.taken(_SMS, since=_JUST_NOW)


@every_drip
def test_a_twilio_whose_list_drips_is_not_waited_for(where: str) -> None:
    with dripping(where) as url:
        assert not make_carrier(url, timeout_s=0.1).taken(_SMS, since=_JUST_NOW)


@pytest.mark.parametrize("body", ["", "not json!", "[]", "null", "{}", '{"messages": null}'])
def test_what_answers_and_is_not_twilio_is_said_in_one_line(body: str) -> None:
    with answering("200 OK", body) as url:
        why = make_carrier(url).why_unusable()
    assert why is not None
    assert why.startswith("FIRE135_TWILIO_")
    assert "FIRE135_TWILIO_BASE_URL" in why
    assert "\n" not in why


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
