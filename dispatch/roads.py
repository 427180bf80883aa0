"""The roads that alarms are compared by: what a keeper built last, and the straight line until then.

Imports neither numpy nor scipy: what waits since a crash must not wait for them.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from geo.point import Point
from geo.travel import Comparison, StraightLine

if TYPE_CHECKING:
    from dispatch.road_tables import RoadsInUse

log = logging.getLogger(__name__)
_STRAIGHT = StraightLine()


class Roads:
    """`geo.travel.TravelTimes` by the roads in use; safe to share between threads.

    Attributes:
        in_use: what alarms are compared by, put here in one step; None: by straight line.
        faults: what is wrong with the roads, each one line; empty when all is well.
    """

    def __init__(self) -> None:
        self.in_use: RoadsInUse | None = None
        self.faults: tuple[str, ...] = ()

    def compare(
        self, place: Point, stations: Mapping[str, Point], *, place_id: str | None = None
    ) -> Comparison:
        """Compare by road; by straight line without roads, and where the roads fail us: an alarm goes on."""
        in_use = self.in_use
        if in_use is None:
            return _STRAIGHT.compare(place, stations)
        try:
            return in_use.compare(place, stations, place_id=place_id)
        except Exception:
            log.exception("the roads cannot tell the way to %s, %s: by straight line", place.lon, place.lat)
            return _STRAIGHT.compare(place, stations)
