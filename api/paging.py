"""Lists in pages: `?limit=&cursor=`, answered by `{"items": [], "next": cursor|null}`.

A cursor holds the sort key of the last item given, not a number of rows, so that what is inserted
meanwhile neither repeats nor hides an item. What it looks like may change at any time.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field, TypeAdapter

from api.problems import Problem

_DEFAULT_LIMIT = 100
_MOST = 500
_KEY = TypeAdapter(list[str | int])
_NOT_OURS = "cursor: not one of this list's; take `next` of the page before, or leave it out"

Item = TypeVar("Item")
_Row = TypeVar("_Row")


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item] = Field(description="The items of this page, in order")
    next: str | None = Field(description="Give it as `cursor` for the next page; null at the end")


class Paging:
    """What a caller asks of a list.

    Attributes:
        limit: items on a page; more than 500 are cut to 500.
    """

    def __init__(
        self,
        limit: Annotated[
            int, Query(ge=1, description="Items on a page; at most 500 are given")
        ] = _DEFAULT_LIMIT,
        cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
    ) -> None:
        self.limit = min(limit, _MOST)
        self._after = _decode(cursor) if cursor else None

    def after(self, *kinds: Callable[[str], Any]) -> tuple[Any, ...] | None:
        """The sort key of the last item that the caller has; None for the first page.

        `kinds` read its parts from text. Raises Problem 422 for a cursor of another list.
        """
        if self._after is None:
            return None
        try:
            return tuple(kind(part) for kind, part in zip(kinds, self._after, strict=True))
        except ValueError:
            raise Problem(422, _NOT_OURS) from None

    def page(
        self,
        rows: Sequence[_Row],
        key_of: Callable[[_Row], Sequence[str | int]],
        view_of: Callable[[_Row], Item],
    ) -> Page[Item]:
        """Make a page of rows that were read with `limit + 1`: the one too many says that there is more."""
        shown = rows[: self.limit]
        is_last = len(rows) <= self.limit
        return Page(
            items=[view_of(row) for row in shown], next=None if is_last else _encode(key_of(shown[-1]))
        )


PagingDep = Annotated[Paging, Depends()]


def _encode(key: Sequence[str | int]) -> str:
    return urlsafe_b64encode(json.dumps(list(key), separators=(",", ":")).encode()).decode()


def _decode(cursor: str) -> list[str]:
    try:
        return [str(part) for part in _KEY.validate_json(urlsafe_b64decode(cursor))]
    except ValueError:
        raise Problem(422, _NOT_OURS) from None
