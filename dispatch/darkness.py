"""A village that falls silent at once is one notice, not hundreds: begun, ended, told to duty officers."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, select, update
from sqlalchemy.orm import Session

from dispatch import outbox, troubles, upkeep_texts
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.supervision import (
    DARK_AGAIN_AFTER_S,
    DARK_AT_LEAST,
    DARK_NOTICED_WITHIN_S,
    DARK_WINDOW_S,
    MISSED,
    SILENT,
    TroubleKind,
    is_dark,
    is_light_again,
)
from store.database import Database
from store.places import Device, Premises
from store.signals import DeviceState
from store.upkeep import Trouble

#: Devices whose silence shows within the hour.
_SHOWS_SOON = troubles.INTERVAL_S * MISSED <= DARK_NOTICED_WITHIN_S
_OWN_SILENCE = (Trouble.kind.in_(SILENT), troubles.OPEN, troubles.OWN)


def run(database: Database, setup: DispatchSetup, *, now: datetime) -> bool:
    """Begin, extend and end dark villages; returns whether somebody is to be told."""
    with database.read() as session:
        dark = session.scalars(_open_darks()).all()
        changing = [trouble.id for trouble in dark if _is_changing(session, trouble)]
        begin = _falling_dark(session, {trouble.village_code for trouble in dark}, now)
    told = False
    for village_code in begin:
        with database.begin() as session:
            troubles.take_turn(session)
            told |= _begin(session, setup, village_code, now)
    for trouble_id in changing:
        with database.begin() as session:
            troubles.take_turn(session)
            told |= _go_on(session, setup, trouble_id, now)
    return told


def _open_darks() -> Select[Trouble]:
    return select(Trouble).where(Trouble.kind == TroubleKind.VILLAGE_DARK, troubles.OPEN)


def _falling_dark(session: Session, dark: Collection[str | None], now: datetime) -> list[str]:
    """The villages where so much has fallen silent within minutes that it is the village."""
    # what was never heard, or not for days, did not fall silent now
    heard_since = now - timedelta(seconds=DARK_WINDOW_S + DARK_NOTICED_WITHIN_S)
    lost = (
        select(Trouble.village_code, func.count(), func.sum(case((_SHOWS_SOON, 1), else_=0)))
        .join(Device, Device.id == Trouble.device_id)
        .join(DeviceState, DeviceState.device_id == Device.id)
        .where(*_OWN_SILENCE, *_lately(now), DeviceState.last_seen_at >= heard_since)
        .where(Device.premises_id.is_not(None))
        .group_by(Trouble.village_code)
        .having(func.count() >= DARK_AT_LEAST)
    )
    falling = []
    for code, of_all, of_soon in session.execute(lost):
        if code is None or code in dark:
            continue
        alive = _alive(session, code, of_all + 1)
        alive_soon = _alive(session, code, of_soon + 1, _SHOWS_SOON)
        if is_dark(of_all, alive) or is_dark(of_soon, alive_soon):
            falling.append(code)
    return falling


def _lately(began_at: datetime) -> tuple[ColumnElement[bool]]:
    return (Trouble.began_at >= began_at - timedelta(seconds=DARK_WINDOW_S),)


def _alive(session: Session, village_code: str, at_most: int, *which: ColumnElement[bool]) -> int:
    """How many devices in a village's buildings count as heard; a village has hundreds, a few will do."""
    is_silent = select(Trouble.id).where(
        Trouble.device_id == Device.id, Trouble.kind.in_(SILENT), troubles.OPEN
    )
    alive = (
        select(Device.id)
        .join(Premises, Premises.id == Device.premises_id)
        .join(DeviceState, DeviceState.device_id == Device.id)
        .where(Premises.village_code == village_code, Device.registered, *which)
        .where(DeviceState.last_seen_at.is_not(None), ~is_silent.exists())
        .limit(at_most)
    )
    return len(session.scalars(alive).all())


def _begin(session: Session, setup: DispatchSetup, village_code: str, now: datetime) -> bool:
    """One notice for the village; told, unless the duty officer heard of it within the hour."""
    mine = _open_darks().where(Trouble.village_code == village_code)
    if session.scalar(mine) is not None:  # another process was faster
        return False
    recently = now - timedelta(seconds=DARK_AGAIN_AFTER_S)
    was_told = (
        select(Trouble.id)
        .where(Trouble.kind == TroubleKind.VILLAGE_DARK, Trouble.village_code == village_code)
        .where(Trouble.told_at >= recently)
    )
    is_told = session.scalar(was_told.limit(1)) is None
    trouble = Trouble(
        kind=TroubleKind.VILLAGE_DARK,
        village_code=village_code,
        began_at=now,
        told_at=now if is_told else None,
    )
    session.add(trouble)
    session.flush()
    lost = _adopt(session, trouble)
    if is_told:
        _tell(
            session,
            setup,
            trouble,
            lambda village, language: upkeep_texts.village_dark(village, lost, language),
            now,
        )
    return is_told


def _is_changing(session: Session, trouble: Trouble) -> bool:
    return _is_over(session, trouble) or bool(
        session.scalar(select(func.count()).where(*_adoptable(trouble)))
    )


def _adoptable(trouble: Trouble) -> tuple[ColumnElement[bool], ...]:
    return (*_OWN_SILENCE, *_lately(trouble.began_at), Trouble.village_code == trouble.village_code)


def _is_over(session: Session, trouble: Trouble) -> bool:
    parts = select(func.count(Trouble.device_id.distinct())).where(Trouble.part_of_id == trouble.id)
    silent = session.scalars(parts.where(troubles.OPEN)).one()
    return is_light_again(session.scalars(parts).one(), silent)


def _adopt(session: Session, trouble: Trouble) -> int:
    """Make what fell silent with the village a part of it; returns how many."""
    ids = session.scalars(select(Trouble.id).where(*_adoptable(trouble))).all()
    session.execute(update(Trouble).where(Trouble.id.in_(ids)).values(part_of_id=trouble.id))
    return len(ids)


def _go_on(session: Session, setup: DispatchSetup, trouble_id: int, now: datetime) -> bool:
    """Take in what has fallen silent since, or end it: what is still silent then is a trouble of its own."""
    trouble = session.scalar(_open_darks().where(Trouble.id == trouble_id))
    if trouble is None:  # another process was faster
        return False
    _adopt(session, trouble)
    if not _is_over(session, trouble):
        return False
    trouble.ended_at = now
    session.execute(
        update(Trouble).where(Trouble.part_of_id == trouble.id, troubles.OPEN).values(part_of_id=None)
    )
    if trouble.told_at is None:
        return False
    _tell(session, setup, trouble, upkeep_texts.village_light, now)
    return True


def _tell(
    session: Session, setup: DispatchSetup, trouble: Trouble, text: Callable[[str, str], str], now: datetime
) -> None:
    """One text to the duty officers of the village's divisions; a station is not woken for it."""
    roster = setup.roster.get(session)
    code = trouble.village_code or ""
    name = roster.tree.name_of(code) or code
    for officer in roster.duty_officers((code, *roster.tree.ancestors(code)), now, setup.zone):
        draft = Draft(
            to=officer,
            purpose="village_dark",
            body=text(name, officer.language),
            key=f"dark:{trouble.id}:{'over' if trouble.ended_at else 'begun'}",
        )
        outbox.enqueue(session, setup, draft, now=now)
