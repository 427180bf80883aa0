"""The choice of sites: greedy against every choice there is, the solver against both."""

from itertools import combinations
from math import e

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from geo.candidates import MOST_CANDIDATES, Roads, candidates, thinned
from geo.coverage import Positions, Stations
from geo.point import Point
from geo.roads.classes import Mode
from geo.roads.ground import StationSite
from geo.sites import best, choose, greedy
from tests.road_maps import at, drawn, road, table

_QUESTIONS = st.integers(1, 7).flatmap(
    lambda places: st.tuples(
        st.lists(st.lists(st.booleans(), min_size=places, max_size=places), min_size=1, max_size=7),
        st.lists(st.integers(1, 9), min_size=places, max_size=places),
        st.integers(1, 4),
    )
)


def weight(reaches: list[list[bool]], weights: list[int], sites: tuple[int, ...]) -> int:
    return sum(w for place, w in enumerate(weights) if any(reaches[site][place] for site in sites))


@given(question=_QUESTIONS)
def test_greedy_brings_63_per_cent_of_the_best_and_the_solver_all_of_it(
    question: tuple[list[list[bool]], list[int], int],
) -> None:
    reaches, weights, count = question
    most = max(
        weight(reaches, weights, sites)
        for sites in combinations(range(len(reaches)), min(count, len(reaches)))
    )
    sparse, given_weights = csr_array(np.array(reaches, dtype=np.int8)), np.array(weights, dtype=float)

    assert weight(reaches, weights, tuple(greedy(sparse, given_weights, count))) >= (1 - 1 / e) * most - 1e-9
    proved = best(sparse, given_weights, count)
    assert proved is not None
    assert len(proved) <= count
    assert weight(reaches, weights, tuple(proved)) == most
    choice = choose(sparse, given_weights, count)
    assert choice.optimal
    assert weight(reaches, weights, tuple(choice.sites)) == most


@given(question=_QUESTIONS)
def test_what_each_site_adds_is_counted_once_and_the_first_adds_most(
    question: tuple[list[list[bool]], list[int], int],
) -> None:
    reaches, weights, count = question
    choice = choose(csr_array(np.array(reaches, dtype=np.int8)), np.array(weights, dtype=float), count)
    gained = [place for places in choice.gained for place in places.tolist()]

    assert len(gained) == len(set(gained))
    assert sum(weights[place] for place in gained) == weight(reaches, weights, tuple(choice.sites))
    added = [sum(weights[place] for place in places.tolist()) for places in choice.gained]
    assert added == sorted(added, reverse=True)
    assert 0 not in added


def test_the_solver_finds_what_greedy_misses() -> None:
    # greedy takes the middle site of four places and then needs two more for the ends
    reaches = csr_array(np.array([[0, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], dtype=np.int8))
    choice = choose(reaches, np.ones(6), 2)

    assert list(greedy(reaches, np.ones(6), 2)) == [0, 1]
    assert choice.by_solver
    assert sorted(choice.sites) == [1, 2]
    assert [len(places) for places in choice.gained] == [3, 3]


def test_a_question_too_large_is_left_to_greedy_and_says_so() -> None:
    rng = np.random.default_rng(135)
    reaches = csr_array((rng.random((200, 400)) < 0.4).astype(np.int8))
    choice = choose(reaches, np.ones(400), 3)

    assert not choice.optimal
    assert not choice.by_solver
    assert len(choice.sites) == 3


def test_nothing_out_of_reach_needs_no_site() -> None:
    found = candidates(Positions.of([]), 180, None)
    choice = choose(found.reaches, np.zeros(0), 3)

    assert list(choice.sites) == []
    assert choice.optimal


def test_without_roads_a_site_reaches_what_the_straight_line_says() -> None:
    # 180 s at 30 km/h over 1.4 times the way are 1,071.4 m
    places = Positions.of([at(0, 0), at(1071, 0), at(2143, 0), at(9000, 0)])
    found = candidates(places, 180, None)

    assert len(found.positions) == 4
    assert found.reaches.toarray().tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


def test_many_places_are_thinned_to_few_sites_spread_evenly() -> None:
    rng = np.random.default_rng(1)
    metres = rng.uniform(0, 20_000, (20_000, 2))
    places = Positions.of([at(east, north) for east, north in metres.tolist()])
    chosen = metres[thinned(places, MOST_CANDIDATES)]

    assert MOST_CANDIDATES / 2 < len(chosen) <= MOST_CANDIDATES
    for east, north in ((0, 0), (0, 10_000), (10_000, 0), (10_000, 10_000)):
        quarter = ((chosen >= (east, north)) & (chosen < (east + 10_000, north + 10_000))).all(axis=1)
        assert 0.2 < quarter.mean() < 0.3


@given(
    metres=st.lists(st.tuples(st.floats(-500, 4000), st.floats(-500, 2500)), min_size=1, max_size=10),
    closed=st.booleans(),
)
def test_by_road_a_site_reaches_what_a_station_there_would_reach(
    metres: list[tuple[float, float]], closed: bool
) -> None:
    network = drawn(road((0, 0), (2000, 0), (4000, 0)), road((2000, 0), (2000, 2000), road_class="path"))
    places = Positions.of([at(*place) for place in metres])
    closures = [at(1000, 0)] if closed else []
    roads = Roads(table(network).ground, closures, Mode.MOTORCYCLE)
    found = candidates(places, 60, roads)

    for number in range(0, len(found.positions), 7):
        point = Point(float(found.positions.lon[number]), float(found.positions.lat[number]))
        site = StationSite("S", point, Mode.MOTORCYCLE)
        reach = Stations(Positions.of([point]), table(network, site, closures=closures), (0,)).reach(places)
        assert found.reaches.toarray()[number].astype(bool).tolist() == reach.within(60).tolist()
