"""Which premises no station in service reaches in time: the facts of the record, and what they come to.

Slow by an alarm's measure (seconds for a whole county): never in a transaction, never in the event loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from dispatch.road_tables import RoadsInUse
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from geo.coverage import NOBODY, Positions, Reach, Stations
from geo.point import Point
from geo.regions import DivisionTree
from geo.roads import ClosureError, Mode
from store.places import Premises


@dataclass(frozen=True, slots=True)
class Unit:
    """A station that would be sent; `region_code` is None for one that is only thought of."""

    id: str
    name: str
    point: Point
    region_code: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Estate:
    """Premises column by column, those whose position is known.

    Attributes:
        ids: of the premises, in order.
        names: as people call them.
        villages: the codes of their villages.
        positions: where they stand.
        residents: how many live there; 0 where nobody knows.
        residents_known: whether somebody does.
        without_position: how many more there are, of which nothing can be said.
    """

    ids: Sequence[str]
    names: Sequence[str]
    villages: Sequence[str]
    positions: Positions
    residents: NDArray[np.int64]
    residents_known: NDArray[np.bool_]
    without_position: int

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def weights(self) -> NDArray[np.float64]:
        """What each counts when sites are chosen: its residents, 1 at least: an empty house burns, too."""
        return np.maximum(self.residents, 1).astype(float)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Everything that coverage is found from, as it was at one moment.

    Attributes:
        estate: the premises asked about.
        units: every station of the tier in service that stands somewhere.
        tree: the divisions.
        roads: what alarms are compared by; None for the straight line.
        mode: how the tier's people travel.
    """

    estate: Estate
    units: Sequence[Unit]
    tree: DivisionTree
    roads: RoadsInUse | None
    mode: Mode

    @property
    def attribution(self) -> str | None:
        """Whose road data it is; to be shown."""
        return self.roads.ground.network.origin.attribution if self.roads else None

    @property
    def closures(self) -> list[Point]:
        """Where roads are closed now, without closures that close none of this network."""
        return (
            [point for point in self.roads.wanted.closures.values() if _closes(self.roads, point)]
            if self.roads
            else []
        )

    def reach(self) -> Reach:
        """Which station is first at each of the premises."""
        return stations_of(self.units, self.roads).reach(self.estate.positions)


def _closes(roads: RoadsInUse, point: Point) -> bool:
    try:
        roads.check_closure(point)
    except ClosureError:
        return False
    return True


def read_facts(
    session: Session,
    setup: DispatchSetup,
    conditions: Sequence[ColumnElement[bool]],
    tier: Tier,
    *,
    now: datetime,
) -> Facts:
    """Read the premises that fulfil the conditions, and the stations of a tier that would be sent now."""
    roster = setup.roster.get(session)
    units = [
        Unit(card.id, card.name, card.point, card.region_code)
        for card in roster.of_tier(tier)
        if card.point is not None and card.is_in_service(now)
    ]
    mode = Mode(setup.plan.of(tier).travels_by)
    return Facts(_read_estate(session, conditions), units, roster.tree, setup.roads.in_use, mode)


def _read_estate(session: Session, conditions: Sequence[ColumnElement[bool]]) -> Estate:
    """By columns of the table, not of the mapped class: of a quarter of a million rows that costs half."""
    of = Premises.__table__.c
    is_placed = of.lon.is_not(None) & of.lat.is_not(None)
    wanted = select(of.id, of.name, of.village_code, of.lon, of.lat, of.residents)
    rows = session.execute(wanted.where(is_placed, *conditions).order_by(of.id)).all()
    ids, names, villages, lon, lat, residents = zip(*rows, strict=True) if rows else ((),) * 6
    people = np.array(residents, dtype=float)  # NaN where nobody knows
    unplaced = select(func.count()).select_from(Premises).where(~is_placed, *conditions)
    return Estate(
        ids=ids,
        names=names,
        villages=villages,
        positions=Positions(np.array(lon, dtype=float), np.array(lat, dtype=float)),
        residents=np.nan_to_num(people).astype(np.int64),
        residents_known=~np.isnan(people),
        without_position=session.scalar(unplaced) or 0,
    )


def stations_of(units: Sequence[Unit], roads: RoadsInUse | None) -> Stations:
    """The stations with their columns in the table; one that it shows elsewhere counts as off the roads."""
    positions = Positions.of(unit.point for unit in units)
    if roads is None:
        return Stations(positions)
    known = {(site.id, site.point): column for column, site in enumerate(roads.ground.stations)}
    columns = [known.get((unit.id, unit.point), NOBODY) for unit in units]
    return Stations(positions, roads.table, columns)


@dataclass(frozen=True, slots=True)
class First:
    """Who is first at one place: `unit` and `travel_s` are None where nobody has a way there."""

    unit: Unit | None
    travel_s: float | None
    method: str


def first(units: Sequence[Unit], reach: Reach, place: int) -> First:
    """Who is first at the place of this number."""
    method = "road" if reach.by_road[place] else "straight_line"
    station = int(reach.station[place])
    if station == NOBODY:
        return First(None, None, method)
    return First(units[station], float(reach.travel_s[place]), method)


@dataclass(frozen=True, slots=True)
class VillageCount:
    """One village: its premises and known residents, and how many of them are not reached in time."""

    code: str
    premises: int
    residents: int
    not_reached: int
    residents_not_reached: int


def by_village(estate: Estate, late: NDArray[np.bool_], codes: Sequence[str]) -> list[VillageCount]:
    """Count the premises of some villages; those with most residents out of reach come first."""
    place = {code: number for number, code in enumerate(codes)}
    village = np.array([place.get(code, len(codes)) for code in estate.villages], dtype=np.int64)
    columns = [
        np.bincount(village[which], weights[which], minlength=len(codes) + 1).astype(int).tolist()
        for which in (np.ones(len(late), bool), late)
        for weights in (np.ones(len(late)), estate.residents)
    ]
    counts = [
        VillageCount(code, *(column[number] for column in (columns[0], columns[1], columns[2], columns[3])))
        for number, code in enumerate(codes)
    ]
    return sorted(counts, key=lambda one: (-one.residents_not_reached, -one.not_reached, one.code))


def at_centres(facts: Facts, codes: Sequence[str]) -> dict[str, First]:
    """Who is first at the centre of each of these divisions, as far as it is known where that is."""
    centres = {code: centre for code in codes if (centre := facts.tree.point_of(code)) is not None}
    reach = stations_of(facts.units, facts.roads).reach(Positions.of(centres.values()))
    return {code: first(facts.units, reach, number) for number, code in enumerate(centres)}
