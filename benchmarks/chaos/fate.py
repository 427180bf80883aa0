"""What became of an alarm that was lost, in a line: how far it came, by the record and by the carrier."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.chaos.carrier import Request
from benchmarks.chaos.county import house_in
from benchmarks.chaos.detectors import Alarm
from store.incidents import Incident, Notification
from store.signals import EventRecord


def fate_of(session: Session, alarm: Alarm, requests: Sequence[Request]) -> str:
    """Times are seconds after the alarm."""
    house = alarm.house
    heard = session.scalars(select(EventRecord).where(EventRecord.device_id == house.device_id)).all()
    incidents = session.scalars(select(Incident).where(Incident.premises_id == house.id)).all()
    asked = [each for each in requests if each.phone == house.chief_phone and house_in(each.body) == house.id]
    said = "never" if alarm.acknowledged_at is None else f"{alarm.acknowledged_at - alarm.said_at:.1f}"
    parts = [
        f"acknowledged {said}",
        "heard " + (", ".join(f"{_after(alarm, event.received_at)}" for event in heard) or "never"),
        *(_of_incident(session, alarm, incident) for incident in incidents),
        "no incident" if not incidents else "",
        "requests "
        + (
            ", ".join(f"{each.at - alarm.said_at:.1f}{'' if each.is_taken else ' refused'}" for each in asked)
            or "none"
        ),
    ]
    return f"{house.id}: " + "; ".join(part for part in parts if part)


def _of_incident(session: Session, alarm: Alarm, incident: Incident) -> str:
    rows = session.scalars(
        select(Notification)
        .where(Notification.incident_id == incident.id, Notification.phone == alarm.house.chief_phone)
        .order_by(Notification.id)
    ).all()
    messages = ", ".join(_of_message(alarm, row) for row in rows) or "no message to the chief"
    return f"incident {incident.code} {incident.status}: {messages}"


def _of_message(alarm: Alarm, row: Notification) -> str:
    why = f" ({row.failure})" if row.failure else ""
    made = _after(alarm, row.created_at)
    return (
        f"{row.purpose} {row.id} by {row.channel} made {made} {row.status} after {row.attempts} attempts{why}"
    )


def _after(alarm: Alarm, at: datetime) -> str:
    return f"{at.timestamp() - alarm.said_at:.1f}"
