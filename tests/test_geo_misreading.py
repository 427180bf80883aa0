"""A body of positions in the wrong datum shows against known places; ordinary moves do not."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import Crs, bd09_from_wgs84, gcj02_from_wgs84, to_wgs84
from geo.misreading import Misreading, Sighting, beside_as_body, moved_as_body
from geo.point import Point

EAST_KM, NORTH_KM = 1 / 101.2, 1 / 110.8
Pair = tuple[float, float]
in_tongan = st.tuples(st.floats(118.0, 118.3), st.floats(24.55, 24.9))


def ungcj(lon: float, lat: float) -> Pair:
    place = to_wgs84(lon, lat, Crs.GCJ02)
    return place.lon, place.lat


def unbd(lon: float, lat: float) -> Pair:
    place = to_wgs84(lon, lat, Crs.BD09)
    return place.lon, place.lat


def same(lon: float, lat: float) -> Pair:
    return lon, lat


def scattered(number: int, seed: int = 1, km: float = 12) -> list[Pair]:
    chance = random.Random(seed)
    return [
        (118.15 + chance.uniform(-km, km) * EAST_KM, 24.72 + chance.uniform(-km, km) * NORTH_KM)
        for _ in range(number)
    ]


def beside(pair: Pair, chance: random.Random, km: float) -> Pair:
    return pair[0] + chance.gauss(0, km) * EAST_KM, pair[1] + chance.gauss(0, km) * NORTH_KM


MISTAKES = [
    (gcj02_from_wgs84, Crs.WGS84, 581, "south-east", "as GCJ-02 read as WGS 84 does: set crs=gcj02"),
    (bd09_from_wgs84, Crs.WGS84, 1208, "east", "as BD-09 read as WGS 84 does: set crs=bd09"),
    (same, Crs.GCJ02, 581, "north-west", "as WGS 84 read as GCJ-02 does: set crs=wgs84"),
    (same, Crs.BD09, 1208, "west", "as WGS 84 read as BD-09 does: set crs=wgs84"),
    (bd09_from_wgs84, Crs.GCJ02, 930, "north-east", "as BD-09 read as GCJ-02 does: set crs=bd09"),
    (gcj02_from_wgs84, Crs.BD09, 930, "south-west", "as GCJ-02 read as BD-09 does: set crs=gcj02"),
    (
        lambda lon, lat: gcj02_from_wgs84(*gcj02_from_wgs84(lon, lat)),
        Crs.WGS84,
        1160,
        "south-east",
        "as positions do that were shifted to GCJ-02 twice: give them as they were measured",
    ),
    (
        ungcj,
        Crs.GCJ02,
        1160,
        "north-west",
        "as positions do that were converted from GCJ-02 twice: give them as they were measured",
    ),
    (
        ungcj,
        Crs.WGS84,
        581,
        "north-west",
        "as positions do that were converted from GCJ-02 twice: give them as they were measured",
    ),
    (
        unbd,
        Crs.WGS84,
        1208,
        "west",
        "as positions do that were converted from BD-09 twice: give them as they were measured",
    ),
]
mistakes = pytest.mark.parametrize(("written", "declared", "shift_m", "direction", "advice"), MISTAKES)


@mistakes
def test_things_that_all_move_by_a_datum_are_found(
    written: Callable[[float, float], Pair], declared: Crs, shift_m: float, direction: str, advice: str
) -> None:
    (found,) = moved_as_body([Sighting(*written(*pair), declared, Point(*pair)) for pair in scattered(3)])
    assert found.shift_m == pytest.approx(shift_m, rel=0.03)
    assert found == Misreading(3, found.shift_m, direction, *advice.split(": "))


@mistakes
def test_stations_beside_the_wrong_centres_are_found(
    written: Callable[[float, float], Pair], declared: Crs, shift_m: float, direction: str, advice: str
) -> None:
    chance = random.Random(2)
    seen = [Sighting(*written(*beside(pair, chance, 0.4)), declared, Point(*pair)) for pair in scattered(144)]
    found = beside_as_body(seen)
    assert found is not None
    assert (found.count, found.direction) == (144, direction)
    assert f"{found.cause}: {found.remedy}" == advice
    assert found.shift_m == pytest.approx(shift_m, abs=150)


def test_many_misread_ones_among_many_that_stayed_are_found() -> None:
    stayed = [Sighting(*pair, Crs.WGS84, Point(*pair)) for pair in scattered(100)]
    misread = [Sighting(*gcj02_from_wgs84(*pair), Crs.WGS84, Point(*pair)) for pair in scattered(9, seed=5)]
    moved_house = Sighting(118.2, 24.8, Crs.WGS84, Point(118.15, 24.7))
    (found,) = moved_as_body([*stayed, *misread, moved_house])
    assert found.count == 9


@pytest.mark.parametrize("number", [4, 60])
def test_a_file_of_two_datums_is_found_in_both(number: int) -> None:
    pairs = scattered(number)
    written = [(gcj02_from_wgs84 if n % 2 else bd09_from_wgs84)(*pair) for n, pair in enumerate(pairs)]
    seen = [Sighting(*w, Crs.WGS84, Point(*pair)) for w, pair in zip(written, pairs, strict=True)]
    found = moved_as_body(seen)
    assert sorted((one.count, one.remedy) for one in found) == [
        (number // 2, "set crs=bd09"),
        (number // 2, "set crs=gcj02"),
    ]
    elsewhere = [Sighting(lon + 0.01, lat, Crs.WGS84, Point(lon, lat)) for lon, lat in scattered(number, 9)]
    assert moved_as_body([*seen, *elsewhere]) == []


def test_the_right_datum_is_no_move() -> None:
    seen = [Sighting(*gcj02_from_wgs84(*pair), Crs.GCJ02, Point(*pair)) for pair in scattered(50)]
    assert moved_as_body(seen) == []
    assert beside_as_body(seen) is None


def test_two_that_move_by_a_datum_are_not_yet_a_body() -> None:
    seen = [Sighting(*gcj02_from_wgs84(*pair), Crs.WGS84, Point(*pair)) for pair in scattered(2)]
    assert moved_as_body(seen) == []
    assert beside_as_body(seen * 3) is None


def test_a_body_that_moves_to_elsewhere_is_left_alone() -> None:
    seen = [Sighting(lon + 0.01, lat + 0.01, Crs.WGS84, Point(lon, lat)) for lon, lat in scattered(20)]
    assert moved_as_body(seen) == []
    assert beside_as_body(seen) is None


def test_places_outside_china_have_no_other_datum() -> None:
    seen = [Sighting(9.5 + n / 100, 47.1, Crs.WGS84, Point(9.51 + n / 100, 47.1)) for n in range(20)]
    assert moved_as_body(seen) == []
    assert beside_as_body(seen) is None


@given(st.lists(in_tongan, min_size=1, max_size=40, unique=True), in_tongan, in_tongan)
def test_one_station_that_moves_anywhere_is_never_refused(
    pairs: list[Pair], before: Pair, after: Pair
) -> None:
    seen = [Sighting(*pair, Crs.WGS84, Point(*pair)) for pair in pairs]
    assert moved_as_body([*seen, Sighting(*after, Crs.WGS84, Point(*before))]) == []


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_things_that_move_each_its_own_way_are_not_refused(seed: int, number: int) -> None:
    chance = random.Random(seed)
    pairs = scattered(number, seed)
    seen = [Sighting(*beside(pair, chance, 2), Crs.WGS84, Point(*pair)) for pair in pairs]
    assert moved_as_body(seen) == []


@given(st.integers(0, 10**6), st.integers(1, 150), st.floats(0.01, 3))
def test_stations_beside_their_centres_are_not_refused(seed: int, number: int, km: float) -> None:
    chance = random.Random(seed)
    pairs = scattered(number, seed)
    seen = [Sighting(*beside(pair, chance, km), Crs.WGS84, Point(*pair)) for pair in pairs]
    assert beside_as_body(seen) is None


@given(st.lists(in_tongan, min_size=3, max_size=30, unique=True), st.sampled_from(MISTAKES))
def test_any_body_in_the_wrong_datum_is_refused(
    pairs: list[Pair], mistake: tuple[Callable[[float, float], Pair], Crs, float, str, str]
) -> None:
    written, declared, shift_m, _, advice = mistake
    (found,) = moved_as_body([Sighting(*written(*pair), declared, Point(*pair)) for pair in pairs])
    assert f"{found.cause}: {found.remedy}" == advice
    assert found.shift_m == pytest.approx(shift_m, rel=0.05)
