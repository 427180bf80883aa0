"""The response log as a file: one row per assignment, for Excel and for whoever reviews.

Instants are RFC 3339 UTC, intervals seconds with an empty cell where a milestone is missing. Drills,
tests and records out of order are in the log and say so; only the report leaves them out.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import xlsxwriter
from sqlalchemy.orm import Session

from dispatch.profiles import Interval
from dispatch.response_time import is_in_order, measure
from dispatch.review import Period, assignments, region_names, times_of
from dispatch.values import Milestone
from store.incidents import Assignment

_Cell = str | float | None
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


def export_responses(session: Session, period: Period, file_format: ExportFormat, path: Path) -> int:
    """Write the response log of a period to a file; returns the number of rows.

    Raises OSError where the file cannot be written.
    """
    rows = _rows(session, period)
    return _write_csv(path, rows) if file_format is ExportFormat.CSV else _write_xlsx(path, rows)


def _rows(session: Session, period: Period) -> Iterator[list[_Cell]]:
    names = region_names(session)
    for assignment in assignments(session, period.conditions()):
        cells = _cells(assignment, names)
        yield [cells[column] for column in COLUMNS]


def _cells(row: Assignment, names: Mapping[str, str]) -> dict[str, _Cell]:
    incident, times = row.incident, times_of(row)
    cells: dict[str, _Cell] = {
        "assignment_id": str(row.id),
        "incident_id": incident.id,
        "code": incident.code,
        "origin": incident.origin,
        "drill": _yes_or_no(incident.drill),
        "status": incident.status,
        "grade": incident.grade,
        "disposition": incident.disposition,
        "cause": incident.cause,
        "premises_id": incident.premises_id,
        "place": incident.place_name,
        "address": incident.address,
        "station_id": row.station_id,
        "station": row.station.name,
        "tier": row.tier,
        "reason": row.reason,
        "received_at": _instant(incident.opened_at),
        "in_order": _yes_or_no(is_in_order(incident.opened_at, times)),
    }
    for level in ("district", "town", "village"):
        code: str | None = getattr(incident, f"{level}_code")
        cells |= {f"{level}_code": code, level: names.get(code or "")}
    cells |= {milestone.column: _instant(at) for milestone, at in times.items()}
    cells |= {f"{interval}_s": measure(interval, incident.opened_at, times) for interval in Interval}
    return cells


def _yes_or_no(value: bool) -> str:  # noqa: FBT001 - a cell's value
    return "yes" if value else "no"


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _write_csv(path: Path, rows: Iterator[list[_Cell]]) -> int:
    count = 0
    # with the BOM, Excel reads Chinese as UTF-8
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the last count is the answer
            writer.writerow([_harmless(cell) for cell in row])
    return count


def _harmless(cell: _Cell) -> _Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _write_xlsx(path: Path, rows: Iterator[list[_Cell]]) -> int:
    count = 0
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("responses")
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, COLUMNS, bold)
        for count, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(count, column, cell)
                elif cell is not None:
                    sheet.write_number(count, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, count, len(COLUMNS) - 1)
        sheet.set_column(0, len(COLUMNS) - 1, 18)
    return count
