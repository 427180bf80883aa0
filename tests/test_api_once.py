"""A POST under an idempotency key has one effect, however often it comes."""

from threading import Barrier, Thread
from typing import Any

from sqlalchemy import func, select

from api.access import Role
from store.access import IdempotentRequest
from store.incidents import Signal
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]


def signals(web: Web) -> int:
    with web.story.database.read() as session:
        return session.scalar(select(func.count(Signal.id))) or 0


def alarm(web: Web) -> dict[str, Any]:
    return {"premises_id": web.district.premises, "caller": "虚构报警人"}


def test_the_same_key_gets_the_same_answer_and_has_no_second_effect(web: Web) -> None:
    first = web.dispatcher.post("/alarms", alarm(web), key="k1")
    web.story.send()  # what the incident looks like has changed since
    again = web.dispatcher.post("/alarms", alarm(web), key="k1")
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, first.json())
    assert again.headers["content-type"] == "application/json"
    assert signals(web) == 1
    assert web.woken == 1


def test_without_a_key_every_request_counts(web: Web) -> None:
    for _ in range(2):
        web.dispatcher.post("/alarms", alarm(web))
    assert signals(web) == 2


def test_a_key_is_good_for_one_request_only(web: Web) -> None:
    incident = web.dispatcher.post("/alarms", alarm(web), key="k1").json()
    other_body = {**alarm(web), "note": "又打来"}
    assert_problem(web.dispatcher.post("/alarms", other_body, key="k1"), 422, "k1")
    other_path = f"/incidents/{incident['id']}/close"
    assert_problem(web.dispatcher.post(other_path, {"disposition": "fire"}, key="k1"), 422, "k1")
    assert signals(web) == 1


def test_how_a_body_is_written_does_not_matter(web: Web) -> None:
    web.dispatcher.post("/alarms", alarm(web), key="k1")
    written = b'{ "caller":"\\u865a\\u6784\\u62a5\\u8b66\\u4eba",  "premises_id": "xiaxuli-7" }'
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    answer = web.dispatcher.ask("POST", "/api/v1/alarms", content=written, headers=headers)
    assert answer.status_code == 201
    assert signals(web) == 1


def test_two_callers_may_choose_the_same_key(web: Web) -> None:
    web.dispatcher.post("/alarms", alarm(web), key="k1")
    assert web.admin.post("/alarms", alarm(web), key="k1").status_code == 200
    assert signals(web) == 2


def test_a_refused_request_is_judged_anew(web: Web) -> None:
    drill = {"premises_id": "later"}
    assert web.dispatcher.post("/drills", drill, key="k1").status_code == 404
    new = {"name": "新房", "village_code": web.district.village}
    assert web.admin.put("/premises/later", new).status_code == 201
    assert web.dispatcher.post("/drills", drill, key="k1").status_code == 201


def test_a_key_that_is_empty_or_endless_is_refused(web: Web) -> None:
    assert_problem(web.dispatcher.post("/alarms", alarm(web), key="k" * 201), 422, "Idempotency-Key")
    headers = {"Idempotency-Key": ""}
    answer = web.dispatcher.ask("POST", "/api/v1/alarms", json=alarm(web), headers=headers)
    assert_problem(answer, 422, "Idempotency-Key")


def test_who_may_not_ask_gets_no_kept_answer_either(web: Web) -> None:
    web.dispatcher.post("/alarms", alarm(web), key="k1")
    assert web.caller(Role.VIEWER).post("/alarms", alarm(web), key="k1").status_code == 403


def test_equal_requests_at_the_same_instant_have_one_effect(web: Web) -> None:
    caller, together = web.dispatcher, Barrier(6)
    answers: list[tuple[int, str]] = []

    def ask() -> None:
        own = Asker(web.app, caller.headers)
        together.wait()
        answer = own.post("/alarms", alarm(web), key="k1")
        answers.append((answer.status_code, answer.text))

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert signals(web) == 1
    with web.story.database.read() as session:
        assert session.scalar(select(func.count(IdempotentRequest.id))) == 1
