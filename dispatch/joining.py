"""One more sign at an open incident: it may confirm it, and the units are told."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import centre, chat, handover, journal, messages, telling
from dispatch.correlation import Decision, OpenIncident
from dispatch.setup import DispatchSetup
from dispatch.values import DeviceKind, EventKind, Fate, Grade, Outcome, SensorEvent, Source
from store.incidents import Incident, Signal
from store.places import Device

_WINDOW = DeviceKind.ESCAPE_WINDOW


def as_open_incident(incident: Incident) -> OpenIncident:
    """What correlation needs to know of an open incident."""
    alarms = [signal for signal in incident.signals if signal.kind != _WINDOW]
    return OpenIncident(
        grade=Grade(incident.grade),
        alarm_devices=frozenset(signal.device_id for signal in alarms if signal.device_id),
        last_alarm_at=max((signal.received_at for signal in alarms), default=None),
        summaries=frozenset(signal.device_id for signal in alarms if signal.device_id and signal.is_summary),
    )


def join(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    signal: Signal,
    decision: Decision,
    *,
    now: datetime,
    source: Source = Source.DEVICE,
    actor: str | None = None,
) -> None:
    """Add a signal to an open incident, and do what the decision says."""
    incident.signals.append(signal)
    session.flush()
    journal.record(
        session,
        incident.id,
        "signal_joined",
        at=signal.received_at,
        recorded_at=now,
        source=source,
        actor=actor or signal.device_id,
        signal=signal.kind,
        floor=signal.floor,
        room=signal.room,
        reason=decision.reason,
    )
    newly_confirmed = decision.confirms and incident.grade != Grade.CONFIRMED
    if newly_confirmed:
        confirm(session, setup, incident, decision.reason, now=now)
    elif signal.kind == _WINDOW and incident.grade == Grade.CONFIRMED:
        telling.tell_units(
            session, setup, incident, "confirmed", f"window:{signal.id}", messages.confirmed, now=now
        )
    centre.tell(session, setup, incident, now=now)


def confirm(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    reason: str,
    *,
    now: datetime,
    source: Source = Source.SYSTEM,
    actor: str | None = None,
) -> None:
    """Raise the grade to confirmed: units are told, the district gets the incident at once."""
    incident.grade = Grade.CONFIRMED
    incident.confirmed_at = now
    journal.record(
        session,
        incident.id,
        "confirmed",
        at=now,
        recorded_at=now,
        source=source,
        actor=actor,
        reason=reason,
    )
    telling.tell_units(
        session,
        setup,
        incident,
        "confirmed",
        f"confirmed:{incident.id}:{now.isoformat()}",
        messages.confirmed,
        now=now,
    )
    chat.post(session, setup, incident, f"confirmed:{now.isoformat()}", messages.confirmed, now=now)
    handover.hand_over(session, setup, incident, now=now)


def note_device_event(
    session: Session, incident: Incident | None, device: Device, event: SensorEvent, *, now: datetime
) -> Outcome:
    """Keep what else a device says during an incident; it changes the information, never the dispatch."""
    if incident is None:
        return Outcome(Fate.RECORDED)
    if event.kind is EventKind.RESTORE or event.data.get("alarm_over"):
        for signal in incident.signals:
            if signal.device_id == device.id and signal.restored_at is None:
                signal.restored_at = event.received_at
    journal.record(
        session,
        incident.id,
        f"device_{event.kind}",
        at=event.received_at,
        recorded_at=now,
        source=Source.DEVICE,
        actor=device.id,
        floor=device.floor,
        room=device.room,
    )
    return Outcome(Fate.RECORDED, incident.id)
