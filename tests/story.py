"""Tell a story to dispatch: devices sound, phones ring, people answer, the clock in the test's hands."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from math import ceil, inf

import pytest
from sqlalchemy import case, func, select

from dispatch import answers, escalate, lifecycle, receive
from dispatch.answers import IncomingSms
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.plan import ResponsePlan
from dispatch.setup import DispatchSetup
from dispatch.values import Disposition, EventKind, Outcome, SensorEvent, Source
from store.database import Database
from store.incidents import Assignment, DueStep, Incident, Notification, TimelineEntry
from tests.clock import ManualClock
from tests.factories import District, make_district
from tests.sending import send_due


@dataclass
class Phones:
    """A carrier that keeps what it is given; `results` scripts what it says to a number, in order."""

    name: str = "console"
    channels: frozenset[Channel] = frozenset(Channel)
    sent: list[OutgoingMessage] = field(default_factory=list)
    results: dict[str, list[SendResult]] = field(default_factory=dict)

    def send(self, message: OutgoingMessage) -> SendResult:
        self.sent.append(message)
        scripted = self.results.get(message.phone)
        if scripted:
            return scripted.pop(0)
        return SendResult(SendStatus.DELIVERED, carrier_id=f"{self.name}-{len(self.sent)}")

    def why_unusable(self) -> str | None:
        return None


class Story:
    """One district, one clock, one phone network."""

    def __init__(self, database: Database, clock: ManualClock, setup: DispatchSetup | None = None) -> None:
        self.database, self.clock = database, clock
        self.setup = setup or DispatchSetup(plan=ResponsePlan())
        names = {name for chosen in self.setup.carriers.values() for name in chosen}
        self.carriers = {name: Phones(name) for name in names}
        self._ids = count(1)
        with database.begin() as session:
            self.district: District = make_district(session)

    # -- what happens ------------------------------------------------------------------------------

    def event(
        self, device_id: str, kind: EventKind, *, key: str | None = None, send: bool = True, **more: object
    ) -> Outcome:
        """A device says something now; then, unless told otherwise, everything that is due is sent."""
        now = self.clock.now()
        given = {"received_at": now, "source": "native"} | more
        event = SensorEvent(device_id, kind, key or f"e{next(self._ids)}", **given)  # type: ignore[arg-type]
        with self.database.begin() as session:
            outcome = receive.receive_event(session, self.setup, event, now=now)
        if send:
            self.send()
        return outcome

    def alarm(self, device_id: str) -> Outcome:
        return self.event(device_id, EventKind.ALARM)

    def reply(self, person_id: str, text: str) -> None:
        """A person texts back now."""
        sms = IncomingSms("console", f"in{next(self._ids)}", self.district.phones[person_id], text)
        with self.database.begin() as session:
            answers.receive_sms(session, self.setup, sms, now=self.clock.now())
        self.send()

    def close(self, disposition: Disposition = Disposition.FIRE) -> None:
        """The duty officer closes the only open incident."""
        with self.database.begin() as session:
            lifecycle.close(
                session,
                self.setup,
                self.incident().id,
                disposition,
                cause=None,
                note=None,
                actor="值班员",
                source=Source.PAGE,
                now=self.clock.now(),
            )
        self.send()

    def send(self) -> None:
        send_due(self.database, self.setup, self.carriers, self.clock)

    def wait(self, seconds: int) -> None:
        """Let time pass second by second, as the service would live through it.

        Seconds in which nothing falls due are skipped: the service would only look and find nothing.
        """
        end = self.clock.now() + timedelta(seconds=seconds)
        while (ahead := (end - self.clock.now()).total_seconds()) > 0:
            self.clock.advance(min(ahead, self._seconds_until_due()))
            escalate.run_due(self.database, self.setup, now=self.clock.now)
            self.send()

    def _seconds_until_due(self) -> float:
        """Whole seconds, one at least, until the next step or message falls due, or one is overdue."""
        step = select(func.min(DueStep.due_at)).where(DueStep.outcome.is_(None))
        due_at = case(
            (Notification.status == "sending", Notification.claimed_until), else_=Notification.next_attempt_at
        )
        message = select(func.min(due_at)).where(Notification.status.in_(("queued", "sending")))
        race = select(func.min(Notification.race_at))
        sent = select(func.min(Notification.sent_at)).where(
            Notification.status == "sent", Notification.purpose == "page", Notification.failure.is_(None)
        )
        late = timedelta(seconds=self.setup.plan.late_delivery_after_s)
        with self.database.read() as session:
            found = [at for asked in (step, message, race) if (at := session.scalar(asked)) is not None]
            if (sent_at := session.scalar(sent)) is not None and sent_at + late > self.clock.now():
                found.append(sent_at + late)
        if not found:
            return inf
        return max(1, ceil((min(found) - self.clock.now()).total_seconds()))

    # -- what can be seen --------------------------------------------------------------------------

    def incidents(self) -> list[Incident]:
        with self.database.read() as session:
            return list(session.scalars(select(Incident).order_by(Incident.opened_at)))

    def incident(self) -> Incident:
        (only,) = [incident for incident in self.incidents() if incident.status == "open"]
        return only

    def assignments(self) -> dict[str, Assignment]:
        """By station id."""
        with self.database.read() as session:
            return {
                row.station_id: row for row in session.scalars(select(Assignment).order_by(Assignment.id))
            }

    def rows_of(self, station_id: str) -> list[Assignment]:
        """A station's assignments, the oldest first."""
        with self.database.read() as session:
            wanted = select(Assignment).where(Assignment.station_id == station_id).order_by(Assignment.id)
            return list(session.scalars(wanted))

    def other_town_is_sent(self) -> bool:
        return self.district.other_town_team in self.assignments()

    def notifications(self, person_id: str) -> list[Notification]:
        with self.database.read() as session:
            wanted = select(Notification).where(Notification.person_id == person_id).order_by(Notification.id)
            return list(session.scalars(wanted))

    def texts(self, person_id: str, channel: Channel = Channel.SMS) -> list[str]:
        """What a phone received, in order."""
        phone = self.district.phones[person_id]
        return [
            message.body
            for carrier in self.carriers.values()
            for message in carrier.sent
            if message.phone == phone and message.channel == channel
        ]

    def calls(self, person_id: str) -> list[str]:
        return self.texts(person_id, Channel.VOICE)

    def timeline(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(TimelineEntry.kind).order_by(TimelineEntry.id)))

    def due_steps(self) -> list[DueStep]:
        with self.database.read() as session:
            return list(session.scalars(select(DueStep).order_by(DueStep.due_at)))


@pytest.fixture
def story(database: Database, clock: ManualClock) -> Story:
    """The invented district on each kind of database."""
    return Story(database, clock)
