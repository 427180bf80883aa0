"""Whatever is dropped, whoever says what: no open incident sleeps.

Asked of the record, in words of its own: what the auditor does not look for, it would not miss here, either.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import ColumnElement, delete, func, select

from dispatch import auditor, escalate, handover, lifecycle
from dispatch.values import HandoverStatus, Milestone, Source
from store.database import Database
from store.incidents import DueStep, TimelineEntry
from tests.clock import ManualClock
from tests.story import Story


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
        who=st.sampled_from(["songzhai-chief", "songzhai-deputy", "wuxian-team-chief"]),
        text=st.sampled_from("12345"),
    )
    def someone_answers(self, who: str, text: str) -> None:
        self.story.reply(who, text)

    @rule(text=st.sampled_from("12"))
    def the_duty_officer_answers(self, text: str) -> None:
        self.story.reply(self.story.district.duty_officer, text)

    @rule()
    def everyone_declines(self) -> None:
        """Nor can whoever is sent instead."""
        self.story.reply(self.story.district.deputy, "2")  # a station has not declined while one of it comes
        while coming := [who for who, row in self.story.assignments().items() if row.declined_at is None]:
            for station in coming:
                self.story.reply(f"{station}-chief", "2")

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

    @rule(status=st.sampled_from([HandoverStatus.ACCEPTED, HandoverStatus.REJECTED]))
    def the_centre_says(self, status: HandoverStatus) -> None:
        with self.database.begin() as session:
            handover.report(
                session,
                self.story.setup,
                self.story.incident().id,
                status,
                number=None,
                reason=None,
                actor="119",
                source=Source.CENTRE,
                now=self.story.clock.now(),
            )

    @rule()
    def a_second_detector_confirms(self) -> None:
        self.story.alarm(self.story.district.smoke_upstairs)

    @rule(seconds=st.sampled_from([1, 29, 61, 240, 700]))
    def time_passes(self, seconds: int) -> None:
        self.story.clock.advance(seconds)
        escalate.run_due(self.database, self.story.setup, now=self.story.clock.now)

    @rule(which=st.integers(0, 5))
    def a_step_is_lost(self, which: int) -> None:
        waiting = [step.id for step in self.story.due_steps() if step.outcome is None]
        if waiting:
            with self.database.begin() as session:
                session.execute(delete(DueStep).where(DueStep.id == waiting[which % len(waiting)]))

    @invariant()
    def nothing_sleeps(self) -> None:
        auditor.audit_all(self.database, self.story.setup, now=self.story.clock.now())
        waiting = {(step.step, step.assignment_id) for step in self.story.due_steps() if not step.outcome}
        rows = self.story.assignments().values()
        for row in rows:
            steps = {step for step, assignment_id in waiting if assignment_id == row.id}
            assert steps or row.declined_at or row.cleared_at or any(it.on_scene_at for it in rows)
        if all(row.declined_at and not row.on_scene_at for row in rows):
            declined_at = max(row.declined_at for row in rows if row.declined_at)
            assert ("duty_repeat", None) in waiting or self.is_heard_since(declined_at)
        if (status := self.story.incident().handover_status) in ("sent", "rejected"):
            asked_at = self.newest("handed_over" if status == "sent" else "handover_rejected")
            assert asked_at is not None
            assert ("handover_accept", None) in waiting or self.is_heard_since(asked_at)

    def is_heard_since(self, at: datetime) -> bool:
        """Whether a duty officer has said since then that he sees to it; "2" says that he does not."""
        answered_at = self.newest(
            "duty_officer_answered", TimelineEntry.data["answer"].as_string() != "cannot"
        )
        return answered_at is not None and answered_at >= at

    def newest(self, kind: str, *which: ColumnElement[bool]) -> datetime | None:
        with self.database.read() as session:
            return session.scalar(
                select(func.max(TimelineEntry.recorded_at)).where(TimelineEntry.kind == kind, *which)
            )


@pytest.fixture
def machine(sqlite_template: Path) -> Iterator[type[NeverAsleep]]:
    NeverAsleep.template = sqlite_template
    yield NeverAsleep


def test_no_order_of_words_hours_and_losses_puts_an_incident_to_sleep(machine: type[NeverAsleep]) -> None:
    fewer = settings(
        max_examples=settings().max_examples // 5,  # each is a life of a whole incident
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=fewer)
