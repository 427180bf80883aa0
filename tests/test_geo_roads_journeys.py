"""What a journey is: by road in the right direction, then on foot; closures; what is not by road."""

import pytest

from geo.point import Point
from geo.roads.classes import Mode
from geo.roads.errors import ClosureError
from geo.roads.ground import Ground, NotByRoad
from geo.roads.table import TravelTable
from tests.road_maps import WALK_M_PER_S, at, drawn, road, seconds, station, table

DRIVE_M_PER_S = 30 / 3.6
STREET = road((0, 0), (1000, 0), (3000, 0))


def test_a_place_in_the_middle_of_a_long_road_is_exact() -> None:
    found = table(drawn(STREET), station(0, 0)).to(at(1234, 0))
    assert found.travel_s[0] == pytest.approx(1234 / DRIVE_M_PER_S, rel=2e-3)
    assert found.distance_m[0] == pytest.approx(1234, rel=2e-3)


def test_the_last_metres_are_walked_with_the_detour_factor() -> None:
    by_the_road = seconds(drawn(STREET), station(0, 0), at(1000, 0))
    beside = seconds(drawn(STREET), station(0, 0), at(1000, 200))
    assert beside - by_the_road == pytest.approx(200 * 1.4 / WALK_M_PER_S, rel=3e-3)


def test_a_station_in_the_middle_of_its_road_reaches_places_on_both_sides() -> None:
    network = drawn(STREET)
    for east in (1100, 1450, 1550, 2700):
        way_m = abs(east - 1500)
        assert seconds(network, station(1500, 0), at(east, 0)) == pytest.approx(
            way_m / DRIVE_M_PER_S, rel=3e-3
        )


def test_a_one_way_street_counts_from_the_station_to_the_fire() -> None:
    ring = drawn(
        road((0, 0), (1000, 0), one_way=True, road_class="motorway"),
        road((1000, 0), (1000, 1000), (0, 1000), (0, 0)),
    )
    out = seconds(ring, station(0, 0), at(1000, 0))
    home = seconds(ring, station(1000, 0), at(0, 0))
    assert out == pytest.approx(1000 / (80 / 3.6), rel=3e-3)
    assert home == pytest.approx(3000 / DRIVE_M_PER_S, rel=3e-3)


def test_people_walk_on_where_the_lane_is_too_narrow_for_the_engine() -> None:
    lane = drawn(STREET, road((1000, 0), (1000, 600), width_m=2.0))
    driven_s, walked_s = 1000 / DRIVE_M_PER_S, 600 / WALK_M_PER_S
    assert seconds(lane, station(0, 0), at(1000, 600)) == pytest.approx(driven_s + walked_s, rel=3e-3)
    motorcycle = seconds(lane, station(0, 0, Mode.MOTORCYCLE), at(1000, 600))
    assert motorcycle == pytest.approx(1600 / DRIVE_M_PER_S, rel=3e-3)
    on_foot = seconds(lane, station(0, 0, Mode.FOOT), at(1000, 600))
    assert on_foot == pytest.approx(1600 / WALK_M_PER_S, rel=3e-3)


def test_nobody_gets_back_into_the_vehicle_behind_a_footpath() -> None:
    crossing = drawn(STREET, road((3000, 0), (3100, 0), road_class="footway"), road((3100, 0), (6000, 0)))
    expected_s = 3000 / DRIVE_M_PER_S + 3000 / WALK_M_PER_S
    assert seconds(crossing, station(0, 0), at(6000, 0)) == pytest.approx(expected_s, rel=3e-3)


def test_beside_a_path_that_leads_nowhere_the_engine_stops_on_the_street() -> None:
    path = drawn(STREET, road((0, 50), (3000, 50), road_class="path"))
    expected_s = 1500 / DRIVE_M_PER_S + 60 * 1.4 / WALK_M_PER_S
    assert seconds(path, station(0, 0), at(1500, 60)) == pytest.approx(expected_s, rel=3e-3)


def test_a_closure_makes_the_way_round_and_its_end_the_old_way() -> None:
    square = drawn(STREET, road((0, 0), (0, 1000), (3000, 1000), (3000, 0)))
    ground = Ground(square, [station(0, 0)])
    place, closure = at(3000, 0), at(1500, 20)
    straight, round_about = 3000 / DRIVE_M_PER_S, 5000 / DRIVE_M_PER_S
    assert TravelTable(ground).to(place).travel_s[0] == pytest.approx(straight, rel=3e-3)
    assert TravelTable(ground, [closure]).to(place).travel_s[0] == pytest.approx(round_about, rel=3e-3)
    assert TravelTable(ground).to(place).travel_s[0] == pytest.approx(straight, rel=3e-3)


