"""What an event meets at its place. Mostly nothing, so one question comes before the three it saves."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from dispatch.values import DeviceKind, EventKind, IncidentStatus
from store.direct import ask_row
from store.incidents import Incident
from store.places import Device
from store.signals import EventRecord
from store.upkeep import DeviceMode, DeviceTest

_ID = bindparam("device_id", type_=Device.id.type)
#: Live openings of registered escape windows at some premises since an instant.
WINDOWS_OPENED = (
    select(EventRecord)
    .join(Device, Device.id == EventRecord.device_id)
    .where(
        Device.premises_id == bindparam("premises_id"),
        Device.kind == DeviceKind.ESCAPE_WINDOW,
        EventRecord.kind == EventKind.WINDOW_OPENED,
        EventRecord.live,
        EventRecord.received_at >= bindparam("since"),
    )
)
_QUESTION = select(
    exists().where(
        Incident.place_key == bindparam("place_key"),
        Incident.drill.is_(False),
        Incident.status == IncidentStatus.OPEN,
    ),
    exists().where(DeviceTest.device_id == _ID, DeviceTest.ended_at.is_(None))
    | exists().where(DeviceMode.device_id == _ID, DeviceMode.ended_at.is_(None)),
    WINDOWS_OPENED.exists(),
)


class Circumstances(NamedTuple):
    """What there is to be looked at more closely; an incident that another process opens may be missed."""

    incident_is_open: bool
    #: The device is under test or maintenance.
    is_vouched_for: bool
    #: An escape window of the premises may have been opened lately.
    window_was_opened: bool


def at(session: Session, device: Device, place_key: str, windows_since: datetime) -> Circumstances:
    """What an event of this device meets."""
    given = {"device_id": device.id, "premises_id": device.premises_id, "since": windows_since}
    return Circumstances(*map(bool, ask_row(session, _QUESTION, place_key=place_key, **given)))
