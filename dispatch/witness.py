"""What a device says while somebody vouches for it: a witnessed test, or an alarm during maintenance.

Nothing of it opens an incident or pages a station; all of it is kept, streamed and shown.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch import duty, joining, modes, outbox, ranking
from dispatch.duty import Contact
from dispatch.modes import Handling, Mode, ModeFact, TestWindow
from dispatch.outbox import Draft
from dispatch.selection import Place
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind, Fate, Outcome, SensorEvent, Tier
from dispatch.witness_words import DeviceFacts, alarm_in_mode, test_arrived
from geo.point import Point
from store.incidents import Incident, Notification
from store.places import Device, Premises
from store.upkeep import DeviceMode, DeviceTest

_PURPOSE = "device_test"


def take(
    session: Session,
    setup: DispatchSetup,
    device: Device,
    event: SensorEvent,
    incident: Incident | None,
    *,
    now: datetime,
) -> Outcome | None:
    """Take an event of a device that is vouched for; None where it counts as ever.

    An alarm in a mode that no duty officer can be told of counts as ever: somebody has to hear it.
    """
    if event.kind not in (EventKind.TEST, *modes.SIGNALS) or event.data.get("restated"):
        return None
    test, mode = open_test_of(session, device.id), open_mode_of(session, device.id)
    handling = modes.handle(
        event.kind,
        TestWindow(test.until_at, is_done=test.event_at is not None) if test else None,
        ModeFact(Mode(mode.mode), mode.until_at) if mode else None,
        incident_open=incident is not None,
        at=event.received_at,
    )
    if handling is Handling.PROVES and test is not None:
        _prove(session, setup, device, event, test, now)
        return Outcome(Fate.INFORMED, taken_as=modes.TEST)
    if handling is Handling.REPORTED and mode is not None:
        if not _report(session, setup, device, event, mode, now):
            return None
        noted = joining.note_device_event(session, incident, device, event, now=now)
        return Outcome(Fate.INFORMED, noted.incident_id, taken_as=mode.mode)
    if handling is Handling.SHOWN:
        noted = joining.note_device_event(session, incident, device, event, now=now)
        return Outcome(Fate.RECORDED, noted.incident_id, taken_as=mode.mode if mode else modes.TEST)
    return None


def follow(session: Session, failed: Notification, again_id: int | None) -> None:
    """The evidence of a test goes on with the message that takes the place of one that failed."""
    if failed.purpose == _PURPOSE and again_id is not None:
        taken = update(DeviceTest).where(DeviceTest.notification_id == failed.id)
        session.execute(taken.values(notification_id=again_id))


def open_test_of(session: Session, device_id: str) -> DeviceTest | None:
    """The test of a device that has not been ended, locked; its time may have run out."""
    mine = select(DeviceTest).where(DeviceTest.device_id == device_id, DeviceTest.ended_at.is_(None))
    return session.scalar(mine.with_for_update())


def open_mode_of(session: Session, device_id: str) -> DeviceMode | None:
    """The mode of a device that has not been ended, locked; its time may have run out."""
    mine = select(DeviceMode).where(DeviceMode.device_id == device_id, DeviceMode.ended_at.is_(None))
    return session.scalar(mine.with_for_update())


def _prove(
    session: Session,
    setup: DispatchSetup,
    device: Device,
    event: SensorEvent,
    test: DeviceTest,
    now: datetime,
) -> None:
    """Keep the device's word as the test's, and send the chief the marked message."""
    test.event_kind, test.event_at = event.kind, event.received_at
    for person in _first_paged(session, setup, device, now):
        draft = Draft(
            to=person,
            purpose=_PURPOSE,
            body=test_arrived(_facts(device), person.language),
            key=f"device_test:{test.id}",
        )
        written = outbox.enqueue(session, setup, draft, now=now)
        if written is not None and test.notification_id is None:
            test.notification_id = written


def _first_paged(session: Session, setup: DispatchSetup, device: Device, now: datetime) -> list[Contact]:
    """Whom an alarm of this device would page first: the chiefs of the nearest village station."""
    place = Place(_point(device.premises), _regions(session, setup, device))
    candidates = ranking.rank(session, setup, Tier.VILLAGE, place, now=now).candidates
    if not candidates:
        return []
    people = candidates[0].station.people
    return duty.first_called(duty.on_duty(people, now, setup.zone) or duty.call_order(people))


def _report(
    session: Session,
    setup: DispatchSetup,
    device: Device,
    event: SensorEvent,
    mode: DeviceMode,
    now: datetime,
) -> bool:
    """Tell the duty officers; False where there is none."""
    roster = setup.roster.get(session)
    codes = _regions(session, setup, device) or tuple(roster.tree.codes_of_level("district"))
    officers = roster.duty_officers(codes, now, setup.zone)
    for officer in officers:
        body = alarm_in_mode(
            _facts(device),
            officer.language,
            mode=Mode(mode.mode),
            owner=mode.owner,
            until=mode.until_at.astimezone(setup.zone),
            at=event.received_at.astimezone(setup.zone),
        )
        draft = Draft(
            to=officer, purpose="duty", body=body, key=f"mode:{mode.id}:{device.id}:{event.dedup_key}"
        )
        outbox.enqueue(session, setup, draft, now=now)
    return bool(officers)


def _regions(session: Session, setup: DispatchSetup, device: Device) -> tuple[str, ...]:
    """Village, town and district of a device; empty where its place is not known."""
    premises = device.premises
    if premises is None:
        return ()
    tree = setup.roster.get(session).tree
    return (premises.village_code, *tree.ancestors(premises.village_code))


def _point(premises: Premises | None) -> Point | None:
    if premises is None or premises.lon is None or premises.lat is None:
        return None
    return Point(premises.lon, premises.lat)


def _facts(device: Device) -> DeviceFacts:
    premises = device.premises
    return DeviceFacts(
        kind=device.kind,
        place=premises.name if premises else device.id,
        address=premises.address if premises else "",
        floor=device.floor,
        room=device.room,
    )
