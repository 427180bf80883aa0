"""One yardstick for all stations of one alarm: by road where the roads can tell, else by the straight line.

Seconds by road and seconds by the straight-line rule must not be held against each other. So an alarm is
compared by road only if some station reaches the place by it, and each of the five nearest in a straight
line stands at a road (on real networks the nearest by road is among those five for 96 to 100 % of alarms).
A station that the roads do not lead from to the place, because one is closed or it is an island, is then
ranked behind all others, by straight line, and says so. Otherwise the whole alarm is compared by straight
line, and says why; the next alarm is looked at afresh.
"""

from collections.abc import Mapping
from math import inf

from geo.point import Point
from geo.roads.ground import NotByRoad
from geo.roads.table import Journeys, TravelTable
from geo.travel import Comparison, StraightLine, Travel

#: So many nearest stations must stand at a road.
YARDSTICK_STATIONS = 5


class RoadTravel:
    """Travel by a table, with the straight-line rule for what it cannot tell."""

    def __init__(self, table: TravelTable) -> None:
        self._table = table
        self._sites = {site.id: (site.point, column) for column, site in enumerate(table.ground.stations)}

    def compare(
        self, place: Point, stations: Mapping[str, Point], *, place_id: str | None = None
    ) -> Comparison:
        """Compare stations for a place.

        Args:
            place: where help is needed.
            stations: the points of the stations in question, by id. One that the table does not know there
                (new, or moved since) counts as off the roads.
            place_id: the registered place, whose journeys are ready; `place` decides where it is not known.
        """
        journeys = self._table.registered.get(place_id) if place_id is not None else None
        if journeys is None:
            journeys = self._table.to(place)
        by_road = {} if journeys.reason else self._by_road(journeys, stations)
        if len(by_road) == len(stations):
            return Comparison(by_road)
        missing = {
            i: journeys.reason or self._why(i, point) for i, point in stations.items() if i not in by_road
        }
        lines = StraightLine().compare(place, stations).travels
        nearest = list(lines)[:YARDSTICK_STATIONS]
        fallback = journeys.reason or (None if by_road else NotByRoad.UNREACHABLE)
        if NotByRoad.STATION_OFF_ROAD in (missing.get(i) for i in nearest):
            fallback = fallback or NotByRoad.STATION_OFF_ROAD
        if fallback is not None:
            return Comparison(lines, fallback, missing)
        return Comparison({**by_road, **{i: lines[i] for i in lines if i in missing}}, None, missing)

    def _by_road(self, journeys: Journeys, stations: Mapping[str, Point]) -> dict[str, Travel]:
        """The journeys of those that have one, fastest first; an alarm waits: no numpy in the loop."""
        travel_s, distance_m = journeys.travel_s.tolist(), journeys.distance_m.tolist()
        found = []
        for station_id, point in stations.items():
            known, column = self._sites.get(station_id, (None, -1))
            if (known is point or known == point) and travel_s[column] < inf:
                found.append((travel_s[column], station_id, distance_m[column]))
        return {i: Travel(seconds, metres, "road") for seconds, i, metres in sorted(found)}

    def _why(self, station_id: str, point: Point) -> NotByRoad:
        known, column = self._sites.get(station_id, (None, -1))
        on_road = known == point and self._table.ground.station_nodes[column] >= 0
        return NotByRoad.UNREACHABLE if on_road else NotByRoad.STATION_OFF_ROAD
