"""Errors as RFC 9457 problem details: one clear `detail` for every one, never a traceback."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from api.access import AccessError
from dispatch.errors import ConflictError, DispatchError, InvalidError, NotFoundError
from registry.faults import DistrictDataError

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)

_STATUS_OF: dict[type[DispatchError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
}


class ProblemDetails(BaseModel):
    """What an error says (RFC 9457)."""

    type: str = Field(default="about:blank", description="A URI of the kind; always about:blank")
    title: str = Field(description="The name of the HTTP status")
    status: int = Field(description="The HTTP status code")
    detail: str = Field(description="What was wrong, where, and what to do, in one line")
    errors: list[str] | None = Field(default=None, description="Every fault of a request with several")


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A request is refused with a status, one line that says why, and headers if needed."""

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def problem_response(
    status: int, detail: str, *, headers: dict[str, str] | None = None, errors: list[str] | None = None
) -> Response:
    """The response of a problem."""
    body = ProblemDetails(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return Response(body.model_dump_json(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE)


#: How OpenAPI describes every error; FastAPI's own 422 model is replaced by it.
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "The request cannot be carried out",
        "content": {MEDIA_TYPE: {"schema": ProblemDetails.model_json_schema()}},
    }
}


def install(app: FastAPI) -> None:
    """Turn every exception of an app into a problem."""

    @app.exception_handler(Problem)
    def refused(_: Request, fault: Problem) -> Response:
        return problem_response(fault.status, fault.detail, headers=fault.headers)

    @app.exception_handler(DispatchError)
    def impossible(_: Request, fault: DispatchError) -> Response:
        return problem_response(_STATUS_OF.get(type(fault), HTTPStatus.CONFLICT), str(fault))

    @app.exception_handler(AccessError)
    def not_given(_: Request, fault: AccessError) -> Response:
        return problem_response(HTTPStatus.CONFLICT, str(fault))

    @app.exception_handler(DistrictDataError)
    def faulty_row(_: Request, fault: DistrictDataError) -> Response:
        return _several([str(found) for found in fault.faults])

    @app.exception_handler(DataError)
    def not_storable(_: Request, __: DataError) -> Response:
        return problem_response(422, "a value that no database holds, such as a NUL character; correct it")

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, fault: RequestValidationError) -> Response:
        return _several([f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in fault.errors()])

    @app.exception_handler(HTTPException)
    def not_served(request: Request, fault: HTTPException) -> Response:
        detail = {
            404: f"{request.url.path}: there is nothing here; /docs lists every path",
            405: f"{request.method} is not possible here; /docs lists what is",
        }.get(fault.status_code, str(fault.detail))
        return problem_response(fault.status_code, detail, headers=dict(fault.headers or {}))

    @app.exception_handler(Exception)
    def unexpected(request: Request, fault: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=fault)
        return problem_response(
            500, "a fault of the service, kept in its log; try again, then tell its keeper"
        )


def _several(errors: list[str]) -> Response:
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return problem_response(422, errors[0] + more, errors=errors)
