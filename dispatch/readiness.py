"""What would fail an alarm, found before one comes: people who cannot be reached, parts that stand still.

One list for `fire135 check`, the API and the page, the worst first.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from dispatch import claiming, forecast, probe, processes, readiness_texts
from dispatch.channels.carrier import Channel
from dispatch.claiming import Route
from dispatch.duty import Contact, on_duty
from dispatch.forecast import Gap, Reason, Window
from dispatch.readiness_texts import Words
from dispatch.roster import Roster
from dispatch.selection import StationCard
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole, Tier
from store.incidents import TO_SEND, DueStep, Notification
from store.reliability import CommunicationTest

#: Two probes and the wait for the second: one alone may be late (ours).
PROBE_SILENT_AFTER = timedelta(seconds=150)
#: What has been due for so long has nobody who does it (ours).
OVERDUE = timedelta(seconds=15)
#: How far shifts are looked through (ours).
LOOKED_AHEAD = timedelta(hours=24)
#: A gap of the coming night that is worth a line (ours): the change of watch may be shorter.
GAP_WORTH_TELLING = timedelta(minutes=30)
#: A test of two months ago says nothing about now (ours).
_TEST_COUNTS_FOR = timedelta(days=62)


class FaultKind(StrEnum):
    """What is wrong, the worst first."""

    NOTHING_WRITTEN = "nothing_written"
    NOBODY_HEARS = "nobody_hears"
    NOBODY_SENDS = "nobody_sends"
    PROBE_LOST = "probe_lost"
    MESSAGES_WAIT = "messages_wait"
    STEPS_WAIT = "steps_wait"
    CARRIER_FAILS = "carrier_fails"
    ROADS_FAIL = "roads_fail"
    NOBODY_TO_SEND = "nobody_to_send"
    NO_DUTY_OFFICER = "no_duty_officer"
    NO_CHIEF = "no_chief"
    NOBODY_ON_DUTY = "nobody_on_duty"
    GAPS_TONIGHT = "gaps_tonight"
    PHONE_REFUSED = "phone_refused"
    NOBODY_ON_DUTY_SOON = "nobody_on_duty_soon"
    CHIEF_SILENT = "chief_silent"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that somebody should mend. `region_code` None: it concerns the whole service."""

    what: FaultKind
    words: Words
    region_code: str | None = None
    station: StationCard | None = None
    person: Contact | None = None
    premises_id: str | None = None


def find(session: Session, setup: DispatchSetup, *, now: datetime) -> list[Fault]:
    """Every fault that the record shows at this moment; only reads."""
    roster = setup.roster.get(session)
    refused = list(_refused(session, roster))
    tonight = _tonight(roster, setup, now)
    faults = [
        *service_faults(session, setup, now),
        *_roads(setup),
        *_premises(session, setup, now),
        *_districts(roster),
        *_gaps_tonight(roster, setup, tonight),
        *_stations(roster, setup, now, tonight.keys()),
        *refused,
        *_silent(session, roster, setup, now, {fault.person.id for fault in refused if fault.person}),
    ]
    worst = list(FaultKind)
    return sorted(faults, key=lambda fault: worst.index(fault.what))


def messages_wait(session: Session, now: datetime) -> bool:
    """Whether messages are due for so long, and none like them was tried, that nobody can be sending."""
    return not all(_is_tried(session, route, now) for route in _overdue(session, now))


def steps_wait(session: Session, now: datetime) -> bool:
    """Whether steps of escalation are due for so long that nobody can be taking them."""
    overdue = select(DueStep.id).where(DueStep.outcome.is_(None), DueStep.due_at < now - OVERDUE)
    return session.scalar(overdue.limit(1)) is not None


