"""The tree of divisions (district, town, village): who belongs to whom, and where a point lies.

Borders are a hint, not truth: two official-looking outlines of one district disagree about 4 % of
its points. So every point in the district gets a village: where no border covers it, the one with the
nearest centre, and whoever asks is told that it is a guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import cos, radians
from typing import Any

import shapely
from shapely.affinity import scale
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from geo.locating import Areas, Centres
from geo.point import Point, distance_m

#: How far outside its district a place may lie, metres, by the box around what is known of it: that is
#: no outline; and by the district's own boundary, which only is not exact. Both figures are ours.
MAX_OUTSIDE_M = 5_000
MAX_OUTSIDE_BOUNDARY_M = 1_000
#: A GeoJSON Polygon or MultiPolygon geometry, WGS 84.
Outline = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Division:
    """One division: its level is `district`, `town` or `village`, its point the centre if known."""

    code: str
    name: str
    level: str
    parent_code: str | None = None
    point: Point | None = None


class Doubt(StrEnum):
    """Why the village of a point is not certain."""

    ON_BORDER = "on_border"
    NEAREST_CENTRE = "nearest_centre"


@dataclass(frozen=True, slots=True)
class Location:
    """The village of a point (None only where no village is known), and what speaks against it."""

    village_code: str | None
    doubt: Doubt | None = None


class DivisionTree:
    """All divisions at one moment; never changes.

    Args:
        divisions: in any order; a parent that is not among them ends the line.
        boundaries: outlines by code, as far as they are known; those of unknown codes are left out.
        stand_ins: points for divisions that have neither centre nor boundary, such as their stations'.
    """

    def __init__(
        self,
        divisions: Iterable[Division],
        boundaries: Mapping[str, Outline] | None = None,
        stand_ins: Mapping[str, Point] | None = None,
    ) -> None:
        self._divisions = {division.code: division for division in divisions}
        self._boundaries = {
            code: area(outline) for code, outline in (boundaries or {}).items() if code in self._divisions
        }
        self._stand_ins = stand_ins or {}
        self._outlines: dict[str, BaseGeometry | None] = {}
        self._centres: dict[str | None, Centres] = {}

    def get(self, code: str | None) -> Division | None:
        """Look a division up; None where it is unknown."""
        return self._divisions.get(code) if code else None

    def name_of(self, code: str | None) -> str | None:
        """What people call a division; None where it is unknown."""
        division = self.get(code)
        return division.name if division else None

    def codes_of_level(self, level: str) -> tuple[str, ...]:
        """The codes of all districts, towns or villages, in order."""
        return tuple(sorted(d.code for d in self._divisions.values() if d.level == level))

    def parent(self, code: str) -> str | None:
        """The division right above."""
        division = self.get(code)
        return division.parent_code if division and division.parent_code in self._divisions else None

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Those above, nearest first, without the division itself."""
        line: list[str] = []
        above = self.parent(code)
        while above is not None and above not in line:
            line.append(above)
            above = self.parent(above)
        return tuple(line)

    def contains(self, region: str, code: str | None) -> bool:
        """Tell whether a division is the region or lies below it."""
        return code is not None and (code == region or region in self.ancestors(code))

    def district_of(self, code: str | None) -> str | None:
        """The district that a division is or belongs to."""
        return self._at_level("district", code)

    def town_of(self, code: str | None) -> str | None:
        """The town that a division is or belongs to; None for a district."""
        return self._at_level("town", code)

    def village_of(self, code: str | None) -> str | None:
        """The village that a division is; None for a town or a district."""
        return self._at_level("village", code)

    def point_of(self, code: str | None) -> Point | None:
        """The centre of a division, else a point inside its boundary, else what stands in for it."""
        division = self.get(code)
        if division is None or division.point is not None:
            return division.point if division else None
        boundary = self._boundaries.get(division.code)
        if boundary is None:
            return self._stand_ins.get(division.code)
        inside = boundary.representative_point()
        return Point(inside.x, inside.y)

    def boundary_of(self, code: str) -> BaseGeometry | None:
        """The outline of a division in degrees, valid, if it was given."""
        return self._boundaries.get(code)

    def locate(self, point: Point) -> str | None:
        """The village of a point, as `location` finds it."""
        return self.location(point).village_code

    def location(self, point: Point) -> Location:
        """The village of a point: the smallest whose border covers it.

        Where none does, it is the nearest centre in the town, else the district, whose border covers
        the point, else of all villages.
        """
        village, on_border = self._areas["village"].at(point)
        if village is not None:
            return Location(village, Doubt.ON_BORDER if on_border else None)
        for level in ("town", "district"):
            region, _ = self._areas[level].at(point)
            nearest = self._centres_in(region).nearest(point) if region is not None else None
            if nearest is not None:
                return Location(nearest, Doubt.NEAREST_CENTRE)
        nearest = self._centres_in(None).nearest(point)
        return Location(nearest, Doubt.NEAREST_CENTRE if nearest else None)

    def check_inside(self, point: Point, district: str | None = None) -> None:
        """Raise ValueError for a point too far outside its district, or every district.

        Too far is MAX_OUTSIDE_BOUNDARY_M where the district has a boundary, else MAX_OUTSIDE_M. A
        district of which no place is known compares with nothing.
        """
        districts = [district] if district is not None else self.codes_of_level("district")
        outside: list[tuple[float, str, int]] = []
        for code in districts:
            metres = self.district_outline_distance_m(point, code)
            allowed_m = MAX_OUTSIDE_BOUNDARY_M if code in self._boundaries else MAX_OUTSIDE_M
            if metres is None or metres <= allowed_m:
                return
            outside.append((metres, code, allowed_m))
        if outside:
            metres, code, allowed_m = min(outside)
            where = f"{metres / 1000:.1f} km outside its district {self.name_of(code)} ({code})"
            raise ValueError(f"{where}, more than {allowed_m // 1000} km")

    def district_outline_distance_m(self, point: Point, district: str) -> float | None:
        """How far outside a district a point lies, in metres; 0 inside.

        The outline is the district's own boundary with those below it, which may come from elsewhere
        and reach farther; without one, the box around everything known of it: all its centres and
        the boundaries below. None where nothing is known.
        """
        outline = self._outline(district)
        return None if outline is None else outside_m(point, outline)

    @cached_property
    def _areas(self) -> Mapping[str, Areas]:
        """The boundaries of each level."""
        by_level: dict[str, dict[str, BaseGeometry]] = {"village": {}, "town": {}, "district": {}}
        for code, boundary in self._boundaries.items():
            by_level[self._divisions[code].level][code] = boundary
        centres = {d.code: d.point for d in self._divisions.values() if d.point}
        return {level: Areas(boundaries, centres) for level, boundaries in by_level.items()}

    def _centres_in(self, region: str | None) -> Centres:
        """The centres of the villages of a region, or of all."""
        if region not in self._centres:
            codes = self.codes_of_level("village")
            inside = [code for code in codes if region is None or self.contains(region, code)]
            self._centres[region] = Centres({c: centre for c in inside if (centre := self.point_of(c))})
        return self._centres[region]

    def _at_level(self, level: str, code: str | None) -> str | None:
        if code is None:
            return None
        line = (code, *self.ancestors(code))
        return next((c for c in line if c in self._divisions and self._divisions[c].level == level), None)

    def _outline(self, district: str) -> BaseGeometry | None:
        if district not in self._outlines:
            outline = self._known_of(district)
            shapely.prepare(outline)
            self._outlines[district] = None if outline.is_empty else outline
        return self._outlines[district]

    def _known_of(self, district: str) -> BaseGeometry:
        members = [code for code in self._divisions if self.contains(district, code)]
        known = [self._boundaries[code] for code in members if code in self._boundaries]
        if district in self._boundaries:
            return shapely.union_all(known)
        centres = [d.point for d in map(self._divisions.__getitem__, members) if d.point]
        return shapely.union_all([shapely.MultiPoint([(p.lon, p.lat) for p in centres]), *known]).envelope


