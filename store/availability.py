"""Table of people's leave: who cannot come although the shifts say so."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from store.types import Base


class Leave(Base):
    """A person's absence from an instant to another; ended early, `until_at` is that instant."""

    __tablename__ = "leaves"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]
    #: How we learned of it: sms, page, api.
    source: Mapped[str]
    created_by: Mapped[str | None]
