"""From rows of troubles to their views."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from api import scope
from api.callers import Caller
from api.masking import for_caller
from api.personal_data import Subject
from api.trouble_views import (
    Responsible,
    TroubledDevice,
    TroubledPremises,
    TroubledVillage,
    TroubleView,
)
from dispatch import digest
from dispatch.duty import Contact
from dispatch.errors import NotFoundError
from dispatch.roster import Roster
from dispatch.setup import DispatchSetup
from dispatch.supervision import TroubleKind
from store.places import Device, Premises
from store.signals import DeviceState
from store.upkeep import Trouble

_MOST_CHILDREN = 50

_Named = dict[Any, tuple[int, list[str]]]


def seen_by(caller: Caller) -> ColumnElement[bool]:
    """The troubles that a caller sees: those in his region."""
    if caller.region_code is None:
        return true()
    return Trouble.village_code.in_(scope.codes_below(caller.region_code))


def query() -> Select[Trouble, Device | None, Premises | None, datetime | None]:
    """Troubles with what their view shows."""
    return (
        select(Trouble, Device, Premises, DeviceState.last_seen_at)
        .outerjoin(Device, Device.id == Trouble.device_id)
        .outerjoin(Premises, Premises.id == Device.premises_id)
        .outerjoin(DeviceState, DeviceState.device_id == Trouble.device_id)
    )


def check(session: Session, caller: Caller, trouble_id: int) -> None:
    """Raise NotFoundError unless the caller sees this trouble."""
    seen = select(Trouble.id).where(Trouble.id == trouble_id, seen_by(caller))
    if session.scalar(seen) is None:
        raise NotFoundError(f"trouble {trouble_id}: not known, or outside your region")


def one(
    session: Session, setup: DispatchSetup, caller: Caller, trouble_id: int, now: datetime
) -> TroubleView:
    """One trouble as it is now in this transaction."""
    session.flush()
    rows = session.execute(query().where(Trouble.id == trouble_id)).all()
    return views(session, setup, caller, rows, now)[trouble_id]


def views(
    session: Session,
    setup: DispatchSetup,
    caller: Caller,
    rows: Sequence[Row[Trouble, Device | None, Premises | None, datetime | None]],
    now: datetime,
) -> dict[int, TroubleView]:
    """Views by trouble id; what a gateway or a village names is read for all of them at once."""
    roster = setup.roster.get(session)
    concerned = _concerned(session, [row[0] for row in rows])
    found = {}
    for trouble, device, premises, last_seen_at in rows:
        parts, children = concerned.get(trouble.id, (0, []))
        found[trouble.id] = TroubleView(
            id=trouble.id,
            kind=trouble.kind,
            device=_device(device, last_seen_at),
            premises=_premises(premises),
            village=_village(trouble, roster),
            began_at=trouble.began_at,
            age_s=max(0, round(((trouble.ended_at or now) - trouble.began_at).total_seconds())),
            ended_at=trouble.ended_at,
            parts=parts,
            children=children,
            responsible=_responsible(whose(trouble, premises, roster, setup, now), caller, trouble),
            taken_by=trouble.taken_by,
            note=for_caller(caller, trouble.note, Subject("trouble", str(trouble.id))),
        )
    return found


def _concerned(session: Session, troubles: Sequence[Trouble]) -> _Named:
    """By trouble id: the devices behind a gateway that is down, or silent in a village that is dark."""
    gateways = {row.id: row.device_id for row in troubles if row.kind == TroubleKind.GATEWAY_DOWN}
    dark = [row.id for row in troubles if row.kind == TroubleKind.VILLAGE_DARK]
    behind = _named(session, Device.gateway_id, Device.id, gateways.values())
    silent = _named(session, Trouble.part_of_id, Trouble.device_id, dark)
    return silent | {id_: behind[gateway] for id_, gateway in gateways.items() if gateway in behind}


def whose(
    trouble: Trouble, premises: Premises | None, roster: Roster, setup: DispatchSetup, now: datetime
) -> Contact | None:
    """Who has to see to it: a dark village is the duty officer's."""
    if trouble.kind == TroubleKind.VILLAGE_DARK:
        return _duty_officer(trouble, roster, setup, now)
    return digest.responsible(premises, trouble.village_code, roster)


def _named(
    session: Session,
    by: InstrumentedAttribute[Any],
    what: InstrumentedAttribute[Any],
    keys: Collection[Any],
) -> _Named:
    """How many devices belong to each key, and the first of them."""
    if not keys:
        return {}
    each = select(by.label("key"), what.label("id")).where(by.in_(keys)).distinct().subquery()
    place = func.row_number().over(partition_by=each.c.key, order_by=each.c.id).label("place")
    count = func.count().over(partition_by=each.c.key).label("count")
    ranked = select(each.c.key, each.c.id, place, count).subquery()
    first: Iterable[Any] = session.execute(
        select(ranked).where(ranked.c.place <= _MOST_CHILDREN).order_by(ranked.c.key, ranked.c.place)
    )
    found: _Named = {}
    for row in first:
        found.setdefault(row.key, (row.count, []))[1].append(row.id)
    return found


def _device(device: Device | None, last_seen_at: datetime | None) -> TroubledDevice | None:
    if device is None:
        return None
    return TroubledDevice(
        id=device.id, kind=device.kind, floor=device.floor, room=device.room, last_seen_at=last_seen_at
    )


def _premises(premises: Premises | None) -> TroubledPremises | None:
    if premises is None:
        return None
    return TroubledPremises(id=premises.id, name=premises.name, address=premises.address)


def _village(trouble: Trouble, roster: Roster) -> TroubledVillage | None:
    if trouble.village_code is None:
        return None
    name = roster.tree.name_of(trouble.village_code)
    return TroubledVillage(code=trouble.village_code, name=name or trouble.village_code)


def _duty_officer(trouble: Trouble, roster: Roster, setup: DispatchSetup, now: datetime) -> Contact | None:
    code = trouble.village_code or ""
    officers = roster.duty_officers((code, *roster.tree.ancestors(code)), now, setup.zone)
    return officers[0] if officers else None


def _responsible(person: Contact | None, caller: Caller, trouble: Trouble) -> Responsible | None:
    if person is None:
        return None
    return Responsible(
        name=person.name, phone=for_caller(caller, person.phone, Subject("trouble", str(trouble.id)))
    )
