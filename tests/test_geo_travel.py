"""Points, distances, and the rule for journeys without a road network."""

import pytest

from geo.point import Point, distance_m, distances_m
from geo.travel import StraightLine


def test_a_degree_of_latitude_in_tongan_is_110_8_km() -> None:
    assert distance_m(Point(118.15, 24), Point(118.15, 25)) == pytest.approx(110_775, abs=50)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, -91), (float("nan"), 0), (0, float("inf"))])
def test_what_is_not_on_earth_is_no_point(lon: float, lat: float) -> None:
    with pytest.raises(ValueError, match="no place on earth"):
        Point(lon, lat)


def test_without_roads_travel_is_straight_line_times_1_4_at_30_km_h() -> None:
    station, place = Point(118.15, 24.72), Point(118.15, 24.73)
    journey = StraightLine().compare(place, {"any": station}).travels["any"]
    assert journey.distance_m == pytest.approx(1.4 * distance_m(station, place))
    assert journey.travel_s == pytest.approx(journey.distance_m / (30_000 / 3600))
    assert journey.method == "straight_line"


def test_many_stations_are_compared_nearest_first_and_equal_ones_by_their_ids() -> None:
    place = Point(118.15, 24.72)
    stations = {"far": Point(118.15, 24.75), "b": Point(118.15, 24.73), "a": Point(118.15, 24.73)}
    assert list(StraightLine().compare(place, stations).travels) == ["a", "b", "far"]
    assert StraightLine().compare(place, {}).travels == {}
    assert distances_m(place, list(stations.values())) == [distance_m(place, s) for s in stations.values()]
