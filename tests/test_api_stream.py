"""The live stream of a real server: what happens is heard, once, and a stop ends it."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import uvicorn

from api import stream
from api.access import Role
from api.app import create_app
from tests.web import Web, web

__all__ = ["web"]

_PATIENCE_S = 20.0


class Served:
    """The application on a port of its own."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.stopping = Event()
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1/stream"
        app = create_app(replace(web.service, stopping=self.stopping))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listening]})
        self._thread.start()

    def stop(self) -> None:
        """Stop as the program does; nothing is cut by force."""
        self.stopping.set()
        self._server.should_exit = True
        self._thread.join(_PATIENCE_S)
        assert not self._thread.is_alive()

    @contextmanager
    def listening(self, role: Role, region: str | None = None, after: str | None = None) -> Iterator["Ears"]:
        """Open the stream; it is open when this begins."""
        headers = dict(self.web.caller(role, region).headers)
        if after:
            headers["Last-Event-ID"] = after
        with httpx.stream("GET", self.url, headers=headers, timeout=_PATIENCE_S) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield Ears(answer.iter_lines())


class Ears:
    """Hears events one by one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next(self) -> dict[str, Any] | None:
        """The next event as `{event, data, id}`; None when the stream has ended."""
        heard: dict[str, Any] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line == "" and "data" in heard:
                return heard | {"data": json.loads(heard["data"])}
            if line == "":
                heard = {}
            elif name:
                heard[name] = value
        return None

    def until(self, event: str) -> dict[str, Any]:
        """The next event of a name."""
        while (heard := self.next()) is not None:
            if heard["event"] == event:
                return heard
        raise AssertionError(f"the stream ended before {event}")


@pytest.fixture
def served(web: Web) -> Iterator[Served]:
    served = Served(web)
    yield served
    served.stop()


def test_what_is_done_anywhere_is_heard(served: Served) -> None:
    story = served.web.story
    with served.listening(Role.VIEWER) as ears:
        story.alarm(story.district.smoke)  # by another process, as far as the server knows
        opened = ears.until("incident")
        assert (opened["data"]["id"], opened["data"]["kind"]) == (story.incident().id, "opened")
        assert opened["data"]["at"] == "2026-03-02T07:12:00Z"
        assert ears.until("assignment")["data"]["station_id"] == story.district.home_station
        assert ears.until("device")["data"]["id"] == story.district.smoke
        story.close()
        while (heard := ears.until("incident"))["data"]["kind"] != "closed":
            pass
        assert heard["data"]["status"] == "closed"


def test_who_comes_back_with_the_last_id_hears_what_he_missed(served: Served) -> None:
    story = served.web.story
    with served.listening(Role.VIEWER) as ears:
        story.alarm(story.district.smoke)
        last = ears.until("incident")["id"]
        missed = ears.next()
    assert missed
    with served.listening(Role.VIEWER, after=last) as ears:
        again = ears.next()
        assert again
        assert (again["id"], again["data"]["kind"]) == (missed["id"], missed["data"]["kind"])
    story.close()
    with served.listening(Role.VIEWER, after=last) as ears:
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["data"]["kind"] != "closed":
            following = ears.next()
            assert following
            heard.append(following)
        assert heard[0]["id"] == missed["id"]
        ids = [event["id"] for event in heard]
        assert len(set(ids)) == len(ids)  # each once


def test_who_is_too_far_behind_begins_with_what_is_new(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_KEPT", 3)
    served.web.report_fire()
    with served.listening(Role.VIEWER, after="0-0") as ears:
        served.web.story.alarm(served.web.district.window)
        heard = ears.next()
        assert heard
        assert heard["data"]["kind"] == "signal_joined"


def test_a_region_hears_only_its_own(served: Served) -> None:
    d = served.web.district
    with served.listening(Role.VIEWER, d.next_village) as ears:
        served.web.report_fire(d.premises)
        other = served.web.report_fire(d.other_premises)
        assert ears.until("incident")["data"]["id"] == other["id"]


def test_two_listeners_hear_the_same(served: Served) -> None:
    with served.listening(Role.VIEWER) as one, served.listening(Role.STATION) as other:
        served.web.report_fire()
        heard = [[ears.until("incident")["id"] for _ in range(2)] for ears in (one, other)]
        assert heard[0] == heard[1]


def test_a_silent_stream_says_that_it_lives(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_COMMENT_EVERY_S", 0)
    headers = dict(served.web.viewer.headers)
    with httpx.stream("GET", served.url, headers=headers, timeout=_PATIENCE_S) as answer:
        assert answer.headers["cache-control"] == "no-cache"
        assert next(line for line in answer.iter_lines() if line.startswith(": ping"))


def test_a_server_that_stops_ends_its_streams(served: Served) -> None:
    with served.listening(Role.VIEWER) as ears:
        served.stopping.set()
        assert ears.next() is None
