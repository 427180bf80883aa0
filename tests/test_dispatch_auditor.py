"""What was lost is found, said once and made up for, whatever else hangs."""

import logging
from threading import Event

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import delete, select, update

from dispatch import auditor, escalate, paging, receive, supervisor
from dispatch.escalator import Escalator
from dispatch.locking import lock_incident
from dispatch.supervisor import Supervisor
from dispatch.values import EventKind
from registry.version import bump_version
from store.incidents import DueStep, Incident, Notification, TimelineEntry
from store.places import Person
from tests.story import Story, story

__all__ = ["story"]

_PATIENCE_S = 20.0


def look(story: Story) -> int:
    return auditor.audit_all(story.database, story.setup, now=story.clock.now())


def drop_waiting(story: Story) -> None:
    """A fault of ours: whatever waits is lost."""
    with story.database.begin() as session:
        session.execute(delete(DueStep).where(DueStep.outcome.is_(None)))


def reported(story: Story) -> list[str]:
    with story.database.read() as session:
        rows = session.scalars(
            select(TimelineEntry).where(TimelineEntry.kind == auditor.FAULT).order_by(TimelineEntry.id)
        )
        return [row.data["what"] for row in rows]


def test_a_healthy_incident_is_never_reported(story: Story) -> None:
    story.alarm(story.district.smoke)
    for seconds in (20, 30, 15, 70):
        story.wait(seconds)
        assert look(story) == 0
    story.reply(story.district.chief, "3")
    story.reply(story.district.town_chief, "2")
    assert look(story) == 0


