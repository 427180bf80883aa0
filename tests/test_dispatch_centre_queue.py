"""Messages to the 119 centre on their way: claimed by one, kept while they run, taken over after a kill."""

from threading import Event, Timer

from sqlalchemy import event, select

from dispatch import centre_queue
from dispatch.centre_queue import LEASE_S, REPEAT_S
from dispatch.centre_sender import CentreSender
from dispatch.values import Disposition
from store.reliability import CentreMessage
from tests.clock import ManualClock
from tests.handing import Handover, handing
from tests.sending import send_due_to_centre
from tests.story import Story, story

__all__ = ["handing", "story"]


def test_a_crash_between_post_and_record_sends_again_under_the_same_identifier(handing: Handover) -> None:
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
    handing: Handover,
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


def test_while_a_request_runs_its_claim_is_kept(handing: Handover) -> None:
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


def test_the_loop_sends_by_itself_and_finishes_what_is_under_way(handing: Handover) -> None:
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
    assert send_due_to_centre(story.database, None, clock) == 0
    story.close(Disposition.FALSE_ALARM)
    send_due_to_centre(story.database, None, clock)

    with story.database.read() as session:
        rows = session.scalars(select(CentreMessage).order_by(CentreMessage.sequence)).all()
    assert [(row.kind, row.status) for row in rows] == [("Alert", "done"), ("Cancel", "done")]
    assert "FIRE135_HANDOVER_URL" in (rows[0].failure or "")


def test_while_the_alert_cannot_get_through_nothing_behind_it_is_looked_at(handing: Handover) -> None:
    story = handing.story
    handing.line.broken = "HTTP 503"
    story.alarm(story.district.call_point)
    handing.send()
    story.reply(story.district.chief, "1")
    story.reply(story.district.chief, "3")
    assert len(handing.rows()) > 1  # due at once, and may not be sent
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(story.database.engine, "before_cursor_execute", note)
    with story.database.read() as session:
        assert centre_queue.waiting(session, now=story.clock.now()) == []
    event.remove(story.database.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if "centre_messages" in statement]) == 1


def test_what_is_being_sent_holds_back_what_is_newer(handing: Handover) -> None:
    story = handing.story
    story.alarm(story.district.call_point)
    handing.send()
    story.clock.advance(REPEAT_S)
    with story.database.begin() as session:
        repetition = centre_queue.claim(session, story.incident().id, now=story.clock.now())
    assert repetition is not None
    story.reply(story.district.chief, "3")
    assert handing.send() == 0

    with story.database.begin() as session:
        centre_queue.record(session, repetition, None, now=story.clock.now())
    assert handing.send() == 1
    assert handing.kinds == ["Alert", "Update"]
    assert [row.status for row in handing.rows()] == ["done", "delivered"]


def test_a_centre_that_is_set_up_while_it_burns_hears_the_alert_first(handing: Handover) -> None:
    story = handing.story
    story.alarm(story.district.call_point)
    send_due_to_centre(story.database, None, story.clock)
    story.reply(story.district.chief, "3")
    handing.send()
    assert handing.kinds == ["Alert", "Update"]
