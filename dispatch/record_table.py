"""The response log in memory: a row is one station's part in one incident. Pure.

Reviews look at every row of years. A hundred thousand rows take 9 MB here, and a column of them is counted
or sorted in milliseconds. A table never changes; `record_keeper` says how it follows the record.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dispatch.values import Milestone

Integers = NDArray[np.int64]
Marks = NDArray[np.bool_]

#: The instant, or the duration, of what has not happened; it sorts before all others, and is numpy's NaT.
NEVER = int(np.iinfo(np.int64).min)
#: The number of a division that is not known.
NOWHERE = -1
#: The `left_out` of a record that is in the figures.
COUNTED = -1

#: Instants are microseconds since 1970 UTC; `tier` is the place in `Tier`, `left_out` that in `Reason`, and
#: COUNTED where there is none; incidents, stations and divisions are numbers in the names of their table.
ROW = np.dtype(
    [
        ("assignment", np.int64),
        ("incident", np.int32),
        ("station", np.int32),
        ("district", np.int32),
        ("town", np.int32),
        ("village", np.int32),
        ("tier", np.int8),
        ("left_out", np.int8),
        ("received", np.int64),
        *((milestone.column, np.int64) for milestone in Milestone),
    ]
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY_US, _HOUR_US = 86_400_000_000, 3_600_000_000


def microseconds(at: datetime) -> int:
    """An aware instant as a table keeps it."""
    return (at - _EPOCH) // _MICROSECOND


class Names:
    """Numbers for texts that repeat, from 0 in the order in which they first came; None is NOWHERE."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str | None, int] = {None: NOWHERE}

    def number(self, text: str | None) -> int | None:
        """The number of a text; None where it has never been seen."""
        return self._numbers.get(text)

    def numbers(self, texts: Iterable[str]) -> Integers:
        """The numbers of those that have been seen."""
        return np.array([self._numbers[text] for text in texts if text in self._numbers], dtype=np.int64)

    def take(self, texts: Iterable[str | None]) -> list[int]:
        """The numbers of texts, new ones included."""
        found = []
        for text in texts:
            number = self._numbers.get(text)
            if number is None and text is not None:
                number = len(self.texts)
                self.texts.append(text)  # first: who finds the number finds the text
                self._numbers[text] = number
            found.append(number)
        return found  # type: ignore[return-value] # None itself has a number

    def text(self, number: int) -> str | None:
        """The text of a number."""
        return None if number == NOWHERE else self.texts[number]


@dataclass(frozen=True, slots=True)
class RecordTable:
    """Records, and what their numbers mean: names only grow, and are shared by tables.

    Attributes:
        rows: of ROW, in no order.
    """

    rows: NDArray[Any] = field(default_factory=lambda: np.zeros(0, ROW))
    incidents: Names = field(default_factory=Names)
    stations: Names = field(default_factory=Names)
    divisions: Names = field(default_factory=Names)

    def __len__(self) -> int:
        """How many records."""
        return len(self.rows)

    def take(self, which: Marks | NDArray[np.integer]) -> "RecordTable":
        """The marked ones; or those at these places, in their order."""
        if which.dtype == np.bool_ and which.all():
            return self
        return RecordTable(self.rows[which], self.incidents, self.stations, self.divisions)

    def with_new(self, rows: NDArray[Any]) -> "RecordTable":
        """With every row of some incidents as it is now, instead of what was known of them."""
        stays = ~np.isin(self.rows["incident"], rows["incident"])
        both = np.concatenate([self.rows[stays], rows])
        return RecordTable(both, self.incidents, self.stations, self.divisions)

    def inside(self, code: str) -> Marks:
        """Which of them are of incidents in a district, town or village."""
        number = self.divisions.number(code)
        if number is None:
            return np.zeros(len(self), dtype=bool)
        found: Marks = self.rows["village"] == number
        for level in ("town", "district"):
            found |= self.rows[level] == number
        return found

    def at_stations(self, ids: Iterable[str]) -> Marks:
        """Which of them are parts of these stations."""
        return np.isin(self.rows["station"], self.stations.numbers(ids))


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """When alarms were received by the clock on the wall.

    Attributes:
        month: months since January 1970.
        hour: 0 to 23.
    """

    month: Integers
    hour: Integers


def local_times(received: Integers, zone: ZoneInfo) -> LocalTimes:
    """The local month and hour of instants.

    The zone's offset is asked once for either end of each day; only on days on which it changes it is asked
    for each record.
    """
    days, which = np.unique(received // _DAY_US, return_inverse=True)
    begins = np.array([_offset(day * _DAY_US, zone) for day in days.tolist()], dtype=np.int64)
    ends = np.array([_offset((day + 1) * _DAY_US - 1, zone) for day in days.tolist()], dtype=np.int64)
    offsets = begins[which]
    for place in np.flatnonzero((begins != ends)[which]).tolist():
        offsets[place] = _offset(int(received[place]), zone)
    local = received + offsets
    months = local.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return LocalTimes(months, local // _HOUR_US % 24)


def _offset(at: int, zone: ZoneInfo) -> int:
    local = (_EPOCH + at * _MICROSECOND).astimezone(zone)
    return (local.utcoffset() or timedelta()) // _MICROSECOND


def month_name(month: int) -> str:
    """`YYYY-MM` of months since January 1970."""
    return f"{1970 + month // 12:04d}-{month % 12 + 1:02d}"


def month_number(name: str) -> int:
    """Months since January 1970 of `YYYY-MM`."""
    year, month = name.split("-")
    return (int(year) - 1970) * 12 + int(month) - 1
