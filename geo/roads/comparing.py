"""One yardstick for all stations of one alarm: by road where the roads can tell, else by the straight line.

Seconds by road and seconds by the straight-line rule must not be held against each other. So an alarm is
compared by road only if the place and every one of the five stations nearest in a straight line are
reached by it (on real networks the nearest by road is among those five for 96 to 100 % of alarms).
Another station without a way by road is then ranked behind all others, by straight line, and says so.
Otherwise the whole alarm is compared by straight line, and says why; the next alarm is looked at afresh.
"""

from collections.abc import Mapping

from geo.point import Point
from geo.roads.ground import NotByRoad
from geo.roads.table import Journeys, TravelTable
from geo.travel import Comparison, StraightLine, Travel

#: So many nearest stations must be reached by road.
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
        missing = {
            i: journeys.reason or self._why(i, point) for i, point in stations.items() if i not in by_road
        }
        lines: Mapping[str, Travel] = {}
        fallback = journeys.reason
        if missing:
            lines = StraightLine().compare(place, stations).travels
            nearest = list(lines)[:YARDSTICK_STATIONS]
            fallback = next((missing[i] for i in nearest if i in missing), None)
        chosen = lines if fallback else {i: by_road.get(i) or lines[i] for i in stations}
        ranked = sorted(chosen, key=lambda i: (chosen[i].method != "road", chosen[i].travel_s, i))
        return Comparison({i: chosen[i] for i in ranked}, fallback, missing)

    def _by_road(self, journeys: Journeys, stations: Mapping[str, Point]) -> dict[str, Travel]:
        found = {}
        for station_id, point in stations.items():
            known, column = self._sites.get(station_id, (None, -1))
            if known == point and journeys.travel_s[column] < float("inf"):
                seconds, metres = float(journeys.travel_s[column]), float(journeys.distance_m[column])
                found[station_id] = Travel(travel_s=seconds, distance_m=metres, method="road")
        return found

    def _why(self, station_id: str, point: Point) -> NotByRoad:
        known, column = self._sites.get(station_id, (None, -1))
        on_road = known == point and self._table.ground.station_nodes[column] >= 0
        return NotByRoad.UNREACHABLE if on_road else NotByRoad.STATION_OFF_ROAD
