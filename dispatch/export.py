"""The response log as a file: one row per assignment, for Excel and for whoever reviews.

Instants are RFC 3339 UTC, intervals seconds with an empty cell where a milestone is missing. Drills,
tests and records out of order are in the log and say so; only the report leaves them out.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from dispatch.names import division_names
from dispatch.profiles import Interval
from dispatch.response_time import is_in_order, measure
from dispatch.review import Period
from dispatch.values import Milestone, MilestoneTimes
from store.incidents import Assignment, Incident
from store.places import Station

Cell = str | float | None
#: A text that begins like this runs as a formula when a spreadsheet opens a CSV file.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class ExportFormat(StrEnum):
    """What kind of file."""

    CSV = "csv"
    XLSX = "xlsx"


COLUMNS = (
    "assignment_id",
    "incident_id",
    "code",
    "origin",
    "drill",
    "status",
    "grade",
    "disposition",
    "cause",
    "premises_id",
    "place",
    "address",
    "district_code",
    "district",
    "town_code",
    "town",
    "village_code",
    "village",
    "station_id",
    "station",
    "tier",
    "reason",
    "received_at",
    *(milestone.column for milestone in Milestone),
    *(f"{interval}_s" for interval in Interval),
    "in_order",
)

#: Columns that are written as they are stored.
_STORED = {
    "incident_id": Incident.id,
    "code": Incident.code,
    "origin": Incident.origin,
    "status": Incident.status,
    "grade": Incident.grade,
    "disposition": Incident.disposition,
    "cause": Incident.cause,
    "premises_id": Incident.premises_id,
    "place": Incident.place_name,
    "address": Incident.address,
    "district_code": Incident.district_code,
    "town_code": Incident.town_code,
    "village_code": Incident.village_code,
    "station_id": Assignment.station_id,
    "station": Station.name,
    "tier": Assignment.tier,
    "reason": Assignment.reason,
}
# columns, not entities: years of them are read
_QUERY = (
    select(
        Assignment.id.label("assignment_id"),
        Incident.drill,
        Incident.opened_at.label("received_at"),
        *(getattr(Assignment, milestone.column) for milestone in Milestone),
        *(column.label(name) for name, column in _STORED.items()),
    )
    .join(Assignment.incident)
    .join(Assignment.station)
    .order_by(Incident.opened_at, Assignment.id)
)


def export_responses(session: Session, period: Period, file_format: ExportFormat, path: Path) -> int:
    """Write the response log of a period to a file; returns the number of rows.

    Raises OSError where the file cannot be written.
    """
    with path.open("wb") as file:
        return WRITERS[file_format](file, response_log(session, period.conditions()))


def response_log(session: Session, conditions: Sequence[ColumnElement[bool]]) -> Iterator[list[Cell]]:
    """The rows of the log, of the incidents that meet the conditions, oldest incident first."""
    names = division_names(session)
    query = _QUERY.where(*conditions).execution_options(yield_per=1000)
    with session.execute(query) as rows:
        for row in rows:
            cells = _cells(row, names)
            yield [cells[column] for column in COLUMNS]


def _cells(row: Row[Any], names: Mapping[str, str]) -> dict[str, Cell]:
    times: MilestoneTimes = {milestone: getattr(row, milestone.column) for milestone in Milestone}
    cells: dict[str, Cell] = {
        **{column: getattr(row, column) for column in _STORED},
        "assignment_id": str(row.assignment_id),
        "drill": _yes_or_no(row.drill),
        "received_at": _instant(row.received_at),
        "in_order": _yes_or_no(is_in_order(row.received_at, times)),
    }
    for level in ("district", "town", "village"):
        cells[level] = names.get(getattr(row, f"{level}_code") or "")
    cells |= {milestone.column: _instant(at) for milestone, at in times.items()}
    cells |= {f"{interval}_s": measure(interval, row.received_at, times) for interval in Interval}
    return cells


def _yes_or_no(value: bool) -> str:  # noqa: FBT001 - a cell's value
    return "yes" if value else "no"


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _write_csv(file: BinaryIO, rows: Iterable[Sequence[Cell]]) -> int:
    """Write the log as CSV, its columns' names first; returns the number of rows."""
    count = 0
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")  # its mark tells Excel that it is UTF-8
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        count += 1
        writer.writerow([_harmless(cell) for cell in row])
    text.detach()  # written out; the file stays open
    return count


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _write_xlsx(file: BinaryIO, rows: Iterable[Sequence[Cell]]) -> int:
    """Write the log as a workbook; returns the number of rows, of which no more than one is in memory."""
    count = 0
    # texts in their cells instead of a table of all texts, which would have to be kept until the end
    options = {"strings_to_formulas": False, "constant_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("responses")
        sheet.set_column(0, len(COLUMNS) - 1, 18)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        for count, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(count, column, cell)
                elif cell is not None:
                    sheet.write_number(count, column, cell)
        sheet.autofilter(0, 0, count, len(COLUMNS) - 1)
    return count


#: Each writes the log to a file that stays open, and returns the number of rows.
WRITERS: Mapping[ExportFormat, Callable[[BinaryIO, Iterable[Sequence[Cell]]], int]] = {
    ExportFormat.CSV: _write_csv,
    ExportFormat.XLSX: _write_xlsx,
}
