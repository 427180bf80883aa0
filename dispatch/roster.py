"""Everyone and every station as dispatch sees them: plain values, reloaded when the registry changes.

An alarm must not wait for hundreds of rows, so the snapshot is kept in memory and renewed when the
registry's version has grown; the version is read in the alarm's own transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from threading import Lock
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from dispatch import duty
from dispatch.duty import Absence, Contact, ShiftTime
from dispatch.selection import StationCard
from dispatch.values import PersonRole, Tier
from geo.point import Point
from geo.regions import DivisionTree
from registry.tree import load_tree
from registry.version import read_version
from store.availability import Leave
from store.places import Person, Shift, Station

#: Leave that is not over, by person.
_Leave = Mapping[str, Sequence[Absence]]
#: Where a session (one transaction, see store.database) remembers the roster it works with.
_ROSTER = "roster"


@dataclass(frozen=True, slots=True)
class Roster:
    """Stations, people and divisions at one version of the registry."""

    version: int
    stations: tuple[StationCard, ...]
    regional: tuple[Contact, ...]  # people of a region rather than a station
    tree: DivisionTree

    def station(self, station_id: str) -> StationCard | None:
        """Look a station up; None where it is unknown or retired."""
        return next((card for card in self.stations if card.id == station_id), None)

    def of_tier(self, tier: Tier) -> list[StationCard]:
        """The stations of a tier."""
        return [card for card in self.stations if card.tier is tier]

    def duty_officers(self, region_codes: Sequence[str], now: datetime, zone: ZoneInfo) -> list[Contact]:
        """The duty officers of any of these regions or of a station there; who is off duty is told
        only where nobody is on."""
        stationed = [
            person for card in self.stations if card.region_code in region_codes for person in card.people
        ]
        regional = [person for person in self.regional if person.region_code in region_codes]
        officers = [p for p in (*regional, *stationed) if p.role is PersonRole.DUTY_OFFICER]
        return duty.on_duty(officers, now, zone) or duty.call_order(officers)

    def building_leaders(self, village_code: str | None) -> list[Contact]:
        """Who looks after the buildings of a village."""
        mine = [p for p in self.regional if p.region_code == village_code]
        return duty.call_order(p for p in mine if p.role is PersonRole.BUILDING_LEADER)


class RosterCache:
    """The newest roster; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._roster: Roster | None = None

    def get(self, session: Session) -> Roster:
        """The roster at the registry's version, which is read once in a transaction."""
        known: Roster | None = session.info.get(_ROSTER)
        if known is not None:
            return known
        version = read_version(session)
        with self._lock:
            if self._roster is None or self._roster.version != version:
                self._roster = _load(session, version)
            session.info[_ROSTER] = self._roster
            return self._roster


def _load(session: Session, version: int) -> Roster:
    tree = load_tree(session)
    leave = _leave(session)
    rows = session.scalars(
        select(Station)
        .where(Station.active)
        .order_by(Station.id)
        .options(selectinload(Station.people).selectinload(Person.shifts))
    )
    regional = session.scalars(
        select(Person)
        .where(Person.station_id.is_(None))
        .order_by(Person.id)
        .options(selectinload(Person.shifts))
    )
    return Roster(
        version=version,
        stations=tuple(_card(row, tree, leave) for row in rows),
        regional=tuple(_contact(row, leave) for row in regional),
        tree=tree,
    )


def _leave(session: Session) -> _Leave:
    """Leave by person, without what is over: an end before the newest leave was written has passed."""
    is_over_by = select(func.max(Leave.created_at)).scalar_subquery()
    found: defaultdict[str, list[Absence]] = defaultdict(list)
    for row in session.scalars(select(Leave).where(Leave.until_at > is_over_by).order_by(Leave.from_at)):
        found[row.person_id].append(Absence(row.from_at, row.until_at))
    return found


def _card(row: Station, tree: DivisionTree, leave: _Leave) -> StationCard:
    own = Point(row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    return StationCard(
        id=row.id,
        name=row.name,
        tier=Tier(row.tier),
        region_code=row.region_code,
        point=own or tree.point_of(row.region_code),
        in_service=row.in_service,
        out_until=row.out_until,
        out_reason=row.out_reason,
        people=tuple(_contact(person, leave) for person in row.people),
    )


def _contact(row: Person, leave: _Leave) -> Contact:
    return Contact(
        id=row.id,
        name=row.name,
        phone=row.phone,
        role=PersonRole(row.role),
        rank=row.rank,
        language=row.language,
        station_id=row.station_id,
        region_code=row.region_code,
        shifts=tuple(turn for shift in row.shifts if (turn := _turn(shift)) is not None),
        days_off=frozenset(
            date.fromisoformat(shift.on_date)
            for shift in row.shifts
            if shift.from_time is None and shift.on_date is not None
        ),
        leave=tuple(leave.get(row.id, ())),
    )


def _turn(shift: Shift) -> ShiftTime | None:
    if shift.from_time is None or shift.to_time is None:
        return None
    return ShiftTime(
        start=time.fromisoformat(shift.from_time),
        end=time.fromisoformat(shift.to_time),
        weekday=shift.weekday,
        on_date=date.fromisoformat(shift.on_date) if shift.on_date else None,
    )
