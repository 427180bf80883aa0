"""The second opinion on what must be waiting, from an incident's facts alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.audit import (
    MESSAGE_LATE,
    NOT_HANDED_OVER,
    NOT_PAGED,
    STEP_LATE,
    AssignmentState,
    IncidentState,
    Steps,
    audit,
)
from dispatch.escalation import Step
from dispatch.plan import ResponsePlan
from dispatch.values import Grade, HandoverStatus, Tier

START = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)
FRESH = AssignmentState(
    id=7,
    tier=Tier.VILLAGE,
    sent_at=START,
    word_at=START,
    paged=True,
    answered=False,
    declined=False,
    on_scene=False,
    cleared=False,
    steps=Steps({Step.VOICE: 1, Step.NEXT_STATION: 1}, frozenset({Step.VOICE, Step.NEXT_STATION})),
)
HEALTHY = IncidentState(
    id="i",
    opened_at=START,
    grade=Grade.SUSPECTED,
    called_false=False,
    handover=HandoverStatus.NONE,
    nobody_left_heard=False,
    ring_heard=False,
    steps=Steps({Step.HANDOVER_UNVERIFIED: 1}, frozenset({Step.HANDOVER_UNVERIFIED})),
    assignments=(FRESH,),
)


def faults(incident: IncidentState, *, after_s: int = 0) -> list[tuple[str, float | None]]:
    """What is wrong, and when the missing step is to run, seconds after the start."""
    found = audit(ResponsePlan(), incident, START + timedelta(seconds=after_s))
    return [(f.what, (f.due_at - START).total_seconds() if f.due_at else None) for f in found]


def with_station(**given: object) -> IncidentState:
    return replace(HEALTHY, assignments=(replace(FRESH, **given),))  # type: ignore[arg-type]


def test_a_fresh_incident_is_in_order() -> None:
    assert faults(HEALTHY) == []


def test_a_station_without_a_page_is_found() -> None:
    assert faults(with_station(paged=False)) == [(NOT_PAGED, None)]


def test_an_unanswered_station_without_a_step_gets_the_one_it_lacks() -> None:
    assert faults(with_station(steps=Steps())) == [("missing_next_station", 60), ("missing_voice", 30)]
    ran = Steps({Step.VOICE: 1, Step.NEXT_STATION: 1, Step.REPEAT: 4})
    assert faults(with_station(steps=ran), after_s=400) == [("missing_repeat", 400)]
    there = replace(FRESH, id=8, on_scene=True, answered=True, steps=Steps({}, frozenset(Step)))
    assert faults(replace(HEALTHY, assignments=(replace(FRESH, steps=ran), there))) == []


def test_who_answered_must_have_a_question_waiting_and_who_is_there_another() -> None:
    silent = Steps({Step.VOICE: 1, Step.NEXT_STATION: 1})
    assert faults(with_station(answered=True, steps=silent)) == [("missing_ask_progress", 180)]
    assert faults(with_station(answered=True, steps=silent), after_s=500) == [("missing_ask_progress", 500)]
    assert faults(with_station(answered=True, on_scene=True, steps=silent)) == [("missing_ask_on_scene", 600)]
    assert faults(with_station(answered=True, on_scene=True, cleared=True, steps=silent)) == []


def test_a_hand_over_that_does_not_wait_or_was_forgotten_is_found() -> None:
    assert faults(replace(HEALTHY, steps=Steps())) == [("missing_handover_unverified", 90)]
    assert faults(replace(HEALTHY, steps=Steps(), called_false=True)) == []
    assert faults(replace(HEALTHY, grade=Grade.CONFIRMED)) == [(NOT_HANDED_OVER, None)]
    sent = replace(HEALTHY, grade=Grade.CONFIRMED, handover=HandoverStatus.SENT)
    assert faults(sent, after_s=70) == [("missing_handover_accept", 70)]
    assert faults(replace(sent, ring_heard=True)) == []
    assert faults(replace(sent, handover=HandoverStatus.ACCEPTED)) == []
    assert faults(replace(sent, handover=HandoverStatus.REJECTED), after_s=70) == [
        ("missing_handover_accept", 70)
    ]


@pytest.mark.parametrize("assignments", [(), (replace(FRESH, declined=True),)])
def test_where_nobody_comes_the_duty_officer_must_hear_it_again(
    assignments: tuple[AssignmentState, ...],
) -> None:
    nobody = replace(HEALTHY, assignments=assignments)
    assert faults(nobody) == [("missing_duty_repeat", 0)]
    assert faults(replace(nobody, nobody_left_heard=True)) == []


def test_what_is_late_is_told_each_with_a_key_of_its_own() -> None:
    late = replace(HEALTHY, late_steps=(3, 4), late_messages=True)
    assert [what for what, _ in faults(late)] == [STEP_LATE, STEP_LATE, MESSAGE_LATE]
    assert len({fault.key for fault in audit(ResponsePlan(), late, START)}) == 3
