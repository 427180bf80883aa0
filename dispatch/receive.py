"""Where an alarm becomes a message: receive a device's event or a person's report.

Everything that follows from it (the event itself, the incident, who is sent, what they are told,
what falls due) is written in the caller's transaction. Only after its commit is MQTT acknowledged.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from dispatch import (
    answers,
    circumstances,
    correlation,
    joining,
    modes,
    opening,
    probe,
    reported,
    windows,
    witness,
)
from dispatch.correlation import Action, Decision
from dispatch.errors import InvalidError, NotFoundError
from dispatch.opening import Opening
from dispatch.setup import DispatchSetup
from dispatch.values import (
    DeviceKind,
    EventKind,
    Fate,
    Grade,
    Outcome,
    PersonReport,
    SensorEvent,
    Source,
)
from store.direct import insert_once, later, table_of
from store.incidents import Incident, Signal
from store.places import PROBE_DEVICE, Device, Premises
from store.signals import EventRecord

_THIS_EVENT = update(table_of(EventRecord)).where(EventRecord.id == bindparam("event_id"))
_LED_TO = _THIS_EVENT.values(incident_id=bindparam("led_to"))
_TAKEN_AS = _THIS_EVENT.values(data=bindparam("with_mark"))
_TERMINAL_KINDS = frozenset({EventKind.ACKNOWLEDGE, EventKind.ENROUTE, EventKind.ON_SCENE})


def receive_event(session: Session, setup: DispatchSetup, event: SensorEvent, *, now: datetime) -> Outcome:
    """Take one canonical event of a device that the registry lists, or of the service's own detector.

    The same event twice has one effect. Historical, simulated and restated events, and those of a
    device under test or maintenance, are kept and never page a station. Raises NotFoundError where
    `device_id` is not in the registry, InvalidError where a device answers for a station that is no
    station terminal.
    """
    if event.device_id == PROBE_DEVICE:
        return probe.take(session, setup, event, now=now)
    device = session.get(Device, event.device_id)
    if device is None:
        raise NotFoundError(f"device {event.device_id}: not in the registry; list it before its events")
    event_id = _store_once(session, event)
    if event_id is None:
        return Outcome(Fate.DUPLICATE)
    outcome = _act(session, setup, device, event, now)
    if outcome.incident_id is not None:
        later(session, _LED_TO, {"event_id": event_id, "led_to": outcome.incident_id})
    if outcome.taken_as is not None:
        data = {**event.data, modes.TAKEN_AS: outcome.taken_as}
        later(session, _TAKEN_AS, {"event_id": event_id, "with_mark": data})
    return outcome


def _store_once(session: Session, event: SensorEvent) -> int | None:
    columns = {
        "device_id": event.device_id,
        "dedup_key": event.dedup_key,
        "kind": event.kind,
        "source": event.source,
        "received_at": event.received_at,
        "device_at": event.device_at,
        "live": event.live,
        "data": dict(event.data),
    }
    return insert_once(session, EventRecord, columns)


def _act(
    session: Session, setup: DispatchSetup, device: Device, event: SensorEvent, now: datetime
) -> Outcome:
    if not event.live:
        return Outcome(Fate.RECORDED)
    if event.kind in _TERMINAL_KINDS:
        if device.kind != DeviceKind.STATION_TERMINAL:
            raise InvalidError(
                f"device {device.id}: {event.kind} is for station terminals, and this is a {device.kind}"
            )
        return answers.receive_terminal(session, setup, device, event, now=now)
    place_key = opening.place_key_of(device)
    since = now - timedelta(seconds=setup.plan.confirm_window_s)
    met = circumstances.at(session, device, place_key, since)
    incident = opening.find_open(session, place_key, drill=False) if met.incident_is_open else None
    witnessed = witness.take(session, setup, device, event, incident, now=now) if met.is_vouched_for else None
    if witnessed is not None:
        return witnessed
    if event.kind not in modes.SIGNALS or event.data.get("restated"):
        return joining.note_device_event(session, incident, device, event, now=now)
    if event.data.get("again") and incident is not None and _has_signal_of(incident, device):
        return Outcome(Fate.RECORDED, incident.id)  # it says what the open incident knows
    opened = windows.opened_since(session, device, since) if met.window_was_opened else []
    decision = _decide(setup, device, event, opened, incident, now)
    if decision.action is Action.OPEN:
        return _open(session, setup, device, event, opened, decision, now)
    if decision.action is Action.JOIN and incident is not None:
        joining.join(session, setup, incident, _signal(device, event), decision, now=now)
        return Outcome(Fate.JOINED, incident.id)
    if decision.action is Action.INFORM:
        windows.tell_building_leaders(session, setup, device, event, now=now)
        return Outcome(Fate.INFORMED)
    return Outcome(Fate.RECORDED)


def _has_signal_of(incident: Incident, device: Device) -> bool:
    return any(signal.device_id == device.id for signal in incident.signals)


def _decide(
    setup: DispatchSetup,
    device: Device,
    event: SensorEvent,
    opened: Sequence[EventRecord],
    incident: Incident | None,
    now: datetime,
) -> Decision:
    place = correlation.PlaceFacts(
        incident=joining.as_open_incident(incident) if incident else None,
        opened_windows={record.device_id: record.received_at for record in opened},
    )
    return correlation.decide(
        event.kind,
        device.id,
        DeviceKind(device.kind),
        place,
        setup.plan.confirm_window_s,
        now,
        is_summary=bool(event.data.get("summary")),
    )


def _signal(device: Device, said: SensorEvent | EventRecord) -> Signal:
    return Signal(
        device_id=device.id,
        kind=device.kind,
        floor=device.floor,
        room=device.room,
        received_at=said.received_at,
        device_at=said.device_at,
        is_summary=bool(said.data.get("summary")),
    )


def _open(
    session: Session,
    setup: DispatchSetup,
    device: Device,
    event: SensorEvent,
    opened: Sequence[EventRecord],
    decision: Decision,
    now: datetime,
) -> Outcome:
    """Open an incident at the device's premises; one that has no premises goes to the duty officer."""
    signals = [_signal(device, event)]
    for window in opened:
        if window.device_id != device.id:
            signals.insert(0, _signal(session.get_one(Device, window.device_id), window))
    incident, is_new = opening.open_incident(
        session,
        setup,
        Opening(
            place_key=opening.place_key_of(device),
            premises=device.premises,
            grade=decision.grade,
            reason=decision.reason,
            signals=tuple(signals),
            unplaced_device=None if device.premises else device,
        ),
        source=Source.DEVICE,
        actor=device.id,
        now=now,
    )
    if not is_new:  # another process opened it in the same instant
        again = _decide(setup, device, event, opened, incident, now)
        joining.join(session, setup, incident, _signal(device, event), again, now=now)
        return Outcome(Fate.JOINED, incident.id)
    return Outcome(Fate.OPENED, incident.id)


