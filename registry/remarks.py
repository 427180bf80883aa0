"""What is no fault of a load, but what whoever loads will want to know before it is written. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from registry.batch import Batch, rows_of
from registry.difference import Change

#: The kinds that have positions.
_PLACED = ("stations", "premises")
_WORDS = {
    "no_position": "{n} rows have no position; give lon and lat, or nobody can say who is near: {ids}",
    "retires": "{n} stations are retired and will not be sent any more: {ids}",
}
#: So many ids are named in the words.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about some rows of a file."""

    kind: Literal["no_position", "retires"]
    file: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        more = ", …" if len(self.ids) > _NAMED else ""
        named = ", ".join(self.ids[:_NAMED]) + more
        return f"{self.file}: {_WORDS[self.kind].format(n=len(self.ids), ids=named)}"


def remarks_on(batch: Batch, changes: Mapping[str, Any]) -> tuple[Remark, ...]:
    """What there is to say about a checked batch and what it changes, kind by kind."""
    remarks = []
    for kind in _PLACED:
        nowhere = tuple(row.id for row in rows_of(getattr(batch, kind)) if row.point is None)
        if nowhere:
            remarks.append(Remark("no_position", batch.files[kind], nowhere))
    stations: Change = changes["stations"]
    retired = tuple(
        before["id"] for before, after in stations.changed if before["active"] and not after["active"]
    )
    if retired:
        remarks.append(Remark("retires", batch.files["stations"], retired))
    return tuple(remarks)
