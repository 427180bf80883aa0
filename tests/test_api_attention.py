"""GET /attention over a story: what a duty officer is asked to see to, as far as the caller may see it."""

from typing import Any

import pytest
from sqlalchemy import event

from api.access import Role
from dispatch.channels.carrier import SendResult, SendStatus
from dispatch.values import EventKind
from store.upkeep import Trouble
from tests.factories import make_device
from tests.web import Asker, Web, web

__all__ = ["web"]


def _kinds(caller: Asker) -> list[str]:
    return [need["kind"] for need in caller.items("/attention")]


def test_an_alarm_that_nobody_answers_needs_somebody_until_a_station_does(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    assert _kinds(web.viewer) == []

    web.story.wait(30)
    (need,) = web.viewer.items("/attention")
    incident = web.story.incident()
    assert (need["kind"], need["incident_id"], need["code"]) == ("no_answer", incident.id, incident.code)
    assert need["area"] == "宋宅村"
    assert need["link"] == f"/incidents/{incident.id}"
    assert "站长" in need["text_zh"]
    assert "chief" in need["text_en"]

    web.story.reply(web.district.chief, "1")
    assert _kinds(web.viewer) == []


def test_stations_whose_every_message_failed_are_not_reached(web: Web) -> None:
    refused = [SendResult(SendStatus.PERMANENT, failure="number unknown")] * 9
    for phone in web.district.phones.values():
        web.story.carriers["console"].results[phone] = list(refused)

    web.story.alarm(web.district.smoke)

    assert "nobody_reached" in _kinds(web.viewer)


def test_a_hand_over_that_119_does_not_accept_needs_somebody(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    web.story.alarm(web.district.call_point)
    web.story.reply(web.district.chief, "1")
    web.story.wait(61)

    assert "handover_open" in _kinds(web.viewer)


def test_a_device_in_alarm_that_hangs_nobody_knows_where_needs_somebody(web: Web) -> None:
    with web.story.database.begin() as session:
        make_device(session, "stray", registered=False)
    web.story.alarm("stray")

    assert "place_unknown" in _kinds(web.viewer)


def test_a_dark_village_needs_somebody_until_one_takes_it_on(web: Web) -> None:
    now = web.story.clock.now()
    with web.story.database.begin() as session:
        session.add(Trouble(kind="village_dark", village_code=web.district.village, began_at=now))

    (need,) = web.viewer.items("/attention")
    assert (need["kind"], need["place"]) == ("village_dark", "宋宅村")
    assert web.caller(Role.VIEWER, web.district.other_town).items("/attention") == []

    (trouble,) = web.viewer.items("/troubles")
    web.dispatcher.post(f"/troubles/{trouble['id']}/take", {"by": "老王"})
    assert web.viewer.items("/attention") == []


def test_who_is_bound_to_a_region_hears_of_his_own_incidents_only(web: Web) -> None:
    web.story.alarm(web.district.smoke)
    web.story.wait(30)

    assert _kinds(web.caller(Role.VIEWER, web.district.village)) == ["no_answer"]
    assert _kinds(web.caller(Role.VIEWER, web.district.next_village)) == []


def test_messages_that_nobody_sends_are_late(web: Web) -> None:
    web.story.event(web.district.smoke, EventKind.ALARM, send=False)
    web.story.clock.advance(20)

    told = web.viewer.get("/attention").json()

    assert told["kinds"]["messages_late"] >= 1
    assert told["total"] == sum(told["kinds"].values())
    assert web.viewer.get("/attention", limit=1).json()["items"] == told["items"][:1]


@pytest.mark.parametrize("more", [0, 1])
def test_the_number_of_questions_does_not_grow_with_the_incidents(web: Web, more: int) -> None:
    web.story.alarm(web.district.smoke)
    if more:
        web.dispatcher.post("/alarms", {"premises_id": web.district.other_premises, "caller": "虚构"})
    web.viewer.get("/attention")
    asked: list[str] = []

    def count(*given: Any) -> None:
        asked.append(given[2])

    event.listen(web.story.database.engine, "before_cursor_execute", count)
    web.viewer.get("/attention")
    event.remove(web.story.database.engine, "before_cursor_execute", count)

    assert len(asked) <= 14
