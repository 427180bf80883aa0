"""Twilio's side of a story: the real client, the stand-in's phones, signed webhooks into the API."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from pydantic import SecretStr
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from api import problems, webhooks
from api.context import Service
from dispatch import messages
from dispatch.channels.carrier import Channel
from dispatch.channels.twilio import TwilioCarrier
from dispatch.setup import DispatchSetup
from dispatch.values import Answer, EventKind
from fire135.settings import Settings
from simulators.twilio_account import TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, TwilioStandin
from store.database import Database
from store.incidents import Notification, Reply
from tests.clock import ManualClock
from tests.story import Phones, Story

_PUBLIC_URL = "https://fire.example.org/dispatch"


def settings(token: str = AUTH_TOKEN) -> Settings:
    return Settings(public_url=_PUBLIC_URL, twilio_auth_token=SecretStr(token))


class Line:
    """The service's HTTP side and Twilio's, joined: whatever either posts reaches the other."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        both: dict[Channel, tuple[str, ...]] = dict.fromkeys(Channel, ("twilio",))
        self.clock = clock
        self.story = Story(database, clock, DispatchSetup(carriers=both))
        self.woken = 0
        self.service = Service(database, self.story.setup, settings(), clock, wake_sender=self._wake)
        self.app = FastAPI()
        self.app.state.service = self.service
        self.app.include_router(webhooks.router)
        problems.install(self.app)
        self.account = TwilioAccount(
            ACCOUNT_SID, AUTH_TOKEN, sms_url=f"{_PUBLIC_URL}/webhooks/twilio/sms", post=self.post
        )

    def _wake(self) -> None:
        self.woken += 1

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        """Deliver to our public address, as the proxy in front of the service does."""
        answer = self.post_raw(url, urlencode(form).encode(), headers)
        return answer.status_code, answer.text

    def post_raw(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        async def send() -> Response:
            transport = ASGITransport(self.app, raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url="http://inside.test") as client:
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                path = url.removeprefix(_PUBLIC_URL)
                return await client.post(path, content=body, headers={**headers, **kind})

        return asyncio.run(send())

    def connect(self, base_url: str) -> None:
        carrier = TwilioCarrier(ACCOUNT_SID, AUTH_TOKEN, SENDER, public_url=_PUBLIC_URL, base_url=base_url)
        self.story.carriers = cast("dict[str, Phones]", {"twilio": carrier})

    # -- the story's people --------------------------------------------------------------------------

    def phone(self, person_id: str) -> str:
        return self.story.district.phones[person_id]

    def pass_time(self, seconds: int) -> None:
        """Let time pass at once, then do what has fallen due."""
        self.clock.advance(seconds - 1)
        self.story.wait(1)

    def chief(self) -> str:
        return self.phone(self.story.district.chief)

    def alarm(self) -> None:
        self.story.event(self.story.district.smoke, EventKind.ALARM)

    def page_of_chief(self) -> Notification:
        return self.story.notifications(self.story.district.chief)[0]

    def call_of_chief(self) -> Notification:
        return next(n for n in self.story.notifications(self.story.district.chief) if n.channel == "voice")

    def replies(self) -> list[Reply]:
        with self.service.database.read() as session:
            return list(session.scalars(select(Reply)))


@pytest.fixture
def line(database: Database, clock: ManualClock) -> Iterator[Line]:
    line = Line(database, clock)
    with TwilioStandin(line.account) as twilio:
        line.connect(twilio.base_url)
        yield line


def sign(url: str, form: Mapping[str, str], token: str = AUTH_TOKEN) -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, form)}


def test_a_page_is_delivered_and_answered_by_text(line: Line, clock: ManualClock) -> None:
    line.alarm()
    delivered_at = clock.advance(2)
    line.account.deliver_pending()
    answered_at = clock.advance(10)
    assert line.account.reply(line.chief(), "１").code == 200

    page = line.page_of_chief()
    assert (page.status, page.delivered_at) == ("delivered", delivered_at)
    assert (page.answered_at, page.answer) == (answered_at, "coming")
    home = line.story.assignments()[line.story.district.home_station]
    assert (home.delivered_at, home.acknowledged_at) == (delivered_at, answered_at)
    assert line.woken > 0


def test_the_same_text_twice_is_one_answer(line: Line) -> None:
    line.alarm()
    first = line.account.reply(line.chief(), "1")
    again = line.account.reply(line.chief(), "1", message_sid=first.form["MessageSid"])
    assert (first.code, again.code) == (200, 200)
    assert len(line.replies()) == 1
    assert line.story.timeline().count("acknowledged") <= 1


def test_what_is_not_understood_is_answered_with_the_short_help(line: Line) -> None:
    line.alarm()
    line.account.reply(line.chief(), "什么？")
    line.story.send()
    told = [record["body"] for record in line.account.sent_to(line.chief())]
    assert told[-1] == messages.help_text("zh", codes=[line.story.incident().code])


@pytest.mark.parametrize("script", ["disordered", "delivered"])
def test_receipts_in_any_order_end_as_delivered(line: Line, script: str) -> None:
    line.account.script(line.chief(), sms=script)
    line.alarm()
    line.account.deliver_pending()
    assert line.page_of_chief().status == "delivered"
    assert {hook.code for hook in line.account.webhooks.sent} == {204}


def test_an_undelivered_page_says_why_and_goes_to_voice_and_to_the_deputy(line: Line) -> None:
    line.account.script(line.chief(), sms="undelivered", call="1")
    line.alarm()
    line.account.deliver_pending()
    line.story.send()
    assert (line.page_of_chief().status, line.page_of_chief().failure) == (
        "failed",
        "Twilio 30003: unreachable handset",
    )
    assert len(line.account.sent_to(line.phone(line.story.district.deputy))) == 1

    line.account.deliver_pending()
    (placed,) = line.account.calls_to(line.chief())
    assert placed.pressed == "1"
    assert (line.call_of_chief().status, line.call_of_chief().answer) == ("delivered", "coming")


