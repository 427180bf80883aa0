"""What is to be loaded: rows of every kind with where they stand, and what is wrong with them so far."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic

from registry.cards import CardRow
from registry.faults import Fault
from registry.parsing import parse_row, texts_of
from registry.rows import (
    AnyRow,
    BoundaryRow,
    DeviceRow,
    PersonRow,
    PremisesRow,
    RegionRow,
    ResponseRow,
    Row,
    ShiftRow,
    StationRow,
)

#: The kinds of rows in the order in which they refer to each other, with the model of each.
MODELS: Mapping[str, type[Row]] = {
    "regions": RegionRow,
    "boundaries": BoundaryRow,
    "stations": StationRow,
    "people": PersonRow,
    "premises": PremisesRow,
    "cards": CardRow,
    "devices": DeviceRow,
    "shifts": ShiftRow,
    "responses": ResponseRow,
}


@dataclass(frozen=True, slots=True)
class Entry(Generic[AnyRow]):
    """One row as given: the checked row, or the readable cells of one that has a fault.

    The cells of a faulty row still say which id it has, so that rows that refer to it are not
    blamed for its fault.
    """

    row: AnyRow | None
    cells: Mapping[str, str]
    file: str | None = None
    line: int | None = None

    def cell(self, column: str) -> str | None:
        """What a column that names something holds; None when it is empty."""
        return self.cells.get(column) if self.row is None else getattr(self.row, column)

    def fault(self, column: str, message: str) -> Fault:
        """Name a mistake in this row."""
        return Fault(column, message, self.file, self.line)


@dataclass(slots=True)
class Batch:
    """Rows of every kind that are to be checked and written together."""

    regions: list[Entry[RegionRow]] = field(default_factory=list)
    boundaries: list[Entry[BoundaryRow]] = field(default_factory=list)
    stations: list[Entry[StationRow]] = field(default_factory=list)
    people: list[Entry[PersonRow]] = field(default_factory=list)
    premises: list[Entry[PremisesRow]] = field(default_factory=list)
    cards: list[Entry[CardRow]] = field(default_factory=list)
    devices: list[Entry[DeviceRow]] = field(default_factory=list)
    shifts: list[Entry[ShiftRow]] = field(default_factory=list)
    responses: list[Entry[ResponseRow]] = field(default_factory=list)
    #: The files read, by kind.
    files: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    #: A file could not be taken apart into rows, so nobody can say what refers to nothing.
    incomplete: bool = False

    def refuse_file(self, fault: Fault) -> None:
        """Note a mistake that keeps a file's rows from being read."""
        self.faults.append(fault)
        self.incomplete = True

    def add(
        self, kind: str, values: Mapping[str, object], file: str | None = None, line: int | None = None
    ) -> None:
        """Take one row of any kind but boundaries, and note what is wrong with it by itself."""
        texts, unreadable = texts_of(values)
        row, faults = parse_row(MODELS[kind], texts)
        named = {column for column, _ in unreadable}
        faults = unreadable + [fault for fault in faults if fault[0] not in named]
        entry = Entry(None, texts, file, line) if faults else Entry(row, {}, file, line)
        getattr(self, kind).append(entry)
        self.faults += [entry.fault(column, message) for column, message in faults]


def rows_of(entries: Iterable[Entry[AnyRow]]) -> Iterator[AnyRow]:
    """The rows with which nothing is wrong."""
    return (entry.row for entry in entries if entry.row is not None)
