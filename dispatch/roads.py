"""The roads that alarms are compared by: what a keeper built last, and the straight line until then.

Imports neither numpy nor scipy: what waits since a crash must not wait for them.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from geo.point import Point
from geo.travel import Comparison, StraightLine

if TYPE_CHECKING:
    from dispatch.road_tables import RoadsInUse

log = logging.getLogger(__name__)

#: Why an alarm is compared by straight line while a network is kept and its table is not there yet.
NOT_READY = "not_ready"
#: Every start builds a table, in seconds; only one that takes longer than this is told. Ours.
BUILT_WITHIN = timedelta(seconds=60)
_STRAIGHT = StraightLine()


class Roads:
    """`geo.travel.TravelTimes` by the roads in use; safe to share between threads.

    Attributes:
        in_use: what alarms are compared by, put here in one step; None: by straight line.
        known_since: since when this process has known that the record keeps a network; None: it keeps none.
        faults: what is wrong with the roads, each one line; empty when all is well.
    """

    def __init__(self) -> None:
        self.in_use: RoadsInUse | None = None
        self.known_since: datetime | None = None
        self.faults: tuple[str, ...] = ()

    def why_not_ready(self, now: datetime) -> str | None:
        """Why there is no table although it has been awaited for long and nothing is wrong; else None."""
        since = self.known_since if self.in_use is None and not self.faults else None
        if since is None or now - since <= BUILT_WITHIN:
            return None
        return "the road table is being built; until it is there alarms go by straight line"

    def compare(
        self, place: Point, stations: Mapping[str, Point], *, place_id: str | None = None
    ) -> Comparison:
        """Compare by road; by straight line without roads, and where the roads fail us: an alarm goes on."""
        in_use = self.in_use
        if in_use is None:
            lines = _STRAIGHT.compare(place, stations)
            if self.known_since is None:
                return lines
            return Comparison(lines.travels, NOT_READY, dict.fromkeys(stations, NOT_READY))
        try:
            return in_use.compare(place, stations, place_id=place_id)
        except Exception:
            log.exception("the roads cannot tell the way to %s, %s: by straight line", place.lon, place.lat)
            return _STRAIGHT.compare(place, stations)
