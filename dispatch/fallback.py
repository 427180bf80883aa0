"""When a message cannot reach its person: the next carrier, the next channel, the next person."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import outbox, paging, witness
from dispatch.channels.carrier import Channel
from dispatch.channels.probe import CARRIER as STAND_IN
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.incidents import Assignment, Notification

#: What must be heard, and says the same by voice as in writing.
_SPOKEN_AS_WRITTEN = ("confirmed", "duty", "ask_progress")


def after_failure(session: Session, setup: DispatchSetup, failed: Notification, *, now: datetime) -> None:
    """Go on after a refusal, an undelivered receipt, a second failed attempt, or at a carrier that fails.

    The same text goes out by the next carrier of the channel; where none is left, what somebody must
    hear goes by voice. A page that was refused for good also goes to the next person of the station at
    once. Whoever has answered has been reached.
    """
    is_over = failed.incident is not None and failed.incident.status != "open"
    if is_over or failed.answered_at is not None:
        return
    _other_way(session, setup, failed, now)
    if failed.purpose == "page" and failed.status == "failed" and failed.assignment_id is not None:
        _next_person(session, setup, session.get_one(Assignment, failed.assignment_id), now)


def lead_around(session: Session, setup: DispatchSetup, notification_id: int, *, now: datetime) -> None:
    """A message that waits for a carrier that fails goes out another way as well."""
    row = outbox.locked(session, notification_id)
    if row is not None and row.status == "queued":
        after_failure(session, setup, row, now=now)


def by_next_carrier(session: Session, setup: DispatchSetup, notice: Notification, *, now: datetime) -> bool:
    """The same text by the next carrier of its channel, once; False where none is left."""
    notice.race_at = None
    carrier = _next_carrier(setup, notice)
    if carrier is None:
        return False
    again = _again(notice, Channel(notice.channel))
    again_id = outbox.enqueue(session, setup, again, now=now, carrier=carrier)
    witness.follow(session, notice, again_id)
    return True


def _next_carrier(setup: DispatchSetup, notice: Notification) -> str | None:
    """Who is asked after the carrier of a message; the first, if that one is no longer set up.

    The service's stand-in phone and chats are reached by carriers of their own, which nobody replaces.
    """
    carriers = setup.carriers.get(Channel(notice.channel), ())
    if notice.carrier in carriers:
        later = carriers[carriers.index(notice.carrier) + 1 :]
    else:
        later = () if notice.carrier == STAND_IN else carriers
    return later[0] if later else None


def _other_way(session: Session, setup: DispatchSetup, failed: Notification, now: datetime) -> None:
    if by_next_carrier(session, setup, failed, now=now) or failed.channel != Channel.SMS:
        return
    if failed.purpose in _SPOKEN_AS_WRITTEN:
        outbox.enqueue(session, setup, _again(failed, Channel.VOICE), now=now)
    elif failed.purpose == "page" and failed.assignment_id is not None:
        assignment = session.get_one(Assignment, failed.assignment_id)
        paging.page_person(
            session,
            setup,
            assignment.incident,
            assignment,
            _contact(failed),
            Channel.VOICE,
            attempt=_attempt_of(failed),
            now=now,
        )


def _attempt_of(page: Notification) -> int:
    """Which repetition a page is, from its key `page:ASSIGNMENT:ATTEMPT:…`: each may be called once."""
    found = re.search(r"page:\d+:(\d+):", page.dedup_key)
    return int(found.group(1)) if found else 1


def _again(failed: Notification, channel: Channel) -> Draft:
    return Draft(
        to=_contact(failed),
        purpose=failed.purpose,
        body=failed.body,
        key=f"again:{failed.dedup_key}",
        channel=channel,
        incident_id=failed.incident_id,
        assignment_id=failed.assignment_id,
        communication_test_id=failed.communication_test_id,
    )


def _next_person(session: Session, setup: DispatchSetup, assignment: Assignment, now: datetime) -> None:
    """Page the first of the station's people who has not been paged yet."""
    told = {notice.person_id for notice in assignment.notifications if notice.purpose == "page"}
    for person in paging.contacts_of(session, setup, assignment, now):
        if person.id not in told:
            paging.page_person(session, setup, assignment.incident, assignment, person, Channel.SMS, now=now)
            return


def _contact(notice: Notification) -> Contact:
    return Contact(
        id=notice.person_id or f"phone:{notice.phone}",
        name=notice.person_name,
        phone=notice.phone,
        role=PersonRole.MEMBER,
        rank=1,
        language=notice.language,
    )
