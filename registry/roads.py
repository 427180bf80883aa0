"""The road network in use and the roads that are closed, as the record keeps them."""

from datetime import datetime

from sqlalchemy import bindparam, delete, func, or_, select, text
from sqlalchemy.orm import Session

from geo.point import Point
from store.direct import ask, ask_rows
from store.roads import CLOSED, RoadClosure, RoadNetworkFile

_NEWEST = select(func.max(RoadNetworkFile.id))
_IN_FORCE = (
    select(RoadClosure.id, RoadClosure.lon, RoadClosure.lat)
    .where(text(CLOSED), or_(RoadClosure.until_at.is_(None), RoadClosure.until_at > bindparam("now")))
    .order_by(RoadClosure.id)
)


def newest_id(session: Session) -> int | None:
    """The network in use; None where none was ever loaded."""
    return ask(session, _NEWEST)


def newest(session: Session) -> RoadNetworkFile | None:
    """The network in use, without its bytes."""
    return session.scalar(select(RoadNetworkFile).order_by(RoadNetworkFile.id.desc()).limit(1))


def packed(session: Session, network_id: int) -> bytes | None:
    """The bytes of a network; None where another has taken its place."""
    return session.scalar(select(RoadNetworkFile.packed).where(RoadNetworkFile.id == network_id))


def keep(session: Session, file: RoadNetworkFile) -> None:
    """Put a network in the place of the one in use."""
    session.add(file)
    session.flush()
    session.execute(delete(RoadNetworkFile).where(RoadNetworkFile.id != file.id))


def closed_points(session: Session, now: datetime) -> dict[int, Point]:
    """Where roads are closed at an instant, by the closure's id."""
    return {row_id: Point(lon, lat) for row_id, lon, lat in ask_rows(session, _IN_FORCE, now=now)}


def closures(session: Session, now: datetime) -> list[RoadClosure]:
    """The closures in force at an instant, oldest first."""
    in_force = list(closed_points(session, now))
    return list(
        session.scalars(select(RoadClosure).where(RoadClosure.id.in_(in_force)).order_by(RoadClosure.id))
    )
