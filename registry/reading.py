"""Read a folder of CSV files or one XLSX into a batch. Only the form is judged here, not the district."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from registry.batch import MODELS, Batch
from registry.boundaries import read_boundaries
from registry.cells import text_of
from registry.encoding import decode
from registry.faults import Fault
from registry.parsing import columns, required_columns

_BOUNDARIES = "boundaries.geojson"
#: Files of a district folder that would be taken for data; others (a README) are left alone.
_DATA_SUFFIXES = {".csv", ".geojson", ".json", ".xlsx", ".xls"}
_FILES = {_BOUNDARIES if kind == "boundaries" else f"{kind}.csv": kind for kind in MODELS}
_SHEETS = [kind for kind in MODELS if kind != "boundaries"]

#: A line's number as a person sees it, and its cells.
_Line = tuple[int, Sequence[object]]


def read_district(path: Path) -> Batch:
    """Read district data; whatever is wrong with it is in the batch's `faults`."""
    batch = Batch()
    try:
        if path.is_dir():
            _read_folder(path, batch)
        else:
            _read_workbook(path, batch)
    except OSError as fault:
        where = str(fault.filename or path)
        batch.refuse_file(_whole(where, f"cannot be read: {fault.strerror or fault}"))
    if not batch.files and not batch.faults:
        batch.refuse_file(_whole(str(path), f"holds no district data; expected some of {', '.join(_FILES)}"))
    return batch


def _whole(file: str, message: str) -> Fault:
    return Fault("-", message, file, 1)


def _read_folder(folder: Path, batch: Batch) -> None:
    # what desktops leave behind (.DS_Store, ~$lock files) is no data
    found = {
        file.name: file
        for file in folder.iterdir()
        if file.suffix.lower() in _DATA_SUFFIXES and not file.name.startswith((".", "~$"))
    }
    for name in sorted(found.keys() - _FILES.keys()):
        batch.refuse_file(_whole(name, f"unknown file; the names are {', '.join(_FILES)}"))
    for name, kind in _FILES.items():
        if name == _BOUNDARIES and name in found:
            read_boundaries(found[name], batch)
        elif name in found:
            _read_csv(kind, found[name], batch)


def _read_csv(kind: str, file: Path, batch: Batch) -> None:
    lines = csv.reader(io.StringIO(decode(file.read_bytes()), newline=""), strict=True)
    try:
        _read_table(kind, file.name, _numbered(lines), batch)
    except csv.Error as fault:
        batch.refuse_file(Fault("-", f"cannot be read as CSV: {fault}", file.name, lines.line_num))


def _numbered(reader: Any) -> Iterator[_Line]:  # a csv.reader: its type has no public name
    """Number each row by the line on which it begins: a cell may hold line breaks."""
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


def _read_workbook(path: Path, batch: Batch) -> None:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        given = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
    except CalamineError as fault:
        batch.refuse_file(_whole(path.name, f"neither a folder of CSV files nor a readable XLSX: {fault}"))
        return
    sheets: dict[str, CalamineSheet] = {}
    for name, sheet in given.items():
        kind = name.removesuffix(".csv")
        if kind in _SHEETS and kind not in sheets:
            sheets[kind] = sheet
        elif sheet.height:  # Excel adds empty ones
            batch.refuse_file(_whole(name, f"unknown sheet; the names are {', '.join(_SHEETS)}, each once"))
    for kind in _SHEETS:
        if kind in sheets:
            rows = sheets[kind].to_python(skip_empty_area=False)
            _read_table(kind, sheets[kind].name, enumerate(rows, start=1), batch)


def _read_table(kind: str, file: str, lines: Iterable[_Line], batch: Batch) -> None:
    batch.files[kind] = file
    filled = ((line, cells) for line, cells in lines if any(_is_filled(cell) for cell in cells))
    header = next(filled, None)
    if header is None:
        batch.refuse_file(_whole(file, "empty; the first line names the columns"))
        return
    names = _read_header(kind, file, header, batch)
    for line, cells in filled if names else ():
        if any(_is_filled(cell) for cell in cells[len(names) :]):
            batch.faults.append(Fault("-", f"{len(cells)} cells under {len(names)} columns", file, line))
        batch.add(kind, {name: cell for name, cell in zip(names, cells, strict=False) if name}, file, line)


def _read_header(kind: str, file: str, header: _Line, batch: Batch) -> list[str]:
    """The columns in order, unknown ones empty; nothing at all where rows cannot be read by them."""
    line, cells = header
    try:
        names = [text_of(cell) or "" for cell in cells]
    except ValueError:
        batch.refuse_file(Fault("-", "neither UTF-8 nor GB 18030; save it as UTF-8", file, line))
        return []
    while names and not names[-1]:
        names.pop()
    known = columns(MODELS[kind])
    for number, name in enumerate(names, start=1):
        if name not in known:
            message = f"unknown column; the columns of {kind} are {', '.join(known)}"
            batch.faults.append(Fault(name or str(number), message, file, line))
    twice = {name for name in names if names.count(name) > 1} & set(known)
    missing = [name for name in required_columns(MODELS[kind]) if name not in names]
    for name in known:
        if name in twice or name in missing:
            message = "required column is missing" if name in missing else "stands in the header twice"
            batch.refuse_file(Fault(name, message, file, line))
    return [] if twice or missing else [name if name in known else "" for name in names]


def _is_filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""
