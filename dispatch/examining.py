"""Look at some devices: load what is known, judge, write what has changed. In the caller's transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.orm import Session

from dispatch import troubles
from dispatch.supervision import (
    SILENT,
    DeviceFacts,
    GatewayFacts,
    Judgement,
    TroubleKind,
    explains_from,
    interval_s,
    judge,
)
from dispatch.values import DeviceKind
from store.places import Device
from store.signals import DeviceState
from store.types import Base, UtcDateTime
from store.upkeep import Trouble

_STATES = Base.metadata.tables["device_states"]
_Found = Row[*tuple[Any, ...]]


@dataclass(slots=True)
class _Changes:
    """What a batch leads to, to be written together."""

    states: list[dict[str, Any]] = field(default_factory=list)
    fell_silent: list[Trouble] = field(default_factory=list)
    ended: list[Trouble] = field(default_factory=list)
    gateways: set[str] = field(default_factory=set)  # that went down or came back


def examine(
    session: Session, device_ids: Collection[str], listening_since: datetime, *, now: datetime
) -> None:
    """Begin and end the troubles of these devices, set the state they show and when to look again."""
    troubles.take_turn(session)
    rows = _load(session, device_ids)
    known = troubles.open_of(session, device_ids)
    larger = {trouble.part_of_id for mine in known.values() for trouble in mine.values()}
    dark_villages = troubles.dark_among(session, {id_ for id_ in larger if id_ is not None})
    gateways = _gateways(session, {row.gateway_id for row in rows if row.gateway_id})
    heard_through = _heard_through(session, [row.id for row in rows if row.kind == DeviceKind.GATEWAY])
    changes = _Changes()
    for row in rows:
        if not row.registered:  # it waits for commissioning; nobody expects anything of it yet
            changes.states.append(_state(row, row.state, None))
            continue
        mine = known.get(row.id, {})
        silent = next((trouble for kind, trouble in mine.items() if kind in SILENT), None)
        gateway = gateways.get(row.gateway_id)
        signs = [at for at in (row.last_seen_at, heard_through.get(row.id)) if at]
        facts = DeviceFacts(
            kind=DeviceKind(row.kind),
            heartbeat_s=row.heartbeat_s,
            state=row.state,
            conditions=row.conditions,
            seen_at=max(signs, default=None),
            expected_since=row.expected_since or now,
            gateway=gateway,
            known_offline=silent is not None
            and (silent.part_of_id is None or silent.part_of_id in dark_villages),
        )
        judgement = judge(facts, listening_since, now)
        _begin_and_end(session, row, mine, judgement, gateway, changes, now)
        if silent is not None and silent.ended_at is None:
            _explain(silent, judgement, gateway, dark_villages)
        if row.state != judgement.state or row.check_at is None or row.check_at <= now:
            changes.states.append(_state(row, judgement.state, judgement.check_at))
    _write(session, changes, now)


def _load(session: Session, device_ids: Collection[str]) -> list[_Found]:
    query = select(
        Device.id,
        Device.kind,
        Device.heartbeat_s,
        Device.gateway_id,
        Device.registered,
        DeviceState.state,
        DeviceState.conditions,
        DeviceState.last_seen_at,
        DeviceState.expected_since,
        DeviceState.check_at,
        troubles.VILLAGE.label("village_code"),
    ).join(DeviceState, DeviceState.device_id == Device.id)
    # in order of ids, as every writer of several states: nobody waits for one who waits for him
    wanted = troubles.placed(query).where(Device.id.in_(device_ids)).order_by(Device.id)
    return list(session.execute(wanted))


def _gateways(session: Session, gateway_ids: Collection[str]) -> Mapping[str, GatewayFacts]:
    """The registered gateways among these: whether they are down, and when they last came back."""
    if not gateway_ids:
        return {}
    is_down = (Trouble.device_id.in_(gateway_ids), Trouble.kind == TroubleKind.GATEWAY_DOWN)
    down = {row.device_id: row for row in session.scalars(select(Trouble).where(*is_down, troubles.OPEN))}
    last_ends = select(Trouble.device_id, func.max(Trouble.ended_at)).where(*is_down)
    back_at: dict[str | None, datetime | None] = dict(
        session.execute(last_ends.group_by(Trouble.device_id)).all()
    )
    rows = session.execute(
        select(Device.id, Device.kind, Device.heartbeat_s).where(
            Device.id.in_(gateway_ids), Device.registered
        )
    )
    return {
        id_: GatewayFacts(
            interval_s=interval_s(kind, heartbeat_s),
            trouble_id=down[id_].id if id_ in down else None,
            down_since=down[id_].began_at if id_ in down else None,
            back_at=back_at.get(id_),
        )
        for id_, kind, heartbeat_s in rows
    }


def _heard_through(session: Session, gateway_ids: Collection[str]) -> Mapping[str | None, datetime]:
    """When a device was last heard through each gateway: a sign of life of the gateway, too."""
    if not gateway_ids:
        return {}
    rows = session.execute(
        select(Device.gateway_id, func.max(DeviceState.last_seen_at))
        .join(DeviceState, DeviceState.device_id == Device.id)
        .where(Device.gateway_id.in_(gateway_ids))
        .group_by(Device.gateway_id)
    )
    return {gateway_id: at for gateway_id, at in rows if at is not None}


def _begin_and_end(
    session: Session,
    row: _Found,
    mine: Mapping[TroubleKind, Trouble],
    judgement: Judgement,
    gateway: GatewayFacts | None,
    changes: _Changes,
    now: datetime,
) -> None:
    for kind in sorted(judgement.kinds - mine.keys()):
        trouble = Trouble(kind=kind, device_id=row.id, village_code=row.village_code, began_at=now)
        if kind in SILENT:
            trouble.began_at = judgement.offline_since or now
            trouble.part_of_id = gateway.trouble_id if gateway and judgement.explained else None
            if not row.conditions.get("offline"):
                changes.fell_silent.append(trouble)
        session.add(trouble)
    for kind in mine.keys() - judgement.kinds:
        mine[kind].ended_at = now
        changes.ended.append(mine[kind])
    if TroubleKind.GATEWAY_DOWN in judgement.kinds ^ mine.keys():
        changes.gateways.add(row.id)


def _explain(
    silent: Trouble, judgement: Judgement, gateway: GatewayFacts | None, dark_villages: Collection[int]
) -> None:
    """An open silence becomes part of its gateway's, or its own again when the gateway is back."""
    from_at = explains_from(gateway) if gateway and judgement.explained else None
    if gateway and from_at and silent.began_at >= from_at:
        silent.part_of_id = gateway.trouble_id
    elif silent.part_of_id not in dark_villages and not judgement.explained:
        silent.part_of_id = None


def _state(row: _Found, state: str, check_at: datetime | None) -> dict[str, Any]:
    return {"its_id": row.id, "was_at": row.check_at, "state": state, "check_at": check_at}


def _write(session: Session, changes: _Changes, now: datetime) -> None:
    session.flush()
    troubles.record_silence(session, changes.fell_silent, changes.ended, now)
    if changes.states:
        # ingest may have heard news meanwhile: then it has moved check_at, and the next look sees both
        unmoved = _STATES.c.check_at.is_not_distinct_from(bindparam("was_at", type_=UtcDateTime()))
        states = update(_STATES).where(_STATES.c.device_id == bindparam("its_id"), unmoved)
        session.execute(
            states.values(state=bindparam("state"), check_at=bindparam("check_at")), changes.states
        )
    if changes.gateways:
        children = select(Device.id).where(Device.gateway_id.in_(changes.gateways))
        session.execute(
            update(DeviceState).where(DeviceState.device_id.in_(children)).values(check_at=now),
            execution_options={"synchronize_session": False},
        )
