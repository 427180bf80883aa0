"""Who would be sent to a place, best first, and who would not and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.errors import InvalidError
from dispatch.ranking import rank
from dispatch.selection import Candidate, PassedOver, Place
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from geo.point import Point


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Candidates best first (nearest tier first), and who was passed over."""

    items: tuple[Candidate, ...]
    passed_over: tuple[PassedOver, ...]


def recommend(
    session: Session, setup: DispatchSetup, point: Point, tier: Tier | None, *, now: datetime
) -> Recommendation:
    """Rank the stations of one tier, or of every tier in turn, for a point.

    Raises InvalidError for a place outside every district, as a report from there would.
    """
    roster = setup.roster.get(session)
    try:
        roster.tree.check_inside(point)
    except ValueError as outside:
        raise InvalidError(f"{outside}; correct lon and lat") from None
    village = roster.tree.locate(point)
    codes = (village, *roster.tree.ancestors(village)) if village else ()
    place = Place(point, tuple(codes))
    items: list[Candidate] = []
    passed_over: list[PassedOver] = []
    for wanted in [tier] if tier else list(Tier):
        ranking = rank(session, setup, wanted, place, now=now)
        items += ranking.candidates
        passed_over += ranking.passed_over
    return Recommendation(tuple(items), tuple(passed_over))
