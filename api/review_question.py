"""What somebody asks of the response review: which incidents, which interval, judged by what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

import numpy as np
from fastapi import Depends, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import scope
from api.access import Role
from api.callers import Caller, Reader
from api.context import Service, ServiceDep
from api.periods import PeriodDep
from dispatch.errors import InvalidError
from dispatch.profiles import DEFAULT_PROFILE, Interval, Profile, profile_named, profile_names
from dispatch.record_table import Marks, RecordTable
from dispatch.review import UNKNOWN, Period
from dispatch.values import Tier
from geo.regions import Division, DivisionTree
from store.places import Station

_Figures = TypeVar("_Figures")

#: What the rows of a scope are, by its level.
_CHILDREN = {"all": "district", "district": "town", "town": "village", "village": "incident"}

#: `YYYY-MM`; at the ends of the calendar no month has one before and one after it.
MONTH = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"
IntervalQuery = Annotated[Interval, Query(description="What is measured")]
ProfileQuery = Annotated[str, Query(description=f"One of {', '.join(profile_names())}")]
RegionQuery = Annotated[str | None, Query(description="Code of a district, town or village")]


def profile_of(service: Service, name: str) -> Profile:
    """The targets of this name. Raises InvalidError where there are none."""
    found = profile_named(name, service.setup.plan)
    if found is None:
        raise InvalidError(f"profile {name}: not known; choose one of {', '.join(profile_names())}")
    return found


def seen_records(session: Session, caller: Caller, table: RecordTable) -> Marks:
    """The records of the incidents that a caller sees, as `scope.incidents` says."""
    if caller.region_code is None:
        return np.ones(len(table), dtype=bool)
    seen = table.inside(caller.region_code)
    if caller.role is Role.STATION:
        own = session.scalars(select(Station.id).where(scope.stations(caller)))
        incidents = table.rows["incident"]
        seen |= np.isin(incidents, incidents[table.at_stations(own)])
    return seen


@dataclass(frozen=True, slots=True)
class Scope:
    """Where one looks.

    Attributes:
        level: `all`, `district`, `town` or `village`.
        division: None for everything.
        parents: those above that the caller may see, the outermost first.
        tree: every division.
    """

    level: str
    division: Division | None
    parents: Sequence[Division]
    tree: DivisionTree

    @property
    def children_level(self) -> str:
        """What its rows are; `incident` below a village."""
        return _CHILDREN[self.level]

    @property
    def children(self) -> list[Division]:
        """The divisions right below."""
        codes = self.tree.codes_of_level(self.children_level)
        own = [
            code for code in codes if self.division is None or self.tree.parent(code) == self.division.code
        ]
        return [division for code in own if (division := self.tree.get(code))]

    def rows(
        self, by_code: Mapping[str, Sequence[_Figures]]
    ) -> list[tuple[str, str | None, Sequence[_Figures]]]:
        """Code, name and figures of each row: every division right below, whether it has figures or not.

        After them others that have some; last, with no name, what nobody could place.
        """
        names: dict[str, str | None] = {child.code: child.name for child in self.children}
        others = sorted(by_code.keys() - names.keys() - {UNKNOWN})
        names |= {code: self.tree.name_of(code) for code in others}
        if UNKNOWN in by_code:
            names[UNKNOWN] = None
        return [(code, name, by_code.get(code, ())) for code, name in names.items()]

    @property
    def inside(self) -> Sequence[scope.Condition]:
        """Its incidents, as conditions of queries."""
        return [] if self.division is None else [scope.in_region(self.division.code)]


def scope_of(session: Session, service: Service, caller: Caller, region: str | None) -> Scope:
    """Where a caller looks: at a region, else at his own. Raises NotFoundError where he may not."""
    tree = service.setup.roster.get(session).tree
    if region:
        scope.check_region(session, caller, region)
    code = region or caller.region_code
    division = tree.get(code)
    if code is None or division is None:
        return Scope("all", None, (), tree)
    above = [one for one in tree.ancestors(code) if caller.region_code in (None, one, *tree.ancestors(one))]
    parents = [parent for one in reversed(above) if (parent := tree.get(one))]
    return Scope(division.level, division, parents, tree)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; what its parts mean is in `docs/review.md`.

    Attributes:
        records: every one there is.
    """

    caller: Caller
    service: Service
    period: Period
    tier: Tier | None
    interval: Interval
    profile: Profile
    region: str | None
    records: RecordTable

    def scope(self, session: Session) -> Scope:
        """Where. Raises NotFoundError for a region that the caller may not see."""
        return scope_of(session, self.service, self.caller, self.region)

    def table(self, session: Session, where: Scope) -> RecordTable:
        """The records there, of every instant: the period is not applied yet."""
        table = self.records
        marks = seen_records(session, self.caller, table)
        if where.division is not None:
            marks &= table.inside(where.division.code)
        if self.tier is not None:
            marks &= table.rows["tier"] == list(Tier).index(self.tier)
        return table.take(marks)


def _asked(
    caller: Reader,
    service: ServiceDep,
    period: PeriodDep,
    region: RegionQuery = None,
    tier: Annotated[Tier | None, Query(description="Only stations of this tier")] = None,
    interval: IntervalQuery = Interval.RESPONSE,
    profile: ProfileQuery = DEFAULT_PROFILE,
) -> Asked:
    targets = profile_of(service, profile)
    # before any session: who waits for the records must not hold a connection that their reader needs
    records = service.records.get(service.database)
    return Asked(caller, service, period, tier, interval, targets, region, records)


AskedDep = Annotated[Asked, Depends(_asked)]
