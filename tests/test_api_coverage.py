"""Coverage over HTTP: who is not reached in time, what would change, where the next station helps most."""

from threading import Event, Thread
from typing import Any

import pytest

import api.coverage_facts
from api.access import Role
from dispatch import road_tables
from dispatch.road_tables import RoadsInUse, Wanted
from geo.roads import Mode, RoadNetwork, StationSite
from registry.version import bump_version
from store.places import Boundary, Premises, Station
from tests.factories import make_premises
from tests.road_maps import drawn, road
from tests.web import Web, assert_problem, web

__all__ = ["web"]


@pytest.fixture
def far_house(web: Web) -> Web:
    """A house of nine in the home village 2 km to the west of everything; one more whose place is unknown."""
    with web.story.database.begin() as session:
        make_premises(session, "far-house", web.district.village, lon=118.17, lat=24.77, residents=9)
        make_premises(session, "nowhere", web.district.village, lon=None, lat=None, residents=None)
        bump_version(session)
    return web


def coverage(web: Web, path: str = "", **query: Any) -> dict[str, Any]:
    answer = web.viewer.get(f"/reports/coverage{path}", **query)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def what_if(web: Web, **body: Any) -> dict[str, Any]:
    answer = web.viewer.post("/reports/coverage/what-if", body)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def ids(report: dict[str, Any]) -> list[str]:
    return [feature["properties"]["id"] for feature in report["features"]]


def lay_roads(web: Web, network: RoadNetwork) -> RoadsInUse:
    """What the keeper of roads would put in use."""
    with web.story.database.read() as session:
        cards = web.story.setup.roster.get(session).stations
    sites = tuple(StationSite(card.id, card.point, Mode.MOTORCYCLE) for card in cards if card.point)
    built = road_tables.build(Wanted(1, sites, {}, {}), network, None)
    web.story.setup.roads.in_use = built
    return built


def test_without_roads_the_report_has_exactly_this_shape(far_house: Web) -> None:
    report = coverage(far_house)

    assert report == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [118.17, 24.77]},
                "properties": {
                    "id": "far-house",
                    "name": "far-house民宅",
                    "village_code": far_house.district.village,
                    "residents": 9,
                    "best_station_id": far_house.district.home_station,
                    "travel_s": pytest.approx(349.9, abs=0.5),
                    "method": "straight_line",
                },
            }
        ],
        "summary": {
            "premises": 3,
            "residents": 19,
            "not_reached": 1,
            "residents_not_reached": 9,
            "residents_unknown": 0,
            "without_position": 1,
            "stations": 4,
            "tier": "village",
            "within_s": 180,
            "method": "straight_line",
            "by_straight_line": 3,
            "attribution": None,
            "left_out": 0,
        },
    }


def test_the_limit_of_each_tier_is_the_plans_unless_told(far_house: Web) -> None:
    # the town's team stands 2.5 km from the first premises and 4 km from the other: 420 s and 670 s
    town = coverage(far_house, tier="town")
    assert (town["summary"]["within_s"], town["summary"]["stations"]) == (300, 2)
    assert ids(town) == ["mingxi-12", "far-house", "xiaxuli-7"]
    assert ids(coverage(far_house, tier="town", within_s=600)) == ["mingxi-12"]
    assert ids(coverage(far_house, within_s=360)) == []


def test_what_is_beyond_the_limit_of_features_is_counted(far_house: Web) -> None:
    report = coverage(far_house, tier="town", limit=1)
    assert (ids(report), report["summary"]["not_reached"]) == (["mingxi-12"], 3)
    assert report["summary"]["left_out"] == 2


def test_a_station_out_of_service_reaches_nobody_until_its_absence_ends(far_house: Web) -> None:
    d = far_house.district
    far_house.dispatcher.put(
        f"/stations/{d.home_station}/availability",
        {"in_service": False, "until": "2026-03-02T08:00:00Z", "reason": "维修"},
    )
    assert ids(coverage(far_house)) == ["far-house", d.premises]
    far_house.story.clock.advance(3600)
    assert ids(coverage(far_house)) == ["far-house"]


def test_where_no_station_is_in_service_nobody_is_reached_and_nothing_is_guessed(far_house: Web) -> None:
    with far_house.story.database.begin() as session:
        for row in session.query(Station):
            row.active = False
        bump_version(session)
    report = coverage(far_house)

    assert report["summary"]["not_reached"] == 3
    assert {feature["properties"]["travel_s"] for feature in report["features"]} == {None}
    assert {feature["properties"]["best_station_id"] for feature in report["features"]} == {None}


