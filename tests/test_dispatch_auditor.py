"""Whatever is dropped, whoever says what: after the auditor no open incident sleeps."""

import logging
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from prometheus_client import REGISTRY
from sqlalchemy import delete, select, update

from dispatch import auditor, escalate, lifecycle, paging
from dispatch.audit import audit
from dispatch.values import EventKind, Milestone, Source
from store.database import Database
from store.incidents import DueStep, Incident, Notification, TimelineEntry
from tests.clock import ManualClock
from tests.story import Story, story

__all__ = ["story"]


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

    monkeypatch.setattr(paging, "page_everyone", broken)
    story.clock.advance(41)
    escalate.run_due(story.database, story.setup, now=story.clock.now())

    assert look(story) == 3
    assert look(story) == 0
    assert sorted(reported(story)) == ["message_late", "step_late", "step_late"]
    with story.database.read() as session:
        told = session.scalars(select(Notification.body).where(Notification.body.contains("延误"))).all()
    assert len(told) == 1


class Unsent(Story):
    """Carriers are not the subject: what is written stays in the outbox."""

    def send(self) -> None:
        pass


class NeverAsleep(RuleBasedStateMachine):
    """An incident under random words, hours and losses; the auditor looks after each."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        path = self.template.with_name("audited.db")
        for old in path.parent.glob("audited.db*"):
            old.unlink()
        copyfile(self.template, path)
        self.database = Database(f"sqlite:///{path}")
        self.story = Unsent(self.database, ManualClock())
        self.story.alarm(self.story.district.smoke)

    def teardown(self) -> None:
        self.database.dispose()

    @rule(
        who=st.sampled_from(["songzhai-chief", "songzhai-deputy", "wuxian-team-chief", "tongan-duty"]),
        text=st.sampled_from("12345"),
    )
    def someone_answers(self, who: str, text: str) -> None:
        self.story.reply(who, text)

    @rule(
        station=st.sampled_from(["songzhai", "wuxian-team"]),
        milestone=st.sampled_from([Milestone.ACKNOWLEDGED, Milestone.ON_SCENE, Milestone.CLEARED]),
    )
    def a_dispatcher_records(self, station: str, milestone: Milestone) -> None:
        now = self.story.clock.now()
        with self.database.begin() as session:
            lifecycle.record_milestone(
                session,
                self.story.setup,
                self.story.incident().id,
                station,
                milestone,
                at=None,
                note=None,
                source=Source.PAGE,
                actor="值班员",
                now=now,
            )

    @rule(seconds=st.sampled_from([1, 29, 61, 240, 700]))
    def time_passes(self, seconds: int) -> None:
        self.story.clock.advance(seconds)
        escalate.run_due(self.database, self.story.setup, now=self.story.clock.now())
        self.story.send()

    @rule(which=st.integers(0, 5))
    def a_step_is_lost(self, which: int) -> None:
        waiting = [step.id for step in self.story.due_steps() if step.outcome is None]
        if waiting:
            with self.database.begin() as session:
                session.execute(delete(DueStep).where(DueStep.id == waiting[which % len(waiting)]))

    @invariant()
    def nothing_sleeps(self) -> None:
        look(self.story)
        now = self.story.clock.now()
        with self.database.read() as session:
            (state,) = auditor.load_states(session, Incident.status == "open", now=now)
        assert [fault for fault in audit(self.story.setup.plan, state, now) if not fault.is_lateness] == []
        assert any(step.outcome is None for step in self.story.due_steps()) or all(
            a.cleared or a.declined for a in state.assignments
        )


@pytest.fixture
def machine(sqlite_template: Path) -> Iterator[type[NeverAsleep]]:
    NeverAsleep.template = sqlite_template
    yield NeverAsleep


def test_no_order_of_words_hours_and_losses_puts_an_incident_to_sleep(machine: type[NeverAsleep]) -> None:
    few = settings(
        max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=few)