def test_lost_steps_are_reported_once_told_and_made_up_for(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.alarm(story.district.smoke)
    counted = {"what": "missing_next_station"}
    before = REGISTRY.get_sample_value("fire135_audit_faults_total", counted) or 0
    drop_waiting(story)
    story.clock.advance(20)

    with caplog.at_level(logging.ERROR):
        assert look(story) == 5  # two stations without call and next station, and the hand-over
        assert look(story) == 0

    assert sorted(reported(story)) == [
        "missing_handover_unverified",
        *["missing_next_station"] * 2,
        *["missing_voice"] * 2,
    ]
    assert "missing_next_station" in caplog.text
    assert REGISTRY.get_sample_value("fire135_audit_faults_total", counted) == before + 2
    story.send()
    assert sum("自查" in text for text in story.texts(story.district.duty_officer)) == 1
    story.wait(11)
    assert len(story.calls(story.district.chief)) == 1  # the call at 30 s is not even late
    story.wait(30)
    assert story.district.next_station in story.assignments()


def test_a_first_page_that_was_never_written_is_written(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(paging, "page_station", lambda *_, **__: None)
        story.alarm(story.district.smoke)
    assert story.texts(story.district.chief) == []

    assert look(story) == 2
    story.send()
    assert len(story.texts(story.district.chief)) == 1
    assert len(story.texts(story.district.town_chief)) == 1


def test_a_notice_to_the_duty_officer_does_not_hide_that_a_station_has_no_page(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.alarm(story.district.smoke)
    with monkeypatch.context() as broken:
        broken.setattr(paging, "page_station", lambda *_, **__: None)
        story.wait(60)
    assert story.texts(story.district.duty_officer) != []

    look(story)
    assert reported(story) == ["not_paged"] * 2
    story.send()
    assert len(story.texts(story.district.next_chief)) == 1


def test_a_station_without_anybody_is_in_order_once_the_duty_officer_knows(story: Story) -> None:
    with story.database.begin() as session:
        session.execute(delete(Person).where(Person.station_id == story.district.home_station))
        bump_version(session)
    story.alarm(story.district.smoke)
    assert "无人可联系" in story.texts(story.district.duty_officer)[-1]
    assert look(story) == 0

    story.close()
    with story.database.begin() as session:
        session.execute(delete(Person).where(Person.id == story.district.duty_officer))
        bump_version(session)
    story.alarm(story.district.smoke)
    assert look(story) == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has no locks of rows
def test_an_incident_that_somebody_holds_keeps_no_other_from_being_audited(story: Story) -> None:
    story.alarm(story.district.smoke)
    with story.database.begin() as session:
        receive.start_drill(session, story.setup, story.district.other_premises, now=story.clock.now())
    held, other = sorted(story.incidents(), key=lambda incident: incident.drill)
    drop_waiting(story)

    with story.database.begin() as hanging:
        lock_incident(hanging, held.id)
        look(story)
        assert {step.incident_id for step in story.due_steps()} == {other.id}
    look(story)
    assert {step.incident_id for step in story.due_steps()} == {held.id, other.id}


def test_whoever_stops_us_waits_for_one_incident_and_not_for_all_of_a_storm(story: Story) -> None:
    story.alarm(story.district.smoke)
    with story.database.begin() as session:
        receive.start_drill(session, story.setup, story.district.other_premises, now=story.clock.now())
    drop_waiting(story)
    stopping = iter((False, True))

    now = story.clock.now()
    auditor.audit_all(story.database, story.setup, now=now, is_stopping=lambda: next(stopping))

    assert len({step.incident_id for step in story.due_steps()}) == 1


def test_steps_that_hang_do_not_stop_the_audit(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, go_on, audited = Event(), Event(), Event()

    def hang(*_: object, **__: object) -> int:
        hangs.set()
        go_on.wait(_PATIENCE_S)
        return 0

    def audit_all(*_: object, **__: object) -> int:
        audited.set()
        return 0

    monkeypatch.setattr(escalate, "run_due", hang)
    monkeypatch.setattr(auditor, "audit_all", audit_all)
    monkeypatch.setattr(supervisor, "AUDIT_EVERY_ROUNDS", 1)
    loops = [
        loop(story.database, story.setup, story.clock, wake_sender=lambda: None)
        for loop in (Escalator, Supervisor)
    ]
    loops[0].start()
    assert hangs.wait(_PATIENCE_S)
    loops[1].start()
    assert audited.wait(_PATIENCE_S)
    go_on.set()
    for loop in loops:
        loop.stop()


def test_a_confirmed_incident_that_was_not_handed_over_is(story: Story) -> None:
    story.alarm(story.district.smoke)
    with story.database.begin() as session:
        session.execute(update(Incident).values(grade="confirmed"))

    assert look(story) == 1
    assert story.incident().handover_status == "sent"
    assert look(story) == 0


def test_a_step_that_always_fails_is_told_and_a_slow_sender_once_an_hour(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.event(story.district.smoke, EventKind.ALARM, send=False)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(paging, "page_people", broken)
    story.clock.advance(41)
    escalate.run_due(story.database, story.setup, now=story.clock.now)

    assert look(story) == 3
    assert look(story) == 0
    assert sorted(reported(story)) == ["message_late", "step_late", "step_late"]
    with story.database.read() as session:
        told = session.scalars(select(Notification.body).where(Notification.body.contains("延误"))).all()
    assert len(told) == 1


def test_where_everything_is_late_it_is_said_of_a_few_at_a_time_and_what_is_missing_everywhere(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditor, "_LATENESS_AT_ONCE", 1)
    story.event(story.district.smoke, EventKind.ALARM, send=False)
    with story.database.begin() as session:
        receive.start_drill(session, story.setup, story.district.other_premises, now=story.clock.now())
    story.clock.advance(41)

    def late() -> set[str]:
        with story.database.read() as session:
            is_late = (
                TimelineEntry.kind == auditor.FAULT,
                TimelineEntry.data["what"].as_string() == "step_late",
            )
            return set(session.scalars(select(TimelineEntry.incident_id).where(*is_late)))

    look(story)
    assert len(late()) == 1
    look(story)
    assert len(late()) == 2

    drop_waiting(story)
    look(story)
    assert {step.incident_id for step in story.due_steps()} == {incident.id for incident in story.incidents()}
