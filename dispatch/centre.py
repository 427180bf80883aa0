"""What the 119 centre is told, message after message: written with the decision, sent after its commit.

The first message of an incident is its Alert at the hand-over; from then on every change that
matters there makes an Update, and the end an Update or a Cancel. Each holds the whole present state,
so that whoever has the newest has everything. `dispatch/centre_queue.py` sees to the sending.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch import cap
from dispatch.cap import Header
from dispatch.centre_facts import facts_for_centre
from dispatch.setup import DispatchSetup
from dispatch.values import HandoverStatus, IncidentStatus
from store.incidents import Incident
from store.reliability import CentreMessage

#: What a body holds beside the facts.
_ABOUT_ITSELF = ("message", "cap")


def tell(session: Session, setup: DispatchSetup, incident: Incident, *, now: datetime) -> None:
    """Write the next message of an incident that is handed over.

    Nothing where nothing has changed, and nothing after the end: corrections are ours alone.
    """
    if incident.handover_at is None:
        return
    session.flush()
    facts = facts_for_centre(session, setup, incident)
    told = facts.model_dump(mode="json")
    newest = _newest(session, CentreMessage.body, incident.id)
    last = _facts_in(newest) if newest else None
    if last is not None and (last == told or last["status"] == IncidentStatus.CLOSED):
        return
    earlier = _identifiers(session, incident.id)
    sequence = len(earlier) + 1
    header = Header(
        identifier=cap.identifier_of(incident.id, sequence),
        kind=cap.kind_of(facts, is_first=not earlier),
        sent=now.replace(microsecond=0),
        earlier=earlier,
    )
    document = cap.write(facts, header, setup.zone)
    message = {"sequence": sequence, "kind": header.kind, "identifier": header.identifier}
    session.add(
        CentreMessage(
            incident_id=incident.id,
            sequence=sequence,
            kind=header.kind,
            identifier=header.identifier,
            cap_sent_at=header.sent,
            cap=document,
            body=json.dumps(told | {"message": message, "cap": document}, ensure_ascii=False),
            created_at=now,
            next_attempt_at=now,
        )
    )


def stop_repeating(session: Session, incident: Incident) -> None:
    """The centre has spoken: what it has read is not sent again; what it has not read still is."""
    if incident.handover_status in (HandoverStatus.NONE, HandoverStatus.SENT):
        return
    session.execute(
        update(CentreMessage)
        .where(CentreMessage.incident_id == incident.id, CentreMessage.status == "delivered")
        .values(status="done")
    )


def cap_of(session: Session, setup: DispatchSetup, incident: Incident) -> str:
    """The newest CAP message of an incident.

    One that was never handed over has none in the record: then this is the alert as it would be sent
    now, under the number 0, or, where it is closed, the message that ends it.
    """
    newest = _newest(session, CentreMessage.cap, incident.id)
    if newest:
        return newest
    facts = facts_for_centre(session, setup, incident)
    alert = (cap.identifier_of(incident.id, 0), incident.opened_at)
    header = Header(alert[0], cap.kind_of(facts, is_first=True), incident.opened_at)
    if incident.status == IncidentStatus.CLOSED:
        ended_at = incident.closed_at or incident.opened_at
        kind = cap.kind_of(facts, is_first=False)
        header = Header(cap.identifier_of(incident.id, 1), kind, ended_at, [alert])
    return cap.write(facts, header, setup.zone)


def _newest(session: Session, column: InstrumentedAttribute[str], incident_id: str) -> str | None:
    """One column of an incident's newest message: documents are long, and the older ones are not needed."""
    of_incident = select(column).where(CentreMessage.incident_id == incident_id)
    return session.scalar(of_incident.order_by(CentreMessage.sequence.desc()).limit(1))


def _identifiers(session: Session, incident_id: str) -> list[tuple[str, datetime]]:
    """Identifier and `sent` of every message of an incident, in order."""
    wanted = select(CentreMessage.identifier, CentreMessage.cap_sent_at)
    of_incident = wanted.where(CentreMessage.incident_id == incident_id).order_by(CentreMessage.sequence)
    return [(identifier, sent) for identifier, sent in session.execute(of_incident)]


def _facts_in(body: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(body)
    return {key: value for key, value in told.items() if key not in _ABOUT_ITSELF}
