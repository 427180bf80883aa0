"""What a caller bound to a region sees: that region and what is below it, as conditions of queries."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from api.access import Role
from api.callers import Caller
from dispatch.errors import NotFoundError
from store.access import ApiToken, User
from store.incidents import Assignment, Incident
from store.places import Device, Person, Premises, Region, Station

Condition = ColumnElement[bool]


def codes_below(region: str) -> Select[tuple[str]]:
    """The codes of a region and of everything below it, as a query."""
    inside = select(Region.code).where(Region.code == region).cte(recursive=True)
    inside = inside.union(select(Region.code).join(inside, Region.parent_code == inside.c.code))
    return select(inside.c.code)


def _within(caller: Caller, code: InstrumentedAttribute[Any]) -> Condition:
    return code.in_(codes_below(caller.region_code)) if caller.region_code else true()


def regions(caller: Caller) -> Condition:
    """The regions that a caller sees."""
    return _within(caller, Region.code)


def stations(caller: Caller) -> Condition:
    """The stations that a caller sees."""
    return _within(caller, Station.region_code)


def people(caller: Caller) -> Condition:
    """The people that a caller sees: those of a region, and of a station there."""
    if caller.region_code is None:
        return true()
    there = select(Station.id).where(stations(caller))
    return or_(_within(caller, Person.region_code), Person.station_id.in_(there))


def premises(caller: Caller) -> Condition:
    """The premises that a caller sees."""
    return _within(caller, Premises.village_code)


def devices(caller: Caller) -> Condition:
    """The devices that a caller sees: by their premises, station, or the premises of their gateway."""
    if caller.region_code is None:
        return true()
    buildings = select(Premises.id).where(premises(caller))
    own_stations = select(Station.id).where(stations(caller))
    gateway = aliased(Device)
    placed_gateways = select(gateway.id).where(gateway.premises_id.in_(buildings))
    return or_(
        Device.premises_id.in_(buildings),
        Device.station_id.in_(own_stations),
        and_(Device.premises_id.is_(None), Device.gateway_id.in_(placed_gateways)),
    )


def incidents(caller: Caller) -> Condition:
    """The incidents that a caller sees: those in his region.

    A station's people see those, too, to which their station was sent across the border: they have
    to find the place and answer.
    """
    if caller.region_code is None:
        return true()
    there = in_region(caller.region_code)
    if caller.role is not Role.STATION:
        return there
    own = select(Station.id).where(stations(caller))
    return or_(there, Incident.id.in_(select(Assignment.incident_id).where(Assignment.station_id.in_(own))))


def in_region(code: str) -> Condition:
    """The incidents of one region of any level."""
    return or_(Incident.district_code == code, Incident.town_code == code, Incident.village_code == code)


def users(caller: Caller) -> Condition:
    """The users that an admin manages: those bound to his region or below."""
    return _within(caller, User.region_code)


def tokens(caller: Caller) -> Condition:
    """The tokens that an admin manages: those bound to his region or below."""
    return _within(caller, ApiToken.region_code)


def check_region(session: Session, caller: Caller, code: str) -> None:
    """Raise NotFoundError unless the caller sees this division."""
    _check(session, select(Region.code).where(Region.code == code, regions(caller)), f"region {code}")


def check_station(session: Session, caller: Caller, station_id: str) -> None:
    """Raise NotFoundError unless the caller sees this station."""
    _check(
        session, select(Station.id).where(Station.id == station_id, stations(caller)), f"station {station_id}"
    )


def sees_premises(session: Session, caller: Caller, premises_id: str) -> bool:
    """Tell whether the caller sees these premises."""
    seen = select(Premises.id).where(Premises.id == premises_id, premises(caller))
    return session.scalar(seen) is not None


def check_premises(session: Session, caller: Caller, premises_id: str) -> None:
    """Raise NotFoundError unless the caller sees these premises."""
    if not sees_premises(session, caller, premises_id):
        raise _not_seen(f"premises {premises_id}")


def check_incident(session: Session, caller: Caller, incident_id: str) -> None:
    """Raise NotFoundError unless the caller sees this incident."""
    seen = select(Incident.id).where(Incident.id == incident_id, incidents(caller))
    _check(session, seen, f"incident {incident_id}")


def _check(session: Session, seen: Select[str], what: str) -> None:
    if session.scalar(seen) is None:
        raise _not_seen(what)


def _not_seen(what: str) -> NotFoundError:
    return NotFoundError(f"{what}: not known, or outside your region")