def service_faults(session: Session, setup: DispatchSetup, now: datetime) -> Iterator[Fault]:
    """Processes that are gone and loops that stand still, as far as the record shows it."""
    if processes.lacks(session, "ingest", now=now):
        yield Fault(FaultKind.NOBODY_HEARS, readiness_texts.nobody_hears(processes.SEEN_WITHIN))
    if processes.lacks(session, "dispatch", now=now):
        yield Fault(FaultKind.NOBODY_SENDS, readiness_texts.nobody_sends(processes.SEEN_WITHIN))
    state = probe.state(session)
    is_lost = state.arrived_at is None and state.missed_at is not None
    if is_lost or (state.arrived_at is not None and state.arrived_at < now - PROBE_SILENT_AFTER):
        since = state.arrived_at or state.missed_at or now
        words = readiness_texts.probe_lost(since.astimezone(setup.zone), probe.stuck_at(session))
        yield Fault(FaultKind.PROBE_LOST, words)
    if messages_wait(session, now):
        yield Fault(FaultKind.MESSAGES_WAIT, readiness_texts.messages_wait(OVERDUE))
    if steps_wait(session, now):
        yield Fault(FaultKind.STEPS_WAIT, readiness_texts.steps_wait(OVERDUE))
    for route in _overdue(session, now):
        if _is_tried(session, route, now):
            words = readiness_texts.carrier_fails(route.carrier, route.channel, OVERDUE)
            yield Fault(FaultKind.CARRIER_FAILS, words)


def _roads(setup: DispatchSetup) -> Iterator[Fault]:
    """What this process found when it last built its roads."""
    for fault in setup.roads.faults:
        yield Fault(FaultKind.ROADS_FAIL, readiness_texts.roads_fault(fault))


def _overdue(session: Session, now: datetime) -> list[Route]:
    return claiming.due_routes(session, now=now - OVERDUE)


def _is_tried(session: Session, route: Route, now: datetime) -> bool:
    """Whether messages over a route are tried: a carrier that fails keeps the others waiting.

    What is being sent has a lease, and what has failed a next attempt; both are young where somebody sends.
    """
    tried = select(Notification.id).where(
        text(TO_SEND),
        Notification.carrier == route.carrier,
        Notification.channel == route.channel,
        Notification.attempts > 0,
        or_(Notification.claimed_until > now - OVERDUE, Notification.next_attempt_at > now - OVERDUE),
    )
    return session.scalar(tried.limit(1)) is not None


def _premises(session: Session, setup: DispatchSetup, now: datetime) -> Iterator[Fault]:
    for premises in probe.without_help(session, setup, now=now):
        words = readiness_texts.nobody_to_send(premises.id, premises.name)
        yield Fault(FaultKind.NOBODY_TO_SEND, words, premises.village_code, premises_id=premises.id)


def _districts(roster: Roster) -> Iterator[Fault]:
    """Districts in which nobody would hear that a station does not answer."""
    for code in roster.tree.codes_of_level("district"):
        if not any(person.role is PersonRole.DUTY_OFFICER for person in _people_of(roster, code)):
            words = readiness_texts.no_duty_officer(code, roster.tree.name_of(code) or code)
            yield Fault(FaultKind.NO_DUTY_OFFICER, words, code)


def _people_of(roster: Roster, district: str) -> Iterator[Contact]:
    yield from (person for person in roster.regional if roster.tree.contains(district, person.region_code))
    for station in roster.stations:
        if roster.tree.contains(district, station.region_code):
            yield from station.people


def _tonight(roster: Roster, setup: DispatchSetup, now: datetime) -> dict[str, tuple[StationCard, Gap]]:
    """By id the village stations that could not come for part of the coming night, with the longest gap."""
    night = forecast.coming_night(now, setup.zone)
    found: dict[str, tuple[StationCard, Gap]] = {}
    for card in roster.of_tier(Tier.VILLAGE):
        if not card.people:
            continue  # that has a line of its own
        gaps = forecast.gaps(card, night, setup.zone)
        longest = max(gaps, key=lambda gap: gap.length, default=None)
        if longest is not None and longest.length >= GAP_WORTH_TELLING:
            found[card.id] = card, longest
    return found


