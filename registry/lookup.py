"""Look up many rows by key, in as many statements as both databases can take."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.orm import InstrumentedAttribute, Session

_CHUNK = 500
_Item = TypeVar("_Item")


def chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The items by some hundreds."""
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk


def rows_by_key(
    session: Session,
    columns: Iterable[InstrumentedAttribute[Any]],
    key: InstrumentedAttribute[Any],
    keys: Iterable[Any],
) -> Iterator[Row[*tuple[Any, ...]]]:
    """These columns of the rows whose key is among these keys."""
    statement = select(*columns)
    for chunk in chunks(keys):
        yield from session.execute(statement.where(key.in_(chunk)))
