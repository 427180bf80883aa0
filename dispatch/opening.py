"""Open an incident: its code, its place, its first stations, and what falls due."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from dispatch import asking_texts, chat, handover, journal, messages, nobody_left, paging, steps, telling
from dispatch.escalation import Due, Step
from dispatch.replies import new_code
from dispatch.setup import DispatchSetup
from dispatch.values import Grade, IncidentStatus, Source, Tier
from geo.point import Point
from geo.regions import DivisionTree
from registry.addresses import AddressMatch
from store.direct import adopt, ask, ask_all, insert_once
from store.incidents import Incident, Signal
from store.places import Device, Premises

_OPEN_AT = (
    select(Incident.id)
    .where(
        Incident.place_key == bindparam("place_key"),
        Incident.drill == bindparam("drill"),
        Incident.status == IncidentStatus.OPEN,
    )
    .with_for_update(key_share=True)
)
#: Where a session (one transaction, see store.database) remembers the codes in use.
_CODES = "open_codes"
_OPEN_CODES = select(Incident.code).where(Incident.status == IncidentStatus.OPEN)


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known when an incident opens. `signals` in the order they came; the last one opens it."""

    place_key: str
    premises: Premises | None
    grade: Grade
    reason: str
    signals: tuple[Signal, ...]
    point: Point | None = None
    address: str = ""
    drill: bool = False
    #: A device that stands in no premises we know: the duty officer must find the place.
    unplaced_device: Device | None = None
    #: What a reported address is like that is nobody's for sure: the same.
    unmatched: AddressMatch | None = None


def place_key_of(device: Device) -> str:
    """What makes two signals one incident: the premises, else the device itself."""
    return f"premises:{device.premises_id}" if device.premises_id else f"device:{device.id}"


def find_open(session: Session, place_key: str, *, drill: bool) -> Incident | None:
    """The open incident of a place, locked for change."""
    incident_id = ask(session, _OPEN_AT, place_key=place_key, drill=drill)
    return session.get(Incident, incident_id) if incident_id is not None else None


def open_places(session: Session, place_keys: Collection[str]) -> set[str]:
    """At which of these places an incident is open, as far as it can be seen now."""
    open_there = select(Incident.place_key).where(
        Incident.place_key.in_(place_keys), Incident.drill.is_(False), Incident.status == IncidentStatus.OPEN
    )
    return set(session.scalars(open_there))


def open_incident(
    session: Session,
    setup: DispatchSetup,
    opening: Opening,
    *,
    source: Source,
    actor: str | None,
    now: datetime,
) -> tuple[Incident, bool]:
    """Open an incident and send help; returns it and True, or the one another process opened and False."""
    incident, is_new = _insert(session, setup, opening, now)
    if not is_new:
        return incident, False
    journal.record(
        session,
        incident.id,
        "opened",
        at=incident.opened_at,
        recorded_at=now,
        source=source,
        actor=actor,
        grade=incident.grade,
        reason=opening.reason,
        place=incident.place_name,
        drill=incident.drill,
        **_village_doubt(setup.roster.get(session).tree, opening),
    )
    if opening.unplaced_device:
        _tell_unplaced(session, setup, incident, messages.duty_unplaced_alarm, now)
    elif opening.unmatched:
        _tell_unmatched(session, setup, incident, opening.unmatched, now)
    else:
        paging.send_first_stations(session, setup, incident, (Tier.VILLAGE, Tier.TOWN), now=now)
        chat.post_opening(session, setup, incident, now=now)
    if incident.grade == Grade.CONFIRMED:
        handover.hand_over(session, setup, incident, now=now)
    else:
        unverified_at = incident.opened_at + timedelta(seconds=setup.plan.handover_unverified_after_s)
        steps.write(session, incident.id, Due(Step.HANDOVER_UNVERIFIED, unverified_at))
    return incident, True


