"""Invented roads around the invented district: the next village is over the bridge, the home village is not.

The premises stand south of a river. The next village's street runs over the east bridge to them; the home
village's station, nearest in a straight line, has to drive through the next village to get there. With the
bridge closed both take the west bridge, and the home village's is the nearer one.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from dispatch.road_keeper import RoadKeeper
from geo.point import Point
from geo.roads import read_roads
from registry import roads as kept
from store.database import Database
from store.roads import RoadClosure, RoadNetworkFile
from tests.story import Story

ATTRIBUTION = "invented for tests"
EAST_BRIDGE = Point(118.195, 24.772)
WEST_BRIDGE = Point(118.160, 24.772)
IN_THE_RIVER = Point(118.180, 24.772)
_LINES = [
    [(118.19, 24.7835), (118.195, 24.7835), (118.195, 24.77), (118.19, 24.77)],  # the east bridge
    [(118.19, 24.7745), (118.19, 24.7835)],  # from the home village to the next one
    [(118.19, 24.7745), (118.16, 24.7745), (118.16, 24.77), (118.19, 24.77)],  # the west bridge
    [(118.16, 24.7745), (118.09, 24.79), (118.07, 24.80)],  # to the far villages and the other town
    [(118.19, 24.77), (118.19, 24.7475), (118.152, 24.723)],  # to the town and the district
]


def write_roads(path: Path, lines: Any = None) -> Path:
    """Write the roads as a GeoJSON file."""
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}
        for line in (_LINES if lines is None else lines)
    ]
    told = {"type": "FeatureCollection", "attribution": ATTRIBUTION, "features": features}
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def lay_roads(database: Database, folder: Path, now: datetime, lines: Any = None) -> None:
    """Put the roads in use."""
    network = read_roads(write_roads(folder / "river.geojson", lines))
    file = RoadNetworkFile(
        source="river.geojson", attribution=ATTRIBUTION, built_at=now, packed=network.to_bytes()
    )
    with database.begin() as session:
        kept.keep(session, file)


def keeper_of(story: Story) -> RoadKeeper:
    """The keeper of a story's process; a test lets it look."""
    return RoadKeeper(story.database, story.setup, story.clock)


def close_bridge(story: Story, point: Point = EAST_BRIDGE, **given: Any) -> int:
    """Close a road in the record, as any process may; gives the closure's id."""
    now = story.clock.now()
    closure = RoadClosure(lon=point.lon, lat=point.lat, reason="塌方", created_at=now, **given)
    with story.database.begin() as session:
        session.add(closure)
    return closure.id
