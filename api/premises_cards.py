"""A building's card over HTTP: who needs help, what is dangerous, water, keys, how to get in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import scope
from api.access import Role
from api.callers import Caller, Reader, Responder
from api.context import ServiceDep
from api.fields import Body
from api.masking import for_caller, without_masks
from api.paging import Page, PagingDep
from api.personal_data import Subject
from api.problems import Problem
from registry.cards import put_card
from registry.floor_notes import FloorNote, apart
from store.cards import PremisesCard, PremisesCardChange
from store.places import Premises

router = APIRouter(prefix="/premises/{premises_id:path}/card", tags=["registry"])


class FloorNoteView(BaseModel):
    """One note about a floor."""

    model_config = ConfigDict(extra="forbid")

    floor: str | None = Field(default=None, description="Floor as the registry names it; null: whole house")
    text: str = Field(description="What a crew should know", min_length=1)


class CardColumns(BaseModel):
    """What a card says."""

    needs_help: list[FloorNoteView] = Field(description="Who cannot get out alone, and on which floor")
    hazards: list[FloorNoteView] = Field(description="Gas, charging e-bikes, storage and the like")
    water: str | None = Field(description="Hydrant, pond or tank, and how far")
    access: str | None = Field(description="How to get in: lane, gate, which side")
    lane_width_m: float | None = Field(description="Width of the narrowest lane on the way, metres")
    key_holder_name: str | None = Field(description="Who has the key")
    key_holder_phone: str | None = Field(description="That person's mobile, E.164; masked for a viewer")


class CardView(CardColumns):
    """The present card of one building; all empty where nobody has written one."""

    model_config = ConfigDict(from_attributes=True)

    premises_id: str = Field(description="Id of the premises")
    changed_at: datetime | None = Field(description="When it was last changed, UTC; null: never written")
    changed_by: str | None = Field(description="Who changed it last; load: `fire135 load`")


class CardChangeView(BaseModel):
    """One change of a card."""

    id: int = Field(description="Number of the change; it grows")
    changed_at: datetime = Field(description="When, UTC")
    changed_by: str = Field(description="Who; load: `fire135 load`")
    card: CardColumns = Field(description="The card as it was from then on")


class CardBody(Body):
    """The whole card: what is left out is emptied. What the view shows may be put back.

    A note without a floor may name it at its beginning, as people write: `3楼老人卧床`.
    """

    shown_only: ClassVar[frozenset[str]] = frozenset({"premises_id", "changed_at", "changed_by"})

    needs_help: list[FloorNoteView] = Field(default=[], description="Who cannot get out alone")
    hazards: list[FloorNoteView] = Field(default=[], description="Gas, charging e-bikes, storage")
    water: str | None = Field(default=None, description="Hydrant, pond or tank, and how far")
    access: str | None = Field(default=None, description="How to get in: lane, gate, which side")
    lane_width_m: float | None = Field(default=None, description="Width of the narrowest lane, metres")
    key_holder_name: str | None = Field(default=None, description="Who has the key")
    key_holder_phone: str | None = Field(default=None, description="That person's mobile, E.164")

    @model_validator(mode="before")
    @classmethod
    def _without_shown_only(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if key not in cls.shown_only}

    def columns(self) -> dict[str, object]:
        """As `cards.csv` holds them, a note a line; what a note says after a semicolon is of its floor."""
        values = self.model_dump()
        for name in ("needs_help", "hazards"):
            notes: list[FloorNoteView] = getattr(self, name)
            parts = [FloorNote(floor=note.floor, text=part) for note in notes for part in apart(note.text)]
            values[name] = "\n".join(map(str, parts))
        return values


@router.get("")
def get_card(premises_id: str, caller: Reader, service: ServiceDep) -> CardView:
    """The card of one building."""
    with service.database.read() as session:
        scope.check_premises(session, caller, premises_id)
        return card_of(session, caller, premises_id)


@router.put("")
def replace_card(premises_id: str, body: CardBody, caller: Responder, service: ServiceDep) -> CardView:
    """Write the card anew; dispatchers and the stations of its region may, and every change is kept."""
    if not may_edit(caller):
        raise Problem(403, "a station without a region edits no card; ask for a user of your village")
    with service.database.begin() as session:
        scope.check_premises(session, caller, premises_id)
        # two who write at once: one after the other; alarms at the premises do not wait
        session.get(Premises, premises_id, with_for_update={"key_share": True})
        columns = without_masks(body.columns(), session.get(PremisesCard, premises_id))
        put_card(session, premises_id, columns, actor=caller.name, now=service.clock.now())
        return card_of(session, caller, premises_id)


@router.get("/changes")
def list_changes(
    premises_id: str, caller: Reader, service: ServiceDep, paging: PagingDep
) -> Page[CardChangeView]:
    """Who changed the card and when, newest first."""
    query = select(PremisesCardChange).where(PremisesCardChange.premises_id == premises_id)
    query = query.order_by(PremisesCardChange.id.desc()).limit(paging.limit + 1)
    after = paging.after(int)
    if after is not None:
        query = query.where(PremisesCardChange.id < after[0])
    with service.database.read() as session:
        scope.check_premises(session, caller, premises_id)
        return paging.page(
            session.scalars(query).all(),
            key_of=lambda row: (row.id,),
            view_of=lambda row: _change(row, caller),
        )


def card_of(session: Session, caller: Caller, premises_id: str) -> CardView:
    """The card as a caller who may see it sees it."""
    row = session.get(PremisesCard, premises_id)
    if row is None:
        empty = dict.fromkeys(CardView.model_fields)
        return CardView.model_validate(empty | {"premises_id": premises_id, "needs_help": [], "hazards": []})
    return CardView.model_validate(_seen(caller, premises_id, CardView.model_validate(row).model_dump()))


def may_edit(caller: Caller) -> bool:
    """Tell whether a caller may write the cards of the buildings that he sees."""
    return caller.role in (Role.DISPATCHER, Role.ADMIN) or (
        caller.role is Role.STATION and caller.region_code is not None
    )


def _change(row: PremisesCardChange, caller: Caller) -> CardChangeView:
    said = {name: row.card[name] for name in CardColumns.model_fields}
    return CardChangeView(
        id=row.id,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        card=CardColumns.model_validate(_seen(caller, row.premises_id, said)),
    )


def _seen(caller: Caller, premises_id: str, said: dict[str, Any]) -> Any:
    """What a card says, as a caller sees it, noted as shown."""
    of = Subject("card", premises_id)
    if said["needs_help"]:  # who lies in bed, on which floor: personal without any number
        caller.shown.subjects.add(of)
    return for_caller(caller, said, of)