def test_by_road_a_house_across_the_river_is_not_reached(far_house: Web) -> None:
    d = far_house.district
    lay_roads(far_house, _along_the_meridian())
    report = coverage(far_house)

    assert report["summary"]["method"] == "road"
    assert report["summary"]["attribution"] == "© Somebody"
    assert ids(report) == ["far-house", d.premises]
    far, near = (feature["properties"] for feature in report["features"])
    # no road leads there; only stations that are themselves off the roads count, by straight line: 8 km
    assert (far["method"], far["best_station_id"]) == ("straight_line", d.far_stations[0])
    assert far["travel_s"] == pytest.approx(1400, abs=50)
    assert near["method"] == "road"


def test_villages_are_listed_with_those_who_wait_in_them(far_house: Web) -> None:
    d = far_house.district
    with far_house.story.database.begin() as session:
        square = [[118.0, 24.7], [118.2, 24.7], [118.2, 24.79], [118.0, 24.79], [118.0, 24.7]]
        session.add(Boundary(region_code=d.village, geometry={"type": "Polygon", "coordinates": [square]}))
        bump_version(session)
    report = coverage(far_house, of="villages")

    assert ids(report) == [d.village]
    feature = report["features"][0]
    assert feature["geometry"]["type"] == "Polygon"
    counted = ("premises", "residents", "not_reached", "residents_not_reached")
    assert [feature["properties"][name] for name in counted] == [2, 14, 1, 9]


def test_a_region_may_be_asked_for_and_a_binding_holds(far_house: Web) -> None:
    d = far_house.district
    assert ids(coverage(far_house, tier="town", region=d.next_village)) == ["mingxi-12"]
    bound = far_house.caller(Role.VIEWER, d.next_village)
    report = bound.get("/reports/coverage", tier="town").json()
    assert ids(report) == ["mingxi-12"]
    assert report["features"][0]["properties"]["best_station_id"] is None
    assert report["features"][0]["properties"]["travel_s"] > 300
    assert_problem(bound.get("/reports/coverage", region=d.village), 404, d.village)
    closing = {"close_stations": [d.home_station]}
    assert_problem(bound.post("/reports/coverage/what-if", closing), 404, d.home_station)


def test_the_map_holds_every_one_of_the_premises(far_house: Web) -> None:
    d = far_house.district
    with far_house.story.database.begin() as session:
        square = [[118.0, 24.7], [118.2, 24.7], [118.2, 24.79], [118.0, 24.79], [118.0, 24.7]]
        session.add(Boundary(region_code=d.town, geometry={"type": "Polygon", "coordinates": [square]}))
        bump_version(session)
    drawn_map = coverage(far_house, "/map")

    assert drawn_map["lon"] == [118.17, 118.19, 118.19]
    assert drawn_map["reached"] == [False, True, True]
    assert [one["properties"] for one in drawn_map["boundaries"]] == [
        {"code": d.town, "name": "五显镇", "level": "town"}
    ]
    assert drawn_map["closures"] == []


def test_a_station_added_beside_the_far_house_reaches_it(far_house: Web) -> None:
    report = what_if(far_house, add=[{"lon": 118.17, "lat": 24.7701}])

    assert report["gained"] == {"premises": 1, "residents": 9}
    assert report["lost"] == {"premises": 0, "residents": 0}
    assert (report["before"]["not_reached"], report["after"]["not_reached"]) == (1, 0)
    (feature,) = report["features"]
    assert feature["properties"]["change"] == "gained"
    assert feature["properties"]["best_station_id"] == "new-1"
    assert feature["properties"]["travel_before_s"] > 300
    assert coverage(far_house)["summary"]["not_reached"] == 1  # nothing was stored


def test_a_station_moved_loses_whom_it_served_and_one_closed_likewise(far_house: Web) -> None:
    d = far_house.district
    moved = what_if(far_house, move=[{"station_id": d.home_station, "lon": 118.17, "lat": 24.77}])
    assert {f["properties"]["id"]: f["properties"]["change"] for f in moved["features"]} == {
        "far-house": "gained",
        d.premises: "lost",
    }
    closed = what_if(far_house, close_stations=[d.home_station])
    assert ids(closed) == [d.premises]
    assert closed["lost"] == {"premises": 1, "residents": 5}
    assert closed["after"]["stations"] == 3


