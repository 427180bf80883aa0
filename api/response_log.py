"""The response log as a file to download: read whole, then sent however slowly the client takes it.

No transaction and no connection of the pool waits for a download.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from api import scope
from api.callers import Caller, Reader
from api.context import Service, ServiceDep
from api.masking import masked
from api.periods import PeriodDep
from api.review_question import RegionQuery, Scope, scope_of
from dispatch.export import COLUMNS, WRITERS, Cell, ExportFormat, response_log
from dispatch.review import Period

router = APIRouter(prefix="/reports", tags=["reports"])

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA_TYPES = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.XLSX: _XLSX}
_CHUNK_BYTES = 1 << 16
#: What people wrote; a number in it is nobody's who opens the file.
_FREE_TEXTS = tuple(COLUMNS.index(name) for name in ("cause", "place", "address"))


@router.get(
    "/responses.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "UTF-8 with a byte order mark"}},
)
def get_csv(
    caller: Reader, service: ServiceDep, period: PeriodDep, region: RegionQuery = None
) -> StreamingResponse:
    """The response log as CSV: one row an assignment, oldest incident first."""
    return _download(caller, service, period, region, ExportFormat.CSV)


@router.get(
    "/responses.xlsx",
    response_class=StreamingResponse,
    responses={200: {"content": {_XLSX: {}}, "description": "A workbook of one sheet"}},
)
def get_xlsx(
    caller: Reader, service: ServiceDep, period: PeriodDep, region: RegionQuery = None
) -> StreamingResponse:
    """The response log as a workbook: one row an assignment, oldest incident first."""
    return _download(caller, service, period, region, ExportFormat.XLSX)


def _download(
    caller: Caller, service: Service, period: Period, region: str | None, file_format: ExportFormat
) -> StreamingResponse:
    with service.database.read() as session:
        where = scope_of(session, service, caller, region)

    def chunks() -> Iterator[bytes]:
        with TemporaryFile() as file:
            with service.database.read() as session:
                WRITERS[file_format](file, _rows(session, caller, where, period))
            file.seek(0)
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    name = _file_name(where, period, file_format, service.setup.zone)
    return StreamingResponse(chunks(), media_type=_MEDIA_TYPES[file_format], headers=name)


def _rows(session: Session, caller: Caller, where: Scope, period: Period) -> Iterator[list[Cell]]:
    conditions = [scope.incidents(caller), *where.inside, *period.conditions()]
    for row in response_log(session, conditions):
        for column in _FREE_TEXTS:
            row[column] = masked(row[column])
        yield row


def _file_name(where: Scope, period: Period, file_format: ExportFormat, zone: ZoneInfo) -> dict[str, str]:
    """Named after its first and last day and its region; an open side is not named."""
    last = period.end - timedelta(microseconds=1) if period.end else None
    parts = ["responses", *(_day(at, zone) for at in (period.start, last) if at)]
    if where.division is not None:
        parts.append(where.division.code)
    return {"Content-Disposition": f'attachment; filename="{"_".join(parts)}.{file_format}"'}


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()
