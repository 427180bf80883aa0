"""What an incident shows, and what it does not show yet."""

from typing import Any

import pytest

from simulators.sight import shows
from simulators.steps import (
    ArePaged,
    AreTold,
    HasReached,
    IncidentSeen,
    IsCalled,
    IsClosed,
    IsHandedOver,
    IsOpen,
)

SENT_AT = "2026-03-02T07:12:01Z"


def told(person_id: str, channel: str = "sms", sent_at: str | None = SENT_AT) -> dict[str, Any]:
    return {"person_id": person_id, "channel": channel, "purpose": "page", "sent_at": sent_at}


def assignment(station_id: str, notified_at: str | None, *people: dict[str, Any]) -> dict[str, Any]:
    milestones = {"notified_at": notified_at, "on_scene_at": None}
    return {"station_id": station_id, "milestones": milestones, "people": list(people)}


INCIDENT = {
    "status": "open",
    "grade": "suspected",
    "disposition": None,
    "handover": {"status": "sent"},
    "assignments": [
        assignment("village", SENT_AT, told("chief"), told("chief", "voice"), told("deputy", sent_at=None)),
        assignment("town", "2026-03-02T07:12:01.800Z", told("captain")),
        assignment("late", "2026-03-02T07:12:09Z"),
        assignment("queued", None, told("other", "voice", None)),
    ],
}


@pytest.mark.parametrize(
    "expected",
    [
        IsOpen(),
        IsOpen("suspected"),
        IsHandedOver(),
        ArePaged(("village", "town")),
        ArePaged(("village", "late"), within_s=8),
        HasReached("village", "notified"),
        IsCalled("village"),
        AreTold("village", 1),
    ],
    ids=str,
)
def test_it_shows(expected: IncidentSeen) -> None:
    assert shows(INCIDENT, expected)


@pytest.mark.parametrize(
    "expected",
    [
        IsOpen("confirmed"),
        IsHandedOver(("accepted",)),
        IsClosed("fire"),
        ArePaged(("village", "late")),
        ArePaged(("village", "queued")),
        ArePaged(("village", "nobody sent")),
        HasReached("village", "on_scene"),
        HasReached("nobody sent", "notified"),
        IsCalled("town"),
        IsCalled("queued"),
        AreTold("village", 2),
        AreTold("nobody sent", 1),
    ],
    ids=str,
)
def test_it_does_not_show(expected: IncidentSeen) -> None:
    assert not shows(INCIDENT, expected)


def test_a_closed_incident_shows_as_what_it_was_closed() -> None:
    closed = INCIDENT | {"status": "closed", "disposition": "fire"}
    assert shows(closed, IsClosed("fire"))
    assert not shows(closed, IsClosed("false_alarm"))
    assert not shows(closed, IsOpen())
