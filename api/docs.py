"""The documentation of the API as one page, drawn here from its OpenAPI document.

FastAPI's own page fetches its scripts from abroad; a county's network may not reach that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

router = APIRouter(include_in_schema=False)

_JSON = "application/json"
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body or answer by its whole name (`items[].id`), or one parameter."""

    name: str
    type: str
    description: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    tag: str
    method: str
    path: str
    description: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Every path with its parameters, body and answer."""
    document = request.app.openapi()
    operations = sorted(_operations(document), key=lambda operation: operation.tag)
    html = _templates.get_template("docs.html").render(
        title=document["info"]["title"],
        description=document["info"]["description"],
        sections=[(tag, list(found)) for tag, found in groupby(operations, lambda operation: operation.tag)],
    )
    return HTMLResponse(html, headers=_HEADERS)


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            answer = answers.get("200") or answers.get("201") or {}
            yield Operation(
                tag=operation["tags"][0],
                method=method.upper(),
                path=path,
                description=operation.get("description", operation["summary"]),
                parameters=[_parameter(document, given) for given in operation.get("parameters", ())],
                body=list(_content(document, operation.get("requestBody", {}))),
                answer=list(_content(document, answer)),
            )


def _parameter(document: dict[str, Any], given: dict[str, Any]) -> Field:
    kind = _type(document, given["schema"])
    return Field(
        given["name"], f"{given['in']}, {kind}", given.get("description", ""), given.get("required", False)
    )


def _content(document: dict[str, Any], part: dict[str, Any]) -> Iterator[Field]:
    schema = part.get("content", {}).get(_JSON, {}).get("schema")
    return _fields(document, schema, "") if schema else iter(())


def _fields(document: dict[str, Any], schema: dict[str, Any], prefix: str) -> Iterator[Field]:
    """The fields of a schema, those of the objects in it behind them."""
    schema = _resolved(document, schema)
    if schema.get("type") == "array":
        yield from _fields(document, schema.get("items", {}), f"{prefix.removesuffix('.')}[].")
        return
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        whole = prefix + name
        yield Field(whole, _type(document, field), field.get("description", ""), name in required)
        yield from _fields(document, field, f"{whole}.")


def _type(document: dict[str, Any], schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(document, choice) for choice in schema["anyOf"])
    schema = _resolved(document, schema)
    if "enum" in schema:
        return ", ".join(schema["enum"])
    kind: str = schema.get("type", "any")
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to the components of the document; of null or something, take something."""
    if "anyOf" in schema:
        schema = next(choice for choice in schema["anyOf"] if choice.get("type") != "null")
    reference: str | None = schema.get("$ref")
    if reference is None:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found
