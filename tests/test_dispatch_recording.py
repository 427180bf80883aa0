"""Answers of carriers are recorded together, and none of them depends on its neighbours."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import exc, select
from sqlalchemy.orm import Session

from dispatch import outbox
from dispatch.channels.carrier import SendResult, SendStatus
from dispatch.claiming import Claim
from dispatch.recording import Recorder
from dispatch.values import EventKind
from store.database import Database
from store.incidents import Notification
from tests.sending import claim_due
from tests.story import Story, story

__all__ = ["story"]


class Gate(Database):
    """Counts transactions; the first one begins when it is let go."""

    def __init__(self, opened: Database) -> None:
        self._opened = opened
        self.began, self.goes_on, self.transactions = Event(), Event(), 0

    @contextmanager
    def begin(self) -> Iterator[Session]:
        self.transactions += 1
        self.began.set()
        assert self.goes_on.wait(20)
        with self._opened.begin() as session:
            yield session


class Meeting:
    """Pages and a notice whose answers come while the first of them is being recorded."""

    def __init__(self, story: Story) -> None:
        self.story, self.gate = story, Gate(story.database)
        story.event(story.district.call_point, EventKind.ALARM, send=False)
        with story.database.begin() as session:
            self.claims = claim_due(session, now=story.clock.now(), limit=10)
        self.recorder = Recorder(self.gate, story.setup)
        self.faults: dict[int, Exception] = {}

    def record(self) -> None:
        first, *others = [Thread(target=self._record, args=(claim,)) for claim in self.claims]
        first.start()
        assert self.gate.began.wait(20)
        for thread in others:
            thread.start()
        while len(self.recorder._waiting) < len(others):
            assert not self.faults
        self.gate.goes_on.set()
        for thread in (first, *others):
            thread.join(20)

    def _record(self, claim: Claim) -> None:
        message = claim.message.notification_id
        try:
            self.recorder.record(claim, SendResult(SendStatus.SENT, f"SM{message}"), self.story.clock.now())
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            self.faults[message] = fault

    def statuses(self) -> list[str]:
        with self.story.database.read() as session:
            return list(session.scalars(select(Notification.status)))


@pytest.fixture
def meeting(story: Story) -> Meeting:
    return Meeting(story)


def test_what_comes_while_one_is_written_goes_together_with_the_next(meeting: Meeting) -> None:
    meeting.record()
    assert not meeting.faults
    assert meeting.gate.transactions == 2
    assert set(meeting.statuses()) == {"sent"}
    assert len(meeting.claims) == len(meeting.statuses()) > 3


def test_one_that_cannot_be_written_takes_no_other_with_it(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisonous = meeting.claims[2].message.notification_id
    record = outbox.record_result

    def poisoned(session: Session, message: int, *given: Any, **named: Any) -> Any:
        if message == poisonous:
            raise ValueError("poison")
        return record(session, message, *given, **named)

    monkeypatch.setattr(outbox, "record_result", poisoned)
    meeting.record()
    assert {message: str(fault) for message, fault in meeting.faults.items()} == {poisonous: "poison"}
    assert sorted(meeting.statuses()) == ["sending", *["sent"] * (len(meeting.claims) - 1)]


def test_while_the_database_is_away_each_hears_of_it_and_none_is_tried_alone(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise exc.OperationalError("UPDATE", {}, Exception("away"))

    monkeypatch.setattr(outbox, "hold", away)
    meeting.record()
    assert meeting.gate.transactions == 2
    assert len(meeting.faults) == len(meeting.claims)