def _gaps_tonight(
    roster: Roster, setup: DispatchSetup, tonight: dict[str, tuple[StationCard, Gap]]
) -> Iterator[Fault]:
    """One line a district."""
    for code in roster.tree.codes_of_level("district"):
        theirs = [
            (card.name, gap.start.astimezone(setup.zone), gap.end.astimezone(setup.zone))
            for card, gap in tonight.values()
            if roster.tree.contains(code, card.region_code)
        ]
        if theirs:
            yield Fault(FaultKind.GAPS_TONIGHT, readiness_texts.gaps_tonight(theirs), code)


def _stations(
    roster: Roster, setup: DispatchSetup, now: datetime, known: AbstractSet[str]
) -> Iterator[Fault]:
    """Stations that could be sent and would hear nothing, now or within a day but for the night's `known`."""
    for card in roster.stations:
        if not any(person.role is PersonRole.CHIEF for person in card.people):
            what, words = FaultKind.NO_CHIEF, readiness_texts.no_chief(card)
        elif not on_duty(card.people, now, setup.zone):
            what, words = FaultKind.NOBODY_ON_DUTY, readiness_texts.nobody_on_duty(card)
        elif card.id not in known and (gap := _next_gap(card, setup, now)) is not None:
            at = gap.start.astimezone(setup.zone)
            what, words = FaultKind.NOBODY_ON_DUTY_SOON, readiness_texts.nobody_on_duty_at(card, at)
        else:
            continue
        yield Fault(what, words, card.region_code, card)


def _next_gap(card: StationCard, setup: DispatchSetup, now: datetime) -> Gap | None:
    """The first time in the coming day in which nobody is on duty."""
    gaps = forecast.gaps(card, Window(now, now + LOOKED_AHEAD), setup.zone)
    return next((gap for gap in gaps if gap.reason is Reason.NOBODY_ON_DUTY), None)


def _refused(session: Session, roster: Roster) -> Iterator[Fault]:
    """People whose newest SMS did not reach them and is not tried again."""
    people: dict[str | None, tuple[Contact, StationCard | None]]
    people = {person.id: (person, card) for card in roster.stations for person in card.people}
    people |= {person.id: (person, None) for person in roster.regional}
    newest = (
        select(func.max(Notification.id))
        .where(Notification.person_id.in_(people), Notification.channel == Channel.SMS)
        .group_by(Notification.person_id)
    )
    failed = select(Notification.person_id, Notification.failure).where(
        Notification.id.in_(newest), Notification.status == "failed"
    )
    for person_id, failure in session.execute(failed.order_by(Notification.person_id)):
        person, card = people[person_id]
        words = readiness_texts.phone_refused(card, person, failure or "")
        region = card.region_code if card else person.region_code
        yield Fault(FaultKind.PHONE_REFUSED, words, region, card, person)


def _silent(
    session: Session, roster: Roster, setup: DispatchSetup, now: datetime, known: set[str]
) -> Iterator[Fault]:
    """Chiefs who did not answer the last communication test that asked them and is over."""
    over = {
        test.id: test.started_at
        for test in session.scalars(
            select(CommunicationTest).where(
                CommunicationTest.ends_at <= now, CommunicationTest.started_at > now - _TEST_COUNTS_FOR
            )
        )
    }
    rows = session.execute(
        select(
            Notification.person_id,
            Notification.communication_test_id,
            func.max(Notification.answered_at),
        )
        .where(Notification.communication_test_id.in_(over))
        .group_by(Notification.person_id, Notification.communication_test_id)
        .order_by(Notification.communication_test_id)
    )
    latest = {person_id: (test_id, answered_at) for person_id, test_id, answered_at in rows}
    for card in roster.stations:
        for person in card.people:
            test_id, answered_at = latest.get(person.id, (None, None))
            if test_id is None or answered_at is not None or person.id in known:
                continue
            words = readiness_texts.chief_silent(card, person, over[test_id].astimezone(setup.zone))
            yield Fault(FaultKind.CHIEF_SILENT, words, card.region_code, card, person)
