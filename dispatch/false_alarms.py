"""False alarms by cause, by detector and by building: where one repair saves most journeys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, distinct, func, join, or_, select
from sqlalchemy.orm import Session

from dispatch.response_time import SMALL_BELOW
from dispatch.values import DeviceKind, Disposition, IncidentStatus
from store.incidents import Incident, Signal
from store.places import Device, Premises

#: So many detectors and buildings are listed; the others are counted.
MOST_LISTED = 50
#: Below so many devices a rate for each thousand of them says nothing. Ours.
_ENOUGH_DEVICES = 100
#: What can call a station out; for all of them `detector` is said here, call points and windows too.
_DETECTORS = (DeviceKind.SMOKE, DeviceKind.HEAT, DeviceKind.CALL_POINT, DeviceKind.ESCAPE_WINDOW)
#: What is no incident of its own.
NOT_REAL = (Disposition.TEST, Disposition.DUPLICATE)

#: Incidents that count: no drills, nothing closed as a test or as the same as another.
REAL = and_(~Incident.drill, or_(Incident.disposition.is_(None), Incident.disposition.not_in(NOT_REAL)))
FALSE = and_(~Incident.drill, Incident.disposition == Disposition.FALSE_ALARM)

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class ByCause:
    """False alarms of one cause; None: whoever closed them gave none."""

    cause: str | None
    n: int


@dataclass(frozen=True, slots=True)
class ByDevice:
    """False alarms in which one detector spoke."""

    device_id: str
    kind: str
    floor: str | None
    room: str | None
    premises_id: str | None
    premises: str | None
    n: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ByBuilding:
    """False alarms at one building; `devices` are its detectors now."""

    premises_id: str
    name: str
    address: str
    n: int
    last_at: datetime
    devices: int


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """What was found; `devices_total` and `buildings_total` count those that are not listed, too."""

    closed: int
    n: int
    devices: int
    by_cause: Sequence[ByCause]
    by_device: Sequence[ByDevice]
    by_building: Sequence[ByBuilding]
    devices_total: int
    buildings_total: int

    @property
    def share(self) -> float | None:
        """Of the incidents that were closed."""
        return self.n / self.closed if self.closed else None

    @property
    def is_small(self) -> bool:
        """Whether the share carries no judgement."""
        return self.closed < SMALL_BELOW

    @property
    def per_1000_devices(self) -> float | None:
        """In the period as it is; None where there are too few devices to say."""
        return self.n * 1000 / self.devices if self.devices >= _ENOUGH_DEVICES else None


def false_alarms(session: Session, incidents: Conditions, places: Conditions) -> FalseAlarms:
    """Count the false alarms of some incidents.

    Args:
        session: for reading.
        incidents: which incidents, as conditions on `Incident`.
        places: whose detectors are counted, as conditions on `Premises`.
    """
    closed = and_(REAL, Incident.status == IncidentStatus.CLOSED, *incidents)
    counts = select(func.count(), func.count().filter(FALSE)).select_from(Incident).where(closed)
    total, n = session.execute(counts).one()
    found = and_(FALSE, *incidents)
    detectors = select(func.count()).select_from(Device).join(Premises, Premises.id == Device.premises_id)
    return FalseAlarms(
        closed=total,
        n=n,
        devices=session.scalar(detectors.where(_detects(), *places)) or 0,
        by_cause=_by_cause(session, found),
        by_device=_by_device(session, found),
        by_building=_by_building(session, found),
        devices_total=session.scalar(_count(Device.id).select_from(_SPOKEN).where(found)) or 0,
        buildings_total=session.scalar(_count(Incident.premises_id).where(found)) or 0,
    )


def narrowed(
    cause: str | None, device_id: str | None, premises_id: str | None, *, without_cause: bool
) -> Conditions:
    """The false alarms behind one of the counts, as conditions on `Incident`; None leaves a side open."""
    conditions: list[ColumnElement[bool]] = [FALSE]
    if cause is not None:
        conditions.append(_cause() == cause)
    if without_cause:
        conditions.append(_cause().is_(None))
    if device_id is not None:
        conditions.append(Incident.id.in_(select(Signal.incident_id).where(Signal.device_id == device_id)))
    if premises_id is not None:
        conditions.append(Incident.premises_id == premises_id)
    return conditions


def _cause() -> ColumnElement[str | None]:
    return func.nullif(func.trim(Incident.cause), "")


def _detects() -> ColumnElement[bool]:
    return and_(Device.registered, Device.kind.in_(_DETECTORS))


def _by_cause(session: Session, found: ColumnElement[bool]) -> list[ByCause]:
    n, cause = func.count(), _cause().label("said")
    rows = session.execute(select(cause, n).where(found).group_by(cause).order_by(n.desc(), cause))
    return sorted((ByCause(*row) for row in rows), key=lambda one: one.cause is None)


_SPOKEN = join(Device, Signal, Signal.device_id == Device.id).join(
    Incident, Incident.id == Signal.incident_id
)


def _count(what: Any) -> Select[int]:
    return select(func.count(distinct(what)))


def _by_device(session: Session, found: ColumnElement[bool]) -> list[ByDevice]:
    n, last = func.count(distinct(Incident.id)), func.max(Incident.opened_at)
    query = (
        select(Device.id, Device.kind, Device.floor, Device.room, Device.premises_id, Premises.name, n, last)
        .select_from(_SPOKEN)
        .outerjoin(Premises, Premises.id == Device.premises_id)
        .where(found)
        .group_by(Device.id, Premises.name)
        .order_by(n.desc(), last.desc(), Device.id)
        .limit(MOST_LISTED)
    )
    return [ByDevice(*row) for row in session.execute(query)]


def _by_building(session: Session, found: ColumnElement[bool]) -> list[ByBuilding]:
    n, last = func.count().label("n"), func.max(Incident.opened_at).label("last_at")
    most = (
        select(Incident.premises_id, n, last)
        .where(found, Incident.premises_id.is_not(None))
        .group_by(Incident.premises_id)
        .order_by(n.desc(), last.desc(), Incident.premises_id)
        .limit(MOST_LISTED)
        .subquery()
    )
    devices = select(func.count()).where(Device.premises_id == Premises.id, _detects()).scalar_subquery()
    query = (
        select(Premises.id, Premises.name, Premises.address, most.c.n, most.c.last_at, devices)
        .join(most, most.c.premises_id == Premises.id)
        .order_by(most.c.n.desc(), most.c.last_at.desc(), Premises.id)
    )
    return [ByBuilding(*row) for row in session.execute(query)]
