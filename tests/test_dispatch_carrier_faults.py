"""Every way in which a carrier fails, over real HTTP: what is tried again, who is told instead, what it says.

One alarm; the village chief's texts meet the fault, everybody else's phone works. The carrier is
Twilio's stand-in, asked by Twilio's own client; its webhooks go through the real application.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import SecretStr

from dispatch.channels.carrier import Carrier, Channel
from dispatch.channels.twilio import TwilioCarrier
from dispatch.setup import DispatchSetup
from fire135.settings import Settings
from simulators.twilio_account import TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, TwilioStandin
from store.database import Database
from tests.clock import ManualClock
from tests.story import Story
from tests.web import BASE_URL, Web

_TWILIO: dict[Channel, tuple[str, ...]] = {Channel.SMS: ("twilio",), Channel.VOICE: ("twilio",)}


@dataclass(frozen=True)
class Fault:
    """How the chief's phone fails, and what follows.

    Args:
        script: the stand-in's word for it; it lasts for `times` requests, if given.
        attempts: how often his text is asked for within 20 s.
        status: of his text then.
        failure: how the words on his line begin then.
        called: whether he is called within a second; the plan alone would call him after 30.
        deputy: whether the next person is paged within a second.
    """

    script: str
    attempts: int
    status: str
    failure: str = ""
    called: bool = False
    deputy: bool = False
    times: int | None = None


FAULTS = {
    "500 twice": Fault("server_error", 3, "delivered", called=True, times=2),
    "500 for ever": Fault("server_error", 6, "queued", "Twilio 20500: ", called=True),
    "429 with Retry-After": Fault("throttled", 2, "delivered", times=1),
    "21211, no such number": Fault("invalid", 1, "failed", "Twilio 21211: ", called=True, deputy=True),
    "21610, has opted out": Fault("unsubscribed", 1, "failed", "Twilio 21610: ", called=True, deputy=True),
    "hangs": Fault("hang", 3, "delivered", called=True, times=2),
    "drops after reading": Fault("drop", 1, "delivered", times=1),
    "undelivered later": Fault("undelivered", 1, "failed", "Twilio 30003: ", called=True, deputy=True),
}


class Exchange:
    """The story's district with Twilio as its only carrier."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.story = Story(database, clock, DispatchSetup(carriers=_TWILIO))
        self.web = Web(self.story)
        settings = Settings(twilio_auth_token=SecretStr(AUTH_TOKEN))
        self.web.app.state.service = replace(self.web.service, settings=settings)
        self.account = TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, post=self._post)
        self.chief, self.deputy = self.story.district.chief, self.story.district.deputy
        self.phone = self.story.district.phones[self.chief]

    def _post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        path = url.removeprefix(BASE_URL)
        answer = self.web.nobody().ask("POST", path, data=dict(form), headers=dict(headers))
        return answer.status_code, answer.text

    def live(self, seconds: int) -> None:
        """Let time pass second by second; receipts come at once."""
        for _ in range(seconds):
            self.account.deliver_pending()
            self.story.wait(1)

    def lines(self, person_id: str, channel: str = "sms") -> list[dict[str, Any]]:
        """A person's lines on the incident."""
        incident = self.web.viewer.get(f"/incidents/{self.story.incident().id}").json()
        people = [line for sent in incident["assignments"] for line in sent["people"]]
        return [line for line in people if (line["person_id"], line["channel"]) == (person_id, channel)]


@pytest.fixture
def exchange(database: Database, clock: ManualClock) -> Iterator[Exchange]:
    made = Exchange(database, clock)
    with TwilioStandin(made.account) as twilio:
        carrier: Carrier = TwilioCarrier(
            ACCOUNT_SID, AUTH_TOKEN, SENDER, public_url=BASE_URL, base_url=twilio.base_url, timeout_s=1.0
        )
        made.story.carriers = {"twilio": carrier}  # type: ignore[dict-item]  # a real one for once
        yield made


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in FAULTS.items()])
def test_each_fault_of_a_carrier_has_its_plan(exchange: Exchange, fault: Fault) -> None:
    exchange.account.script(exchange.phone, sms=fault.script, times=fault.times)
    exchange.story.alarm(exchange.story.district.smoke)
    exchange.live(1)
    assert bool(exchange.lines(exchange.chief, "voice")) == fault.called
    assert bool(exchange.lines(exchange.deputy)) == fault.deputy

    exchange.live(19)
    (line,) = exchange.lines(exchange.chief)
    assert line["status"] == fault.status
    assert (line["failure"] or "").startswith(fault.failure)
    assert bool(line["failure"]) == bool(fault.failure)
    assert bool(line["delivered_at"]) == (fault.status == "delivered")
    assert exchange.story.notifications(exchange.chief)[0].attempts == fault.attempts
    assert [told["status"] for told in exchange.lines(exchange.story.district.town_chief)] == ["delivered"]


def test_who_cannot_be_texted_is_called_when_the_page_is_repeated(exchange: Exchange) -> None:
    exchange.account.script(exchange.phone, sms="unsubscribed")
    exchange.story.alarm(exchange.story.district.smoke)
    exchange.story.wait(125)
    assert len(exchange.lines(exchange.chief)) == 1
    assert len(exchange.lines(exchange.chief, "voice")) == 2


def test_a_page_that_is_delivered_late_is_shown_as_a_fault(exchange: Exchange) -> None:
    exchange.story.alarm(exchange.story.district.smoke)
    exchange.story.wait(59)
    assert exchange.lines(exchange.chief)[0]["failure"] is None
    exchange.story.wait(1)
    assert exchange.lines(exchange.chief)[0]["failure"] == "no receipt 60 s after it was sent"

    exchange.story.wait(15)
    exchange.account.deliver_pending()
    line = exchange.lines(exchange.chief)[0]
    assert (line["status"], line["failure"]) == ("delivered", "delivered late: 75 s after it was sent")
    assert exchange.story.timeline().count("message_late") >= 2
