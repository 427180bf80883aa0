"""What can be wrong with district data, named so that a person can find and correct it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: `file:row:column: message`, or `column: message` where no file is involved.

    The row is the line that a person sees (the header is 1); in boundaries.geojson it is the feature.
    A fault of a whole file or row has `-` for a column.
    """

    column: str
    message: str
    file: str | None = None
    row: int | None = None

    def __str__(self) -> str:
        where = self.column if self.file is None else f"{self.file}:{self.row}:{self.column}"
        # what stands in a cell must not break the line or the terminal
        return "".join(
            char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in f"{where}: {self.message}"
        )


class DistrictDataError(Exception):
    """District data was refused as a whole; `faults` names every mistake."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))
