"""The whole service over the demo district, joined by real sockets, with the clock in the test's hands.

An MQTT broker, the HTTP server and the Twilio stand-in are real; what runs by time (the sender, the
escalation, the carrier's receipts) runs when the test says so.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import create_server
from threading import Event, Thread
from typing import Any

import uvicorn
from pydantic import SecretStr

from api.access import Role, create_token
from api.context import Service
from dispatch import escalate
from dispatch.channels.build import build_carriers, carrier_names
from dispatch.setup import DispatchSetup
from fire135.demo_district import FOLDER
from fire135.settings import Settings
from ingest.broker import EmbeddedBroker
from ingest.formats import parse_sources
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from registry.loading import load
from simulators.phones import Phones
from simulators.service_api import ServiceApi
from simulators.twilio_account import TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, TwilioStandin
from store.database import Database
from tests.clock import ManualClock
from tests.sending import send_due
from tests.web import application

_PATIENCE_S = 20.0


class County:
    """The service at work; `api` and `phones` speak to it over HTTP, devices over MQTT."""

    def __init__(
        self, database: Database, clock: ManualClock, settings: Settings, account: TwilioAccount
    ) -> None:
        self._database, self._clock, self._account = database, clock, account
        self._start = clock.now()
        carriers = build_carriers(settings, print)
        self.setup = DispatchSetup(carriers=carrier_names(carriers), zone=settings.zone)
        self._carriers = {carrier.name: carrier for carrier in carriers}
        with database.begin() as session:
            token = create_token(session, "desk", Role.DISPATCHER, None, clock.now())
        self.api = ServiceApi(settings.base_url, token)
        self.phones = Phones(settings.twilio_base_url)

    def until(self, true: Callable[[], Any]) -> Any:
        """Wait for what comes over a socket; gives the first true value."""
        deadline = time.monotonic() + _PATIENCE_S
        while not (value := true()):
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.01)
        return value

    def pass_time(self, to_s: float) -> None:
        """Let time pass second by second until so many seconds of the story, as the service lives it."""
        while (self._clock.now() - self._start).total_seconds() < to_s:
            self._clock.advance(1)
            escalate.run_due(self._database, self.setup, now=self._clock.now)
            self.send()

    def send(self) -> None:
        """Hand what waits in the outbox to the carrier."""
        send_due(self._database, self.setup, self._carriers, self._clock)

    def deliver(self) -> None:
        """The carrier delivers what it has, and says so by its webhooks."""
        self._account.deliver_pending()

    def phone_of(self, person_id: str) -> str:
        """A person's number, from the registry."""
        return str(self.api.get(f"/people/{person_id}")["phone"])

    def last_text(self, person_id: str) -> str:
        """The last text on a person's phone."""
        return self.phones.texts_to(self.phone_of(person_id))[-1]

    def text(self, person_id: str, body: str) -> None:
        """A person texts back."""
        self.phones.text_back(self.phone_of(person_id), body)

    def incident(self, incident_id: str) -> Any:
        """An incident as the API shows it now."""
        return self.api.get(f"/incidents/{incident_id}")

    def close(self) -> None:
        """Hang up."""
        self.api.close()
        self.phones.close()


@contextmanager
def county(database: Database, clock: ManualClock, broker: EmbeddedBroker) -> Iterator[County]:
    """Everything started over the demo district; everything stopped at the end."""
    assert not load(database, FOLDER, now=clock.now()).faults
    listening = create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    account = TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, sms_url=f"{url}/webhooks/twilio/sms")
    with TwilioStandin(account) as twilio:
        settings = Settings(
            public_url=url,
            sms=("twilio",),
            twilio_account_sid=ACCOUNT_SID,
            twilio_auth_token=SecretStr(AUTH_TOKEN),
            twilio_from=SENDER,
            twilio_base_url=twilio.base_url,
        )
        made = County(database, clock, settings, account)
        pipeline = Pipeline(database, made.setup, parse_sources("all"), now=clock.now)
        subscriber = Subscriber(broker.url, pipeline)
        stopping = Event()
        service = Service(database, made.setup, settings, clock, stopping=stopping)
        server = uvicorn.Server(
            uvicorn.Config(application(service), log_level="warning", timeout_graceful_shutdown=1)
        )
        threads = [Thread(target=subscriber.run), Thread(target=server.run, args=([listening],))]
        for thread in threads:
            thread.start()
        try:
            made.until(lambda: subscriber.is_connected)
            yield made
        finally:
            made.close()
            stopping.set()
            server.should_exit = True
            subscriber.stop()
            for thread in threads:
                thread.join(_PATIENCE_S)
