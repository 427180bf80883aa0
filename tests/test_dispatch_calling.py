"""One call at a time to a phone: the next one waits, says why, and is the newest."""

from datetime import datetime

import pytest
from sqlalchemy import select

from dispatch import calling, delivery, outbox
from dispatch.channels.carrier import Channel, DeliveryStatus, SendResult, SendStatus
from dispatch.claiming import Claim
from dispatch.delivery import Receipt
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.database import Database
from store.incidents import Notification
from tests.clock import ManualClock
from tests.sending import claim_due


class Exchange:
    """An outbox of calls; what is placed rings until a receipt says that it has ended."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock, self.setup = database, clock, DispatchSetup()

    def write(self, person: int, *incidents: str, channel: Channel = Channel.VOICE) -> None:
        phone = f"+8613800138{person:03d}"  # invented
        to = Contact(f"p{person}", f"虚构{person}", phone, PersonRole.CHIEF, 1, "zh")
        with self.database.begin() as session:
            for incident in incidents:
                draft = Draft(to, "page", incident, incident, channel)
                outbox.enqueue(session, self.setup, draft, now=self.clock.now())

    def place(self) -> list[str]:
        """Claim what may go now and let the carrier take it; gives the bodies."""
        with self.database.begin() as session:
            claims = claim_due(session, now=self.clock.now())
            for claim in claims:
                self._take(session, claim)
        return sorted(claim.message.body for claim in claims)

    def _take(self, session: object, claim: Claim) -> None:
        sent = SendResult(SendStatus.SENT, carrier_id=f"CA{claim.message.notification_id}")
        message = claim.message.notification_id
        outbox.record_result(session, message, sent, attempt=claim.attempt, now=self.clock.now())  # type: ignore[arg-type]

    def end(self, body: str, status: DeliveryStatus) -> None:
        row = self.row(body)
        receipt = Receipt(row.carrier, f"CA{row.id}", status, row.id, "nobody answered the call")
        with self.database.begin() as session:
            delivery.record_receipt(session, self.setup, receipt, now=self.clock.now())

    def row(self, body: str) -> Notification:
        with self.database.read() as session:
            return session.scalars(select(Notification).where(Notification.body == body)).one()


@pytest.fixture
def exchange(database: Database, clock: ManualClock) -> Exchange:
    return Exchange(database, clock)


def test_a_phone_is_called_once_whatever_waits_for_it(exchange: Exchange) -> None:
    exchange.write(1, "K1", "K2", "K3")
    exchange.write(2, "K4")
    assert exchange.place() == ["K3", "K4"]
    for body in ("K1", "K2"):
        assert (exchange.row(body).status, exchange.row(body).failure) == ("queued", calling.WHY)


@pytest.mark.parametrize("status", [DeliveryStatus.DELIVERED, DeliveryStatus.FAILED])
def test_the_newest_is_next_when_a_call_has_ended(exchange: Exchange, status: DeliveryStatus) -> None:
    exchange.write(1, "K1", "K2", "K3")
    assert exchange.place() == ["K3"]
    exchange.clock.advance(20)
    assert exchange.place() == []
    exchange.end("K3", status)
    exchange.clock.advance(calling.AGAIN_S)
    assert exchange.place() == ["K2"]
    assert exchange.row("K2").failure is None


def test_a_call_without_a_receipt_is_taken_for_ended(exchange: Exchange) -> None:
    exchange.write(1, "K1", "K2")
    assert exchange.place() == ["K2"]
    exchange.clock.advance(calling.LONGEST_CALL_S - 1)
    assert exchange.place() == []
    exchange.clock.advance(1)
    assert exchange.place() == ["K1"]


def test_a_call_that_is_being_asked_for_keeps_the_phone_until_its_lease_runs_out(exchange: Exchange) -> None:
    exchange.write(1, "K1", "K2")
    with exchange.database.begin() as session:
        claim_due(session, now=exchange.clock.now())  # K2, and the process is killed
    exchange.clock.advance(1)
    assert exchange.place() == []
    exchange.clock.advance(1)
    assert exchange.place() == ["K1"]  # tried less often


def test_texts_go_out_meanwhile(exchange: Exchange) -> None:
    exchange.write(1, "K1", "K2")
    exchange.write(1, "T1", "T2", channel=Channel.SMS)
    assert exchange.place() == ["K2", "T1", "T2"]


def test_a_call_that_never_found_the_phone_free_says_so(exchange: Exchange) -> None:
    exchange.write(1, "K1", "K2")
    exchange.place()
    ends: datetime = exchange.row("K1").expires_at
    exchange.clock.advance((ends - exchange.clock.now()).total_seconds())
    assert exchange.place() == []
    assert exchange.row("K1").status == "expired"
    assert (exchange.row("K1").failure or "").endswith(calling.WHY)
