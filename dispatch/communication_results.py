"""Who was reached by a communication test, and who was not and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.duty import Contact
from dispatch.selection import StationCard
from dispatch.setup import DispatchSetup
from store.incidents import Notification
from store.reliability import CommunicationTest


class Reached(StrEnum):
    """How far a message of the test came, the best last."""

    FAILED = "failed"
    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Asked:
    """One person of a test. `failure` says in the carrier's words why a message did not get there.

    The station is None for who is no chief of an active station any more.
    """

    person_id: str
    name: str
    phone: str
    station: StationCard | None
    reached: Reached
    sent_at: datetime | None
    delivered_at: datetime | None
    answered_at: datetime | None
    failure: str | None

    @property
    def answered_after_s(self) -> float | None:
        """Seconds from the message to the answer."""
        if self.answered_at is None or self.sent_at is None:
            return None
        return (self.answered_at - self.sent_at).total_seconds()


def results(session: Session, setup: DispatchSetup, test: CommunicationTest) -> list[Asked]:
    """Everyone whom a test asks, also whose message is not written yet; who did not answer comes first."""
    people = {
        person.id: (person, card) for card in setup.roster.get(session).stations for person in card.people
    }
    rows = session.scalars(
        select(Notification).where(Notification.communication_test_id == test.id).order_by(Notification.id)
    )
    by_person: dict[str, list[Notification]] = {}
    for row in rows:
        by_person.setdefault(row.person_id or row.phone, []).append(row)
    asked = [
        _asked(person_id, mine, people[person_id][1] if person_id in people else None)
        for person_id, mine in by_person.items()
    ]
    asked += [
        _unwritten(*people[person_id])
        for person_id in test.person_ids
        if person_id in people and person_id not in by_person
    ]
    return sorted(asked, key=lambda one: (one.reached is Reached.ANSWERED, one.station is None, _name(one)))


def _asked(person_id: str, rows: Collection[Notification], station: StationCard | None) -> Asked:
    """One person's messages as one line: a second carrier may have brought what the first could not."""
    best = max(rows, key=lambda row: list(Reached).index(_reached(row)))
    first, failures = next(iter(rows)), [row.failure for row in rows if row.failure]
    return Asked(
        person_id=person_id,
        name=first.person_name,
        phone=first.phone,
        station=station,
        reached=_reached(best),
        sent_at=best.sent_at,
        delivered_at=best.delivered_at,
        answered_at=best.answered_at,
        failure=failures[-1] if failures and _reached(best) in (Reached.FAILED, Reached.WAITING) else None,
    )


def _unwritten(person: Contact, station: StationCard) -> Asked:
    return Asked(person.id, person.name, person.phone, station, Reached.WAITING, None, None, None, None)


def _reached(row: Notification) -> Reached:
    if row.answered_at is not None:
        return Reached.ANSWERED
    return {
        "queued": Reached.WAITING,
        "sending": Reached.WAITING,
        "sent": Reached.SENT,
        "delivered": Reached.DELIVERED,
    }.get(row.status, Reached.FAILED)


def _name(one: Asked) -> str:
    return one.station.name if one.station else one.name
