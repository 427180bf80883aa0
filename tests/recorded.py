"""Records as a review sees them, made by hand: milestones by their seconds after the alarm was received."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from dispatch.record_table import NEVER, ROW, RecordTable, microseconds
from dispatch.response_time import reasons
from dispatch.values import Milestone, Tier

RECEIVED_AT = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """One station's part in one incident."""

    times: dict[str, float] = field(default_factory=dict)
    tier: Tier = Tier.VILLAGE
    village: str | None = "v"
    station: str = "s"
    received_at: datetime = RECEIVED_AT
    is_drill: bool = False
    is_test: bool = False


def part(on_scene: float | None = None, **given: object) -> Part:
    """A part of which at most the arrival is known."""
    times = {} if on_scene is None else {"on_scene": on_scene}
    return Part(times, **given)  # type: ignore[arg-type]


def table_of(parts: Sequence[Part]) -> RecordTable:
    """A table of these parts, each of an incident of its own, numbered from 1."""
    table = RecordTable()
    rows = np.zeros(len(parts), ROW)
    for number, one in enumerate(parts):
        row = rows[number]
        row["assignment"] = number + 1
        row["incident"] = table.incidents.take([f"i{number + 1}"])[0]
        row["station"] = table.stations.take([one.station])[0]
        row["village"] = table.divisions.take([one.village])[0]
        row["town"] = table.divisions.take([one.village and one.village[:9]])[0]
        row["district"] = table.divisions.take([one.village and one.village[:6]])[0]
        row["tier"] = list(Tier).index(one.tier)
        row["received"] = microseconds(one.received_at)
        for milestone in Milestone:
            after = one.times.get(milestone)
            at = NEVER if after is None else microseconds(one.received_at + timedelta(seconds=after))
            row[milestone.column] = at
    marks = (np.array([getattr(one, name) for one in parts], bool) for name in ("is_drill", "is_test"))
    rows["left_out"] = reasons(rows, *marks)
    return table.with_new(rows)
