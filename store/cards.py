"""Tables of the buildings' cards: what a crew wants to know that `premises.csv` has no column for.

A card is edited by people who know the house; every change is kept with who made it and when.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from store.types import Base, JsonObject


class PremisesCard(Base):
    """The present card of one building; no row means that nobody has written one."""

    __tablename__ = "premises_cards"
    premises_id: Mapped[str] = mapped_column(ForeignKey("premises.id"), primary_key=True)
    #: Lists of `{"floor": as the registry names it, or null for the whole house, "text": …}`.
    needs_help: Mapped[list[JsonObject]] = mapped_column(JSON)
    hazards: Mapped[list[JsonObject]] = mapped_column(JSON)
    water: Mapped[str | None]
    access: Mapped[str | None]
    lane_width_m: Mapped[float | None]
    key_holder_name: Mapped[str | None]
    key_holder_phone: Mapped[str | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class PremisesCardChange(Base):
    """One change of a card, append-only: who, when, and the card as it was from then on."""

    __tablename__ = "premises_card_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    premises_id: Mapped[str] = mapped_column(ForeignKey("premises.id"), index=True)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    card: Mapped[JsonObject]
