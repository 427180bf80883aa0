"""Killed (SIGKILL) at every step between a detector's message and the record of the carrier's answer.

The program, Mosquitto, both databases and the carrier's HTTP are real. What must come out each time,
after one restart: one incident, every page requested, and twice only what nobody could know to be sent.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import pytest
import requests
from sqlalchemy import select as choose

from ingest.broker import EmbeddedBroker
from simulators.twilio_account import TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, TwilioStandin
from store.database import Database
from store.incidents import Incident, Notification
from tests.crashing import DEVICE, STEPS, Order
from tests.factories import District
from tests.wire import PATIENCE_S, district, publish, publisher, until

__all__ = ["district"]
pytestmark = pytest.mark.broker

AT_THE_CARRIER = "read by the carrier, not answered"
#: The sender runs in the same process and may be faster than these: it is left out of it.
INGEST_ALONE = (
    "received",
    "decoded",
    "in the alarm's transaction",
    "committed, not acknowledged",
    "acknowledged",
)


class Programs:
    """The process that starts the program, and the one child that it has at a time."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.crashing"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin
        assert self._process.stdout
        self._in: IO[str] = self._process.stdin
        self._out: IO[str] = self._process.stdout
        self.pid: int | None = None

    def start(self, order: Order) -> None:
        print(json.dumps(asdict(order)), file=self._in, flush=True)
        self.pid = json.loads(self._out.readline())["pid"]

    def ended(self) -> int:
        """Wait for the end of the child; a negative exit code is the signal that ended it."""
        assert select.select([self._out], [], [], PATIENCE_S)[0], "it went on as if nothing had happened"
        code: int = json.loads(self._out.readline())["ended"]
        self.pid = None
        return code

    def kill(self) -> None:
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        self._in.close()
        self._process.wait()
        self._out.close()


class Carrier(TwilioAccount):
    """Takes a request, and kills who made it before he hears so, if that is to happen."""

    def __init__(self, programs: Programs, order: Order) -> None:
        super().__init__(ACCOUNT_SID, AUTH_TOKEN)
        self._programs, self._ends = programs, order
        self.kills = order.at == AT_THE_CARRIER

    def create_message(self, form: Mapping[str, str]) -> tuple[dict[str, Any], str]:
        taken = super().create_message(form)
        if self.kills and form["To"] == self._ends.phone:
            self.kills = False
            Path(self._ends.mark).write_text(AT_THE_CARRIER, encoding="utf-8")
            self._programs.kill()
        return taken


@pytest.fixture(scope="module")
def all_programs() -> Iterator[Programs]:
    made = Programs()
    yield made
    made.close()


@pytest.fixture
def programs(all_programs: Programs) -> Iterator[Programs]:
    yield all_programs
    if all_programs.pid is not None:
        all_programs.kill()
        all_programs.ended()


def test_every_step_is_a_function_of_the_program() -> None:
    for passages in STEPS.values():
        for passage in passages:
            assert callable(getattr(*passage.place)), passage.function


@pytest.mark.parametrize("step", STEPS)
def test_killed_at(
    step: str,
    database: Database,
    district: District,
    mosquitto: EmbeddedBroker,
    programs: Programs,
    tmp_path: Path,
) -> None:
    order = an_order(step, database, district, tmp_path)
    carrier = Carrier(programs, order)
    with TwilioStandin(carrier) as standin, publisher(int(mosquitto.url.rpartition(":")[2])) as detector:
        order = with_addresses(order, mosquitto, standin)
        start(programs, order)
        publish(detector, f"fire135/v1/{DEVICE}/event", {"id": "1", "kind": "alarm"})
        assert programs.ended() == -signal.SIGKILL
        assert Path(order.mark).read_text(encoding="utf-8") == step
        start(programs, Order(None, order.phone, order.mark, order.environment))
        until(lambda: is_all_sent(database))
    with database.read() as session:
        (incident,) = session.scalars(choose(Incident))
        pages = session.scalars(choose(Notification).where(Notification.purpose == "page")).all()
    ids = {page.person_id for page in pages}
    assert {district.chief, district.town_chief} <= ids, incident.code
    for page in pages:
        requested = [text for text in carrier.sent_to(page.phone) if text["body"] == page.body]
        assert len(requested) == 1, page.person_id  # this carrier says what it has taken


def is_all_sent(database: Database) -> bool:
    with database.read() as session:
        pages = session.scalars(choose(Notification.status).where(Notification.purpose == "page")).all()
    return bool(pages) and set(pages) == {"sent"}


def an_order(step: str, database: Database, district: District, folder: Path) -> Order:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        "FIRE135_DATABASE_URL": database.url,
        "FIRE135_HTTP_PORT": str(port),
        "FIRE135_SMS": "twilio",
        "FIRE135_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "FIRE135_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "FIRE135_TWILIO_FROM": SENDER,
    }
    roles = ("ingest", "api") if step in INGEST_ALONE else ("all",)
    return Order(step, district.phones[district.chief], str(folder / "mark"), environment, roles)


def with_addresses(order: Order, broker: EmbeddedBroker, carrier: TwilioStandin) -> Order:
    addresses = {"FIRE135_MQTT_URL": broker.url, "FIRE135_TWILIO_BASE_URL": carrier.base_url}
    return Order(order.at, order.phone, order.mark, {**order.environment, **addresses}, order.roles)


def start(programs: Programs, order: Order) -> None:
    """Run the program until it is ready."""
    programs.start(order)
    url = f"http://127.0.0.1:{order.environment['FIRE135_HTTP_PORT']}/readyz"
    until(lambda: answers(url))


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
