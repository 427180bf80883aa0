"""A short form of `make chaos`, and its judgement: it must see what it is there to see."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from benchmarks.chaos import people
from benchmarks.chaos.carrier import Carrier, Mood, Request
from benchmarks.chaos.county import County
from benchmarks.chaos.detectors import Alarm
from benchmarks.chaos.fate import fate_of
from benchmarks.chaos.people import Chiefs
from benchmarks.chaos.verdict import Trouble, judge
from dispatch.channels.carrier import Channel, OutgoingMessage, SendStatus
from dispatch.channels.twilio import TwilioCarrier
from ingest.broker_programs import find_mosquitto
from store.database import Database
from tests.conftest import absent

HOUSE = County(1).houses[0]
ALARM = Alarm(HOUSE, said_at=100.0, acknowledged_at=100.2)
ONE = Counter({HOUSE.id: 1})


def a_page(at: float = 100.5, message: str = "1", **more: bool) -> Request:
    text = f"火警K7：{HOUSE.id} 1楼 烟感报警。"
    is_taken, is_answered = more.get("is_taken", True), more.get("is_answered", True)
    return Request(at, message, HOUSE.chief_phone, text, is_taken=is_taken, is_answered=is_answered)


def test_a_page_that_was_taken_is_a_promise_kept() -> None:
    verdict = judge([ALARM], [a_page()], ONE, [])
    assert verdict.broken == []
    assert verdict.delays == verdict.quiet_delays == (0.5,)


def test_a_page_that_was_refused_is_lost() -> None:
    assert judge([ALARM], [a_page(is_taken=False)], ONE, []).lost == (HOUSE.id,)


def test_a_page_to_somebody_else_is_lost() -> None:
    page = a_page()
    page.phone = "+8613800138999"
    assert judge([ALARM], [page], ONE, []).lost == (HOUSE.id,)


def test_a_page_that_people_made_needless_is_not_lost_and_told_apart() -> None:
    verdict = judge([ALARM], [a_page(is_taken=False)], ONE, [], closed={HOUSE.id})
    assert (verdict.lost, verdict.overtaken) == ((), (HOUSE.id,))


def test_two_incidents_of_one_alarm_are_one_too_many() -> None:
    assert judge([ALARM], [a_page()], Counter({HOUSE.id: 2}), []).broken == [f"incidents doubled: {HOUSE.id}"]


def test_twice_for_nothing_is_told_from_twice_after_a_kill() -> None:
    pages = [a_page(100.5), a_page(103.0)]
    assert judge([ALARM], pages, ONE, []).unexplained == ("1",)
    assert judge([ALARM], pages, ONE, [Trouble("kill", 100.6, 102.0)]).unexplained == ()
    assert judge([ALARM], [a_page(is_answered=False), a_page(103.0)], ONE, []).unexplained == ()


def test_an_alarm_during_a_fault_is_not_counted_as_quiet() -> None:
    verdict = judge([ALARM], [a_page()], ONE, [Trouble("kill", 99.0, 100.1)])
    assert (verdict.delays, verdict.quiet_delays) == ((0.5,), ())


def test_an_answer_that_was_taken_and_is_not_there_breaks_the_promise() -> None:
    assert judge([ALARM], [a_page()], ONE, [], ["SM1"]).broken == ["answers taken and forgotten: SM1"]


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    made = Carrier()
    yield made
    made.close()


def test_the_carrier_takes_a_message_remembers_it_and_fails_on_demand(carrier: Carrier) -> None:
    twilio = TwilioCarrier(
        "AC1", "token", "+15005550006", public_url="http://service.test", base_url=carrier.url
    )
    message = OutgoingMessage(7, Channel.SMS, HOUSE.chief_phone, a_page().body, "zh")
    since = datetime.now(UTC)
    carrier.mood = Mood.DROPS
    assert twilio.send(message).status is SendStatus.AMBIGUOUS
    carrier.mood = Mood.ERROR
    assert not twilio.taken(message, since=since)
    carrier.mood = Mood.WELL
    (request,) = carrier.taken()
    assert [found.carrier_id for found in twilio.taken(message, since=since) or ()] == [request.sid]


def test_a_page_is_answered_from_its_phone_with_its_code_and_again_until_it_is_taken(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms, is_away = [], [True]

    def post(
        _session: requests.Session, _url: str, data: dict[str, str], **_how: object
    ) -> requests.Response:
        forms.append(data)
        if is_away:
            raise requests.ConnectionError(is_away.pop())
        over.set()
        answer = requests.Response()
        answer.status_code = 200
        return answer

    monkeypatch.setattr(requests.Session, "post", post)
    monkeypatch.setattr(people, "_ANSWERS_S", (0.0, 0.0))
    monkeypatch.setattr(people, "_AGAIN_S", 0.0)
    monkeypatch.setattr(people, "_SILENT", 0.0)
    over = threading.Event()
    chiefs = Chiefs(carrier, "http://service.test", "token", seed=1)
    carrier.requests += [a_page(is_taken=False), a_page(), a_page(message="2")]
    chiefs.run(over)
    first, again = forms
    assert first == again
    assert (first["From"], first["Body"]) == (HOUSE.chief_phone, "1 K7")
    assert chiefs.said == [first["MessageSid"]]


def test_what_became_of_a_lost_alarm_is_told(database: Database) -> None:
    with database.read() as session:
        told = fate_of(session, Alarm(HOUSE, said_at=100.0), [a_page(102.0, is_taken=False)])
    assert told == f"{HOUSE.id}: acknowledged never; heard never; no incident; requests 2.0 refused"


@pytest.mark.broker
def test_a_short_run_keeps_every_promise() -> None:
    if find_mosquitto() is None:
        pytest.skip(absent("Mosquitto"))
    bounds = ["--kills", "2", "--minutes", "1", "--longest-outage", "2"]
    command = [sys.executable, "-m", "benchmarks.chaos", *bounds]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "lost: 0" in run.stdout