def test_up_to_the_closed_piece_the_road_is_used_and_from_there_people_walk() -> None:
    closed = table(drawn(STREET), station(0, 0), closures=[at(1550, 0)])
    assert closed.to(at(1480, 0)).travel_s[0] == pytest.approx(1480 / DRIVE_M_PER_S, abs=5)
    there_s = float(closed.to(at(1550, 0)).travel_s[0])
    assert 1550 / DRIVE_M_PER_S + 20 < there_s < 1500 / DRIVE_M_PER_S + 100 * 1.4 / WALK_M_PER_S
    assert closed.to(at(2500, 0)).reason is NotByRoad.UNREACHABLE


def test_a_closure_on_a_junction_closes_all_its_roads() -> None:
    cross = drawn(STREET, road((1000, 0), (1000, 900)))
    ground = Ground(cross, [station(0, 0)])
    closed = ground.closed([at(1000, 0)])
    assert closed.sum() == 3


@pytest.mark.parametrize(("north_m", "told"), [(51, "51 m away"), (4000, "4000 m away")])
def test_a_closure_beside_every_road_is_refused_in_one_line(north_m: int, told: str) -> None:
    with pytest.raises(ClosureError, match=r"no road within 50 m of .*; give a point") as refused:
        table(drawn(STREET), station(0, 0), closures=[at(1500, north_m)])
    assert "\n" not in str(refused.value)
    assert told in str(refused.value)


def test_a_place_far_from_every_road_is_not_by_road() -> None:
    found = table(drawn(STREET), station(0, 0)).to(at(1500, 310))
    assert found.reason is NotByRoad.PLACE_OFF_ROAD
    assert table(drawn(STREET), station(0, 0)).to(at(1500, 290)).reason is None


def test_a_place_on_an_island_is_not_by_road() -> None:
    islands = drawn(STREET, road((0, 5000), (3000, 5000)))
    assert table(islands, station(0, 0)).to(at(1500, 5000)).reason is NotByRoad.UNREACHABLE


def test_a_station_far_from_every_road_it_can_use_has_no_journey_but_others_do() -> None:
    path = drawn(STREET, road((3000, 0), (3000, 2000), road_class="footway"))
    stations = [station(3000, 2000, Mode.ENGINE, "S-1"), station(3000, 2000, Mode.FOOT, "S-2")]
    found = table(path, *stations).to(at(3000, 0))
    assert found.travel_s[0] == float("inf")
    assert found.travel_s[1] == pytest.approx(2000 / WALK_M_PER_S, rel=3e-3)


def test_a_registered_place_is_ready_and_says_the_same() -> None:
    place = at(1234, 17)
    ready = TravelTable(Ground(drawn(STREET), [station(0, 0)]), places={"P-1": place})
    assert ready.registered["P-1"].travel_s.tolist() == ready.to(place).travel_s.tolist()


def test_without_stations_nothing_is_reached_and_nothing_breaks() -> None:
    assert table(drawn(STREET)).to(at(1500, 0)).reason is NotByRoad.UNREACHABLE


def test_far_away_on_the_globe_is_off_the_roads() -> None:
    assert table(drawn(STREET), station(0, 0)).to(Point(-60, -40)).reason is NotByRoad.PLACE_OFF_ROAD


def test_at_a_closed_piece_one_and_many_places_are_told_the_same() -> None:
    network = drawn(STREET, road((0, 0), (0, 200), road_class="path"))
    ground = Ground(network, [station(0, 0), station(3000, 0, Mode.FOOT, "S-2")])
    places = {f"P-{east}": at(east, 7) for east in range(1300, 1800, 20)}
    found = TravelTable(ground, [at(1550, 0)], places)
    for place_id, place in places.items():
        assert found.registered[place_id].travel_s.tolist() == found.to(place).travel_s.tolist()
        assert found.registered[place_id].reason is found.to(place).reason


def test_beside_a_cut_off_lane_people_walk_from_the_nearest_road_that_is_reached() -> None:
    bars_all = sum(mode.bit for mode in Mode)
    entry = road((1500, 0), (1500, 60), barred=bars_all)
    lane = road((1000, 60), (1500, 60), (2400, 60))
    found = table(drawn(STREET, entry, lane), station(0, 0)).to(at(1500, 70))

    assert found.reason is None
    assert found.travel_s[0] == pytest.approx(1500 / DRIVE_M_PER_S + 70 * 1.4 / WALK_M_PER_S, rel=3e-3)


def test_from_farther_than_300_m_nobody_walks_to_a_cut_off_road() -> None:
    island = drawn(STREET, road((0, 295), (3000, 295), one_way=True), road((0, 310), (3000, 310)))
    assert table(island, station(0, 0)).to(at(1500, 294)).reason is None
    assert table(island, station(0, 0)).to(at(1500, 306)).reason is NotByRoad.UNREACHABLE


def test_where_the_nearest_road_reached_is_a_path_the_nearest_street_counts_too() -> None:
    path = road((0, 0), (0, 100), (3000, 100), road_class="path")
    network = drawn(STREET, path, road((1000, 120), (2500, 120)))
    found = table(network, station(0, 0)).to(at(1500, 120))
    assert found.travel_s[0] == pytest.approx(1500 / DRIVE_M_PER_S + 120 * 1.4 / WALK_M_PER_S, rel=3e-3)
