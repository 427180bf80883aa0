"""A building's card over HTTP: who reads and writes it, what a crew sees at an incident, who changed it."""

from typing import Any

from api.access import Role
from api.callers import COOKIE
from dispatch.values import EventKind
from tests.signed_in import signed_in
from tests.story import story
from tests.web import Web, assert_problem, web

__all__ = ["story", "web"]

_CARD: dict[str, Any] = {
    "needs_help": [{"floor": None, "text": "3楼老人卧床"}, {"floor": "2", "text": "孕妇"}],
    "hazards": [{"floor": "1", "text": "电动车充电"}],
    "water": "村口消火栓,120米",
    "access": "南侧巷道,铁门平时上锁",
    "lane_width_m": 2.8,
    "key_holder_name": "虚构房东",
    "key_holder_phone": "+8613800138901",
}


def _path(web: Web) -> str:
    return f"/premises/{web.district.premises}/card"


def test_a_card_nobody_has_written_is_empty(web: Web) -> None:
    card = web.viewer.get(_path(web)).json()

    assert card["needs_help"] == card["hazards"] == []
    assert {card[name] for name in ("water", "access", "lane_width_m", "changed_at", "changed_by")} == {None}


def test_the_village_writes_its_card_and_the_floor_is_read_from_the_words(web: Web) -> None:
    chief = web.caller(Role.STATION, web.district.village)

    written = chief.put(_path(web), _CARD)

    assert written.status_code == 200, written.text
    card = web.dispatcher.get(_path(web)).json()
    assert card["needs_help"] == [{"floor": "3", "text": "老人卧床"}, {"floor": "2", "text": "孕妇"}]
    assert card["changed_by"] == f"station-{web.district.village}"
    assert card["lane_width_m"] == 2.8


def test_what_a_card_shows_may_be_put_back_and_changes_nothing(web: Web) -> None:
    web.dispatcher.put(_path(web), _CARD)
    shown = web.dispatcher.get(_path(web)).json()

    assert web.dispatcher.put(_path(web), shown).json() == shown
    assert len(web.dispatcher.items(f"{_path(web)}/changes")) == 1


def test_what_a_note_says_of_several_people_stays_on_its_floor(web: Web) -> None:
    said = [{"floor": "3", "text": "2名老人卧床；1名用轮椅"}]

    card = web.dispatcher.put(_path(web), {"needs_help": said}).json()

    assert card["needs_help"] == [
        {"floor": "3", "text": "2名老人卧床"},
        {"floor": "3", "text": "1名用轮椅"},
    ]


def test_numbers_in_a_card_s_texts_are_not_lost_when_a_page_puts_them_back_masked(web: Web) -> None:
    said = {
        "needs_help": [{"floor": "3", "text": "老人卧床,女儿13800138777"}],
        "access": "打+8613800138778开门",
    }
    web.dispatcher.put(_path(web), said)
    page = web.nobody()
    page.cookies.set(COOKIE, signed_in(web.story.database, web.story.clock.now(), "officer", Role.DISPATCHER))

    shown = page.get(_path(web)).json()
    assert shown["access"] == "打+86138****8778开门"
    page.put(_path(web), shown | {"access": f"{shown['access']},或敲门"})

    card = web.dispatcher.get(_path(web)).json()
    assert card["needs_help"] == said["needs_help"]
    assert card["access"] == "打+8613800138778开门,或敲门"


def test_every_change_is_kept_with_who_and_when_newest_first(web: Web) -> None:
    web.dispatcher.put(_path(web), _CARD)
    web.story.clock.advance(60)
    web.caller(Role.STATION, web.district.village).put(_path(web), {"water": "门前池塘"})

    newest, first = web.dispatcher.items(f"{_path(web)}/changes")

    assert newest["changed_by"] == f"station-{web.district.village}"
    assert (newest["card"]["water"], newest["card"]["hazards"]) == ("门前池塘", [])
    assert first["card"]["hazards"] == [{"floor": "1", "text": "电动车充电"}]
    assert newest["changed_at"] > first["changed_at"]


def test_who_only_reads_and_who_is_of_elsewhere_writes_no_card(web: Web) -> None:
    assert_problem(web.viewer.put(_path(web), _CARD), 403, "viewer")
    assert_problem(web.caller(Role.STATION).put(_path(web), _CARD), 403, "without a region")
    for role in (Role.STATION, Role.DISPATCHER, Role.ADMIN):
        stranger = web.caller(role, web.district.other_town)
        for answer in (stranger.get(_path(web)), stranger.put(_path(web), _CARD)):
            assert_problem(answer, 404, "outside your region")
        assert_problem(stranger.get(f"{_path(web)}/changes"), 404, "outside your region")


def test_a_card_is_held_to_the_checks_of_a_load(web: Web) -> None:
    wrong = _CARD | {"key_holder_phone": "13800138901", "lane_width_m": 0}

    answer = web.dispatcher.put(_path(web), wrong)

    assert_problem(answer, 422, "lane_width_m: '0': input should be greater than 0 (and 1 more)")
    nameless = web.dispatcher.put(_path(web), _CARD | {"key_holder_name": None})
    assert_problem(nameless, 422, "key_holder_name: empty, but key_holder_phone is given")
    assert_problem(web.dispatcher.put(_path(web), {"hydrant": "x"}), 422, "hydrant")


