"""Where a person's report of a fire means: known premises, a point in the district, or words alone."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from dispatch.errors import InvalidError, NotFoundError
from dispatch.setup import DispatchSetup
from dispatch.values import PersonReport
from geo.point import Point
from registry.address_book import load_address_book
from registry.addresses import AddressMatch
from registry.place_names import plain
from store.places import Premises


@dataclass(frozen=True, slots=True)
class ReportedPlace:
    """A place, and the key that makes two reports of it one incident; one of the three is filled."""

    key: str
    premises: Premises | None = None
    point: Point | None = None
    unmatched: AddressMatch | None = None


def place_of(session: Session, setup: DispatchSetup, report: PersonReport) -> ReportedPlace:
    """What a report names: premises by id, else a point, else the premises that the address is written as.

    Raises NotFoundError for unknown premises, InvalidError for a report without a place or with a
    point outside every district.
    """
    if report.premises_id is not None:
        premises = session.get(Premises, report.premises_id)
        if premises is None:
            raise NotFoundError(f"premises {report.premises_id}: not in the registry")
        return _at(premises)
    if report.lon is not None and report.lat is not None:
        point = _point(session, setup, report.lon, report.lat)
        return ReportedPlace(f"point:{point.lon:.4f},{point.lat:.4f}", point=point)
    words = plain(report.address or "")
    if report.lon is not None or report.lat is not None or not words:
        raise InvalidError("a report needs premises_id, or lon and lat, or an address")
    match = load_address_book(session).match(words)
    if match.premises_id is not None:
        return _at(session.get_one(Premises, match.premises_id))
    # a hash, because an address may be longer than what an index holds
    return ReportedPlace(f"address:{sha256(words.encode()).hexdigest()[:32]}", unmatched=match)


def _at(premises: Premises) -> ReportedPlace:
    return ReportedPlace(f"premises:{premises.id}", premises=premises)


def _point(session: Session, setup: DispatchSetup, lon: float, lat: float) -> Point:
    try:
        point = Point(lon, lat)
        setup.roster.get(session).tree.check_inside(point)
    except ValueError as fault:
        raise InvalidError(f"{fault}; correct lon and lat") from None
    return point
