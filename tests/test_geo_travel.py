"""Points, distances, and the rule for journeys without a road network."""

import pytest

from geo.point import Point, distance_m
from geo.travel import StraightLine


def test_a_degree_of_latitude_in_tongan_is_110_8_km() -> None:
    assert distance_m(Point(118.15, 24), Point(118.15, 25)) == pytest.approx(110_775, abs=50)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, -91), (float("nan"), 0), (0, float("inf"))])
def test_what_is_not_on_earth_is_no_point(lon: float, lat: float) -> None:
    with pytest.raises(ValueError, match="no place on earth"):
        Point(lon, lat)


def test_without_roads_travel_is_straight_line_times_1_4_at_30_km_h() -> None:
    station, place = Point(118.15, 24.72), Point(118.15, 24.73)
    journey = StraightLine().to("any", station, place)
    assert journey.distance_m == pytest.approx(1.4 * distance_m(station, place))
    assert journey.travel_s == pytest.approx(journey.distance_m / (30_000 / 3600))
    assert journey.method == "straight_line"
