"""Datums: forward figures measured with other libraries (notes on Tong'an), and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import Crs, bd09_from_wgs84, gcj02_from_wgs84, to_wgs84
from geo.point import Point, distance_m

TONGAN = (118.15, 24.72)
in_china = st.tuples(st.floats(73, 136), st.floats(2, 54))


def _metres(start: tuple[float, float], end: tuple[float, float]) -> float:
    return distance_m(Point(*start), Point(*end))


def test_gcj02_is_shifted_580_m_in_tongan_to_the_south_east() -> None:
    shifted = gcj02_from_wgs84(*TONGAN)
    assert _metres(TONGAN, shifted) == pytest.approx(580.5, abs=0.1)
    assert _metres(TONGAN, (shifted[0], TONGAN[1])) == pytest.approx(497, abs=0.5)
    assert _metres(TONGAN, (TONGAN[0], shifted[1])) == pytest.approx(300, abs=0.5)
    assert shifted[0] > TONGAN[0]
    assert shifted[1] < TONGAN[1]


def test_bd09_is_shifted_1208_m_in_tongan() -> None:
    assert _metres(TONGAN, bd09_from_wgs84(*TONGAN)) == pytest.approx(1207.7, abs=0.1)


def test_taking_gcj02_for_wgs84_and_shifting_twice_is_1160_m_off() -> None:
    assert _metres(TONGAN, gcj02_from_wgs84(*gcj02_from_wgs84(*TONGAN))) == pytest.approx(1160, abs=2)


@given(in_china)
def test_gcj02_comes_back_to_a_millimetre(place: tuple[float, float]) -> None:
    back = to_wgs84(*gcj02_from_wgs84(*place), Crs.GCJ02)
    assert distance_m(back, Point(*place)) < 0.001


@given(in_china)
def test_bd09_comes_back_to_a_millimetre(place: tuple[float, float]) -> None:
    back = to_wgs84(*bd09_from_wgs84(*place), Crs.BD09)
    assert distance_m(back, Point(*place)) < 0.001


def test_wgs84_stays_as_it_is_anywhere() -> None:
    assert to_wgs84(-0.1276, 51.5072, Crs.WGS84) == Point(-0.1276, 51.5072)


@pytest.mark.parametrize("crs", [Crs.GCJ02, Crs.BD09])
def test_a_chinese_datum_outside_china_is_refused(crs: Crs) -> None:
    with pytest.raises(ValueError, match="outside China"):
        to_wgs84(24.72, 18.15, crs)


@given(st.floats(), st.floats(), st.sampled_from(Crs))
def test_any_pair_is_a_place_on_earth_or_refused(lon: float, lat: float, crs: Crs) -> None:
    try:
        place = to_wgs84(lon, lat, crs)
    except ValueError:
        return
    assert -180 <= place.lon <= 180
    assert -90 <= place.lat <= 90
