"""Send a station, page its people, say when none is left. Thin verbs in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from dispatch import (
    centre,
    duty,
    escalation,
    journal,
    messages,
    nobody_left,
    outbox,
    ranking,
    selection,
    steps,
    telling,
)
from dispatch.channels.carrier import Channel
from dispatch.describe import facts_of, has_answered, place_of
from dispatch.duty import Contact
from dispatch.messages import IncidentFacts
from dispatch.outbox import Draft
from dispatch.selection import Candidate
from dispatch.setup import DispatchSetup
from dispatch.values import Source, Tier
from store.direct import insert
from store.incidents import Assignment, Incident, Notification


class DutyStationText(Protocol):
    """A text for the duty officer that may name the station sent next."""

    def __call__(self, facts: IncidentFacts, language: str, *, next_station: str | None = None) -> str:
        """Make the text."""


def send_first_stations(
    session: Session, setup: DispatchSetup, incident: Incident, tiers: Iterable[Tier], *, now: datetime
) -> None:
    """Send what the plan sends at once in each of these tiers; a tier without a station is said."""
    place = place_of(session, setup, incident)
    chosen: dict[Tier, Sequence[Candidate]] = {}
    for tier in tiers:
        ranked = ranking.of_incident(session, setup, incident, tier, now)
        at_once = setup.plan.of(tier).stations_at_once
        chosen[tier] = selection.first_sent(ranked, tier, at_once, place)
        ranking.keep(session, setup, incident, tier, ranked, chosen[tier], planned=at_once, now=now)
    sent = [(candidate, candidate.reason) for candidates in chosen.values() for candidate in candidates]
    _send(session, setup, incident, sent, now=now)
    for tier, candidates in chosen.items():
        if not candidates and setup.plan.of(tier).stations_at_once:
            nobody_left.say_no_station_left(session, setup, incident, tier, now)


def send_next_station(
    session: Session, setup: DispatchSetup, incident: Incident, tier: Tier, *, now: datetime
) -> Assignment | None:
    """Send the next nearest station of a tier; None, and said to the duty officer, where none is left."""
    ranked = ranking.of_incident(session, setup, incident, tier, now)
    if not ranked.candidates:
        nobody_left.say_no_station_left(session, setup, incident, tier, now)
        return None
    following = ranked.candidates[0]
    ranking.keep(session, setup, incident, tier, ranked, [following], planned=1, now=now)
    return send_station(session, setup, incident, following, selection.NEXT_NEAREST, now=now)


def send_next_and_tell(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment,
    what: str,
    text: DutyStationText,
    *,
    beyond_most: bool = True,
    now: datetime,
) -> Assignment | None:
    """Send the next station of an assignment's tier, and tell the duty officer why and which.

    Not `beyond_most`: none where as many of the tier are silent as the plan allows.
    """
    tier = Tier(assignment.tier)
    if beyond_most or _silent(incident, tier) < setup.plan.most_silent(tier):
        sent = send_next_station(session, setup, incident, tier, now=now)
    else:
        sent = None
        nobody_left.say_stations_silent(session, setup, incident, tier, now)
    card = setup.roster.get(session).station(sent.station_id) if sent else None
    next_station = card.name if card else None

    def say(facts: IncidentFacts, language: str) -> str:
        return text(facts, language, next_station=next_station)

    telling.tell_duty_officers(session, setup, incident, f"{what}:{assignment.id}", say, assignment, now=now)
    return sent


def _silent(incident: Incident, tier: Tier) -> int:
    """How many stations of a tier were sent and have neither answered nor declined."""
    of_tier = [assignment for assignment in incident.assignments if assignment.tier == tier]
    return sum(not has_answered(assignment) and assignment.declined_at is None for assignment in of_tier)


def send_station(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    candidate: Candidate,
    reason: str,
    *,
    now: datetime,
    source: Source = Source.SYSTEM,
    actor: str | None = None,
) -> Assignment:
    """Write the assignment, the first page, and what falls due if nobody answers."""
    sent = [(candidate, reason)]
    (assignment,) = _send(session, setup, incident, sent, now=now, source=source, actor=actor)
    return assignment


def _send(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    sent: Sequence[tuple[Candidate, str]],
    *,
    now: datetime,
    source: Source = Source.SYSTEM,
    actor: str | None = None,
) -> list[Assignment]:
    """Send these stations, each for its reason; all together, because an alarm waits for every statement."""
    assignments = [_assign(session, incident, candidate, reason, now) for candidate, reason in sent]
    due_steps = [
        (due, assignment.id)
        for assignment in assignments
        for due in escalation.after_assignment(setup.plan, Tier(assignment.tier), now)
    ]
    steps.write_all(session, incident.id, due_steps)
    for (candidate, reason), assignment in zip(sent, assignments, strict=True):
        journal.record(
            session,
            incident.id,
            "assigned",
            at=now,
            recorded_at=now,
            source=source,
            actor=actor,
            assignment_id=assignment.id,
            station_id=assignment.station_id,
            station=candidate.station.name,
            tier=assignment.tier,
            reason=reason,
            travel_s=assignment.travel_s,
            method=assignment.method,
        )
        page_station(session, setup, incident, assignment, now=now)
    centre.tell(session, setup, incident, now=now)
    return assignments


def _assign(
    session: Session, incident: Incident, candidate: Candidate, reason: str, now: datetime
) -> Assignment:
    station, travel = candidate.station, candidate.travel
    columns = {
        "incident_id": incident.id,
        "station_id": station.id,
        "tier": station.tier,
        "reason": reason,
        "travel_s": round(travel.travel_s, 1) if travel else None,
        "distance_m": round(travel.distance_m, 1) if travel else None,
        "method": travel.method if travel else None,
        "created_at": now,
    }
    others = list(incident.assignments)
    assignment = insert(session, Assignment, columns)
    ranking.commit(session, station.id, incident)
    set_committed_value(assignment, "incident", incident)
    set_committed_value(incident, "assignments", [*others, assignment])
    return assignment


def contacts_of(
    session: Session, setup: DispatchSetup, assignment: Assignment, now: datetime
) -> list[Contact]:
    """Whom to call at a station, in order: who is on duty; if nobody is, everyone it has."""
    card = setup.roster.get(session).station(assignment.station_id)
    if card is None:
        return []
    return duty.on_duty(card.people, now, setup.zone) or duty.call_order(card.people)


def page_station(
    session: Session, setup: DispatchSetup, incident: Incident, assignment: Assignment, *, now: datetime
) -> None:
    """The first page: an SMS to the chiefs. A station without anybody is said to the duty officer."""
    contacts = contacts_of(session, setup, assignment, now)
    for person in duty.first_called(contacts):
        page_person(session, setup, incident, assignment, person, Channel.SMS, now=now)
    if not contacts:
        telling.tell_duty_officers(
            session,
            setup,
            incident,
            no_contact_notice(assignment.id),
            messages.duty_no_contact,
            assignment,
            now=now,
        )


def no_contact_notice(assignment_id: int) -> str:
    """The name of the notice that a station has nobody to page."""
    return f"no_contact:{assignment_id}"


def page_people(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment,
    *,
    everyone: bool,
    attempt: int,
    now: datetime,
) -> None:
    """A voice call to the chiefs and an SMS to `everyone` else; from the second attempt chiefs get both.

    What is repeated to a number that refused the first text for good goes by voice instead.
    """
    contacts = contacts_of(session, setup, assignment, now)
    first = duty.first_called(contacts)
    can_call = bool(setup.carriers.get(Channel.VOICE))
    takes_only_calls = _take_only_calls(session, setup, incident) if attempt > 1 else frozenset()
    for person in contacts if everyone else first:
        if person in first and can_call:
            page_person(session, setup, incident, assignment, person, Channel.VOICE, attempt=attempt, now=now)
        if person not in first or attempt > 1 or not can_call:
            # instead of the call the chief gets one text more than the others
            text = attempt + 1 if person in first and not can_call else attempt
            channel = Channel.VOICE if person.phone in takes_only_calls else Channel.SMS
            page_person(session, setup, incident, assignment, person, channel, attempt=text, now=now)


def page_person(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment,
    person: Contact,
    channel: Channel,
    *,
    now: datetime,
    attempt: int = 1,
) -> int | None:
    """Write one page to one person; gives its id, None where that page exists already."""
    facts = facts_of(incident)
    if channel is Channel.VOICE:
        body = messages.page_spoken(facts, person.language)
    elif assignment.reason == selection.NEXT_NEAREST:
        body = messages.further_page(facts, person.language, attempt=attempt)
    else:
        body = messages.page(facts, person.language, attempt=attempt)
    draft = Draft(
        to=person,
        purpose="page",
        body=body,
        key=f"page:{assignment.id}:{attempt}",
        channel=channel,
        incident_id=incident.id,
        assignment_id=assignment.id,
    )
    return outbox.enqueue(session, setup, draft, now=now)


def _take_only_calls(session: Session, setup: DispatchSetup, incident: Incident) -> frozenset[str]:
    """The phones that every carrier of texts refused for good (none has a name for the message)."""
    texting = setup.carriers.get(Channel.SMS, ())
    if not setup.carriers.get(Channel.VOICE):
        return frozenset()
    refused = select(Notification.phone, Notification.carrier).where(
        Notification.incident_id == incident.id,
        Notification.channel == Channel.SMS,
        Notification.status == "failed",
        Notification.carrier_id.is_(None),
    )
    found = {(phone, carrier) for phone, carrier in session.execute(refused)}
    phones = {phone for phone, _ in found}
    return frozenset(phone for phone in phones if all((phone, carrier) in found for carrier in texting))
