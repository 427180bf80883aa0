"""What was recommended, to be kept beside what was sent; and what the help falls short of. Pure."""

from collections.abc import Sequence
from typing import Any

from dispatch.selection import LEAST_RANKED, TOO_FAR, Candidate, Ranking
from dispatch.values import Tier


def as_fact(
    tier: Tier, ranking: Ranking, chosen: Sequence[Candidate], *, planned: int, target_s: float
) -> dict[str, Any]:
    """A ranking as JSON values for the timeline.

    The first five and all that were chosen; who was passed over, of those too far only how many;
    `straight_line_because` only where there are roads; `shortfalls` as `shortfalls` gives them.
    """
    sent = {candidate.station.id for candidate in chosen}
    ranked = [
        candidate
        for index, candidate in enumerate(ranking.candidates)
        if index < LEAST_RANKED or candidate.station.id in sent
    ]
    told: dict[str, Any] = {
        "tier": tier,
        "ranked": [_line(candidate, is_sent=candidate.station.id in sent) for candidate in ranked],
        "passed_over": [
            {"station_id": passed.station_id, "station": passed.station.name, "reason": passed.reason}
            for passed in ranking.passed_over
            if passed.reason != TOO_FAR
        ],
        "too_far": sum(passed.reason == TOO_FAR for passed in ranking.passed_over),
        "shortfalls": shortfalls(chosen, planned=planned, target_s=target_s),
    }
    if ranking.fallback is not None:
        told["straight_line_because"] = str(ranking.fallback)
    return told


def shortfalls(chosen: Sequence[Candidate], *, planned: int, target_s: float) -> list[dict[str, Any]]:
    """What those who go fall short of, each `{"shortfall": NAME, ...}`.

    `fewer_than_planned` {sent, planned}; `nobody_staffed`; `all_committed`; `none_within_target` {best_s,
    target_s}: the journey alone takes longer than the tier's response target, of those that can be counted
    on: staffed, and held by no other incident.
    """
    found: list[dict[str, Any]] = []
    if len(chosen) < planned:
        found.append({"shortfall": "fewer_than_planned", "sent": len(chosen), "planned": planned})
    staffed = [candidate for candidate in chosen if candidate.staffed]
    free = [candidate for candidate in staffed if candidate.committed_to is None]
    if chosen and not staffed:
        found.append({"shortfall": "nobody_staffed"})
    elif chosen and not free:
        found.append({"shortfall": "all_committed"})
    counted = free or staffed or chosen
    journeys = [candidate.travel.travel_s for candidate in counted if candidate.travel is not None]
    if journeys and min(journeys) > target_s:
        best_s = round(min(journeys), 1)
        found.append({"shortfall": "none_within_target", "best_s": best_s, "target_s": target_s})
    return found


def _line(candidate: Candidate, *, is_sent: bool) -> dict[str, Any]:
    travel = candidate.travel
    return {
        "station_id": candidate.station.id,
        "station": candidate.station.name,
        "travel_s": round(travel.travel_s, 1) if travel else None,
        "method": travel.method if travel else None,
        "reason": candidate.why,
        "sent": is_sent,
    }
