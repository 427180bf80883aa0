"""The hand-over to the 119 centre as stories: in order, repeated until it speaks, in sight when it fails."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Timer
from typing import Any

import pytest
from sqlalchemy import select

from dispatch import centre, centre_queue, centre_sender, handover, receive
from dispatch.centre_line import signature
from dispatch.centre_queue import BACKOFF_S, LEASE_S, REPEAT_S
from dispatch.centre_sender import CentreSender
from dispatch.values import Disposition, EventKind, HandoverStatus, Source
from simulators.centre_standin import Centre
from store.incidents import Incident
from store.reliability import CentreMessage
from tests.clock import ManualClock
from tests.story import Story, story

__all__ = ["story"]

_SECRET = "made up"


def _at_once() -> None:
    """A line that does not wait."""


@dataclass
class _Line:
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
class _Handover:
    """A story with a line to a centre."""

    story: Story
    line: _Line = field(default_factory=_Line)

    def send(self) -> int:
        return centre_sender.run_once(self.story.database, self.line, self.story.clock)

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
def handing(story: Story) -> Iterator[_Handover]:
    """Whatever a story does, the centre finds nothing wrong with what it is sent."""
    made = _Handover(story)
    yield made
    assert made.line.centre.faults == []


def test_accepted_in_time_is_told_once_and_nobody_rings(handing: _Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    handing.send()

    (message,) = handing.read
    incident = handing.story.incident()
    assert (message["id"], message["code"], message["grade"]) == (incident.id, incident.code, "confirmed")
    assert message["place"]["district"] == "同安区"
    assert message["place"]["datum"] == "WGS 84"
    assert [signal["kind"] for signal in message["signals"]] == ["call_point"]
    sent = {station["station_id"] for station in message["assignments"]}
    assert sent == set(handing.story.assignments())
    assert "<certainty>Observed</certainty>" in message["cap"]

    handing.report(HandoverStatus.ACCEPTED, number="119-7")
    handing.wait(90)

    # no station was on scene, so the next ones were sent, and the centre heard of them
    assert handing.kinds[0] == "Alert"
    assert len({one["message"]["identifier"] for one in handing.read}) == len(handing.read)
    assert handing.duty_rings() == 0


def test_a_suspected_fire_is_handed_over_late_and_brought_up_to_date(handing: _Handover) -> None:
    story = handing.story
    story.alarm(story.district.smoke)
    handing.wait(75)
    assert handing.send() == 0
    handing.wait(15)
    assert "<certainty>Possible</certainty>" in handing.read[-1]["cap"]
    handing.report(HandoverStatus.ACCEPTED, number="119-7")
    handing.send()
    before = len(handing.read)

    story.alarm(story.district.smoke_upstairs)
    handing.send()
    assert handing.read[-1]["grade"] == "confirmed"
    assert "<certainty>Observed</certainty>" in handing.read[-1]["cap"]

    story.reply(story.district.chief, "3")
    handing.send()
    states = {one["station_id"]: one["milestones"] for one in handing.read[-1]["assignments"]}
    assert states[story.district.home_station]["on_scene_at"] is not None

    story.event(story.district.window, EventKind.WINDOW_OPENED)
    handing.send()
    assert handing.read[-1]["signals"][-1]["kind"] == "escape_window"
    assert len(handing.read) == before + 3
    assert set(handing.kinds[1:]) == {"Update"}


def test_read_but_not_accepted_is_repeated_until_the_centre_speaks(handing: _Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    handing.send()
    handing.story.clock.advance(REPEAT_S - 1)
    assert handing.send() == 0
    handing.story.clock.advance(1)
    assert handing.send() == 1
    assert handing.read[0] == handing.read[1]  # word for word, under the same identifier

    handing.report(HandoverStatus.REJECTED, reason="地址不清")
    handing.story.clock.advance(REPEAT_S)

    assert handing.send() == 0
    assert handing.duty_rings() == 1


def test_a_centre_that_is_away_for_a_minute_is_tried_again_and_duty_rings_meanwhile(
    handing: _Handover,
) -> None:
    handing.line.broken = "no connection (ConnectionError)"
    handing.story.alarm(handing.story.district.call_point)
    handing.send()
    handing.wait(60)
    rows = handing.rows()
    assert rows[0].failure == "no connection (ConnectionError)"
    assert rows[0].attempts >= len(BACKOFF_S)
    assert handing.story.timeline().count("handover_failed") == 1
    assert handing.duty_rings() == 1

    handing.line.broken = None
    handing.wait(BACKOFF_S[-1])

    # the Alert first, then the newest state at once, not every step on the way
    assert handing.kinds == ["Alert", "Update"]
    assert handing.read[-1]["message"]["sequence"] == len(handing.rows())
    handing.report(HandoverStatus.ACCEPTED, number="119-7")
    assert handing.story.incident().handover_number == "119-7"


def test_a_drill_is_an_exercise(handing: _Handover) -> None:
    story = handing.story
    with story.database.begin() as session:
        receive.start_drill(session, story.setup, story.district.premises, now=story.clock.now())
    handing.wait(90)

    assert handing.read[0]["drill"] is True
    assert "<status>Exercise</status>" in handing.read[0]["cap"]


def test_a_false_alarm_is_cancelled_with_references_and_then_all_is_quiet(handing: _Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    handing.send()
    handing.story.clock.advance(30)
    handing.line.broken = "HTTP 500"
    handing.story.close(Disposition.FALSE_ALARM)
    handing.send()
    assert handing.kinds == ["Alert"]

    handing.line.broken = None
    handing.story.clock.advance(BACKOFF_S[0])
    handing.send()

    assert handing.kinds == ["Alert", "Cancel"]
    assert handing.read[-1]["disposition"] == "false_alarm"
    alert, cancel = handing.rows()
    assert f",{alert.identifier},2026-03-02T15:12:00+08:00</references>" in cancel.cap
    handing.story.clock.advance(3600)
    assert handing.send() == 0


def test_a_crash_between_post_and_record_sends_again_under_the_same_identifier(handing: _Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    incident_id, clock = handing.story.incident().id, handing.story.clock
    with handing.story.database.begin() as session:
        lost = centre_queue.claim(session, incident_id, now=clock.now())
    assert lost is not None
    handing.line.post(lost.body, now=clock.now())  # read by the centre, and then the process is killed

    assert handing.send() == 0  # nobody takes what somebody may be sending
    clock.advance(LEASE_S)
    assert handing.send() == 1

    assert [one["message"]["identifier"] for one in handing.read] == [f"fire135-{incident_id}-1"] * 2


def test_the_failure_of_an_attempt_that_was_taken_over_says_nothing_of_the_later_one(
    handing: _Handover,
) -> None:
    handing.story.alarm(handing.story.district.call_point)
    incident_id, clock = handing.story.incident().id, handing.story.clock
    with handing.story.database.begin() as session:
        slow = centre_queue.claim(session, incident_id, now=clock.now())
    assert slow is not None
    clock.advance(LEASE_S)
    handing.send()
    with handing.story.database.begin() as session:
        centre_queue.record(session, slow, "no answer within 10 s", now=clock.now())

    (row,) = handing.rows()
    assert (row.status, row.failure) == ("delivered", None)


def test_while_a_request_runs_its_claim_is_kept(handing: _Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    incident_id, clock = handing.story.incident().id, handing.story.clock
    with handing.story.database.begin() as session:
        running = centre_queue.claim(session, incident_id, now=clock.now())
    assert running is not None
    clock.advance(1)
    with handing.story.database.begin() as session:
        centre_queue.renew(session, [running.message_id], now=clock.now())
    clock.advance(1)

    assert handing.send() == 0


def test_the_loop_sends_by_itself_and_finishes_what_is_under_way(handing: _Handover) -> None:
    began, go_on = Event(), Event()

    def hold() -> None:
        began.set()
        go_on.wait(10)

    handing.line.before = hold
    handing.story.alarm(handing.story.district.call_point)
    sender = CentreSender(handing.story.database, handing.line, handing.story.clock)
    sender.start()
    assert began.wait(10)

    Timer(0.0, go_on.set).start()
    sender.stop()

    (row,) = handing.rows()
    assert (row.status, row.attempts, len(handing.read)) == ("delivered", 1, 1)


def test_without_a_centre_the_chain_is_kept_and_the_incident_says_why_nothing_went_out(
    story: Story, clock: ManualClock
) -> None:
    story.alarm(story.district.call_point)
    assert centre_sender.run_once(story.database, None, clock) == 0
    story.close(Disposition.FALSE_ALARM)
    centre_sender.run_once(story.database, None, clock)

    with story.database.read() as session:
        rows = session.scalars(select(CentreMessage).order_by(CentreMessage.sequence)).all()
    assert [(row.kind, row.status) for row in rows] == [("Alert", "done"), ("Cancel", "done")]
    assert "FIRE135_HANDOVER_URL" in (rows[0].failure or "")


def test_what_changes_nothing_for_the_centre_makes_no_message(handing: _Handover) -> None:
    story = handing.story
    story.event(story.district.call_point, EventKind.ALARM, send=False)
    with story.database.begin() as session:
        incident = session.get_one(Incident, story.incident().id)
        centre.tell(session, story.setup, incident, now=story.clock.now())
    story.event(story.district.call_point, EventKind.RESTORE)

    assert len(handing.rows()) == 1


def test_reports_move_forward_and_have_one_effect(handing: _Handover) -> None:
    story = handing.story
    story.alarm(story.district.call_point)
    reports: tuple[tuple[HandoverStatus, dict[str, str]], ...] = (
        (HandoverStatus.SENT, {}),
        (HandoverStatus.REJECTED, {"reason": "不在辖区"}),
        (HandoverStatus.REJECTED, {"reason": "不在辖区"}),
        (HandoverStatus.ACCEPTED, {"number": "119-7"}),
        (HandoverStatus.DISPATCHED, {}),
        (HandoverStatus.ACCEPTED, {"number": "119-7"}),
        (HandoverStatus.ON_SCENE, {}),
        (HandoverStatus.REJECTED, {"reason": "不在辖区"}),
    )
    for status, given in reports:
        handing.report(status, **given)

    incident = story.incident()
    assert incident.handover_status == HandoverStatus.ON_SCENE
    assert (incident.handover_number, incident.handover_reason) == ("119-7", None)
    facts = [kind for kind in story.timeline() if kind.startswith("handover_")]
    assert facts == [f"handover_{it}" for it in ("sent", "rejected", "accepted", "dispatched", "on_scene")]
    assert handing.duty_rings() == 1


def test_who_rang_119_before_the_hand_over_does_not_stop_it(handing: _Handover) -> None:
    story = handing.story
    story.alarm(story.district.smoke)
    handing.report(HandoverStatus.ACCEPTED, number="119-7")
    story.alarm(story.district.smoke_upstairs)
    handing.send()

    assert handing.kinds == ["Alert"]
    assert story.incident().handover_status == HandoverStatus.ACCEPTED
    assert story.district.brigade in story.assignments()


def test_the_body_is_frozen_with_its_cap(handing: _Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    (row,) = handing.rows()
    body = json.loads(row.body)

    assert body["cap"] == row.cap
    assert body["message"] == {"sequence": 1, "kind": "Alert", "identifier": row.identifier}
    assert body["opened_at"].endswith("Z")
