"""Hand an incident to the district: duty officers told, brigade sent, acceptance watched.

Contract sections 7 and 8; the centre answers through `report`, by its own system or by a person who rang it.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import centre, journal, messages, paging, ranking, selection, steps, telling
from dispatch.errors import NotFoundError
from dispatch.escalation import Step
from dispatch.locking import lock_incident
from dispatch.setup import DispatchSetup
from dispatch.values import Grade, HandoverStatus, IncidentStatus, Source, Tier
from store.incidents import Incident, TimelineEntry

_ORDER = list(HandoverStatus)


def hand_over(session: Session, setup: DispatchSetup, incident: Incident, *, now: datetime) -> None:
    """Hand over at the incident's present grade; a second call after confirmation is an update.

    Where the centre had refused, it is asked again to accept.
    """
    verified = incident.grade == Grade.CONFIRMED
    first = incident.handover_at is None
    is_asked = first or incident.handover_status == HandoverStatus.REJECTED
    what = f"handover:{'confirmed' if verified else 'unverified'}:{now.isoformat()}"
    text = partial(messages.duty_handover, verified=verified)
    telling.tell_duty_officers(session, setup, incident, what, text, now=now)
    journal.record(
        session,
        incident.id,
        "handed_over" if is_asked else "handover_updated",
        at=now,
        recorded_at=now,
        verified=verified,
    )
    if first:
        _send_brigade(session, setup, incident, now)
        incident.handover_at = now
    if is_asked:
        _ask_to_accept(session, setup, incident, now)
    centre.tell(session, setup, incident, now=now)


def _ask_to_accept(session: Session, setup: DispatchSetup, incident: Incident, now: datetime) -> None:
    """The centre is to accept it in time, unless it did so when it was rung before."""
    if incident.handover_status not in (HandoverStatus.NONE, HandoverStatus.REJECTED):
        return
    incident.handover_status, incident.handover_reason = HandoverStatus.SENT, None
    accept_by = now + timedelta(seconds=setup.plan.handover_accept_within_s)
    steps.write_once(session, incident.id, Step.HANDOVER_ACCEPT, accept_by)


def _send_brigade(session: Session, setup: DispatchSetup, incident: Incident, now: datetime) -> None:
    """The district's stations are sent with the hand-over; a district without one is told all the same.

    Where nobody knows which of several districts it is, whose brigade goes would be a guess.
    """
    if incident.district_code is None and len(setup.roster.get(session).tree.codes_of_level("district")) > 1:
        return
    tier = Tier.DISTRICT
    at_once = setup.plan.of(tier).stations_at_once
    ranked = ranking.of_incident(session, setup, incident, tier, now)
    chosen = ranked.candidates[:at_once]
    ranking.keep(session, setup, incident, tier, ranked, chosen, planned=at_once, now=now)
    for candidate in chosen:
        paging.send_station(session, setup, incident, candidate, selection.HANDED_OVER, now=now)


def report(
    session: Session,
    setup: DispatchSetup,
    incident_id: str,
    status: HandoverStatus,
    *,
    number: str | None,
    reason: str | None,
    actor: str,
    source: Source,
    now: datetime,
) -> Incident:
    """The 119 centre says how far it is: accepted with its number, rejected with a reason, and so on.

    The same report again has no effect, a late one never moves the status back. Raises NotFoundError.
    """
    incident = lock_incident(session, incident_id)
    if incident is None:
        raise NotFoundError(f"incident {incident_id}: not known")
    before = HandoverStatus(incident.handover_status)
    moves = _moves(before, status)
    said: dict[str, Any] = {"number": number, "reason": reason}
    if not moves and _said_before(session, incident_id, status, said):
        return incident
    incident.handover_number = number or incident.handover_number
    if moves:
        incident.handover_status, incident.handover_reason = status, reason
    elif status is before:
        incident.handover_reason = reason or incident.handover_reason
    kind = f"handover_{status}"
    journal.record(session, incident.id, kind, at=now, recorded_at=now, source=source, actor=actor, **said)
    centre.stop_repeating(session, incident)
    is_refused = status is HandoverStatus.REJECTED and incident.handover_status == status
    if is_refused and incident.status == IncidentStatus.OPEN:
        _tell_refused(session, setup, incident, now)
    return incident


def _tell_refused(session: Session, setup: DispatchSetup, incident: Incident, now: datetime) -> None:
    """A person must ring: said at once, and again until one has answered."""
    what, text = f"rejected:{now.isoformat()}", partial(messages.duty_ring_119, refused=True)
    telling.tell_duty_officers(session, setup, incident, what, text, now=now)
    again_at = now + timedelta(seconds=setup.plan.repeat_every_s)
    steps.write_once(session, incident.id, Step.HANDOVER_ACCEPT, again_at)


def _said_before(session: Session, incident_id: str, status: HandoverStatus, said: dict[str, Any]) -> bool:
    earlier = select(TimelineEntry.data).where(
        TimelineEntry.incident_id == incident_id, TimelineEntry.kind == f"handover_{status}"
    )
    return said in session.scalars(earlier).all()


def _moves(before: HandoverStatus, status: HandoverStatus) -> bool:
    """Whether a report brings the hand-over on: forward, or accepted after all what was rejected."""
    if (before, status) == (HandoverStatus.REJECTED, HandoverStatus.ACCEPTED):
        return True
    return status is not HandoverStatus.SENT and _ORDER.index(status) > _ORDER.index(before)
