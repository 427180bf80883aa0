"""Alive, ready, counted."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from store.database import Database
from store.signals import DeviceState
from tests.web import Asker, Web, application, assert_problem, web

__all__ = ["web"]


def test_a_process_that_lives_says_so_to_anyone(web: Web) -> None:
    answer = web.nobody().ask("GET", "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_it_is_ready_when_every_part_works(web: Web) -> None:
    service = replace(web.service, readiness={"broker": lambda: None, "sender": lambda: None})
    answer = Asker(application(service)).ask("GET", "/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert answer.json()["checks"] == {"database": "ok", "broker": "ok", "sender": "ok"}


def test_it_is_not_ready_and_says_why(web: Web) -> None:
    service = replace(web.service, readiness={"broker": lambda: "no connection", "sender": lambda: None})
    answer = Asker(application(service)).ask("GET", "/readyz")
    assert_problem(answer, 503, "broker: no connection")
    assert answer.json()["checks"]["sender"] == "ok"


def test_a_database_that_is_read_but_not_written_is_not_ready(web: Web) -> None:
    service = replace(web.service, readiness={"database": lambda: "nothing could be written for 16 s"})
    asker = Asker(application(service), web.viewer.headers)
    assert_problem(asker.ask("GET", "/readyz"), 503, "database: nothing could be written for 16 s")
    assert asker.get("/readiness").json()["faults"][0]["what"] == "nothing_written"


def test_without_its_database_it_lives_but_is_not_ready(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Database) -> None:
        raise OperationalError("SELECT 1", {}, Exception("unable to open\ndatabase file"))

    monkeypatch.setattr(Database, "read", fail)
    assert_problem(web.nobody().ask("GET", "/readyz"), 503, "database", "unable to open")
    assert web.nobody().ask("GET", "/healthz").status_code == 200
    assert web.nobody().ask("GET", "/metrics").status_code == 200


def test_prometheus_reads_what_is_open_and_what_waits(web: Web) -> None:
    web.dispatcher.post("/alarms", {"premises_id": web.district.premises})
    web.dispatcher.post("/drills", {"premises_id": web.district.other_premises})
    with web.story.database.begin() as session:
        session.add(DeviceState(device_id=web.district.smoke, state="offline"))
    answer = web.nobody().ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'fire135_incidents_open{drill="false"} 1.0' in lines
    assert 'fire135_incidents_open{drill="true"} 1.0' in lines
    assert 'fire135_devices{state="offline"} 1.0' in lines
    waiting = next(line for line in lines if line.startswith("fire135_messages_waiting "))
    assert float(waiting.split()[1]) > 0
    web.story.send()
    assert "fire135_messages_waiting 0.0" in web.nobody().ask("GET", "/metrics").text.splitlines()
