"""Hand an incident to the district: duty officers told, brigade sent, acceptance watched.

Contract sections 7 and 8; the district's own system answers through `lifecycle.report_handover`.
"""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from dispatch import journal, messages, paging, selection, telling
from dispatch.escalation import Due, Step
from dispatch.setup import DispatchSetup
from dispatch.values import Grade, HandoverStatus, Tier
from store.incidents import Incident


def hand_over(session: Session, setup: DispatchSetup, incident: Incident, *, now: datetime) -> None:
    """Hand over at the incident's present grade; a second call after confirmation is an update."""
    verified = incident.grade == Grade.CONFIRMED
    first = incident.handover_status == HandoverStatus.NONE
    what = f"handover:{'confirmed' if verified else 'unverified'}:{now.isoformat()}"
    text = partial(messages.duty_handover, verified=verified)
    telling.tell_duty_officers(session, setup, incident, what, text, now=now)
    journal.record(
        session,
        incident.id,
        "handed_over" if first else "handover_updated",
        at=now,
        recorded_at=now,
        verified=verified,
    )
    if not first:
        return
    incident.handover_status = HandoverStatus.SENT
    incident.handover_at = now
    accept_by = now + timedelta(seconds=setup.plan.handover_accept_within_s)
    paging.schedule(session, incident.id, Due(Step.HANDOVER_ACCEPT, accept_by))
    _send_brigade(session, setup, incident, now)


def _send_brigade(session: Session, setup: DispatchSetup, incident: Incident, now: datetime) -> None:
    """The district's stations are sent with the hand-over; a district without one is told all the same."""
    ranking = paging.rank_tier(session, setup, incident, Tier.DISTRICT, now)
    for candidate in ranking.candidates[: setup.plan.of(Tier.DISTRICT).stations_at_once]:
        paging.send_station(session, setup, incident, candidate, selection.HANDED_OVER, now=now)
