"""From the cells of one row to a checked row, or everything that is wrong with it, in plain words."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from registry.cells import text_of
from registry.rows import AnyRow, ColumnFault, Row


def columns(model: type[Row]) -> list[str]:
    """The columns that a file of these rows may have."""
    return [field.alias or name for name, field in model.model_fields.items()]


def required_columns(model: type[Row]) -> list[str]:
    """The columns that a file of these rows must have."""
    return [field.alias or name for name, field in model.model_fields.items() if field.is_required()]


def texts_of(values: Mapping[str, object]) -> tuple[dict[str, str], list[ColumnFault]]:
    """The readable, filled cells of a row, and which were not readable."""
    texts: dict[str, str] = {}
    faults: list[ColumnFault] = []
    for column, value in values.items():
        try:
            text = text_of(value)
        except ValueError as fault:
            faults.append((column, str(fault)))
        else:
            if text is not None:
                texts[column] = text
    return texts, faults


def parse_row(model: type[AnyRow], texts: Mapping[str, str]) -> tuple[AnyRow | None, list[ColumnFault]]:
    """Check one row by itself: the row, or None and everything that is wrong with it."""
    try:
        row = model.model_validate(texts)
    except ValidationError as refused:
        return None, [(str(error["loc"][0]), _in_words(error)) for error in refused.errors(include_url=False)]
    faults = list(row.inconsistencies())
    return (None if faults else row), faults


def _in_words(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "empty, but required"
        case "extra_forbidden":
            return "unknown column"
        case "literal_error" | "enum":
            known = error["ctx"]["expected"].replace(" or ", ", ").replace("'", "")
            return f"'{error['input']}' is none of {known}"
        case "string_too_long":
            return f"'{error['input'][:40]}…' is longer than {error['ctx']['max_length']} characters"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            return f"'{error['input']}': {error['msg'][0].lower()}{error['msg'][1:]}"
