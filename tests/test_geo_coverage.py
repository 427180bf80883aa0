"""Who is first where, what changes, and who may be brought within reach: against slow, plain reckoning."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage import NOBODY, Positions, Stations, by_straight_line, changed, nobody, tally
from geo.point import Point
from geo.roads.classes import Mode
from geo.travel import StraightLine
from tests.road_maps import at, drawn, road, station, table

_PLACES = st.lists(st.builds(at, st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=1, max_size=8)
_BRIDGED = drawn(road((0, 0), (1000, 0)), road((1000, 0), (1000, 2000)))


def seconds(start: Point, end: Point) -> float:
    return StraightLine().compare(end, {"S": start}).travels["S"].travel_s


@given(stations=_PLACES, places=_PLACES)
def test_the_first_by_straight_line_is_the_one_that_an_alarm_would_find(
    stations: list[Point], places: list[Point]
) -> None:
    found = by_straight_line(Positions.of(stations), Positions.of(places))

    for number, place in enumerate(places):
        every = [seconds(start, place) for start in stations]
        assert found.travel_s[number] == pytest.approx(min(every), rel=1e-6, abs=1e-3)
        assert every[found.station[number]] == pytest.approx(min(every), rel=1e-6, abs=1e-3)
    assert not found.by_road.any()


def test_nobody_reaches_anything_without_stations_and_no_place_needs_any() -> None:
    none, some = Positions.of([]), Positions.of([at(0, 0), at(5, 5)])

    assert by_straight_line(none, some).station.tolist() == [NOBODY, NOBODY]
    assert by_straight_line(none, some).travel_s.tolist() == [inf, inf]
    assert len(by_straight_line(some, none).station) == 0
    assert Stations(none, table(_BRIDGED), ()).reach(some).station.tolist() == [NOBODY, NOBODY]


def test_of_stations_at_one_point_the_first_is_named() -> None:
    together = Positions.of([at(10, 10), at(10, 10), at(900, 900)])
    assert by_straight_line(together, Positions.of([at(0, 0), at(901, 900)])).station.tolist() == [0, 2]


@given(places=_PLACES)
def test_by_road_the_first_is_the_fastest_of_the_table(places: list[Point]) -> None:
    sites = [station(100, 0, Mode.MOTORCYCLE, "S-1"), station(1000, 1900, Mode.ENGINE, "S-2")]
    known = table(_BRIDGED, *sites)
    reach = Stations(Positions.of(site.point for site in sites), known, (0, 1)).reach(Positions.of(places))

    for number, place in enumerate(places):
        if known.ground.snap(place, None):
            journeys = known.to(place)
            assert reach.by_road[number]
            assert reach.travel_s[number] == journeys.travel_s.min()
            assert reach.station[number] == journeys.travel_s.argmin()
        else:
            straight = by_straight_line(Positions.of(s.point for s in sites), Positions.of([place]))
            assert not reach.by_road[number]
            assert reach.travel_s[number] == straight.travel_s[0]
            assert reach.station[number] == straight.station[0]


def test_a_place_that_no_road_leads_to_is_reached_by_nobody_though_a_station_is_near() -> None:
    island = drawn(road((0, 0), (400, 0)), road((710, 0), (1110, 0)))
    site = station(390, 0)
    reach = Stations(Positions.of([site.point]), table(island, site), (0,)).reach(Positions.of([at(720, 0)]))

    assert reach.station.tolist() == [NOBODY]
    assert reach.travel_s.tolist() == [inf]
    assert reach.by_road.tolist() == [True]


def test_a_station_that_the_table_does_not_know_counts_by_straight_line() -> None:
    far = station(1000, 1900)
    near = at(100, 50)
    reach = Stations(Positions.of([far.point, near]), table(_BRIDGED, far), (0, NOBODY)).reach(
        Positions.of([at(0, 0), at(1000, 1800)])
    )

    assert reach.station.tolist() == [1, 0]
    assert reach.by_road.tolist() == [False, True]
    assert reach.travel_s[0] == pytest.approx(seconds(near, at(0, 0)))


def test_what_is_gained_and_lost_between_two_situations() -> None:
    places = Positions.of([at(0, 0), at(500, 0), at(2000, 0)])
    before = by_straight_line(Positions.of([at(0, 0)]), places)
    after = by_straight_line(Positions.of([at(2000, 0)]), places)
    gained, lost = changed(before, after, 120)

    assert (gained.tolist(), lost.tolist()) == ([False, False, True], [True, True, False])
    assert tally(lost, np.array([3, 4, 9])).premises == 2
    assert tally(lost, np.array([3, 4, 9])).residents == 7


def test_of_two_the_faster_counts_and_keeps_its_number() -> None:
    places = Positions.of([at(0, 0), at(1000, 0)])
    here = by_straight_line(Positions.of([at(0, 0)]), places)
    there = by_straight_line(Positions.of([at(1000, 0)]), places)

    assert here.or_faster(there.numbered_from(1)).station.tolist() == [0, 1]
    assert nobody(2).numbered_from(7).station.tolist() == [NOBODY, NOBODY]
    assert nobody(2).or_faster(here).travel_s.tolist() == here.travel_s.tolist()
