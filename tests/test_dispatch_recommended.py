"""What was recommended, beside what was sent, and what the help falls short of."""

import pytest

from dispatch.recommended import as_fact, shortfalls
from dispatch.selection import TOO_FAR, Candidate, PassedOver, Ranking, StationCard
from dispatch.values import Tier
from geo.travel import Travel


def card(station_id: str) -> StationCard:
    return StationCard(station_id, f"{station_id}站", Tier.VILLAGE, "1", None, True, None, None, ())


def candidate(
    station_id: str, travel_s: float | None = 100, *, staffed: bool = True, held_by: str | None = None
) -> Candidate:
    travel = None if travel_s is None else Travel(travel_s, travel_s * 8, "road")
    return Candidate(card(station_id), travel, "nearest", staffed, held_by)


@pytest.mark.parametrize(
    ("chosen", "planned", "expected"),
    [
        (
            [candidate("a", 412.04)],
            1,
            [{"shortfall": "none_within_target", "best_s": 412.0, "target_s": 180}],
        ),
        ([candidate("a", 200), candidate("b", 180)], 2, []),
        ([candidate("a", None)], 1, []),
        ([candidate("a", staffed=False)], 1, [{"shortfall": "nobody_staffed"}]),
        ([candidate("a", held_by="K7")], 1, [{"shortfall": "all_committed"}]),
        (  # the near one on leave is not help in time
            [candidate("a", 286), candidate("b", 43, staffed=False)],
            1,
            [{"shortfall": "none_within_target", "best_s": 286, "target_s": 180}],
        ),
        (
            [candidate("a", 286), candidate("b", 43, held_by="K7")],
            1,
            [{"shortfall": "none_within_target", "best_s": 286, "target_s": 180}],
        ),
        ([candidate("a")], 2, [{"shortfall": "fewer_than_planned", "sent": 1, "planned": 2}]),
        ([], 1, [{"shortfall": "fewer_than_planned", "sent": 0, "planned": 1}]),
        ([], 0, []),
    ],
)
def test_shortfalls_are_named(chosen: list[Candidate], planned: int, expected: list[object]) -> None:
    assert shortfalls(chosen, planned=planned, target_s=180) == expected


def test_the_first_five_and_who_was_sent_are_kept_and_those_too_far_are_counted() -> None:
    ranked = [candidate(f"s{n}", 100 * n) for n in range(1, 8)]
    passed = [PassedOver(card("off"), "out_of_service: 培训"), *(PassedOver(card(x), TOO_FAR) for x in "xy")]

    told = as_fact(
        Tier.VILLAGE, Ranking(tuple(ranked), tuple(passed)), [ranked[0], ranked[6]], planned=1, target_s=180
    )

    assert [(line["station_id"], line["sent"]) for line in told["ranked"]] == [
        ("s1", True),
        ("s2", False),
        ("s3", False),
        ("s4", False),
        ("s5", False),
        ("s7", True),
    ]
    assert told["passed_over"] == [
        {"station_id": "off", "station": "off站", "reason": "out_of_service: 培训"}
    ]
    assert told["too_far"] == 2
    assert told["shortfalls"] == []
