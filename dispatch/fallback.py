"""When a message cannot reach its person: the next carrier, the next channel, the next person."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import outbox, paging, witness
from dispatch.channels.carrier import Channel
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.incidents import Assignment, Notification


def after_failure(session: Session, setup: DispatchSetup, failed: Notification, *, now: datetime) -> None:
    """Go on after a refusal, an undelivered receipt or a second failed attempt.

    The same text goes out by the next carrier of the channel; where none is left, a page or a
    notice to the duty officer goes by voice. A page that was refused for good also goes to the next
    person of the station at once.
    """
    if failed.incident is not None and failed.incident.status != "open":
        return
    _other_way(session, setup, failed, now)
    if failed.purpose == "page" and failed.status == "failed" and failed.assignment_id is not None:
        _next_person(session, setup, session.get_one(Assignment, failed.assignment_id), now)


def _other_way(session: Session, setup: DispatchSetup, failed: Notification, now: datetime) -> None:
    carriers = setup.carriers.get(Channel(failed.channel), ())
    later = carriers[carriers.index(failed.carrier) + 1 :] if failed.carrier in carriers else ()
    if later:
        again = _again(failed, Channel(failed.channel))
        witness.follow(session, failed, outbox.enqueue(session, setup, again, now=now, carrier=later[0]))
    elif failed.channel == Channel.SMS and failed.purpose == "duty":
        outbox.enqueue(session, setup, _again(failed, Channel.VOICE), now=now)
    elif failed.channel == Channel.SMS and failed.purpose == "page" and failed.assignment_id is not None:
        assignment = session.get_one(Assignment, failed.assignment_id)
        person = _contact(failed)
        paging.page_person(session, setup, assignment.incident, assignment, person, Channel.VOICE, now=now)


def _again(failed: Notification, channel: Channel) -> Draft:
    return Draft(
        to=_contact(failed),
        purpose=failed.purpose,
        body=failed.body,
        key=f"again:{failed.dedup_key}",
        channel=channel,
        incident_id=failed.incident_id,
        assignment_id=failed.assignment_id,
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
