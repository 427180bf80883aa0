"""The service's own detector: its alarm goes the whole way of an alarm and ends at a stand-in phone.

`fire135-probe` is no device: it has no row in the registry, none among the events and no incident, so
nothing that people read can hold it. All it leaves is a message to nobody's phone, by a carrier that
only notes it. Whoever speaks in its name gets no more than that.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from dispatch import outbox, ranking, troubles, watch_texts
from dispatch.channels.probe import CARRIER
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.selection import Place
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind, Fate, Outcome, PersonRole, SensorEvent, Tier
from geo.point import Point
from store.direct import insert_once
from store.incidents import SELF_WATCH, Notification
from store.places import PROBE_DEVICE, Premises
from store.reliability import HelplessPremises

PURPOSE, MISSED, WELL = "probe", "probe_missed", "probe_well"
#: During one outage duty officers are told so often at most (ours).
TOLD_EVERY = timedelta(minutes=30)
#: What a probe leaves is kept for so long (ours).
KEPT = timedelta(days=1)
#: A page must not get longer with the registry; so many premises are asked for again and named.
_MOST_NAMED = 50

_OWN = text(SELF_WATCH)  # said as the index says it
_STAND_IN = Contact(
    id=PROBE_DEVICE, name=PROBE_DEVICE, phone=PROBE_DEVICE, role=PersonRole.MEMBER, rank=1, language="en"
)


class Stage(StrEnum):
    """How far a probe came that did not arrive: the part that it waits for."""

    BROKER = "broker"  # the broker does not take it
    INGEST = "ingest"  # the broker has it, the record does not
    SENDER = "sender"  # its message is written, and not sent


@dataclass(frozen=True, slots=True)
class ProbeState:
    """When a probe arrived last, and the outage since, if there is one; None: not known.

    `took_s` is from its publication to its carrier. `missed_at` is when duty officers were told last.
    """

    arrived_at: datetime | None
    took_s: float | None
    missed_at: datetime | None


def take(session: Session, setup: DispatchSetup, event: SensorEvent, *, now: datetime) -> Outcome:
    """Write the message of one probe; the same probe twice has one.

    Also asks who would be sent to the next of the registered premises. That nobody could be picked
    is a finding for `readiness`, no failure of the probe.
    """
    if event.kind is not EventKind.ALARM or not event.live:
        return Outcome(Fate.RECORDED)
    premises = _next_premises(session)
    found = {"at": event.device_at.isoformat() if event.device_at else None}
    if premises is not None:
        found["premises_id"] = premises.id
        _keep_found(session, premises, is_helpless=not _picks_anybody(session, setup, premises, now), now=now)
    draft = Draft(to=_STAND_IN, purpose=PURPOSE, body=json.dumps(found), key=f"{PURPOSE}:{event.dedup_key}")
    notice_id = outbox.enqueue(session, setup, draft, now=now, carrier=CARRIER)
    return Outcome(Fate.INFORMED if notice_id is not None else Fate.DUPLICATE)


def find(session: Session, probe_id: str, *, since: datetime) -> Notification | None:
    """The message of one probe, once it is written."""
    return session.scalar(
        select(Notification).where(
            _OWN,
            Notification.purpose == PURPOSE,
            Notification.created_at >= since,
            Notification.dedup_key.startswith(f"{PURPOSE}:{probe_id}:", autoescape=True),
        )
    )


def state(session: Session) -> ProbeState:
    """What the record knows of the loop."""
    arrived, notice = _newest(session, PURPOSE, arrived=True), _outage(session)
    arrived_at = arrived.delivered_at if arrived else None
    published_at = json.loads(arrived.body)["at"] if arrived else None
    took_s = None
    if arrived_at is not None and published_at is not None:
        took_s = (arrived_at - datetime.fromisoformat(published_at)).total_seconds()
    return ProbeState(arrived_at, took_s, notice.created_at if notice else None)


def stuck_at(session: Session) -> Stage:
    """How far the newest probe came, as far as the record knows: a lost one may not have left us."""
    newest = _newest(session, PURPOSE)
    return Stage.SENDER if newest is not None and newest.delivered_at is None else Stage.INGEST


def without_help(session: Session, setup: DispatchSetup, *, now: datetime) -> list[Premises]:
    """The premises that the newest probe for them found nobody for, and for which nobody is found now."""
    found = select(Premises).join(HelplessPremises, HelplessPremises.premises_id == Premises.id)
    rows = session.scalars(found.order_by(Premises.id).limit(_MOST_NAMED))
    return [row for row in rows if not _picks_anybody(session, setup, row, now)]


def tell_missed(
    session: Session, setup: DispatchSetup, stage: Stage, published_at: datetime, *, now: datetime
) -> bool:
    """Tell the duty officers that a probe did not arrive; False where they were told of this outage lately.

    Of many processes one tells.
    """
    troubles.take_turn(session)
    notice = _outage(session)
    if notice is not None and notice.created_at > now - TOLD_EVERY:
        return False
    for officer in _officers(session, setup, now):
        body = watch_texts.probe_missed(stage, published_at.astimezone(setup.zone), officer.language)
        draft = Draft(to=officer, purpose=MISSED, body=body, key=f"{MISSED}:{now.isoformat()}")
        outbox.enqueue(session, setup, draft, now=now)
    return True


def tell_well(session: Session, setup: DispatchSetup, *, now: datetime) -> bool:
    """Tell the duty officers, once, that probes arrive again; False where no outage was told of."""
    if _outage(session) is None:
        return False
    troubles.take_turn(session)
    notice = _outage(session)
    if notice is None:
        return False
    for officer in _officers(session, setup, now):
        body = watch_texts.probe_well(officer.language)
        draft = Draft(to=officer, purpose=WELL, body=body, key=f"{WELL}:{notice.id}")
        outbox.enqueue(session, setup, draft, now=now)
    return True


def forget_old(session: Session, *, now: datetime) -> None:
    """Delete the messages of probes that are older than a day; nothing else."""
    session.execute(
        delete(Notification).where(
            _OWN, Notification.purpose == PURPOSE, Notification.created_at < now - KEPT
        ),
        execution_options={"synchronize_session": False},
    )


def _newest(session: Session, *purposes: str, arrived: bool = False) -> Notification | None:
    query = select(Notification).where(_OWN, Notification.purpose.in_(purposes))
    if arrived:
        query = query.where(Notification.delivered_at.is_not(None))
    return session.scalar(query.order_by(Notification.created_at.desc(), Notification.id.desc()).limit(1))


def _outage(session: Session) -> Notification | None:
    """The newest notice of an outage that is not said to be over."""
    notice = _newest(session, MISSED, WELL)
    return notice if notice is not None and notice.purpose == MISSED else None


def _officers(session: Session, setup: DispatchSetup, now: datetime) -> Sequence[Contact]:
    """The duty officers of every district."""
    roster = setup.roster.get(session)
    return [
        officer
        for code in roster.tree.codes_of_level("district")
        for officer in roster.duty_officers((code,), now, setup.zone)
    ]


def _next_premises(session: Session) -> Premises | None:
    """The premises after those that the newest probe asked for, by id; then the first again."""
    newest = _newest(session, PURPOSE)
    asked = json.loads(newest.body).get("premises_id", "") if newest else ""
    in_turn = select(Premises).order_by(Premises.id).limit(1)
    return session.scalar(in_turn.where(Premises.id > asked)) or session.scalar(in_turn)


def _keep_found(session: Session, premises: Premises, *, is_helpless: bool, now: datetime) -> None:
    """What was found holds until a probe asks for the premises again, however many there are."""
    if is_helpless:
        insert_once(session, HelplessPremises, {"premises_id": premises.id, "found_at": now})
    else:
        session.execute(delete(HelplessPremises).where(HelplessPremises.premises_id == premises.id))


def _picks_anybody(session: Session, setup: DispatchSetup, premises: Premises, now: datetime) -> bool:
    """Whether an alarm there would find a station with somebody to call."""
    roster = setup.roster.get(session)
    lon, lat = premises.lon, premises.lat
    point = Point(lon, lat) if lon is not None and lat is not None else None
    place = Place(point, (premises.village_code, *roster.tree.ancestors(premises.village_code)))
    return any(
        candidate.staffed
        for tier in (Tier.VILLAGE, Tier.TOWN)
        for candidate in ranking.rank(session, setup, tier, place, now=now).candidates[
            : setup.plan.of(tier).stations_at_once
        ]
    )
