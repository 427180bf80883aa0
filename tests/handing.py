"""A story with a line to a 119 centre, played by the stand-in without a network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from dispatch import handover
from dispatch.centre_line import signature
from dispatch.values import HandoverStatus, Source
from simulators.centre_standin import Centre
from store.reliability import CentreMessage
from tests.sending import send_due_to_centre
from tests.story import Story

_SECRET = "made up"


def _at_once() -> None:
    """A line that does not wait."""


@dataclass
class Line:
    """Carries to the stand-in without a network; `broken` says why it does not."""

    centre: Centre = field(default_factory=lambda: Centre(_SECRET))
    broken: str | None = None
    before: Callable[[], None] = _at_once

    def post(self, body: str, *, now: datetime) -> str | None:
        self.before()
        if self.broken is not None:
            return self.broken
        stamp = str(int(now.timestamp()))
        assert self.centre.take(stamp, signature(_SECRET, stamp, body.encode()), body.encode())
        return None


@dataclass
class Handover:
    """A story with a line to a centre."""

    story: Story
    line: Line = field(default_factory=Line)

    def send(self) -> int:
        return send_due_to_centre(self.story.database, self.line, self.story.clock)

    def wait(self, seconds: int) -> None:
        """Let time pass, with a look at the queue every 15 s."""
        for _ in range(seconds // 15):
            self.story.wait(15)
            self.send()

    def report(self, status: HandoverStatus, *, number: str | None = None, reason: str | None = None) -> None:
        (incident,) = self.story.incidents()
        with self.story.database.begin() as session:
            handover.report(
                session,
                self.story.setup,
                incident.id,
                status,
                number=number,
                reason=reason,
                actor="119",
                source=Source.CENTRE,
                now=self.story.clock.now(),
            )
        self.story.send()

    @property
    def read(self) -> list[dict[str, Any]]:
        """What the centre has read of the only incident, in order, repetitions among it."""
        (incident,) = self.story.incidents()
        return self.line.centre.read.get(incident.id, [])

    @property
    def kinds(self) -> list[str]:
        (incident,) = self.story.incidents()
        return self.line.centre.kinds(incident.id)

    def rows(self) -> list[CentreMessage]:
        with self.story.database.read() as session:
            return list(session.scalars(select(CentreMessage).order_by(CentreMessage.sequence)))

    def duty_rings(self) -> int:
        texts = self.story.texts(self.story.district.duty_officer)
        return len([text for text in texts if "拨打119" in text])


@pytest.fixture
def handing(story: Story) -> Iterator[Handover]:
    """Whatever a story does, the centre finds nothing wrong with what it is sent."""
    made = Handover(story)
    yield made
    assert made.line.centre.faults == []