def test_a_viewer_sees_no_whole_number_of_the_key_holder(web: Web) -> None:
    web.dispatcher.put(_path(web), _CARD)
    incident = web.report_fire()["id"]

    for path in (_path(web), f"{_path(web)}/changes", f"/incidents/{incident}/building"):
        seen = web.viewer.get(path).text
        assert "13800138901" not in seen
        assert "+86138****8901" in seen


def test_at_an_incident_the_building_is_shown_floor_by_floor(web: Web) -> None:
    story, d = web.story, web.district
    web.dispatcher.put(_path(web), _CARD)
    outcome = story.alarm(d.smoke)
    story.event(d.window, EventKind.WINDOW_OPENED)
    story.event(d.other_window, EventKind.WINDOW_OPENED)
    story.event(d.other_window, EventKind.WINDOW_CLOSED)

    building = web.dispatcher.get(f"/incidents/{outcome.incident_id}/building").json()

    third, second, first = building["storeys"]
    assert [storey["floor"] for storey in building["storeys"]] == ["3", "2", "1"]
    assert third["needs_help"] == ["老人卧床"]
    assert [window["open"] for window in third["windows"]] == [False]
    assert [(window["open"], window["room"]) for window in second["windows"]] == [(True, "南窗")]
    assert [(sounded["kind"], sounded["room"]) for sounded in first["sounded"]] == [("smoke", "客厅")]
    assert first["hazards"] == ["电动车充电"]
    assert building["key_holders"][0] == {
        "role": "key_holder",
        "name": "虚构房东",
        "phone": "+8613800138901",
    }
    assert building["may_edit"] is True


def test_a_key_holder_who_is_also_the_contact_is_named_once(web: Web) -> None:
    incident = web.report_fire()["id"]

    holders = web.dispatcher.get(f"/incidents/{incident}/building").json()["key_holders"]

    leader = web.district.phones[web.district.building_leader]
    assert [(holder["role"], holder["phone"]) for holder in holders] == [("contact", leader)]


def test_a_crew_from_across_the_border_sees_the_card_and_does_not_write_it(web: Web) -> None:
    d = web.district
    web.dispatcher.put(f"/premises/{d.other_premises}/card", _CARD)
    incident = web.report_fire(d.other_premises)["id"]
    neighbour = web.caller(Role.STATION, d.village)
    assert_problem(neighbour.get(f"/incidents/{incident}/building"), 404, "outside your region")

    web.dispatcher.post(f"/incidents/{incident}/assignments", {"station_id": d.home_station})

    building = neighbour.get(f"/incidents/{incident}/building").json()
    assert building["card"]["water"] == "村口消火栓,120米"
    assert building["may_edit"] is False


def test_when_it_is_over_the_people_of_a_house_across_the_border_are_no_longer_shown(web: Web) -> None:
    d = web.district
    web.admin.patch(f"/premises/{d.other_premises}", {"residents": 7, "contact_name": "虚构房东"})
    web.dispatcher.put(f"/premises/{d.other_premises}/card", _CARD)
    incident = web.report_fire(d.other_premises)["id"]
    web.dispatcher.post(f"/incidents/{incident}/assignments", {"station_id": d.home_station})
    neighbour, path = web.caller(Role.STATION, d.village), f"/incidents/{incident}"
    assert neighbour.get(path).json()["premises"]["residents"] == 7
    page, database = web.nobody(), web.story.database
    page.cookies.set(COOKIE, signed_in(database, web.story.clock.now(), "neighbour", Role.STATION, d.village))
    assert "虚构房东" in page.ask("GET", f"{path}/sheet").text

    web.dispatcher.post(f"{path}/close", {"disposition": "other"})
    assert page.ask("GET", f"{path}/sheet").status_code == 404

    building = neighbour.get(f"{path}/building").json()
    assert (building["card"], building["residents"], building["key_holders"]) == (None, None, [])
    assert neighbour.get(path).json()["premises"]["residents"] is None
    assert web.dispatcher.get(f"{path}/building").json()["card"]["water"] == "村口消火栓,120米"


def test_a_place_without_premises_has_a_building_without_a_card(web: Web) -> None:
    reported = {"lon": 118.19, "lat": 24.7745, "address": "宋宅村口"}
    incident = web.dispatcher.post("/alarms", reported).json()["id"]

    building = web.dispatcher.get(f"/incidents/{incident}/building").json()

    assert (building["premises_id"], building["card"], building["storeys"]) == (None, None, [])
    assert building["may_edit"] is False


def test_the_village_asks_for_the_key_holder_s_number_and_nobody_elsewhere_does(web: Web) -> None:
    web.dispatcher.put(_path(web), _CARD)
    asked = f"{_path(web)}/phone"

    told = web.caller(Role.STATION, web.district.village).post(asked, {}).json()

    assert told == {"name": "虚构房东", "phone": "+8613800138901"}
    assert_problem(
        web.caller(Role.STATION, web.district.other_town).post(asked, {}), 404, "outside your region"
    )
    assert_problem(web.viewer.post(asked, {}), 403, "viewer")
