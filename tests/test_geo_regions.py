"""The division tree: who belongs to whom, and in which village a point lies."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.point import Point, distance_m
from geo.regions import Division, DivisionTree, Doubt, Location, area

#: One kilometre in degrees at 24.7 N.
EAST_KM, NORTH_KM = 1 / 101.2, 1 / 110.8


def at(east_km: float, north_km: float) -> Point:
    return Point(118.15 + east_km * EAST_KM, 24.70 + north_km * NORTH_KM)


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A polygon by its edges in kilometres from the middle of the invented district."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [[[at(x, y).lon, at(x, y).lat] for x, y in corners]]}


DISTRICT = [
    Division("d", "同安区", "district", None, at(0, 0)),
    Division("t1", "五显镇", "town", "d", at(-5, 0)),
    Division("t2", "莲花镇", "town", "d", at(5, 0)),
    Division("v1", "宋宅村", "village", "t1", at(-5, 1)),
    Division("v2", "明溪村", "village", "t1", at(-5, -1)),
    Division("v3", "军营村", "village", "t2", at(5, 1)),
]


def test_a_village_knows_its_line() -> None:
    tree = DivisionTree(DISTRICT)
    assert tree.parent("v1") == "t1"
    assert tree.ancestors("v1") == ("t1", "d")
    assert (tree.village_of("v1"), tree.town_of("v1"), tree.district_of("v1")) == ("v1", "t1", "d")
    assert (tree.village_of("t1"), tree.town_of("t1"), tree.district_of("t1")) == (None, "t1", "d")
    assert tree.town_of("d") is None
    assert tree.codes_of_level("village") == ("v1", "v2", "v3")


def test_a_region_contains_itself_and_what_is_below() -> None:
    tree = DivisionTree(DISTRICT)
    assert [code for code in ("d", "t1", "t2", "v1", "v3") if tree.contains("t1", code)] == ["t1", "v1"]
    assert not tree.contains("t1", None)
    assert not tree.contains("t1", "nowhere")


def test_what_is_unknown_has_no_line() -> None:
    tree = DivisionTree([Division("v", "村", "village", "gone")])
    assert tree.parent("v") is None
    assert tree.ancestors("v") == ()
    assert tree.district_of("v") is None
    assert tree.town_of("nowhere") is None
    assert tree.point_of("nowhere") is None
    assert tree.locate(at(0, 0)) is None


def test_a_circle_of_parents_ends() -> None:
    tree = DivisionTree([Division("a", "甲", "town", "b"), Division("b", "乙", "town", "a")])
    assert tree.ancestors("a") == ("b", "a")


def test_without_borders_the_nearest_centre_is_the_village() -> None:
    tree = DivisionTree(DISTRICT)
    assert tree.locate(at(-5, 0.1)) == "v1"
    assert tree.locate(at(-5, -0.1)) == "v2"
    assert tree.locate(at(300, 300)) == "v3"  # never "not in any village"


def test_between_two_centres_the_lowest_code_decides() -> None:
    tree = DivisionTree(
        [Division(c, c, "village", None, at(0, y)) for c, y in (("b", 1), ("a", -1), ("c", 9))]
    )
    middle = Point(118.15, (at(0, 1).lat + at(0, -1).lat) / 2)
    assert tree.locate(middle) == "a"


def test_nearest_is_meant_in_metres_not_in_degrees() -> None:
    # one degree of longitude is shorter than one of latitude: in degrees the northern one would win
    east, north = Point(118.15 + 0.0105, 24.7), Point(118.15, 24.7 + 0.0100)
    tree = DivisionTree(
        [Division("east", "东", "village", None, east), Division("north", "北", "village", None, north)]
    )
    here = Point(118.15, 24.7)
    assert distance_m(here, east) < distance_m(here, north)
    assert tree.locate(here) == "east"


def test_a_border_wins_over_a_nearer_centre() -> None:
    tree = DivisionTree(DISTRICT, {"v1": square(-6, -3, -4, 2)})
    assert tree.locate(at(-5, -1)) == "v1"


def test_of_two_villages_with_one_border_the_lowest_code_decides() -> None:
    same = DivisionTree(DISTRICT, {"v2": square(-5, -1, -4, 1), "v1": square(-5, -1, -4, 1)})
    assert same.location(at(-4.5, 0)) == Location("v1")


def test_on_a_common_border_the_nearest_centre_decides_and_doubt_is_said() -> None:
    tree = DivisionTree(DISTRICT, {"v1": square(-6, -1, -5, 2), "v2": square(-5, -2, -4, 1)})
    assert tree.location(at(-5, 0.9)) == Location("v1", Doubt.ON_BORDER)
    assert tree.location(at(-5, -0.9)) == Location("v2", Doubt.ON_BORDER)
    assert tree.location(at(-5.1, -0.9)) == Location("v1")


def test_on_a_common_border_without_centres_the_lowest_code_decides() -> None:
    villages = [Division(code, code, "village") for code in ("b", "a")]
    tree = DivisionTree(villages, {"a": square(0, 0, 1, 1), "b": square(1, 0, 2, 1)})
    assert tree.location(at(1, 0.3)) == Location("a", Doubt.ON_BORDER)


def test_between_borders_that_do_not_quite_meet_is_on_the_border() -> None:
    tree = DivisionTree(DISTRICT, {"v1": square(-6, -1, -5, 1), "v2": square(-4.9995, -1, -4, 1)})
    assert tree.location(at(-4.9998, 0.5)) == Location("v1", Doubt.ON_BORDER)


def test_outside_the_borders_of_villages_the_town_around_decides() -> None:
    towns = {"t1": square(-9, -4, 3, 4), "t2": square(3, -4, 9, 4)}
    tree = DivisionTree(DISTRICT, towns)
    assert tree.location(at(2.5, 1)) == Location("v1", Doubt.NEAREST_CENTRE)  # though v3 is nearer
    assert tree.location(at(3.5, 1)) == Location("v3", Doubt.NEAREST_CENTRE)


def test_outside_the_borders_of_towns_the_district_around_decides() -> None:
    other = [
        Division("e", "翔安区", "district"),
        Division("t3", "镇", "town", "e"),
        Division("v4", "村", "village", "t3", at(20, 0)),
    ]
    districts = {"d": square(-9, -4, 14, 4), "e": square(14, -4, 25, 4)}
    tree = DivisionTree([*DISTRICT, *other], districts)
    assert tree.locate(at(13, 0)) == "v3"
    assert tree.locate(at(15, 0)) == "v4"


def test_a_town_without_a_known_village_leaves_it_to_the_nearest_centre() -> None:
    tree = DivisionTree([*DISTRICT, Division("t9", "镇", "town", "d")], {"t9": square(-1, -1, 1, 1)})
    assert tree.location(at(-0.5, 1)) == Location("v1", Doubt.NEAREST_CENTRE)


def test_an_enclave_is_the_smaller_village() -> None:
    tree = DivisionTree(DISTRICT, {"v1": square(-9, -4, -1, 4), "v3": square(-5.5, -0.5, -4.5, 0.5)})
    assert tree.location(at(-5, 0)) == Location("v3")
    assert tree.location(at(-7, 0)) == Location("v1")
    assert tree.location(at(-5.5, 0)) == Location("v3", Doubt.ON_BORDER)
    assert tree.location(at(-9, 0)) == Location("v1", Doubt.ON_BORDER)


def test_an_enclave_in_a_hole_and_a_village_of_two_parts() -> None:
    ring = square(-9, -4, -1, 4)["coordinates"][0]
    hole = square(-5.5, -0.5, -4.5, 0.5)["coordinates"][0]
    island = square(1, 1, 2, 2)["coordinates"][0]
    around = {"type": "MultiPolygon", "coordinates": [[ring, hole[::-1]], [island]]}
    tree = DivisionTree(DISTRICT, {"v1": around, "v3": square(-5.5, -0.5, -4.5, 0.5)})
    assert tree.location(at(-5, 0)) == Location("v3")
    assert tree.location(at(-7, 0)) == Location("v1")
    assert tree.location(at(1.5, 1.5)) == Location("v1")
    assert tree.location(at(-5.5, 0.2)) == Location("v1", Doubt.ON_BORDER)  # its centre is the nearer


def test_parts_that_overlap_leave_no_hole() -> None:
    parts = [square(0, 0, 2, 2)["coordinates"], square(1, 1, 3, 3)["coordinates"]]
    tree = DivisionTree(DISTRICT, {"v3": {"type": "MultiPolygon", "coordinates": parts}})
    assert tree.location(at(1.5, 1.5)) == Location("v3")


def test_a_crossed_border_keeps_both_halves() -> None:
    west, south, east, north = at(-6, -1).lon, at(-6, -1).lat, at(-4, 1).lon, at(-4, 1).lat
    ring = [[west, south], [east, north], [east, south], [west, north], [west, south]]
    tree = DivisionTree(DISTRICT, {"v3": {"type": "Polygon", "coordinates": [ring]}})
    assert tree.locate(at(-5.8, 0)) == "v3"
    assert tree.locate(at(-4.2, 0)) == "v3"


def test_what_stands_in_for_a_centre_finds_villages_but_draws_no_outline() -> None:
    village = Division("v9", "村", "village", "t2")
    tree = DivisionTree([*DISTRICT, village], stand_ins={"v9": at(40, 0), "v1": at(99, 0)})
    assert tree.point_of("v9") == at(40, 0)
    assert tree.point_of("v1") == at(-5, 1)
    assert tree.location(at(39, 0)) == Location("v9", Doubt.NEAREST_CENTRE)
    with pytest.raises(ValueError, match=r"34\.0 km outside"):
        tree.check_inside(at(39, 0))


def test_a_division_without_centre_lies_inside_its_border() -> None:
    tree = DivisionTree([Division("v", "村", "village")], {"v": square(-1, -1, 1, 1)})
    centre = tree.point_of("v")
    assert centre is not None
    assert tree.locate(centre) == "v"


def test_inside_the_district_the_distance_is_nothing() -> None:
    tree = DivisionTree(DISTRICT, {"d": square(-8, -3, 8, 3)})
    assert tree.district_outline_distance_m(at(7.9, 0), "d") == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("km", [1, 4.9, 5.1, 20])
def test_outside_the_district_the_distance_is_metres_to_its_border(km: float) -> None:
    tree = DivisionTree(DISTRICT, {"d": square(-8, -3, 8, 3)})
    for place in (at(8 + km, 0), at(-8 - km, 1), at(0, 3 + km)):
        assert tree.district_outline_distance_m(place, "d") == pytest.approx(km * 1000, rel=0.002)


def test_without_a_border_the_district_is_all_that_is_known_of_it() -> None:
    tree = DivisionTree(DISTRICT, {"v3": square(4, 0, 7, 2)})
    assert tree.district_outline_distance_m(at(0, 0.5), "d") == 0  # between its centres
    assert tree.district_outline_distance_m(at(9, 1), "d") == pytest.approx(2000, rel=0.002)


def test_a_district_of_which_nothing_is_known_compares_with_nothing() -> None:
    tree = DivisionTree([Division("d", "区", "district"), Division("v", "村", "village", "d")])
    assert tree.district_outline_distance_m(at(0, 0), "d") is None


def test_a_place_far_outside_every_district_is_refused() -> None:
    tree = DivisionTree(DISTRICT, {"d": square(-8, -3, 8, 3)})
    tree.check_inside(at(8.9, 0))
    with pytest.raises(ValueError, match=r"^1\.1 km outside its district 同安区 \(d\), more than 1 km$"):
        tree.check_inside(at(9.1, 0))


def test_without_a_boundary_nobody_knows_so_exactly_where_the_district_ends() -> None:
    tree = DivisionTree(DISTRICT, {"v3": square(4, 0, 7, 2)})
    tree.check_inside(at(11.9, 1))
    with pytest.raises(ValueError, match=r"^5\.1 km outside its district 同安区 \(d\), more than 5 km$"):
        tree.check_inside(at(12.1, 1))


def test_a_village_that_reaches_beyond_its_district_s_boundary_is_inside() -> None:
    tree = DivisionTree(DISTRICT, {"d": square(-8, -3, 8, 3), "v3": square(4, 0, 12, 2)})
    tree.check_inside(at(12.9, 1))
    with pytest.raises(ValueError, match="more than 1 km"):
        tree.check_inside(at(12.9, -2))


def test_a_place_in_another_district_is_outside_only_where_its_own_is_named() -> None:
    districts = {"d": square(-8, -3, 8, 3), "e": square(8, -3, 28, 3)}
    tree = DivisionTree([*DISTRICT, Division("e", "翔安区", "district")], districts)
    tree.check_inside(at(25, 0))
    with pytest.raises(ValueError, match=r"17\.0 km outside its district 同安区"):
        tree.check_inside(at(25, 0), "d")


def test_no_place_is_outside_while_a_district_has_no_known_place() -> None:
    DivisionTree([*DISTRICT, Division("e", "翔安区", "district")]).check_inside(at(99, 0))


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        ({}, "not a GeoJSON geometry"),
        ({"type": "Polygon", "coordinates": "here"}, "not a GeoJSON geometry"),
        ({"type": "Polygon", "coordinates": [[[118, 24]]]}, "not a GeoJSON geometry"),
        ({"type": "Point", "coordinates": [118, 24]}, "a Point"),
        ({"type": "Polygon", "coordinates": []}, "covers no place"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2], [0, 0]]]}, "covers no place"),
        ({"type": "Polygon", "coordinates": [[[500, 0], [501, 1], [500, 2], [500, 0]]]}, "covers no place"),
        ({"type": "Polygon", "coordinates": [[[1e999, 0], [1, 1], [0, 2], [1e999, 0]]]}, "covers no place"),
    ],
)
def test_what_is_no_area_is_refused_with_its_reason(geometry: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        area(geometry)


@given(
    st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=1, max_size=8),
    st.tuples(st.floats(-60, 60), st.floats(-60, 60)),
)
def test_the_nearest_centre_is_the_nearest_on_the_ellipsoid(
    centres: list[tuple[float, float]], place: tuple[float, float]
) -> None:
    tree = DivisionTree(Division(str(n), "村", "village", None, at(*c)) for n, c in enumerate(centres))
    found = tree.locate(at(*place))
    assert found is not None
    metres = [distance_m(at(*centre), at(*place)) for centre in centres]
    # one cos(lat) for the whole tree: within half a percent of the truth over 120 km
    assert metres[int(found)] <= min(metres) * 1.005 + 0.001
    assert not math.isnan(metres[int(found)])
