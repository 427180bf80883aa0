"""The tree of divisions (district, town, village): who belongs to whom, and where a point lies.

Borders are a hint, not truth: two official-looking outlines of one district disagree about 4 % of
its points. So every point gets a village: where no border covers it, the one with the nearest centre.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import shapely
from shapely.affinity import scale
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from geo.point import Point, distance_m

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


class DivisionTree:
    """All divisions at one moment; never changes.

    Args:
        divisions: in any order; a parent that is not among them ends the line.
        boundaries: outlines by code, as far as they are known; those of unknown codes are left out.
    """

    def __init__(
        self, divisions: Iterable[Division], boundaries: Mapping[str, Outline] | None = None
    ) -> None:
        self._divisions = {division.code: division for division in divisions}
        self._boundaries = {
            code: area(outline) for code, outline in (boundaries or {}).items() if code in self._divisions
        }
        self._villages = _Villages(self)
        self._outlines: dict[str, BaseGeometry] = {}

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
        """The centre of a division; without one, a point inside its boundary; None if neither is known."""
        division = self.get(code)
        if division is None or division.point is not None:
            return division.point if division else None
        boundary = self._boundaries.get(division.code)
        inside = boundary.representative_point() if boundary is not None else None
        return Point(inside.x, inside.y) if inside is not None else None

    def boundary_of(self, code: str) -> BaseGeometry | None:
        """The outline of a division in degrees, valid, if it was given."""
        return self._boundaries.get(code)

    def locate(self, point: Point) -> str | None:
        """The village of a point: the smallest whose border covers it, else the nearest centre.

        Ties go to the lowest code. None only where no village has a border or a centre.
        """
        return self._villages.covering(point) or self._villages.nearest(point)

    def district_outline_distance_m(self, point: Point, district: str) -> float | None:
        """How far outside a district a point lies, in metres; 0 inside.

        The outline is the district's own boundary; without one, everything known of it: the
        boundaries below and the hull of all its centres. None where nothing is known.
        """
        outline = self._outline(district)
        if outline is None:
            return None
        # in degrees east and north are not alike: shrink longitudes before asking for the nearest
        shrink = cos(radians(point.lat))
        place = shapely.Point(point.lon * shrink, point.lat)
        nearest, _ = nearest_points(scale(outline, xfact=shrink, yfact=1, origin=(0, 0)), place)
        lon = max(-180.0, min(180.0, nearest.x / shrink))  # not beyond the edge by rounding
        return distance_m(point, Point(lon, nearest.y))

    def _at_level(self, level: str, code: str | None) -> str | None:
        if code is None:
            return None
        line = (code, *self.ancestors(code))
        return next((c for c in line if c in self._divisions and self._divisions[c].level == level), None)

    def _outline(self, district: str) -> BaseGeometry | None:
        if district in self._boundaries:
            return self._boundaries[district]
        if district not in self._outlines:
            members = [code for code in self._divisions if self.contains(district, code)]
            centres = [d.point for d in map(self._divisions.__getitem__, members) if d.point]
            hull = shapely.MultiPoint([(p.lon, p.lat) for p in centres]).convex_hull
            known = [self._boundaries[code] for code in members if code in self._boundaries]
            self._outlines[district] = shapely.union_all([hull, *known])
        outline = self._outlines[district]
        return None if outline.is_empty else outline


class _Villages:
    """The villages of a tree, indexed by border and by centre."""

    def __init__(self, tree: DivisionTree) -> None:
        codes = tree.codes_of_level("village")
        bordered = [(code, border) for code in codes if (border := tree.boundary_of(code)) is not None]
        self._bordered = [code for code, _ in bordered]
        self._borders = [border for _, border in bordered]
        self._border_index = shapely.STRtree(self._borders)
        centres = [(code, centre) for code in codes if (centre := tree.point_of(code))]
        self._centred = [code for code, _ in centres]
        # distances in degrees pick the wrong village in 4 % of cases at 25 N: shrink longitudes
        latitudes = [centre.lat for _, centre in centres]
        self._shrink = cos(radians(sum(latitudes) / len(latitudes))) if latitudes else 1.0
        self._centre_index = shapely.STRtree([self._shrunk(centre) for _, centre in centres])

    def covering(self, point: Point) -> str | None:
        place = shapely.Point(point.lon, point.lat)
        hits = self._border_index.query(place, predicate="covered_by")
        smallest = min(hits, key=lambda hit: (self._borders[hit].area, self._bordered[hit]), default=None)
        return None if smallest is None else self._bordered[smallest]

    def nearest(self, point: Point) -> str | None:
        hits = self._centre_index.query_nearest(self._shrunk(point))
        return min((self._centred[hit] for hit in hits), default=None)

    def _shrunk(self, point: Point) -> shapely.Point:
        return shapely.Point(point.lon * self._shrink, point.lat)


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
    parts: Iterable[BaseGeometry] = shapely.get_parts(shapely.make_valid(drawn)) if on_earth else []
    whole = shapely.union_all([part for part in parts if part.geom_type in {"Polygon", "MultiPolygon"}])
    if whole.is_empty:
        raise ValueError("covers no place on earth; give rings of [lon, lat] pairs in degrees, WGS 84")
    return whole
