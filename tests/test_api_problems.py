"""Every error is a problem with one clear line, and none a traceback."""

from collections.abc import AsyncIterator

import pytest

from dispatch import lifecycle
from tests.web import Web, assert_problem, web

__all__ = ["web"]


def test_an_unknown_path_is_a_problem(web: Web) -> None:
    assert_problem(web.viewer.get("/nothing"), 404, "/api/v1/nothing")


def test_a_method_that_is_not_served_is_a_problem(web: Web) -> None:
    answer = web.viewer.ask("DELETE", "/api/v1/stations")
    assert_problem(answer, 405, "DELETE")
    assert "GET" in answer.headers["allow"]


def test_a_body_that_is_no_object_is_a_problem(web: Web) -> None:
    headers = {"Content-Type": "application/json"}
    for content in (b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"null"):
        answer = web.dispatcher.ask("POST", "/api/v1/alarms", content=content, headers=headers)
        assert answer.status_code in (400, 422)
        assert_problem(answer, answer.status_code)


def test_a_request_with_several_faults_names_them_all(web: Web) -> None:
    answer = web.dispatcher.post("/alarms", {"lon": "x", "lat": "y"})
    assert_problem(answer, 422, "lon", "1 more")
    assert len(answer.json()["errors"]) == 2


def test_a_body_without_end_is_refused(web: Web) -> None:
    answer = web.dispatcher.post("/alarms", {"note": "x" * 2**21})
    assert_problem(answer, 413, "longer")


def test_a_body_that_does_not_say_how_long_it_is_is_refused_all_the_same(web: Web) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 2**16

    headers = {"Content-Type": "application/json"}
    answer = web.dispatcher.ask("POST", "/api/v1/alarms", content=endless(), headers=headers)
    assert_problem(answer, 413, "longer")


def test_a_fault_of_ours_gives_nothing_away(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = web.report_fire()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(lifecycle, "close", fail)
    answer = web.dispatcher.post(f"/incidents/{incident['id']}/close", {"disposition": "fire"}, key="k")
    assert_problem(answer, 500)
    assert "secret" not in answer.text
    monkeypatch.undo()
    again = web.dispatcher.post(f"/incidents/{incident['id']}/close", {"disposition": "fire"}, key="k")
    assert again.json()["status"] == "closed"  # the key kept nothing of the failure


def test_an_id_that_no_database_could_hold_is_not_found(web: Web) -> None:
    for incident_id in ("%00", "a%00b", "' or 1=1", "x" * 5000):
        answer = web.viewer.ask("GET", f"/api/v1/incidents/{incident_id}")
        assert answer.status_code in (404, 422)
        assert_problem(answer, answer.status_code)