def call_the_chief(line: Line, does: str) -> list[str]:
    """Thirty seconds without an answer; what the chief's phone hears."""
    line.account.script(line.chief(), call=does)
    line.alarm()
    line.pass_time(30)
    line.account.deliver_pending()
    (placed,) = line.account.calls_to(line.chief())
    return placed.spoken


def test_a_call_speaks_the_page_and_takes_a_key_as_the_answer(line: Line) -> None:
    spoken = call_the_chief(line, "3")
    call = line.call_of_chief()
    assert spoken[0] == call.body
    assert spoken[-1] == f"{line.story.incident().code}：已记录：已到场"
    assert (call.status, call.answer) == ("delivered", "on_scene")
    assert line.story.assignments()[line.story.district.home_station].on_scene_at is not None


def test_a_wrong_key_is_asked_again(line: Line) -> None:
    spoken = call_the_chief(line, "92")
    body = line.call_of_chief().body
    assert spoken == [body, body, f"{line.story.incident().code}：已记录：不能到场"]
    assert line.call_of_chief().answer == "cannot"


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("voicemail", "the call ended without a key"),
        ("no-answer", "nobody answered the call"),
        ("busy", "the line was busy"),
        ("failed", "the call could not be placed"),
    ],
)
def test_only_a_key_counts(line: Line, does: str, why: str) -> None:
    call_the_chief(line, does)
    call = line.call_of_chief()
    assert (call.status, call.failure, call.answered_at, call.delivered_at) == ("failed", why, None, None)


def test_a_call_after_the_end_says_that_it_is_over(line: Line) -> None:
    line.account.script(line.chief(), call="1")
    line.alarm()
    line.pass_time(30)
    line.story.close()
    line.account.deliver_pending()
    (placed,) = line.account.calls_to(line.chief())
    assert len(placed.spoken) == 1
    assert "已结束" in placed.spoken[0]
    assert placed.pressed == ""


def test_english_is_spoken_to_whoever_reads_english(line: Line) -> None:
    line.alarm()
    with line.service.database.begin() as session:
        session.get_one(Notification, line.page_of_chief().id).language = "en"
    url = f"{_PUBLIC_URL}/webhooks/twilio/voice?notification={line.page_of_chief().id}"
    form = {"CallSid": "CA1"}
    assert 'language="en-US"' in line.post(url, form, sign(url, form))[1]
    pressed = {"CallSid": "CA1", "Digits": "4"}
    answered = line.post(url, pressed, sign(url, pressed))[1]
    assert "Recorded: false alarm" in answered
    assert line.page_of_chief().answer == Answer.FALSE_ALARM


def test_without_a_valid_signature_nothing_is_taken(line: Line) -> None:
    line.alarm()
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "From": line.chief(), "Body": "1"}
    form |= {"CallSid": "CA1", "Digits": "1"}
    for path in ("sms", "status?notification=1", "voice?notification=1"):
        url = f"{_PUBLIC_URL}/webhooks/twilio/{path}"
        for headers in (
            {},
            {"X-Twilio-Signature": ""},
            {"X-Twilio-Signature": "nonsense"},
            sign(url, form, "another token"),
            sign(url, form, ""),
            sign(url.replace("https", "http"), form),
            sign(url + "&notification=2", form),
            sign(url, form | {"Body": "2"}),
        ):
            code, body = line.post(url, form, headers)
            assert code == 403
            assert "X-Twilio-Signature" in body
    assert line.replies() == []
    assert line.page_of_chief().status == "sent"


def test_without_a_token_nobody_can_sign(line: Line) -> None:
    line.app.state.service = replace(line.service, settings=settings(token=""))
    url = f"{_PUBLIC_URL}/webhooks/twilio/sms"
    form = {"MessageSid": "SM1", "From": line.chief(), "Body": "1"}
    assert line.post(url, form, sign(url, form, ""))[0] == 403


_STRANGE: list[tuple[str, dict[str, str], int]] = [
    ("sms", {"Body": "1"}, 400),
    ("sms", {"MessageSid": "SM1", "From": ""}, 400),
    ("sms", {}, 400),
    ("status", {"Other": "x"}, 400),
    ("status", {"MessageSid": "SM999", "MessageStatus": "delivered"}, 204),
    ("status?notification=999", {"MessageSid": "SM999", "MessageStatus": "new word"}, 204),
    ("status?notification=soon", {"MessageSid": "SM1", "MessageStatus": "sent"}, 422),
    ("voice", {"CallSid": "CA1"}, 200),
    ("voice?notification=999", {"CallSid": "CA1"}, 200),
    ("voice?notification=999", {"CallSid": "CA1", "Digits": "1"}, 200),
    ("voice?notification=999", {"Digits": "1"}, 400),
]


def test_a_strange_form_gets_a_plain_answer(line: Line) -> None:
    for path, form, code in _STRANGE:
        url = f"{_PUBLIC_URL}/webhooks/twilio/{path}"
        assert (path, form, line.post(url, form, sign(url, form))[0]) == (path, form, code)


def test_an_endless_form_is_cut_off(line: Line) -> None:
    url = f"{_PUBLIC_URL}/webhooks/twilio/sms"
    assert line.post(url, {"Body": "x" * 70_000}, {})[0] == 413


def test_a_form_that_is_no_text_is_refused_not_fatal(line: Line) -> None:
    assert line.post_raw("/webhooks/twilio/sms", b"\xff\xfe=%ff%00&&==", {}).status_code == 403
