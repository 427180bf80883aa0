"""The response review over HTTP: what a screen shows, and that every count opens as many records."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from api.access import Role
from tests.clock import STORY_START
from tests.history import make_past_assignment, make_past_incident
from tests.web import Web, assert_problem, web

__all__ = ["web"]

_MILESTONES = ("notified", "delivered", "acknowledged", "enroute", "on_scene", "cleared")


def review(web: Web, **query: Any) -> dict[str, Any]:
    answer = web.viewer.get("/reports/review", **query)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def records(web: Web, **query: Any) -> dict[str, Any]:
    answer = web.viewer.get("/reports/review/records", **query)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def make_years(web: Web, count: int) -> None:
    """Incidents of some months in all places, with every kind of gap and mistake; the same each time."""
    chance, d = random.Random(135), web.district
    stations = ((d.home_station, "village"), (d.next_station, "village"), (d.town_team, "town"))
    with web.story.database.begin() as session:
        for _ in range(count):
            incident = make_past_incident(
                session,
                d,
                village=chance.choice(d.villages),
                opened_at=STORY_START + timedelta(minutes=chance.randrange(-60 * 24 * 40, 60 * 24 * 40)),
                drill=chance.random() < 0.1,
                disposition=chance.choice(("fire", "fire", "false_alarm", "test")),
                origin=chance.choice(("live", "history")),
            )
            if chance.random() < 0.1:
                incident.village_code = None
            for station, tier in chance.sample(stations, chance.randrange(1, 4)):
                at, times = 0.0, {}
                for milestone in _MILESTONES:
                    at += chance.choice((0, 1, 30, 60, 90, 120.5)) - (3 if chance.random() < 0.03 else 0)
                    if chance.random() < 0.8:
                        times[milestone] = at
                make_past_assignment(session, incident, station, tier, **times)


def counts_of(screen: dict[str, Any]) -> Iterator[tuple[int | None, dict[str, Any]]]:
    """Every count of a screen, and the parameters that are to open its records."""
    placed: list[tuple[dict[str, Any], dict[str, Any]]] = [(one, {}) for one in screen["totals"]]
    for name, key, parameter in (
        ("children", "code", "group"),
        ("months", "month", "month"),
        ("hours", "hour", "hour"),
    ):
        placed += [(one, {parameter: row[key]}) for row in screen[name] for one in row["figures"]]
    placed += [(row["figures"], {"station": row["station_id"]}) for row in screen["stations"]]
    for row in screen["stations"]:
        if row["before"]:
            placed.append((row["before"], {"station": row["station_id"], **screen["before"]}))
    for one, where in placed:
        own = {"tier": one["tier"], **where}
        yield one["n"], {**own, "missing": False}
        yield one["missing"], {**own, "missing": True}
        if one["within_n"] is not None:
            yield one["within_n"], {**own, "over_target": False}
            yield one["n"] - one["within_n"], {**own, "over_target": True}
    for spread in screen["distributions"]:
        for one in spread["bins"]:
            ends = {key: one[key] for key in ("from_s", "to_s") if one[key] is not None}
            yield one["n"], {"tier": spread["tier"], **ends}
    for reason, count in screen["left_out"].items():
        yield count, {"left_out": reason}


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-03-01", "to": "2026-03-20"},
        {"region": "350212110", "from": "2026-03-01"},
        {"region": "350212", "tier": "village", "interval": "acknowledgement"},
        {"interval": "travel", "profile": "nfpa_1710", "to": "2026-03-10"},
    ],
)
def test_every_count_is_as_long_as_the_list_that_it_opens(web: Web, query: dict[str, str]) -> None:
    make_years(web, 60)
    screen = review(web, **query)
    looked_at = 0
    for count, parameters in counts_of(screen):
        if count:  # an empty one has no link
            assert records(web, limit=1, **{**query, **parameters})["total"] == count, parameters
            looked_at += 1
    assert looked_at > 20


def test_the_parts_of_a_screen_add_up(web: Web) -> None:
    make_years(web, 60)
    screen = review(web, region="350212110")
    for name in ("children", "months", "hours"):
        for total in screen["totals"]:
            parts = [one for row in screen[name] for one in row["figures"] if one["tier"] == total["tier"]]
            assert sum(one["n"] for one in parts) == total["n"]
            assert sum(one["missing"] for one in parts) == total["missing"]
    for spread in screen["distributions"]:
        assert sum(one["n"] for one in spread["bins"]) == spread["n"]
        assert spread["bins"][-1]["cumulative"] == 1
        assert spread["target_s"] in [one["to_s"] for one in spread["bins"]]


@pytest.fixture
def reviewed(web: Web) -> Web:
    """Twelve fires in March, slower than the eleven of February; one without an arrival; a drill."""
    d = web.district
    with web.story.database.begin() as session:
        for number in range(12):
            at = STORY_START + timedelta(days=number)
            fire = make_past_incident(session, d, opened_at=at)
            make_past_assignment(session, fire, d.home_station, notified=1, on_scene=150 + 10 * number)
        for number in range(11):
            at = STORY_START - timedelta(days=number + 6)
            fire = make_past_incident(session, d, opened_at=at)
            make_past_assignment(session, fire, d.home_station, notified=1, on_scene=100 + number)
        silent = make_past_incident(session, d, village=d.next_village)
        make_past_assignment(session, silent, d.next_station, notified=1)
        drill = make_past_incident(session, d, drill=True)
        make_past_assignment(session, drill, d.home_station, on_scene=1)
    return web


def test_a_town_is_told_village_by_village(reviewed: Web) -> None:
    d = reviewed.district
    screen = review(reviewed, region=d.town, **{"from": "2026-03-01", "to": "2026-04-01"})
    assert screen["scope"] == {
        "level": "town",
        "code": d.town,
        "name": "五显镇",
        "parents": [{"level": "district", "code": d.code, "name": "同安区"}],
    }
    assert screen["period"] == {"from": "2026-02-28T16:00:00Z", "to": "2026-03-31T16:00:00Z"}
    assert screen["before"] == {"from": "2026-01-28T16:00:00Z", "to": "2026-02-28T16:00:00Z"}
    home = {
        "tier": "village",
        "n": 12,
        "missing": 0,
        "p50_s": 200.0,
        "p90_s": 250.0,
        "within_n": 4,
        "within_target": pytest.approx(1 / 3),
        "target_s": 180,
        "small": False,
    }
    nobody = {"n": 0, "missing": 1, "p50_s": None, "p90_s": None, "within_n": None, "within_target": None}
    assert screen["children_level"] == "village"
    assert screen["children"] == [
        {"code": d.next_village, "name": "明溪村", "figures": [home | nobody | {"small": True}]},
        {"code": d.village, "name": "宋宅村", "figures": [home]},
    ]
    assert screen["totals"] == [home | {"missing": 1}]
    assert screen["left_out"] == {"drill": 1, "test": 0, "out_of_order": 0}
    assert [row["hour"] for row in screen["hours"]] == list(range(24))
    assert [row["hour"] for row in screen["hours"] if row["figures"]] == [15]
    assert [row["month"] for row in screen["months"]] == ["2026-03"]


def test_stations_are_judged_against_the_period_before_but_never_on_small_numbers(reviewed: Web) -> None:
    d = reviewed.district
    march = {"from": "2026-03-01", "to": "2026-04-01"}
    by_id = {row["station_id"]: row for row in review(reviewed, **march)["stations"]}
    home, silent = by_id[d.home_station], by_id[d.next_station]
    assert home["before"]["n"] == 11
    assert (home["change_p50_s"], home["change_p90_s"]) == (200 - 105, 250 - 109)
    assert home["judgement"] == "worse"
    assert (silent["before"], silent["change_p50_s"], silent["judgement"]) == (None, None, None)
    by_id = {row["station_id"]: row for row in review(reviewed, **march | {"to": "2026-03-08"})["stations"]}
    assert by_id[d.home_station]["judgement"] == "small"
    assert review(reviewed, to="2026-04-01")["before"] is None


def test_a_village_has_incidents_below_it_and_everything_has_districts(reviewed: Web) -> None:
    d = reviewed.district
    village = review(reviewed, region=d.village)
    assert (village["children_level"], village["children"]) == ("incident", [])
    assert [one["level"] for one in village["scope"]["parents"]] == ["district", "town"]
    everything = review(reviewed)
    assert everything["scope"] == {"level": "all", "code": None, "name": None, "parents": []}
    assert [row["code"] for row in everything["children"]] == [d.code]


def test_an_incident_nobody_could_place_is_the_last_row(reviewed: Web) -> None:
    d = reviewed.district
    with reviewed.story.database.begin() as session:
        lost = make_past_incident(session, d)
        lost.village_code = None
        make_past_assignment(session, lost, d.home_station, on_scene=77)
    last = review(reviewed, region=d.town)["children"][-1]
    assert (last["code"], last["name"], last["figures"][0]["n"]) == ("unknown", None, 1)
    (item,) = records(reviewed, region=d.town, group="unknown")["items"]
    assert (item["incident_id"], item["interval_s"], item["village"]) == (lost.id, 77.0, None)


def test_the_records_behind_the_90th_percentile_are_it_and_all_slower_ones(reviewed: Web) -> None:
    d = reviewed.district
    query = {"region": d.village, "from": "2026-03-01"}
    (home,) = review(reviewed, **query)["totals"]
    found = records(reviewed, min_s=home["p90_s"], **query)
    assert [item["interval_s"] for item in found["items"]] == [260.0, 250.0]
    assert found["items"][1] == {
        "assignment_id": found["items"][1]["assignment_id"],
        "incident_id": found["items"][1]["incident_id"],
        "code": found["items"][1]["code"],
        "opened_at": "2026-03-12T07:12:00Z",
        "place": "下许里7号",
        "address": "五显镇宋宅村下许里7号",
        "village_code": d.village,
        "village": "宋宅村",
        "station_id": d.home_station,
        "station": "宋宅村微型消防站",
        "tier": "village",
        "interval_s": 250.0,
        "target_s": 180,
        "over_target": True,
        "missing": [],
        "left_out": None,
        "disposition": "fire",
    }


def test_what_is_missing_or_left_out_says_why(reviewed: Web) -> None:
    (silent,) = records(reviewed, missing=True)["items"]
    assert (silent["interval_s"], silent["missing"], silent["over_target"]) == (None, ["on_scene"], None)
    (drill,) = records(reviewed, left_out="drill")["items"]
    assert (drill["left_out"], drill["interval_s"]) == ("drill", 1.0)


def test_records_come_newest_first_page_by_page(reviewed: Web) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = records(reviewed, limit=5, **({"cursor": cursor} if cursor else {}))
        assert page["total"] == 24
        seen += [item["opened_at"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 24
    assert seen == sorted(seen, reverse=True)


def test_whoever_is_bound_to_a_town_sees_no_other(reviewed: Web) -> None:
    d = reviewed.district
    make_years(reviewed, 20)
    bound = reviewed.caller(Role.VIEWER, d.town)
    screen = bound.get("/reports/review").json()
    assert (screen["scope"]["code"], screen["scope"]["parents"]) == (d.town, [])
    assert {row["code"] for row in screen["children"]} <= {d.village, d.next_village, "unknown"}
    assert {item["village_code"] for item in bound.items("/reports/review/records")} <= {
        d.village,
        d.next_village,
        None,
    }
    for code in (d.code, d.other_town, "999999"):
        for path in ("/reports/review", "/reports/review/records", "/reports/month", "/reports/false-alarms"):
            assert_problem(bound.get(path, region=code), 404, code)
    below = bound.get("/reports/review", region=d.village).json()
    assert [one["code"] for one in below["scope"]["parents"]] == [d.town]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"profile": "nfpa_9999"}, "nfpa_1710"),
        ({"interval": "lunch"}, "interval"),
        ({"tier": "county"}, "tier"),
        ({"from": "soon"}, "soon"),
        ({"month": "2026-13"}, "month"),
        ({"hour": "24"}, "hour"),
        ({"from_s": "-1"}, "from_s"),
        ({"left_out": "bored"}, "left_out"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(web: Web, query: dict[str, str], word: str) -> None:
    assert_problem(web.viewer.get("/reports/review/records", **query), 422, word)


@pytest.mark.parametrize(
    "query",
    [{"from": "0001-01-01"}, {"from": "2026-01-01", "to": "9999-12-31"}, {"to": "9999-12-31T23:59:59-08:00"}],
)
def test_a_period_may_reach_to_the_ends_of_the_calendar(reviewed: Web, query: dict[str, str]) -> None:
    assert reviewed.viewer.get("/reports/review", **query).json()["before"] is None
    for path in ("/incidents", "/reports/false-alarms", "/reports/response-times"):
        assert reviewed.viewer.get(path, **query).status_code == 200


@pytest.mark.parametrize("month", ["0001-01", "9999-12"])
def test_a_month_without_one_before_and_after_it_is_refused(web: Web, month: str) -> None:
    assert_problem(web.viewer.get("/reports/month", month=month), 422, "month")


def test_an_empty_record_is_an_empty_screen(web: Web) -> None:
    screen = review(web)
    for name in ("totals", "distributions", "months", "stations"):
        assert screen[name] == []
    assert records(web) == {"total": 0, "items": [], "next": None}
