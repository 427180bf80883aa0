"""Answers over HTTP: a station for itself, a dispatcher on behalf; same verb, same record."""

from typing import Any

import pytest

from api.access import Role
from dispatch.values import Answer
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]


def answer(asker: Asker, incident: dict[str, Any], given: str, key: str | None = None, **more: Any) -> Any:
    body = {"station_id": "songzhai", "answer": given, **more}
    return asker.post(f"/incidents/{incident['id']}/answers", body, key)


def test_a_station_answers_for_itself_and_the_record_is_that_of_an_sms(web: Web) -> None:
    incident = web.report_fire()
    station = web.caller(Role.STATION, web.district.village)
    after = answer(station, incident, "coming", note="电话里说的")
    assert after.status_code == 200, after.text
    assert after.json()["assignments"][0]["status"] == "acknowledged"
    timeline = station.items(f"/incidents/{incident['id']}/timeline")
    (said,) = [entry for entry in timeline if entry["kind"] == "answered"]
    assert (said["source"], said["actor"]) == ("api", f"station-{web.district.village}")
    assert (said["data"]["answer"], said["data"]["note"]) == ("coming", "电话里说的")
    web.story.wait(90)
    assert web.story.calls(web.district.chief) == []


def test_a_dispatcher_answers_on_behalf_of_a_person_whose_line_shows_it(web: Web) -> None:
    incident = web.report_fire()
    after = answer(web.dispatcher, incident, "enroute", person_id=web.district.chief).json()
    (chief,) = after["assignments"][0]["people"]
    assert (chief["answer"], after["assignments"][0]["status"]) == ("enroute", "enroute")


@pytest.mark.parametrize("given", list(Answer))
def test_every_answer_of_the_contract_is_taken(web: Web, given: Answer) -> None:
    incident = web.report_fire()
    assert answer(web.dispatcher, incident, given).status_code == 200


def test_the_same_request_for_help_twice_sends_one_station(web: Web) -> None:
    incident = web.report_fire()
    first, again = (answer(web.dispatcher, incident, "need_help", "key-1") for _ in range(2))
    assert first.json() == again.json()
    villages = [a for a in again.json()["assignments"] if a["tier"] == "village"]
    assert [a["station_id"] for a in villages] == [web.district.home_station, web.district.next_station]


def test_who_may_not_answer_or_answers_for_nobody_is_refused(web: Web) -> None:
    incident = web.report_fire()
    assert_problem(answer(web.nobody(), incident, "coming"), 401)
    assert_problem(answer(web.viewer, incident, "coming"), 403, "role viewer")
    town = web.caller(Role.STATION, web.district.other_town)
    assert_problem(answer(town, incident, "coming"), 404, "outside your region")
    town_team = web.caller(Role.STATION, web.district.town)
    assert answer(town_team, incident, "coming").status_code == 200  # the town's villages are its own
    village = web.caller(Role.STATION, web.district.village)
    for_the_town = {"station_id": web.district.town_team, "answer": "coming"}
    refused = village.post(f"/incidents/{incident['id']}/answers", for_the_town)
    assert_problem(refused, 403, web.district.town_team)
    assert_problem(answer(web.dispatcher, incident, "maybe"), 422, "answer")
    assert_problem(answer(web.dispatcher, incident, "coming", station_id="junying"), 404, "send it first")
    stranger = answer(web.dispatcher, incident, "coming", person_id=web.district.town_chief)
    assert_problem(stranger, 422, web.district.town_chief)


def test_a_closed_incident_takes_no_more_answers(web: Web) -> None:
    incident = web.report_fire()
    web.story.close()
    assert_problem(answer(web.dispatcher, incident, "coming"), 409, "closed")
