"""The nearest of many lines by a grid is the nearest of all of them."""

from math import inf

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.point import Point
from geo.roads.classes import Mode
from geo.roads.costs import usable
from geo.roads.grid import MARGIN_M, NONE, SQUARE_M, Grid
from geo.roads.network import Floats
from geo.roads.reading import read_roads
from geo.roads.snapping import SegmentIndex
from tests.road_maps import EXTRACTS, at, drawn, road

#: Borders of squares among them, and lines much longer than a square.
_METRES = st.one_of(st.integers(-9, 9).map(lambda n: n * SQUARE_M / 2), st.floats(-450, 450))
_POINTS = st.builds(complex, _METRES, _METRES)
_LINES = st.lists(st.tuples(_POINTS, _POINTS), min_size=1, max_size=15)


def _distances(lines: list[tuple[complex, complex]], point: complex) -> Floats:
    """The distance of a point to each line, by the book."""
    found = []
    for start, end in lines:
        along, off = end - start, point - start
        square = abs(along) ** 2
        fraction = min(1.0, max(0.0, (off * along.conjugate()).real / square)) if square else 0.0
        found.append(abs(off - fraction * along))
    return np.array(found)


def _grid(lines: list[tuple[complex, complex]]) -> Grid:
    starts, ends = np.array(lines).T
    return Grid(starts, ends - starts)


@given(lines=_LINES, points=st.lists(_POINTS, min_size=1, max_size=10))
def test_the_nearest_line_within_the_margin_is_found_and_none_beyond(
    lines: list[tuple[complex, complex]], points: list[complex]
) -> None:
    grid = _grid(lines)
    x, y = np.array([p.real for p in points]), np.array([p.imag for p in points])

    many = grid.nearest_of_many(x, y).tolist()

    for point, found in zip(points, many, strict=True):
        assert grid.nearest(point.real, point.imag) == found
        distances = _distances(lines, point)
        if found == NONE:
            assert distances.min() > MARGIN_M - 1e-6
        else:
            assert distances[found] == pytest.approx(distances.min(), abs=1e-5)
            assert distances[found] < MARGIN_M + 1e-6


def test_of_lines_that_share_the_nearest_corner_the_first_counts() -> None:
    grid = _grid([(200 + 0j, 300 + 0j), (0j, 70 + 70j), (0j, 70 - 70j), (0j, 99j)])
    assert grid.nearest(-20, -0.1) == 1
    assert grid.nearest_of_many(np.array([-20.0]), np.array([-0.1])).tolist() == [1]


def test_what_is_far_from_every_line_or_no_place_at_all_is_left_to_others() -> None:
    grid = _grid([(0j, 100 + 0j), (50_000 + 0j, 50_100 + 0j)])
    far = [(50.0, MARGIN_M + 1), (25_000.0, 0.0), (-1e9, 0.0), (1e12, 1e12)]
    assert [grid.nearest(*place) for place in far] == [NONE] * len(far)
    assert set(grid.nearest_of_many(*(np.array(axis) for axis in zip(*far, strict=True))).tolist()) == {NONE}


def test_over_a_wide_country_squares_grow_instead_of_the_memory() -> None:
    grid = _grid([(0j, 100 + 0j), (9e6 + 9e6j, 9e6 + 9e6j + 100)])
    assert grid._columns * grid._rows < 5_000_000
    assert [grid.nearest(10, 10), grid.nearest(9e6, 9e6 - 5), grid.nearest(4e6, 4e6)] == [0, 1, NONE]


def test_more_pairs_than_are_looked_at_together_are_looked_at_in_parts() -> None:
    grid = _grid([(complex(0, n), complex(80, n)) for n in range(90)])
    x, y = np.full(4000, 30.0), np.linspace(0, 89, 4000)
    assert grid.nearest_of_many(x, y).tolist() == [grid.nearest(30.0, each) for each in y.tolist()]


@pytest.mark.parametrize("extract", ["andorra", "liechtenstein"])
def test_on_real_roads_the_grid_says_what_the_tree_says(extract: str) -> None:
    network = read_roads(EXTRACTS / f"{extract}.osm.pbf")
    index = SegmentIndex(network, np.asarray(usable(network, Mode.ENGINE)))
    chance = np.random.default_rng(5)
    lon = chance.uniform(network.lon.min() - 0.02, network.lon.max() + 0.02, 400)
    lat = chance.uniform(network.lat.min() - 0.02, network.lat.max() + 0.02, 400)
    near = chance.integers(0, network.nodes, 400)
    lon = np.concatenate((lon, network.lon[near] + chance.uniform(-0.0008, 0.0008, 400)))
    lat = np.concatenate((lat, network.lat[near] + chance.uniform(-0.0008, 0.0008, 400)))

    many = index.nearest_of_many(lon, lat, inf)

    for number, (east, north) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        alone = index.nearest(Point(east, north))
        x, y = index._plane.metres(east, north)
        by_tree = index._spot(int(index._tree.nearest(shapely.Point(x, y))), x, y)
        assert alone is not None
        assert alone.off_m == pytest.approx(by_tree.off_m, abs=2e-6)
        assert alone.segment == many.segment[number]
        assert alone.off_m == pytest.approx(many.off_m[number])


def test_a_road_beyond_the_grid_is_still_the_nearest_one() -> None:
    network = drawn(road((0, 0), (1100, 0)), road((9000, 0), (10_100, 0)))
    index = SegmentIndex(network, np.ones(network.segments, bool))
    east = at(7000, 0).lon
    for place, is_east in ((at(550, 900), False), (at(5000, 900), False), (at(5100, 900), True)):
        spot = index.nearest(place)
        assert spot is not None
        assert (network.lon[network.start[spot.segment]] > east) == is_east
