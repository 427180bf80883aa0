"""Devices change hands: one that spoke unregistered gets its place, hardware moves from one to another.

A device is recognised by its address, (source, external_id), of which there is only one in the table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable, RowMapping, bindparam, literal, select
from sqlalchemy.orm import Session

from registry.batch import Batch, rows_of
from registry.difference import Change, Columns
from registry.lookup import chunks
from registry.world import DeviceFact, World
from store.direct import table_of
from store.incidents import Signal
from store.places import Device
from store.signals import DeviceState, EventRecord

_D, _T, _E, _S = (table_of(table) for table in (Device, DeviceState, EventRecord, Signal))
_HEARD = _E.alias()
#: Parameters of the statements below, each executed once for all its rows: alarms wait meanwhile.
_OLD, _NEW, _SIGNAL = "old_id", "new_id", "signal_id"
_FREE = (
    _D.update()
    .where(_D.c.id == bindparam(_OLD))
    .values(external_id=literal("freed by ") + bindparam(_OLD, type_=_D.c.id.type))
)
_STATE = (_T.c.conditions, _T.c.state, _T.c.battery, _T.c.last_seen_at)
_KNOWN = select(_D.c.id, _D.c.gateway_id, *_STATE).outerjoin_from(_D, _T, _T.c.device_id == _D.c.id)
_MOVE_EVENTS = (
    _E.update()
    .where(
        _E.c.device_id == bindparam(_OLD),
        _E.c.dedup_key.not_in(select(_HEARD.c.dedup_key).where(_HEARD.c.device_id == bindparam(_NEW))),
    )
    .values(device_id=bindparam(_NEW))
)
_MOVE_SIGNAL = _S.update().where(_S.c.id == bindparam(_SIGNAL)).values(device_id=bindparam(_NEW))
_MOVE_DEVICES_BEHIND = (
    _D.update().where(_D.c.gateway_id == bindparam(_OLD)).values(gateway_id=bindparam(_NEW))
)
_PUT_BEHIND = _D.update().where(_D.c.id == bindparam(_OLD)).values(gateway_id=bindparam(_NEW))
_FORGET_STATE = _T.delete().where(_T.c.device_id == bindparam(_OLD))
_REMOVE = _D.delete().where(_D.c.id == bindparam(_OLD))


@dataclass
class DeviceChange(Change):
    """The change of the devices, which first frees the addresses that go to another device."""

    #: New device id -> who has its address so far.
    owners: Mapping[str, DeviceFact] = field(default_factory=dict)

    def write(self, session: Session) -> None:
        """Free addresses, write the rows, then give what the unregistered knew to their successors."""
        registered = [{_OLD: owner.id} for owner in self.owners.values() if owner.registered]
        renamed = {owner.id: new_id for new_id, owner in self.owners.items() if not owner.registered}
        known = [
            row
            for old in chunks(renamed)
            for row in session.execute(_KNOWN.where(_D.c.id.in_(old))).mappings()
        ]
        # a freed address is given another one below, by the row of its own device
        _for_each(session, _FREE, registered)
        _take_apart(session, renamed)
        super().write(session)
        _inherit(session, renamed, known)


def owners_to_replace(batch: Batch, world: World) -> dict[str, DeviceFact]:
    """Whose address each device of a checked batch takes; without those that keep their own."""
    owners = {row.id: world.stored_devices.get(row.address) for row in rows_of(batch.devices)}
    return {new_id: owner for new_id, owner in owners.items() if owner is not None and owner.id != new_id}


def _take_apart(session: Session, renamed: Mapping[str, str]) -> None:
    """Remove unregistered devices; their events and signals stay, under the new ids."""
    pairs = [{_OLD: old_id, _NEW: new_id} for old_id, new_id in renamed.items()]
    said = [
        {_SIGNAL: id_, _NEW: renamed[old_id]}
        for old in chunks(renamed)
        for id_, old_id in session.execute(select(_S.c.id, _S.c.device_id).where(_S.c.device_id.in_(old)))
    ]
    _for_each(session, _MOVE_EVENTS, pairs)
    _for_each(session, _MOVE_SIGNAL, said)
    _for_each(session, _MOVE_DEVICES_BEHIND, pairs)
    for statement in (_FORGET_STATE, _REMOVE):
        _for_each(session, statement, [{_OLD: old_id} for old_id in renamed])


def _inherit(session: Session, renamed: Mapping[str, str], known: Iterable[RowMapping]) -> None:
    gateways: list[Columns] = []
    states: list[Columns] = []
    for row in known:
        new_id, gateway_id = renamed[row["id"]], row["gateway_id"]
        gateways.append({_OLD: new_id, _NEW: renamed.get(gateway_id, gateway_id)})
        if row["state"] is not None:  # it had one
            states.append({"device_id": new_id, **{column.name: row[column.name] for column in _STATE}})
    _for_each(session, _PUT_BEHIND, gateways)
    _for_each(session, _FORGET_STATE, [{_OLD: state["device_id"]} for state in states])
    _for_each(session, _T.insert(), states)


def _for_each(session: Session, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(statement, rows)
