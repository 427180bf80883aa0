"""The buildings' cards: rows of the optional `cards.csv`, checked and written as all district data is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlalchemy import insert
from sqlalchemy.orm import Session

from registry.cells import Id, Line, Mobile, Number
from registry.difference import Change, Columns, compare
from registry.faults import DistrictDataError, Fault
from registry.floor_notes import FloorNote, floor_notes
from registry.parsing import parse_row, texts_of
from registry.rows import ColumnFault, Row
from store.cards import PremisesCard, PremisesCardChange
from store.direct import table_of

FloorNotes = Annotated[list[FloorNote], BeforeValidator(floor_notes)]


class CardRow(Row):
    """What a crew wants to know of one building."""

    premises_id: Id
    needs_help: FloorNotes = Field(default_factory=list)
    hazards: FloorNotes = Field(default_factory=list)
    water: Line | None = None
    access: Line | None = None
    #: Metres; a fire engine needs about three and a half.
    lane_width_m: Annotated[Number, Field(gt=0, le=100)] | None = None
    key_holder_name: Line | None = None
    key_holder_phone: Mobile | None = None

    def inconsistencies(self) -> Iterator[ColumnFault]:
        """A number belongs to somebody."""
        if self.key_holder_phone is not None and self.key_holder_name is None:
            yield "key_holder_name", "empty, but key_holder_phone is given; say whose it is"


@dataclass(kw_only=True)
class CardChange(Change):
    """Cards written with who changed them and when, each change kept."""

    actor: str
    at: datetime

    def write(self, session: Session) -> None:
        """Write the cards, and what they are from now on beside what they were."""
        changed = [*self.created, *(after for _, after in self.changed)]
        stamp = {"changed_at": self.at, "changed_by": self.actor}
        self.created = [row | stamp for row in self.created]
        self.changed = [(before, after | stamp) for before, after in self.changed]
        super().write(session)
        if changed:
            kept = [{**stamp, "premises_id": row["premises_id"], "card": row} for row in changed]
            session.execute(insert(table_of(PremisesCardChange)), kept)


def card_change(session: Session, rows: Iterable[CardRow], *, actor: str, now: datetime) -> CardChange:
    """Compare checked cards with those stored."""
    wanted: Iterable[Columns] = (row.model_dump() for row in rows)
    return compare(session, CardChange(PremisesCard, actor=actor, at=now), "premises_id", wanted)


def put_card(
    session: Session, premises_id: str, values: Mapping[str, object], *, actor: str, now: datetime
) -> None:
    """Make the card of known premises, locked by the caller, what these values say.

    `values` are columns of `cards.csv`; one that is not given is emptied. Raises DistrictDataError with every
    fault as `column: message`.
    """
    texts, faults = texts_of({**values, "premises_id": premises_id})
    row, more = parse_row(CardRow, texts)
    if row is None or faults:
        unreadable = {column for column, _ in faults}
        faults += [fault for fault in more if fault[0] not in unreadable]
        raise DistrictDataError([Fault(column, message) for column, message in faults])
    card_change(session, [row], actor=actor, now=now).write(session)
