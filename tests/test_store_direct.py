"""What is written past the ORM: seen at once, written before anybody reads or commits."""

from datetime import timedelta

from sqlalchemy import event, select

from dispatch import claiming, outbox
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.database import Database
from store.direct import change
from store.incidents import Notification
from tests.clock import ManualClock


def write_message(database: Database, clock: ManualClock) -> None:
    to = Contact("p1", "虚构一", "+8613800138001", PersonRole.MEMBER, 1, "zh")  # invented
    with database.begin() as session:
        outbox.enqueue(session, DispatchSetup(), Draft(to, "help", "text", "once"), now=clock.now())


def test_changes_of_a_row_are_seen_at_once_and_written_together(
    database: Database, clock: ManualClock
) -> None:
    write_message(database, clock)
    updates = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        updates.extend([statement] if statement.startswith("UPDATE") else [])

    event.listen(database.engine, "before_cursor_execute", note)
    with database.begin() as session:
        row = session.scalars(select(Notification)).one()
        change(session, row, carrier_id="SM1")
        change(session, row, status="sent", sent_at=clock.now())
        assert (row.status, row.carrier_id) == ("sent", "SM1")
        assert not updates
    event.remove(database.engine, "before_cursor_execute", note)

    assert len(updates) == 1
    with database.read() as session:
        row = session.scalars(select(Notification)).one()
        assert (row.status, row.carrier_id, row.sent_at) == ("sent", "SM1", clock.now())


def test_who_asks_in_the_same_transaction_finds_what_was_changed(
    database: Database, clock: ManualClock
) -> None:
    write_message(database, clock)
    with database.begin() as session:
        row = session.scalars(select(Notification)).one()
        change(session, row, next_attempt_at=clock.now() + timedelta(hours=1))
        assert claiming.due_routes(session, now=clock.now()) == []
        row.failure = "said after it"  # by the ORM
        change(session, row, failure="said last")
    with database.read() as session:
        assert session.scalars(select(Notification.failure)).one() == "said last"
