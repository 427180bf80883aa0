"""From what dispatch finds about coverage to what the API shows of it, as far as the caller may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import mapping
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from api import coverage_views as views
from dispatch.best_sites import best_sites
from dispatch.coverage import Facts, First, Unit, at_centres, by_village, read_facts
from dispatch.errors import InvalidError
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from dispatch.what_if import Change, changed_reach
from geo.coverage import NOBODY, Reach, changed, tally
from geo.point import Point

_SIMPLIFIED_DEGREES = 0.0001  # some 10 m


@dataclass(frozen=True)
class Seen:
    """The facts of one request.

    Attributes:
        facts: as dispatch read them.
        tier: of the stations.
        within_s: the limit, seconds.
        region: whose villages are listed; None for all.
        bound_to: the region that the caller sees no station outside of; None where he sees all.
    """

    facts: Facts
    tier: Tier
    within_s: int
    region: str | None
    bound_to: str | None

    @cached_property
    def reach(self) -> Reach:
        """As it is now; reckoned once."""
        return self.facts.reach()

    @property
    def village_codes(self) -> list[str]:
        """The villages asked about."""
        tree = self.facts.tree
        codes = tree.codes_of_level("village")
        return [code for code in codes if self.region is None or tree.contains(self.region, code)]

    def summary(self, reach: Reach, units: Sequence[Unit], left_out: int = 0) -> views.Summary:
        """Count what a situation comes to."""
        estate = self.facts.estate
        late = tally(~reach.within(self.within_s), estate.residents)
        return views.Summary(
            premises=len(estate),
            residents=int(estate.residents.sum()),
            not_reached=late.premises,
            residents_not_reached=late.residents,
            residents_unknown=int((~estate.residents_known).sum()),
            without_position=estate.without_position,
            stations=len(units),
            tier=self.tier,
            within_s=self.within_s,
            method="road" if self.facts.roads else "straight_line",
            by_straight_line=int((~reach.by_road).sum()),
            attribution=self.facts.attribution,
            left_out=left_out,
        )

    def is_hidden(self, unit: Unit) -> bool:
        """Whether the caller may not see a station."""
        if self.bound_to is None or unit.region_code is None:
            return False
        return not self.facts.tree.contains(self.bound_to, unit.region_code)

    def first_there(self, found: First) -> dict[str, Any]:
        """Who is first at a place; a station that the caller may not see is not named."""
        unit = found.unit
        return {
            "best_station_id": None if unit is None or self.is_hidden(unit) else unit.id,
            "travel_s": None if found.travel_s is None else round(found.travel_s, 1),
            "method": found.method,
        }

    def features(
        self, units: Sequence[Unit], reach: Reach, places: NDArray[np.int64]
    ) -> list[dict[str, Any]]:
        """Some of the premises on the map, with who is first there; plain, there may be many thousands."""
        estate = self.facts.estate
        ids = [None if self.is_hidden(unit) else unit.id for unit in units]
        columns = (
            places,
            np.round(estate.positions.lon[places], 7),
            np.round(estate.positions.lat[places], 7),
            estate.residents[places],
            estate.residents_known[places],
            reach.station[places],
            np.round(reach.travel_s[places].astype(float), 1),
            reach.by_road[places],
        )
        return [
            {
                "geometry": {"coordinates": (lon, lat)},
                "properties": {
                    "id": estate.ids[place],
                    "name": estate.names[place],
                    "village_code": estate.villages[place],
                    "residents": residents if known else None,
                    "best_station_id": None if station == NOBODY else ids[station],
                    "travel_s": None if station == NOBODY else travel_s,
                    "method": "road" if by_road else "straight_line",
                },
            }
            for place, lon, lat, residents, known, station, travel_s, by_road in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]


def look(
    session: Session,
    setup: DispatchSetup,
    conditions: Sequence[ColumnElement[bool]],
    tier: Tier,
    within_s: int,
    region: str | None,
    bound_to: str | None,
    *,
    now: datetime,
) -> Seen:
    """Read what one request needs; the reckoning comes after the session has ended."""
    return Seen(read_facts(session, setup, conditions, tier, now=now), tier, within_s, region, bound_to)


def unreached_premises(seen: Seen, limit: int) -> views.PremisesReport:
    """The premises that nobody reaches in time, farthest first."""
    facts, reach = seen.facts, seen.reach
    late = np.flatnonzero(~reach.within(seen.within_s))
    late = late[np.argsort(-reach.travel_s[late], kind="stable")]
    summary = seen.summary(reach, facts.units, max(0, len(late) - limit))
    features = seen.features(facts.units, reach, late[:limit])
    return views.PremisesReport.model_validate({"features": features, "summary": summary})


def unreached_villages(seen: Seen, limit: int) -> views.VillagesReport:
    """The villages with premises that nobody reaches in time, most residents first."""
    facts, codes = seen.facts, seen.village_codes
    late = ~seen.reach.within(seen.within_s)
    centres = at_centres(facts, codes)
    features = []
    for count in by_village(facts.estate, late, codes):
        centre = centres.get(count.code, First(None, None, "road" if facts.roads else "straight_line"))
        centre_late = centre.travel_s is None or centre.travel_s > seen.within_s
        if not (count.not_reached or (not count.premises and centre_late)):
            continue
        properties = views.UnreachedVillage(
            id=count.code,
            name=facts.tree.name_of(count.code) or count.code,
            village_code=count.code,
            premises=count.premises,
            residents=count.residents,
            not_reached=count.not_reached,
            residents_not_reached=count.residents_not_reached,
            **seen.first_there(centre),
        )
        features.append(
            views.UnreachedVillageFeature(geometry=_outline(facts, count.code), properties=properties)
        )
    summary = seen.summary(seen.reach, facts.units, max(0, len(features) - limit))
    return views.VillagesReport(features=features[:limit], summary=summary)


def drawn(seen: Seen) -> views.CoverageMap:
    """Every one of the premises, and what else a map shows."""
    facts, reach = seen.facts, seen.reach
    tree, places = facts.tree, facts.estate.positions
    codes = [code for level in ("district", "town", "village") for code in tree.codes_of_level(level)]
    mine = [code for code in codes if seen.region is None or tree.contains(seen.region, code)]
    return views.CoverageMap(
        lon=np.round(places.lon, 5).tolist(),
        lat=np.round(places.lat, 5).tolist(),
        reached=reach.within(seen.within_s).tolist(),
        boundaries=[found for code in mine if (found := _boundary(facts, code)) is not None],
        closures=[views.Place(lon=point.lon, lat=point.lat) for point in facts.closures],
        summary=seen.summary(reach, facts.units),
    )


def what_if(seen: Seen, body: views.WhatIf) -> views.WhatIfReport:
    """What would change. Raises InvalidError and NotFoundError for what cannot be thought of."""
    facts, before = seen.facts, seen.reach
    units, after = changed_reach(facts, _change(seen, body))
    gained, lost = changed(before, after, seen.within_s)
    places = np.flatnonzero(gained | lost)
    features = seen.features(units, after, places)
    now_s = np.round(before.travel_s[places].astype(float), 1).tolist()
    for feature, is_gained, travel_s in zip(features, gained[places].tolist(), now_s, strict=True):
        feature["properties"]["change"] = "gained" if is_gained else "lost"
        feature["properties"]["travel_before_s"] = travel_s if isfinite(travel_s) else None
    return views.WhatIfReport.model_validate(
        {
            "features": features,
            "before": seen.summary(before, facts.units),
            "after": seen.summary(after, units),
            "gained": _difference(facts, gained),
            "lost": _difference(facts, lost),
        }
    )


def best(seen: Seen, count: int) -> views.BestSitesReport:
    """Where new stations would help most."""
    facts = seen.facts
    found = best_sites(facts, seen.reach, seen.within_s, count)
    sites, premises, residents = [], 0, 0
    for site in found.sites:
        premises, residents = premises + site.premises, residents + site.residents
        view = views.SiteView(
            lon=site.point.lon,
            lat=site.point.lat,
            village_code=site.village_code,
            village_name=facts.tree.name_of(site.village_code),
            gain=views.Difference(premises=site.premises, residents=site.residents),
            cumulative=views.Difference(premises=premises, residents=residents),
        )
        sites.append(view)
    return views.BestSitesReport(
        sites=sites,
        method="solver" if found.by_solver else "greedy",
        optimal=found.optimal,
        candidates=found.candidates,
        before=seen.summary(seen.reach, facts.units),
    )


def _change(seen: Seen, body: views.WhatIf) -> Change:
    """Raises InvalidError for a point outside the district, NotFoundError for an unseen station."""
    added = [
        Unit(f"new-{number}", one.name or f"new-{number}", _point(seen, one, f"add.{number - 1}"))
        for number, one in enumerate(body.add, start=1)
    ]
    moved = {one.station_id: _point(seen, one, f"move.{i}") for i, one in enumerate(body.move)}
    closed = [_point(seen, one, f"close_roads.{i}") for i, one in enumerate(body.close_roads)]
    return Change(added, moved, body.close_stations, closed)


def _point(seen: Seen, place: views.Place, where: str) -> Point:
    try:
        point = Point(place.lon, place.lat)
        seen.facts.tree.check_inside(point)
    except ValueError as fault:
        raise InvalidError(f"{where}: {fault}") from None
    return point


def _outline(facts: Facts, code: str) -> dict[str, object] | None:
    """A division's boundary, else its centre."""
    boundary = facts.tree.boundary_of(code)
    if boundary is not None:
        return mapping(boundary)
    centre = facts.tree.point_of(code)
    return {"type": "Point", "coordinates": [centre.lon, centre.lat]} if centre else None


def _boundary(facts: Facts, code: str) -> views.BoundaryFeature | None:
    boundary, division = facts.tree.boundary_of(code), facts.tree.get(code)
    if boundary is None or division is None:
        return None
    return views.BoundaryFeature(
        geometry=mapping(boundary.simplify(_SIMPLIFIED_DEGREES)),
        properties=views.BoundaryProperties(code=code, name=division.name, level=division.level),
    )


def _difference(facts: Facts, which: NDArray[np.bool_]) -> views.Difference:
    counted = tally(which, facts.estate.residents)
    return views.Difference(premises=counted.premises, residents=counted.residents)