def outside_m(point: Point, outline: BaseGeometry) -> float:
    """How far a point lies outside a valid outline in degrees, in metres; 0 inside."""
    if outline.covers(shapely.Point(point.lon, point.lat)):
        return 0.0
    # in degrees east and north are not alike: shrink longitudes before asking for the nearest
    shrink = cos(radians(point.lat))
    place = shapely.Point(point.lon * shrink, point.lat)
    nearest, _ = nearest_points(scale(outline, xfact=shrink, yfact=1, origin=(0, 0)), place)
    lon = max(-180.0, min(180.0, nearest.x / shrink))  # not beyond the edge by rounding
    return distance_m(point, Point(lon, nearest.y))


def area(outline: Outline) -> BaseGeometry:
    """The valid polygons of a GeoJSON geometry; a crossed line is repaired without losing a part.

    Raises ValueError when the geometry is no Polygon or MultiPolygon, or covers nothing.
    """
    try:
        drawn = shape(dict(outline))
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError, shapely.errors.ShapelyError):
        raise ValueError("not a GeoJSON geometry with rings of [lon, lat] pairs") from None
    if drawn.geom_type not in {"Polygon", "MultiPolygon"}:
        raise ValueError(f"a {drawn.geom_type}; give a Polygon or MultiPolygon")
    on_earth = (abs(shapely.get_coordinates(drawn)) <= (180, 90)).all()  # also refuses NaN
    # not buffer(0), which drops half of a bow tie; not by lines, which makes holes where parts overlap
    whole = shapely.make_valid(drawn, method="structure", keep_collapsed=False) if on_earth else None
    if whole is None or whole.is_empty:
        raise ValueError("covers no place on earth; give rings of [lon, lat] pairs in degrees, WGS 84")
    return whole
