"""District data by upload: what `fire135 load` does, with the same checks, for whoever has only a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, File, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from api.callers import Admin
from api.context import ServiceDep
from api.once import OnceDep
from api.problems import Problem
from api.uploads import unpack
from registry.apart import load_apart
from registry.faults import DistrictDataError, Fault
from registry.loading import LoadReport

router = APIRouter(prefix="/registry", tags=["registry"])

_AGAIN_AFTER_S = 5
_importing = Lock()


class FileCounts(BaseModel):
    """What a file's rows change."""

    model_config = ConfigDict(from_attributes=True)

    created: int = Field(description="Rows that are new")
    changed: int = Field(description="Rows that differ from what is stored")
    unchanged: int = Field(description="Rows that are as stored")


class FaultView(BaseModel):
    """One mistake in the files."""

    file: str = Field(description="File, or sheet of a workbook")
    row: int | None = Field(description="Line, the header being 1; of boundaries.geojson the feature")
    column: str = Field(description="Column; `-` for a whole row or file")
    message: str = Field(description="What is wrong, and what to do")


class WarningView(BaseModel):
    """What is no mistake, but good to know before it is written."""

    kind: str = Field(description="no_position, or retires (stations)")
    file: str = Field(description="File, or sheet of a workbook")
    ids: list[str] = Field(description="The rows that it is about")
    message: str = Field(description="The same in words")


class ImportReport(BaseModel):
    """What an import did or, as a dry run, would do."""

    dry_run: bool = Field(description="true: nothing was written")
    files: dict[str, FileCounts] = Field(description="By file, or sheet of a workbook; empty with faults")
    faults: list[FaultView] = Field(description="Every mistake; only a dry run answers them so")
    warnings: list[WarningView] = Field(description="What to know before it is written")


class _Asked(BaseModel):
    """What makes two requests the same."""

    dry_run: bool
    accept_shift: bool
    sha256: list[tuple[str, str]]


@router.post("/import", response_model=ImportReport)
def import_files(
    caller: Admin,
    service: ServiceDep,
    once: OnceDep,
    files: Annotated[
        list[UploadFile],
        File(
            description="One XLSX, or CSV files and boundaries.geojson; also packed in a ZIP; at most 32 MiB"
        ),
    ],
    dry_run: Annotated[bool, Query(description="Check and count only")] = False,  # noqa: FBT002 - a query
    accept_shift: Annotated[  # noqa: FBT002 - a query
        bool, Query(description="Take positions that all moved as a wrong datum would move them")
    ] = False,
) -> Response:
    """Load district data, all of it or nothing, with every check of `fire135 load`.

    A dry run answers its faults; without `dry_run` they refuse the import with 422. Whoever is bound to a
    region imports only rows of that region.
    """
    digests = [(file.filename or "", sha256(file.file.read()).hexdigest()) for file in files]
    asked = _Asked(dry_run=dry_run, accept_shift=accept_shift, sha256=digests)
    kept = once.repeat(asked)
    if kept is not None:
        return kept
    for file in files:
        file.file.seek(0)
    with _one_at_a_time(), TemporaryDirectory(prefix="fire135-import-") as folder:
        path = unpack(files, Path(folder))
        report = load_apart(
            service.database.url,
            path,
            dry_run=dry_run,
            accept_shift=accept_shift,
            region=caller.region_code,
            now=service.clock.now(),
        )
        faults = [_as_sent(fault, folder) for fault in report.faults]
    if faults and not dry_run:
        raise DistrictDataError(faults)
    return once.run(asked, lambda _session, _now: (200, _view(report, faults)))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Raises Problem 503 while another is under way: alarms need the other processor."""
    if not _importing.acquire(blocking=False):
        raise Problem(
            503,
            f"another import is under way; try again in {_AGAIN_AFTER_S} s",
            headers={"Retry-After": str(_AGAIN_AFTER_S)},
        )
    try:
        yield
    finally:
        _importing.release()


def _as_sent(fault: Fault, folder: str) -> Fault:
    """A fault of everything names our folder, which is nothing to whoever sent the files."""
    return Fault(fault.column, fault.message, "files", fault.row) if fault.file == folder else fault


def _view(report: LoadReport, faults: list[Fault]) -> ImportReport:
    return ImportReport(
        dry_run=report.dry_run,
        files={file: FileCounts.model_validate(counts) for file, counts in report.counts.items()},
        faults=[
            FaultView(file=fault.file or "files", row=fault.row, column=fault.column, message=fault.message)
            for fault in faults
        ],
        warnings=[
            WarningView(kind=remark.kind, file=remark.file, ids=list(remark.ids), message=str(remark))
            for remark in report.remarks
        ],
    )
