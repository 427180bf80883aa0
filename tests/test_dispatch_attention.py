"""What needs a human: told from facts alone, in the order of urgency."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch import attention
from dispatch.attention import DarkVillage, NeedKind, OpenIncident, ServiceFault
from dispatch.plan import ResponsePlan
from dispatch.readiness_texts import Words

NOW = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)
PLAN = ResponsePlan()
QUIET = OpenIncident(
    id="i1",
    code="A1",
    place="下许里7号",
    area="宋宅村",
    drill=False,
    opened_at=NOW - timedelta(seconds=300),
    is_placed=True,
    handover="accepted",
    handover_at=NOW - timedelta(seconds=200),
    sent=2,
    answered=1,
    declined=0,
    unreached=0,
)


def kinds(*incidents: OpenIncident) -> list[NeedKind]:
    return [need.kind for need in attention.find(PLAN, incidents, [], [], NOW)]


def test_an_incident_that_somebody_answers_and_119_has_accepted_needs_nobody() -> None:
    assert kinds(QUIET) == []


@pytest.mark.parametrize(("age_s", "expected"), [(29, []), (30, [NeedKind.NO_ANSWER])])
def test_silence_needs_somebody_when_the_plan_would_ring_the_chief(
    age_s: int, expected: list[NeedKind]
) -> None:
    opened_at = NOW - timedelta(seconds=age_s)
    assert kinds(replace(QUIET, answered=0, opened_at=opened_at)) == expected


@pytest.mark.parametrize(
    ("sent", "declined", "unreached", "expected"),
    [
        (0, 0, 0, NeedKind.NOBODY_LEFT),
        (2, 2, 0, NeedKind.NOBODY_LEFT),
        (2, 1, 1, NeedKind.NOBODY_REACHED),
        (2, 0, 2, NeedKind.NOBODY_REACHED),
        (2, 1, 0, NeedKind.NO_ANSWER),
    ],
)
def test_why_nobody_comes_is_told_apart(sent: int, declined: int, unreached: int, expected: NeedKind) -> None:
    silent = replace(QUIET, answered=0, sent=sent, declined=declined, unreached=unreached)
    assert kinds(silent) == [expected]


def test_nobody_left_needs_somebody_at_once() -> None:
    assert kinds(replace(QUIET, opened_at=NOW, answered=0, sent=0)) == [NeedKind.NOBODY_LEFT]


@pytest.mark.parametrize(
    ("status", "age_s", "expected"),
    [
        ("sent", 59, []),
        ("sent", 60, [NeedKind.HANDOVER_OPEN]),
        ("rejected", 1, [NeedKind.HANDOVER_OPEN]),
        ("accepted", 600, []),
        ("none", 600, []),
    ],
)
def test_a_hand_over_needs_somebody_when_it_is_not_accepted_in_time(
    status: str, age_s: int, expected: list[NeedKind]
) -> None:
    handed = replace(QUIET, handover=status, handover_at=NOW - timedelta(seconds=age_s))
    assert kinds(handed) == expected


def test_the_most_urgent_comes_first_the_oldest_of_a_kind_and_drills_last() -> None:
    old = replace(QUIET, id="old", answered=0, opened_at=NOW - timedelta(seconds=900))
    left = replace(QUIET, id="left", answered=0, sent=0)
    young = replace(QUIET, id="young", answered=0, opened_at=NOW - timedelta(seconds=60))
    drill = replace(left, id="drill", drill=True)
    unplaced = replace(QUIET, id="unplaced", is_placed=False)
    dark = DarkVillage("350212110212", "宋宅村", NOW, None)
    taken = DarkVillage("350212110211", "明溪村", NOW, "老王")
    faults = [ServiceFault(Words("慢", "late"), delays=True), ServiceFault(Words("停", "down"), delays=False)]

    found = attention.find(PLAN, [unplaced, young, drill, old, left], [dark, taken], faults, NOW)

    assert [(need.kind, need.incident.id if need.incident else None) for need in found] == [
        (NeedKind.SERVICE_FAILS, None),
        (NeedKind.NOBODY_LEFT, "left"),
        (NeedKind.NO_ANSWER, "old"),
        (NeedKind.NO_ANSWER, "young"),
        (NeedKind.PLACE_UNKNOWN, "unplaced"),
        (NeedKind.MESSAGES_LATE, None),
        (NeedKind.VILLAGE_DARK, None),
        (NeedKind.NOBODY_LEFT, "drill"),
    ]
    assert all(need.words.zh and need.words.en for need in found)