def _insert(session: Session, setup: DispatchSetup, opening: Opening, now: datetime) -> tuple[Incident, bool]:
    """Insert the incident with its signals; or give the open one that its place has already, and False."""
    tree = setup.roster.get(session).tree
    taken = _open_codes(session)
    columns = _columns(session, opening, tree, now)
    while True:
        code = new_code(taken, secrets.choice)
        incident_id = insert_once(session, Incident, {**columns, "id": uuid4().hex, "code": code})
        if incident_id is not None:
            taken.add(code)
            row = Incident(**columns, id=incident_id, code=code)
            return _with_signals(adopt(session, row), opening), True
        other = find_open(session, opening.place_key, drill=opening.drill)
        if other is not None:
            return other, False
        taken.add(code)  # another process took the code in this instant


def _open_codes(session: Session) -> set[str]:
    """The codes of open incidents, read once in a transaction; whoever opens one adds its own."""
    codes: set[str] | None = session.info.get(_CODES)
    if codes is None:
        codes = session.info[_CODES] = set(ask_all(session, _OPEN_CODES))
    return codes


def _with_signals(incident: Incident, opening: Opening) -> Incident:
    """The incident with the signals that opened it; nobody needs to ask for what is known."""
    set_committed_value(incident, "assignments", [])
    set_committed_value(incident, "signals", [])
    set_committed_value(incident, "premises", opening.premises)
    incident.signals.extend(opening.signals)
    return incident


def _columns(session: Session, opening: Opening, tree: DivisionTree, now: datetime) -> dict[str, Any]:
    premises = opening.premises or _gateway_premises(session, opening.unplaced_device)
    point = opening.point
    if point is None and premises is not None and premises.lon is not None and premises.lat is not None:
        point = Point(premises.lon, premises.lat)
    region = premises.village_code if premises else (tree.locate(point) if point else None)
    if opening.unmatched:
        region = opening.unmatched.region_code
    address = premises.address if premises else opening.address
    return {
        "grade": opening.grade,
        "drill": opening.drill,
        "place_key": opening.place_key,
        "premises_id": opening.premises.id if opening.premises else None,
        "place_name": premises.name if premises else (address or _label(opening)),
        "address": address,
        "lon": point.lon if point else None,
        "lat": point.lat if point else None,
        "village_code": tree.village_of(region),
        "town_code": tree.town_of(region),
        "district_code": tree.district_of(region),
        "opened_at": opening.signals[-1].received_at,
        "confirmed_at": now if opening.grade is Grade.CONFIRMED else None,
    }


def _village_doubt(tree: DivisionTree, opening: Opening) -> dict[str, Any]:
    """Why the village of a bare point may be another one, for the duty officer to see; mostly nothing."""
    if opening.premises is not None or opening.point is None:
        return {}
    doubt = tree.location(opening.point).doubt
    return {"village_doubt": doubt} if doubt else {}


def _gateway_premises(session: Session, device: Device | None) -> Premises | None:
    """The premises of the gateway that an unplaced device spoke through, where that is known."""
    if device is None or device.gateway_id is None:
        return None
    gateway = session.get(Device, device.gateway_id)
    return gateway.premises if gateway else None


def _label(opening: Opening) -> str:
    device = opening.unplaced_device
    return f"{device.source} {device.external_id}" if device else opening.place_key


def _tell_unplaced(
    session: Session, setup: DispatchSetup, incident: Incident, text: telling.DutyText, now: datetime
) -> None:
    """Nobody can be sent to an unknown place: the duty officer hears it until one answers."""
    telling.tell_duty_officers(session, setup, incident, "unplaced", text, now=now)
    nobody_left.ensure_duty_repeat(session, setup, incident, now=now)


def _tell_unmatched(
    session: Session, setup: DispatchSetup, incident: Incident, match: AddressMatch, now: datetime
) -> None:
    """Which premises an address may mean is for the duty officer to find out; nobody is sent by a guess."""
    likely = [row for id_ in match.candidates if (row := session.get(Premises, id_))]
    journal.record(
        session,
        incident.id,
        "address_unmatched",
        at=incident.opened_at,
        recorded_at=now,
        candidates=[row.id for row in likely],
    )
    text = partial(asking_texts.duty_unplaced_report, likely=[row.name for row in likely])
    _tell_unplaced(session, setup, incident, text, now)
