"""From the datums of Chinese maps to WGS 84: GCJ-02 and BD-09.

China's maps are shifted on purpose: GCJ-02 (Amap, Tencent) about 580 m in Tong'an, BD-09 (Baidu)
about 1,208 m. The forward formulas are the widely published reverse-engineered ones (the same as in
eviltransform, coord-convert, gcoord and coordtransform, which agree within 0.01 m); the way back is
found by fixed-point iteration, far below a millimetre.
"""

from collections.abc import Callable
from enum import StrEnum
from math import atan2, cos, hypot, isfinite, pi, sin, sqrt

from geo.point import Point

_AXIS_M = 6378245.0  # Krasovsky 1940
_ECCENTRICITY_2 = 0.00669342162296594323  # Krasovsky 1940, squared
_BD_TURN = pi * 3000 / 180
_ITERATIONS = 5  # enough for 2e-9 m
#: The rectangle in which the shifts are defined (west, south, east, north), degrees.
_SHIFTED = (72.004, 0.8293, 137.8347, 55.8271)

_Pair = tuple[float, float]


class Crs(StrEnum):
    """In which datum a position is given (contract section 4)."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def to_wgs84(lon: float, lat: float, crs: Crs) -> Point:
    """Convert a given pair in degrees.

    Raises ValueError when it is no place on earth, or a Chinese datum outside China's rectangle:
    there it has no meaning, and the pair is swapped or mislabelled.
    """
    if not (isfinite(lon) and isfinite(lat)):
        raise ValueError(f"lon {lon}, lat {lat} is no place on earth; give finite degrees")
    if crs is Crs.WGS84:
        return Point(lon, lat)
    west, south, east, north = _SHIFTED
    if not (west <= lon <= east and south <= lat <= north):
        raise ValueError(
            f"lon {lon}, lat {lat} is outside China, where {crs} has no meaning; correct lon, lat or crs"
        )
    forward = gcj02_from_wgs84 if crs is Crs.GCJ02 else bd09_from_wgs84
    return Point(*_inverse(forward, (lon, lat)))


def gcj02_from_wgs84(lon: float, lat: float) -> _Pair:
    """Shift a WGS 84 pair (degrees) to GCJ-02; meant for places inside China."""
    x, y = lon - 105, lat - 35
    ripple = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (
        (ripple + 20 * sin(pi * y) + 40 * sin(pi * y / 3) + 160 * sin(pi * y / 12) + 320 * sin(pi * y / 30))
        * 2
        / 3
    )
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (
        (ripple + 20 * sin(pi * x) + 40 * sin(pi * x / 3) + 150 * sin(pi * x / 12) + 300 * sin(pi * x / 30))
        * 2
        / 3
    )
    latitude = lat / 180 * pi
    curve = 1 - _ECCENTRICITY_2 * sin(latitude) ** 2
    metres_north = _AXIS_M * (1 - _ECCENTRICITY_2) / curve**1.5
    metres_east = _AXIS_M / sqrt(curve) * cos(latitude)
    return lon + east * 180 / (metres_east * pi), lat + north * 180 / (metres_north * pi)


def bd09_from_wgs84(lon: float, lat: float) -> _Pair:
    """Shift a WGS 84 pair (degrees) to BD-09; meant for places inside China."""
    x, y = gcj02_from_wgs84(lon, lat)
    radius = hypot(x, y) + 0.00002 * sin(y * _BD_TURN)
    angle = atan2(y, x) + 0.000003 * cos(x * _BD_TURN)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def _inverse(forward: Callable[[float, float], _Pair], given: _Pair) -> _Pair:
    """The pair that `forward` shifts to `given`: the shift changes so slowly that a guess converges."""
    lon, lat = given
    for _ in range(_ITERATIONS):
        shifted_lon, shifted_lat = forward(lon, lat)
        lon, lat = lon + given[0] - shifted_lon, lat + given[1] - shifted_lat
    return lon, lat
