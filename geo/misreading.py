"""Positions that were read in the wrong datum: they lie hundreds of metres off, all in one direction. Pure.

A map of the data alone does not show it: in Tong'an GCJ-02 read as WGS 84 lies 571 to 585 m to the
south-east, BD-09 1,173 to 1,228 m, and what was converted twice 1,160 m. Against places that are known
it shows, because read in the right way the positions fall on them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import atan2, degrees, hypot, sqrt
from statistics import median

from geo.datum import Crs, bd09_from_wgs84, gcj02_from_wgs84, to_wgs84
from geo.point import Point, distance_m, offset_m

#: What moved less than this was measured better, metres; the smallest shift is 571 m.
_MOVED_M = 200.0
#: How near a rightly read position comes to where the same thing was before, metres.
_SAME_PLACE_M = 100.0
#: So many of those that moved must fall on their old places, and so many there must be.
_SHARE, _LEAST_MOVED = 0.8, 3
#: A body beside other known places must be so many, and its shift so many standard errors.
_LEAST_BESIDE, _STANDARD_ERRORS = 8, 8
#: What may remain of the shift when the body is rightly read: stations stand beside their village's centre.
_REMAINS = 0.25
_WINDS = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A position as given, degrees in its declared datum, and the known place it belongs to."""

    lon: float
    lat: float
    crs: Crs
    known: Point

    @property
    def point(self) -> Point:
        """Where it lies as it was read."""
        return to_wgs84(self.lon, self.lat, self.crs)


@dataclass(frozen=True, slots=True)
class Misreading:
    """How far a body of positions lies from what is known, what that looks like, and what to do."""

    count: int
    shift_m: float
    direction: str
    cause: str
    remedy: str


def moved_as_body(sightings: Iterable[Sighting]) -> list[Misreading]:
    """Compare positions with where the same things were before: did they all move by a datum's shift?

    Three or more that moved, four fifths of which fall on their old places in another reading, are no
    chance; one station that moves is nothing. Of a file of mixed datums each part falls there in its
    own reading, so all of them count together; gives each, that of the most positions first.
    """
    moved = [seen for seen in sightings if distance_m(seen.known, seen.point) > _MOVED_M]
    enough = max(_LEAST_MOVED, _SHARE * len(moved))
    if len(moved) < enough:
        return []
    bodies: list[tuple[_Reading, list[Sighting]]] = []
    left = moved
    for reading in _readings(moved[0].crs):
        fits: list[Sighting] = []
        others: list[Sighting] = []
        for seen in left:
            (fits if _lands_on(seen, reading) else others).append(seen)
        left = others
        if fits:
            bodies.append((reading, fits))
    if len(moved) - len(left) < enough:
        return []
    bodies.sort(key=lambda body: -len(body[1]))
    return [
        _named(fits, [offset_m(seen.known, seen.point) for seen in fits], reading) for reading, fits in bodies
    ]


def beside_as_body(sightings: Sequence[Sighting]) -> Misreading | None:
    """Compare positions with places that they lie about, such as the centres of their villages.

    Each lies somewhere beside its place, so the median of all offsets is near nothing: where it is
    eight standard errors away from it, and near nothing in another reading, that is the right one.
    """
    if len(sightings) < _LEAST_BESIDE:
        return None
    offsets = [offset_m(seen.known, seen.point) for seen in sightings]
    shift = _median(offsets)
    if hypot(*shift) <= max(_MOVED_M, _STANDARD_ERRORS * _standard_error_m(offsets, shift)):
        return None
    for reading in _readings(sightings[0].crs):
        reread = [place for seen in sightings if (place := _reread(seen, reading)) is not None]
        if len(reread) < len(sightings):
            continue
        remains = _median(
            [offset_m(seen.known, place) for seen, place in zip(sightings, reread, strict=True)]
        )
        if hypot(*remains) <= _REMAINS * hypot(*shift):
            return _named(sightings, offsets, reading)
    return None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Another way to read a pair, and what to tell people when it is the right one."""

    place: Callable[[float, float], Point]
    cause: str
    remedy: str


def _back(*datums: Crs) -> Callable[[float, float], Point]:
    def place(lon: float, lat: float) -> Point:
        for datum in datums:
            found = to_wgs84(lon, lat, datum)
            lon, lat = found.lon, found.lat
        return Point(lon, lat)

    return place


def _on(shift: Callable[[float, float], tuple[float, float]]) -> Callable[[float, float], Point]:
    return lambda lon, lat: Point(*shift(lon, lat))


_NAMES: Mapping[Crs, str] = {Crs.WGS84: "WGS 84", Crs.GCJ02: "GCJ-02", Crs.BD09: "BD-09"}
_TWICE = "as positions do that were {done} twice"
_AS_MEASURED = "give them as they were measured"
_ODD = (
    _Reading(_back(Crs.GCJ02, Crs.GCJ02), _TWICE.format(done="shifted to GCJ-02"), _AS_MEASURED),
    _Reading(_on(gcj02_from_wgs84), _TWICE.format(done="converted from GCJ-02"), _AS_MEASURED),
    _Reading(_on(bd09_from_wgs84), _TWICE.format(done="converted from BD-09"), _AS_MEASURED),
)


def _readings(declared: Crs) -> list[_Reading]:
    """The likely mistakes first: another datum, then one conversion too many."""
    others = [
        _Reading(_back(crs), f"as {_NAMES[crs]} read as {_NAMES[declared]} does", f"set crs={crs}")
        for crs in Crs
        if crs is not declared
    ]
    return [*others, *_ODD]


def _reread(seen: Sighting, reading: _Reading) -> Point | None:
    try:
        return reading.place(seen.lon, seen.lat)
    except ValueError:  # no place in that datum
        return None


def _lands_on(seen: Sighting, reading: _Reading) -> bool:
    place = _reread(seen, reading)
    return place is not None and distance_m(seen.known, place) <= _SAME_PLACE_M


def _named(
    sightings: Sequence[Sighting], offsets: Sequence[tuple[float, float]], reading: _Reading
) -> Misreading:
    east, north = _median(offsets)
    wind = _WINDS[round(degrees(atan2(east, north)) / 45) % 8]
    return Misreading(len(sightings), hypot(east, north), wind, reading.cause, reading.remedy)


def _median(offsets: Iterable[tuple[float, float]]) -> tuple[float, float]:
    east, north = zip(*offsets, strict=True)
    return median(east), median(north)


def _standard_error_m(offsets: Sequence[tuple[float, float]], middle: tuple[float, float]) -> float:
    """Of a median, per axis and the larger, by the median absolute deviation, which no outlier moves."""
    spreads = (median(abs(offset[axis] - middle[axis]) for offset in offsets) for axis in (0, 1))
    return 1.2533 * 1.4826 * max(spreads) / sqrt(len(offsets))
