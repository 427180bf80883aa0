"""Close a road and open it again. Verbs in the caller's transaction; every process follows by its keeper."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.errors import ConflictError, InvalidError, NotFoundError
from dispatch.setup import DispatchSetup
from geo.point import Point
from registry import roads as kept
from store.roads import RoadClosure


def close_road(
    session: Session,
    setup: DispatchSetup,
    point: Point,
    reason: str,
    *,
    until: datetime | None,
    actor: str,
    now: datetime,
) -> RoadClosure:
    """Close the road at a point for everybody, until it is opened or `until` has come.

    Raises InvalidError for an end that has passed and for a point with no road within 50 m, ConflictError
    where no roads are in use.
    """
    if until is not None and until <= now:
        raise InvalidError("until: already over; give an instant to come, or leave it out")
    in_use = setup.roads.in_use
    if in_use is None:
        raise ConflictError(_why_no_roads(session, setup))
    try:
        in_use.check_closure(point)
    except ValueError as fault:
        raise InvalidError(str(fault)) from None
    closure = RoadClosure(
        lon=point.lon, lat=point.lat, reason=reason, until_at=until, created_at=now, created_by=actor
    )
    session.add(closure)
    session.flush()
    return closure


def open_road(session: Session, closure_id: int, *, actor: str, now: datetime) -> RoadClosure:
    """End a closure; it stays in the record. Raises NotFoundError where it is not in force."""
    closure = session.get(RoadClosure, closure_id, with_for_update=True)
    if closure is None or closure.ended_at is not None or _is_over(closure, now):
        raise NotFoundError(f"closure {closure_id}: not known, or no longer in force")
    closure.ended_at, closure.ended_by = now, actor
    session.flush()
    return closure


def _is_over(closure: RoadClosure, now: datetime) -> bool:
    return closure.until_at is not None and closure.until_at <= now


def _why_no_roads(session: Session, setup: DispatchSetup) -> str:
    if kept.newest_id(session) is None:
        return "no road network is loaded, so there is no road to close; load one with `fire135 roads FILE`"
    fault = next(iter(setup.roads.faults), "they are still being read; try again in some seconds")
    return f"the roads are not in use: {fault}"
