"""What would change if stations were added, moved or closed, or roads closed. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.coverage import Facts, Unit, stations_of
from dispatch.errors import InvalidError, NotFoundError
from dispatch.road_tables import RoadsInUse
from geo.coverage import Positions, Reach, Stations
from geo.point import Point
from geo.roads import ClosureError, Ground, StationSite, TravelTable


@dataclass(frozen=True, slots=True)
class Change:
    """What is thought of: stations added and moved (by id), stations and roads closed."""

    add: Sequence[Unit] = ()
    move: Mapping[str, Point] = field(default_factory=dict)
    close_stations: Sequence[str] = ()
    close_roads: Sequence[Point] = ()


def changed_reach(facts: Facts, change: Change) -> tuple[list[Unit], Reach]:
    """The stations that there would be, and which of them would be first at each of the premises.

    Raises NotFoundError for a station that is not among those that would be sent, InvalidError for one
    both moved and closed, and for a closure that closes no road.
    """
    stay, new = _units(facts, change)
    places = facts.estate.positions
    roads = facts.roads
    if roads is None:
        if change.close_roads:
            raise InvalidError(
                "close_roads: no road network is loaded, so closing a road changes nothing; "
                "load one with `fire135 roads FILE`"
            )
        return [*stay, *new], Stations(Positions.of(unit.point for unit in (*stay, *new))).reach(places)
    if change.close_roads:
        return [*stay, *new], _anew(facts, roads, [*stay, *new], change.close_roads).reach(places)
    before = stations_of(stay, roads).reach(places)
    if not new:
        return stay, before
    added = _anew(facts, roads, new, ()).reach(places)
    return [*stay, *new], before.or_faster(added.numbered_from(len(stay)))


def _units(facts: Facts, change: Change) -> tuple[list[Unit], list[Unit]]:
    """The stations that stay where they are, and those that would be elsewhere or new."""
    if both := sorted({*change.move} & {*change.close_stations}):
        raise InvalidError(
            f"station {both[0]}: both moved and closed; give it in one of move and close_stations"
        )
    known = {unit.id: unit for unit in facts.units}
    for station_id in (*change.move, *change.close_stations):
        if station_id not in known:
            raise NotFoundError(
                f"station {station_id}: not among the stations of this tier in service; "
                "GET /stations?tier= lists them"
            )
    touched = {*change.move, *change.close_stations}
    moved = [
        Unit(known[station_id].id, known[station_id].name, point, known[station_id].region_code)
        for station_id, point in change.move.items()
    ]
    return [unit for unit in facts.units if unit.id not in touched], [*moved, *change.add]


def _anew(facts: Facts, roads: RoadsInUse, units: Sequence[Unit], close_roads: Sequence[Point]) -> Stations:
    """Stations with a table of their own, the roads closed that are closed now and these."""
    ground = Ground(roads.ground.network, [StationSite(u.id, u.point, facts.mode) for u in units])
    closures = [*facts.closures, *close_roads]
    try:
        table = TravelTable(ground, closures)
    except ClosureError as fault:
        raise InvalidError(f"close_roads: {fault}") from None
    return Stations(Positions.of(unit.point for unit in units), table, range(len(units)))
