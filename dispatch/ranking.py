"""Rank stations as the record stands, and keep what came of it. In the caller's transaction."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch import journal, recommended, selection
from dispatch.describe import place_of
from dispatch.selection import Candidate, Place, Ranking, StationCard
from dispatch.setup import DispatchSetup
from dispatch.values import IncidentStatus, Tier
from store.direct import ask_rows
from store.incidents import Assignment, Incident

#: Where a session (one transaction, see store.database) remembers who is committed.
_COMMITTED = "committed_stations"
#: The first of the open assignments of each station: there may be thousands, and an alarm waits for them.
_FIRST = (
    select(func.min(Assignment.id))
    .join(Incident, Incident.id == Assignment.incident_id)
    .where(
        Incident.status == IncidentStatus.OPEN,
        Incident.drill.is_(False),
        Assignment.declined_at.is_(None),
        Assignment.cleared_at.is_(None),
    )
    .group_by(Assignment.station_id)
)
_HELD = (
    select(Assignment.station_id, Incident.code)
    .join(Incident, Incident.id == Assignment.incident_id)
    .where(Assignment.id.in_(_FIRST))
)


def rank(
    session: Session,
    setup: DispatchSetup,
    tier: Tier,
    place: Place,
    *,
    now: datetime,
    already_sent: AbstractSet[str] = frozenset(),
) -> Ranking:
    """Rank the stations of one tier for a place."""
    return selection.rank(
        setup.roster.get(session).of_tier(tier),
        place,
        setup.roads,
        now=now,
        zone=setup.zone,
        too_far_s=setup.plan.too_far_s,
        committed=_committed(session),
        already_sent=already_sent,
    )


def of_incident(
    session: Session, setup: DispatchSetup, incident: Incident, tier: Tier, now: datetime
) -> Ranking:
    """Rank the stations of a tier for an incident, without those it has already."""
    sent = {assignment.station_id for assignment in incident.assignments}
    return rank(session, setup, tier, place_of(session, setup, incident), now=now, already_sent=sent)


def keep(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    tier: Tier,
    ranked: Ranking,
    chosen: Sequence[Candidate],
    *,
    planned: int,
    now: datetime,
) -> None:
    """Keep in the timeline who was ranked how, who was passed over, and what those who go fall short of."""
    target_s = setup.plan.of(tier).target_response_s
    fact = recommended.as_fact(tier, ranked, chosen, planned=planned, target_s=target_s)
    journal.record(session, incident.id, "recommended", at=now, recorded_at=now, **fact)


def chosen_by_hand(setup: DispatchSetup, card: StationCard, place: Place) -> Candidate:
    """A station that a person chose, whatever its rank, with its journey."""
    found = None
    if card.point is not None and place.point is not None:
        compared = setup.roads.compare(place.point, {card.id: card.point}, place_id=place.premises_id)
        found = compared.travels[card.id]
    return Candidate(card, found, selection.SENT_BY_DISPATCHER)


def commit(session: Session, station_id: str, incident: Incident) -> None:
    """A station was sent: to whatever opens next in this transaction it is committed."""
    known: dict[str, str] | None = session.info.get(_COMMITTED)
    if known is not None and not incident.drill:
        known.setdefault(station_id, incident.code)


def _committed(session: Session) -> dict[str, str]:
    """The stations that open incidents hold, each with a code; read once in a transaction."""
    known: dict[str, str] | None = session.info.get(_COMMITTED)
    if known is None:
        known = session.info[_COMMITTED] = dict(ask_rows(session, _HELD))
    return known