def test_a_closed_road_cuts_off_who_lived_by_it(far_house: Web) -> None:
    d = far_house.district
    lay_roads(far_house, _along_the_meridian())
    before = coverage(far_house, within_s=400)
    assert ids(before) == ["far-house"]
    report = what_if(far_house, within_s=400, close_roads=[{"lon": 118.19, "lat": 24.7722}])

    assert ids(report) == [d.premises]
    assert report["features"][0]["properties"]["change"] == "lost"
    assert report["features"][0]["properties"]["travel_before_s"] == pytest.approx(359, abs=1)
    # driven up to the closed piece, and on foot from there: 86 s more
    assert report["features"][0]["properties"]["travel_s"] == pytest.approx(445, abs=1)
    added = what_if(far_house, within_s=400, add=[{"lon": 118.17, "lat": 24.7701}])
    assert ids(added) == ["far-house"]


def test_what_cannot_be_thought_of_is_refused_in_one_line(far_house: Web) -> None:
    def ask(**body: Any) -> Any:
        return far_house.viewer.post("/reports/coverage/what-if", body)

    assert_problem(ask(close_roads=[{"lon": 118.19, "lat": 24.77}]), 422, "fire135 roads FILE")
    assert_problem(ask(close_stations=["no-such"]), 404, "no-such")
    home = far_house.district.home_station
    elsewhere = {"station_id": home, "lon": 118.17, "lat": 24.77}
    assert_problem(ask(move=[elsewhere], close_stations=[home]), 422, "both moved and closed")
    assert_problem(ask(close_stations=[far_house.district.town_team]), 404, "tier")
    assert_problem(ask(add=[{"lon": 200.0, "lat": 24.0}]), 422, "add.0")
    assert_problem(ask(add=[{"lon": 100.0, "lat": 24.0}]), 422, "outside its district")
    assert_problem(ask(tier="colour"), 422, "tier")
    assert_problem(ask(paint=[]), 422, "paint")
    lay_roads(far_house, _along_the_meridian())
    assert_problem(ask(close_roads=[{"lon": 118.15, "lat": 24.77}]), 422, "no road within 50 m")


def test_the_best_sites_bring_what_a_what_if_there_confirms(far_house: Web) -> None:
    for roads in (None, _along_the_meridian()):
        if roads:
            lay_roads(far_house, roads)
        report = coverage(far_house, "/best-sites", count=1)
        (site,) = report["sites"]
        assert report["optimal"]
        assert report["candidates"] >= 1
        assert site["cumulative"] == site["gain"]
        confirmed = what_if(far_house, add=[{"lon": site["lon"], "lat": site["lat"]}])
        assert confirmed["gained"] == site["gain"]
        assert site["gain"] == {"premises": 1, "residents": 9}


def test_where_everybody_is_reached_no_site_is_named(web: Web) -> None:
    report = coverage(web, "/best-sites")
    assert (report["sites"], report["candidates"], report["optimal"]) == ([], 0, True)


def test_a_second_calculation_waits_its_turn(far_house: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = Event(), Event()
    real = api.coverage_facts.what_if

    def slow(*given: Any) -> Any:
        begun.set()
        assert may_end.wait(20)
        return real(*given)

    monkeypatch.setattr(api.coverage_facts, "what_if", slow)
    far_house.viewer  # noqa: B018 - makes the token before the thread asks
    first = Thread(target=what_if, args=(far_house,))
    first.start()
    try:
        assert begun.wait(20)
        refused = far_house.viewer.get("/reports/coverage/best-sites")
        assert_problem(refused, 503, "try again")
        assert refused.headers["retry-after"] == "5"
    finally:
        may_end.set()
        first.join()
    assert coverage(far_house, "/best-sites")["sites"]


def test_no_premises_at_all_is_an_empty_answer(web: Web) -> None:
    with web.story.database.begin() as session:
        for row in session.query(Premises):
            row.lon = row.lat = None
        bump_version(session)
    assert coverage(web)["features"] == []
    assert coverage(web)["summary"]["without_position"] == 2
    assert coverage(web, "/map")["lon"] == []
    assert coverage(web, "/best-sites")["sites"] == []


def _along_the_meridian() -> RoadNetwork:
    """A slow street by all stations of the town; the far house stands by a lane that leads nowhere else."""
    east = (118.19 - 118.15) * 101_160
    north = [(lat - 24.70) * 110_760 for lat in (24.7475, 24.77, 24.7745, 24.7835)]
    street = road(*((east, metres) for metres in north), speed_kmh=5.0)
    lane = road(((118.17 - 118.15) * 101_160 - 600, north[1]), ((118.17 - 118.15) * 101_160 + 600, north[1]))
    network = drawn(street, lane)
    origin = type(network.origin)("drawn", "© Somebody", {})
    return RoadNetwork(**{name: getattr(network, name) for name in network.__slots__} | {"origin": origin})
