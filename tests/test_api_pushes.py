"""Clouds push: stored and answered before anything is done with it, by whoever holds a token for it."""

import logging
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select

from api.access import Role
from ingest.door import Door
from ingest.push_worker import PushWorker
from store.signals import EventRecord, PushedMessage
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]

PUSH = b'{"messageType": "dataReport", "IMEI": "860000000000001", "payload": {"Alarm_Status": 1}}'
CLOUDS = ["ctwing", "onenet", "huawei"]


def push(asker: Asker, cloud: str = "ctwing", body: bytes = PUSH, **query: str) -> Response:
    return asker.ask("POST", f"/ingest/{cloud}", content=body, params=query)


def stored(web: Web) -> list[PushedMessage]:
    with web.story.database.read() as session:
        return list(session.scalars(select(PushedMessage).order_by(PushedMessage.id)))


def events(web: Web) -> list[str]:
    with web.story.database.read() as session:
        return list(session.scalars(select(EventRecord.kind)))


def token_of(asker: Asker) -> str:
    return asker.headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def cloud(web: Web) -> Asker:
    return web.caller(Role.DEVICE_PUSH)


@pytest.mark.parametrize("name", CLOUDS)
def test_a_push_is_stored_as_it_came_answered_and_not_yet_worked_on(
    web: Web, cloud: Asker, name: str
) -> None:
    answer = push(cloud, name)
    assert answer.status_code == 200
    assert answer.text == "ok" if name == "onenet" else answer.json() == {"code": 0, "msg": "ok"}
    (row,) = stored(web)
    assert (row.source, row.address, row.payload) == (name, f"/ingest/{name}", PUSH)
    assert (row.received_at, row.done_at) == (web.story.clock.now(), None)
    assert events(web) == []
    assert web.woken_for_pushes == 1


def test_the_worker_takes_what_was_stored(web: Web, cloud: Asker) -> None:
    push(cloud)
    push(cloud, body=b"garbage")
    door = Door(web.story.database, web.story.setup, now=web.story.clock.now)
    PushWorker(web.story.database, door, now=web.story.clock.now).run_once()
    assert events(web) == ["alarm"]
    assert all(row.done_at is not None for row in stored(web))


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[" * 1000, b"x" * 65536])
def test_whatever_comes_is_stored_and_answered(web: Web, cloud: Asker, body: bytes) -> None:
    assert push(cloud, body=body).status_code == 200
    assert stored(web)[0].payload == body


def test_what_is_too_long_is_refused(web: Web, cloud: Asker) -> None:
    assert_problem(push(cloud, body=b"x" * 65537), 413, "65536")
    assert_problem(push(cloud, body=b"x" * (2 << 20)), 413, "longer")
    assert stored(web) == []


def test_a_token_in_the_address_will_do_and_is_kept_nowhere(
    web: Web, cloud: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = token_of(cloud)
    assert push(web.nobody(), token=token).status_code == 200
    assert_problem(push(web.nobody(), body=b"x" * 65537, token=token), 413)
    (row,) = stored(web)
    assert token not in row.address
    own = [record for record in caplog.records if not record.name.startswith("httpx")]
    assert not [record for record in own if token in record.getMessage()]


def test_an_admin_may_push_too(web: Web) -> None:
    assert push(web.admin).status_code == 200


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STATION, Role.DISPATCHER])
def test_another_role_may_not(web: Web, role: Role) -> None:
    assert_problem(push(web.caller(role)), 403, role)
    assert_problem(push(web.nobody(), token=token_of(web.caller(role))), 403, role)
    assert stored(web) == []


@pytest.mark.parametrize("query", [{}, {"token": ""}, {"token": "wrong"}, {"msg": "x"}])
def test_nobody_we_know_may_not(web: Web, query: dict[str, Any]) -> None:
    answer = push(web.nobody(), **query)
    assert_problem(answer, 401, "token")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "wrong" not in answer.text
    assert stored(web) == []


def test_who_has_no_token_is_not_read_to_the_end(web: Web) -> None:
    assert_problem(push(web.nobody(), body=b"x" * 65537), 401)


def test_a_push_token_opens_nothing_else(cloud: Asker) -> None:
    assert_problem(cloud.get("/incidents"), 403, "device_push")
    assert_problem(cloud.ask("GET", "/api/v1/incidents", headers={"Authorization": ""}), 401)


def test_an_unknown_cloud_is_refused(cloud: Asker) -> None:
    assert_problem(push(cloud, "weather"), 422, "ctwing", "onenet", "huawei")


def test_onenet_gets_its_word_back(web: Web) -> None:
    query = {"msg": "<b>字+1", "nonce": "n0nce", "signature": "sig"}
    answer = web.nobody().ask("GET", "/ingest/onenet", params=query)
    assert (answer.status_code, answer.text) == (200, "<b>字+1")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert_problem(web.nobody().ask("GET", "/ingest/onenet", params={"msg": "x" * 300}), 422, "msg")
    assert stored(web) == []
