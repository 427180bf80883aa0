"""Does an incident show what a story expects? Pure: over the JSON that the API answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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


def shows(incident: Mapping[str, Any], expected: IncidentSeen) -> bool:
    """Whether an incident, as `GET /incidents/{id}` answers it, shows what is expected."""
    match expected:
        case IsOpen(grade):
            return incident["status"] == "open" and grade in (None, incident["grade"])
        case IsClosed(disposition):
            return bool(incident["disposition"] == disposition)
        case IsHandedOver(states):
            return incident["handover"]["status"] in states
        case ArePaged(station_ids, within_s):
            return _are_notified_together(incident, station_ids, within_s)
        case HasReached(station_id, milestone):
            return milestone_at(incident, station_id, milestone) is not None
        case IsCalled(station_id):
            return any(told["channel"] == "voice" for told in told_of(incident, station_id))
        case AreTold(station_id, people):
            return len({told["person_id"] for told in told_of(incident, station_id)}) >= people


def told_of(incident: Mapping[str, Any], station_id: str) -> list[Mapping[str, Any]]:
    """The pages to people of a station that have gone out, in order."""
    assignment = _assignment(incident, station_id)
    people = assignment["people"] if assignment else []
    return [told for told in people if told["purpose"] == "page" and told["sent_at"] is not None]


def milestone_at(incident: Mapping[str, Any], station_id: str, milestone: str) -> datetime | None:
    """When a station reached a milestone, UTC; None where it has not, or was not sent."""
    assignment = _assignment(incident, station_id)
    at = assignment["milestones"][f"{milestone}_at"] if assignment else None
    return datetime.fromisoformat(at) if at else None


def _assignment(incident: Mapping[str, Any], station_id: str) -> Mapping[str, Any] | None:
    return next((a for a in incident["assignments"] if a["station_id"] == station_id), None)


def _are_notified_together(
    incident: Mapping[str, Any], station_ids: tuple[str, ...], within_s: float
) -> bool:
    instants = [milestone_at(incident, station_id, "notified") for station_id in station_ids]
    known = [at for at in instants if at is not None]
    return len(known) == len(instants) and (max(known) - min(known)).total_seconds() <= within_s