def report_alarm(
    session: Session,
    setup: DispatchSetup,
    report: PersonReport,
    *,
    now: datetime,
    source: Source = Source.API,
    actor: str | None = None,
) -> Outcome:
    """Take a person's report of a fire; it confirms from the start, or confirms what is open.

    One with an address alone goes to the premises that are written so, else to the duty officer. Raises
    NotFoundError for unknown premises, InvalidError for a report without a place or outside the district.
    """
    signal = Signal(
        kind="person",
        received_at=report.received_at,
        note=" ".join(part for part in (report.caller, report.note) if part),
    )
    wanted = _reported_opening(session, setup, report, signal)
    incident = opening.find_open(session, wanted.place_key, drill=False)
    is_new = False
    if incident is None:
        incident, is_new = opening.open_incident(
            session, setup, wanted, source=source, actor=actor or report.caller, now=now
        )
    if is_new:
        return Outcome(Fate.OPENED, incident.id)
    decision = Decision(Action.JOIN, confirms=True, reason="person")
    who = actor or report.caller
    joining.join(session, setup, incident, signal, decision, now=now, source=source, actor=who)
    return Outcome(Fate.JOINED, incident.id)


def _reported_opening(
    session: Session, setup: DispatchSetup, report: PersonReport, signal: Signal
) -> Opening:
    place = reported.place_of(session, setup, report)
    return Opening(
        place.key,
        place.premises,
        Grade.CONFIRMED,
        "person",
        (signal,),
        point=place.point,
        address=report.address or "",
        unmatched=place.unmatched,
    )


def start_drill(
    session: Session, setup: DispatchSetup, premises_id: str, *, now: datetime, actor: str | None = None
) -> Outcome:
    """Open a drill at premises: the whole way of an alarm, marked 演练 and kept out of real figures.

    Raises NotFoundError for unknown premises.
    """
    premises = session.get(Premises, premises_id)
    if premises is None:
        raise NotFoundError(f"premises {premises_id}: not in the registry")
    key = f"premises:{premises.id}"
    running = opening.find_open(session, key, drill=True)
    if running is not None:
        return Outcome(Fate.JOINED, running.id)
    signal = Signal(kind=DeviceKind.SMOKE, received_at=now, note="演练 drill")
    wanted = Opening(key, premises, Grade.SUSPECTED, "drill", (signal,), drill=True)
    incident, is_new = opening.open_incident(session, setup, wanted, source=Source.API, actor=actor, now=now)
    return Outcome(Fate.OPENED if is_new else Fate.JOINED, incident.id)
