"""One yardstick for the stations of an alarm."""

from geo.point import Point
from geo.roads.comparing import RoadTravel
from geo.roads.ground import Ground, NotByRoad, StationSite
from geo.roads.table import TravelTable
from tests.road_maps import at, drawn, road, station

STREET = drawn(road((0, 0), (6000, 0)))


def compared(sites: list[StationSite], place: Point, asked: dict[str, Point] | None = None) -> RoadTravel:
    return RoadTravel(TravelTable(Ground(STREET, sites), places={"P-1": place}))


def points(sites: list[StationSite]) -> dict[str, Point]:
    return {site.id: site.point for site in sites}


def six_and(*others: StationSite) -> list[StationSite]:
    return [*(station(1000 * n, 0, name=f"S-{n}") for n in range(6)), *others]


def test_by_road_best_first() -> None:
    sites = six_and()
    found = compared(sites, at(100, 0)).compare(at(100, 0), points(sites))
    assert list(found.travels) == [f"S-{n}" for n in range(6)]
    assert {travel.method for travel in found.travels.values()} == {"road"}
    assert found.fallback is None


def test_a_far_station_without_a_road_is_ranked_last_and_says_so() -> None:
    sites = six_and(station(0, 9000, name="S-9"))
    found = compared(sites, at(100, 0)).compare(at(100, 0), points(sites))
    assert list(found.travels)[-1] == "S-9"
    assert found.travels["S-9"].method == "straight_line"
    assert found.not_by_road == {"S-9": NotByRoad.STATION_OFF_ROAD}
    assert found.fallback is None


def test_a_near_station_without_a_road_makes_the_whole_alarm_straight_line() -> None:
    sites = six_and(station(100, 400, name="S-9"))
    found = compared(sites, at(100, 0)).compare(at(100, 0), points(sites))
    assert found.fallback is NotByRoad.STATION_OFF_ROAD
    assert {travel.method for travel in found.travels.values()} == {"straight_line"}
    far = compared(sites, at(5900, 0)).compare(at(5900, 0), points(sites))
    assert far.fallback is None, "the next alarm is looked at afresh"


def test_a_place_off_the_roads_is_compared_by_straight_line() -> None:
    sites = six_and()
    found = compared(sites, at(100, 2000)).compare(at(100, 2000), points(sites))
    assert found.fallback is NotByRoad.PLACE_OFF_ROAD
    assert {travel.method for travel in found.travels.values()} == {"straight_line"}


def test_a_station_that_moved_since_is_not_believed() -> None:
    sites = six_and()
    moved = points(sites) | {"S-0": at(500, 0)}
    found = compared(sites, at(100, 0)).compare(at(100, 0), moved)
    assert found.not_by_road == {"S-0": NotByRoad.STATION_OFF_ROAD}


def test_a_registered_place_needs_no_search() -> None:
    sites = six_and()
    travel = compared(sites, at(100, 0))
    asked = points(sites)
    assert travel.compare(at(0, 0), asked, place_id="P-1") == travel.compare(at(100, 0), asked)
    assert travel.compare(at(100, 0), asked, place_id="unknown") == travel.compare(at(100, 0), asked)


def test_the_nearest_station_behind_a_closed_road_is_ranked_last_and_the_others_go_by_road() -> None:
    sites = six_and()
    table = TravelTable(Ground(STREET, sites), [at(1500, 0)])
    found = RoadTravel(table).compare(at(1600, 0), points(sites))
    assert found.fallback is None
    assert list(found.travels) == ["S-2", "S-3", "S-4", "S-5", "S-1", "S-0"]
    assert found.not_by_road == dict.fromkeys(("S-0", "S-1"), NotByRoad.UNREACHABLE)


def test_where_no_station_asked_about_gets_there_the_straight_line_decides() -> None:
    sites = six_and()
    table = TravelTable(Ground(STREET, sites), [at(1500, 0)])
    behind = {name: point for name, point in points(sites).items() if name in ("S-0", "S-1")}
    found = RoadTravel(table).compare(at(1600, 0), behind)
    assert found.fallback is NotByRoad.UNREACHABLE
    assert list(found.travels) == ["S-1", "S-0"]
