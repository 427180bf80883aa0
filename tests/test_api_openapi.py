"""The documentation that the API gives of itself: every path, parameter and field."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.app import create_app
from api.context import Service
from dispatch.setup import DispatchSetup
from fire135.settings import Settings
from store.database import Database
from tests.clock import ManualClock

_UNITS = {
    "_s": "seconds",
    "_m": "metres",
    "_at": "UTC",
    "lon": "degrees",
    "lat": "degrees",
    "battery": "percent",
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('openapi')}/never-opened.db")
    return create_app(Service(database, DispatchSetup(), Settings(), ManualClock())).openapi()


def _schemas(part: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object schema of the document, inline ones too."""
    if isinstance(part, dict):
        if part.get("type") == "object" and "properties" in part:  # GeoJSON has a field of that name, too
            yield where, part
        for key, below in part.items():
            yield from _schemas(below, f"{where}/{key}")
    elif isinstance(part, list):
        for number, below in enumerate(part):
            yield from _schemas(below, f"{where}/{number}")


def _fields(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, schema in _schemas(document, ""):
        if "text/event-stream" in where:
            continue  # the frame of an event, described by FastAPI; its data is in the route's text
        for name, field in schema["properties"].items():
            yield f"{where}.{name}", field


def test_every_field_has_a_description(document: dict[str, Any]) -> None:
    bare = [where for where, field in _fields(document) if not field.get("description")]
    assert bare == []


def test_every_field_with_a_unit_names_it(document: dict[str, Any]) -> None:
    wrong = []
    for where, field in _fields(document):
        name = where.rpartition(".")[2]
        for suffix, unit in _UNITS.items():
            matches = name.endswith(suffix) if suffix.startswith("_") else name == suffix
            if matches and unit not in field["description"] and "RFC 3339" not in field["description"]:
                wrong.append(where)
    assert wrong == []


def test_every_parameter_of_a_query_or_header_has_a_description(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", []):
                if parameter["in"] != "path":
                    assert parameter.get("description"), f"{method} {path}: {parameter['name']}"


def test_every_operation_is_explained(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), f"{method} {path}"


def test_every_post_takes_an_idempotency_key_and_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        if not path.startswith("/api/v1"):
            continue
        for method, operation in methods.items():
            headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
            assert ("Idempotency-Key" in headers) == (method == "post"), f"{method} {path}"
            assert "application/problem+json" in operation["responses"]["4XX"]["content"]
            assert operation["security"], path
