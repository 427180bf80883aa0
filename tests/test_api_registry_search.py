"""Rows of the registry are found by what people know of them."""

import pytest

from api.access import Role
from store.places import Device
from tests.factories import make_person, make_premises
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]


def found(caller: Asker, kind: str, **query: str) -> list[str]:
    return [row.get("id") or row["code"] for row in caller.items(f"/{kind}", **query)]


@pytest.mark.parametrize(
    "wanted", ["下许里", "宋宅村 7号", "７号　宋宅", "XIAXULI", "ｘｉａｘｕｌｉ－７", "7号 xiaxuli 五显镇"]
)
def test_a_building_is_found_by_every_word_in_any_order_case_and_width(web: Web, wanted: str) -> None:
    assert found(web.viewer, "premises", q=wanted) == [web.district.premises]


def test_what_is_stored_in_full_width_is_found_by_what_is_typed_in_ascii(web: Web) -> None:
    with web.story.database.begin() as session:
        make_premises(session, "wide", web.district.village, name="Ｂ座", address="五显镇１２３号（后门）")
    assert found(web.viewer, "premises", q="b座 123号(后") == ["wide"]


def test_a_word_that_no_row_holds_finds_nothing(web: Web) -> None:
    assert found(web.viewer, "premises", q="下许里 没有") == []
    assert found(web.viewer, "premises", q="%") == []
    assert found(web.viewer, "premises", q="_") == []


def test_without_words_everything_is_shown(web: Web) -> None:
    assert found(web.viewer, "stations", q="  ") == found(web.viewer, "stations")


def test_every_list_can_be_searched(web: Web) -> None:
    d = web.district
    assert found(web.viewer, "regions", q="宋宅") == [d.village]
    assert found(web.viewer, "stations", q="五显") == [d.town_team]
    assert found(web.viewer, "people", q="虚构songzhai-ch") == [d.chief]
    assert found(web.viewer, "devices", q=d.smoke_external_id) == [d.smoke]
    assert found(web.viewer, "devices", q="南窗 3") == [d.other_window]


def test_only_an_admin_finds_people_by_the_end_of_their_number(web: Web) -> None:
    d = web.district
    with web.story.database.begin() as session:
        make_person(session, "new-member", station_id=d.home_station, phone="+8613900139777")
    for digits in ("9777", "13900139777"):
        assert found(web.admin, "people", q=digits) == ["new-member"]
        assert found(web.viewer, "people", q=digits) == []
        assert found(web.dispatcher, "people", q=digits) == []
    assert found(web.admin, "people", q="777") == []
    leader = d.phones[d.building_leader]
    assert found(web.admin, "premises", q=leader[-4:]) == [d.premises]


def test_a_list_is_narrowed_to_a_division_and_what_is_below_it(web: Web) -> None:
    d = web.district
    assert found(web.viewer, "stations", region=d.town) == [d.next_station, d.home_station, d.town_team]
    assert found(web.viewer, "premises", region=d.village) == [d.premises]
    assert d.building_leader in found(web.viewer, "people", region=d.town)
    assert d.town_chief not in found(web.viewer, "people", region=d.village)
    assert found(web.viewer, "regions", region=d.town) == [d.town, d.next_village, d.village]
    assert d.terminal in found(web.viewer, "devices", region=d.village)
    assert found(web.viewer, "devices", region=d.other_town) == []
    assert found(web.viewer, "stations", region="none") == []


def test_a_division_never_shows_more_than_the_caller_s_own(web: Web) -> None:
    d = web.district
    villager = web.caller(Role.VIEWER, d.village)
    assert found(villager, "premises", region=d.code) == [d.premises]
    assert found(villager, "premises", region=d.next_village) == []
    assert found(villager, "premises", q="明溪") == []


def test_the_people_of_a_station_and_the_devices_of_a_building(web: Web) -> None:
    d = web.district
    assert found(web.viewer, "people", station=d.home_station) == [d.chief, d.deputy, d.member]
    with web.story.database.read() as session:
        there = session.query(Device.id).filter_by(premises_id=d.premises).order_by(Device.id).all()
    assert found(web.viewer, "devices", premises=d.premises) == [id_ for (id_,) in there]


def test_what_is_found_comes_in_pages(web: Web) -> None:
    first = web.viewer.get("/stations", q="消防站", limit=3).json()
    rest = web.viewer.get("/stations", q="消防站", limit=3, cursor=first["next"]).json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [3, 1, None]


def test_a_search_has_a_length(web: Web) -> None:
    assert_problem(web.viewer.get("/premises", q="长" * 101), 422, "q")
