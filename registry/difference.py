"""The difference that rows make to a table, found first and written afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from registry.lookup import chunks, rows_by_key
from store.direct import table_of
from store.types import Base

#: A whole row by the table's column names.
Columns = dict[str, Any]
#: The parameter with a row's primary key, which has the name of no column.
_KEY = "key_of_row"
ChangeT = TypeVar("ChangeT", bound="Change")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of a file were new, different, or as stored."""

    created: int
    changed: int
    unchanged: int


@dataclass
class Change:
    """What one kind of rows changes in its table."""

    table: type[Base]
    created: list[Columns] = field(default_factory=list)
    #: Before and after.
    changed: list[tuple[Columns, Columns]] = field(default_factory=list)
    unchanged: int = 0

    @property
    def counts(self) -> Counts:
        """For the report."""
        return Counts(len(self.created), len(self.changed), self.unchanged)

    def take(self, wanted: Columns, stored: Columns | None) -> None:
        """Note how a row differs from the stored one; None where there is none."""
        if stored is None:
            self.created.append(wanted)
        elif stored != wanted:
            self.changed.append((stored, wanted))
        else:
            self.unchanged += 1

    def write(self, session: Session) -> None:
        """Insert the new rows and update the different ones by primary key: past the ORM, alarms wait."""
        table = table_of(self.table)
        if self.created:
            session.execute(table.insert(), self.created)
        if self.changed:
            (key,) = table.primary_key
            values: dict[str, Any] = {
                name: bindparam(name) for name in self.changed[0][1] if name != key.name
            }
            statement = table.update().where(key == bindparam(_KEY)).values(values)
            session.execute(statement, [{**after, _KEY: after[key.name]} for _, after in self.changed])


def compare(session: Session, change: ChangeT, key: str, wanted: Iterable[Columns]) -> ChangeT:
    """Compare whole rows, all with the same columns, with what is stored under the same key."""
    for rows in chunks(wanted):
        names = list(rows[0])
        columns = [getattr(change.table, name) for name in names]
        found = rows_by_key(session, columns, getattr(change.table, key), [row[key] for row in rows])
        stored = {values[names.index(key)]: dict(zip(names, values, strict=True)) for values in found}
        for row in rows:
            change.take(row, stored.get(row[key]))
    return change
