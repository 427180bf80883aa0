"""Tables of what keeps devices trustworthy: troubles, modes with an end, witnessed tests, replacements.

Device ids are kept as text without a foreign key: a device that is commissioned changes its id, and
what was written about hardware that is gone stays.
"""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from store.types import Base


class Trouble(Base):
    """Something that somebody has to see to; it begins, has an age, and ends.

    `kind` is offline, low_battery, tamper, fault, gateway_down or village_dark. What a gateway or a
    dark village explains has that trouble as `part_of_id` and asks for nobody's attention of its own.
    """

    __tablename__ = "troubles"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    device_id: Mapped[str | None] = mapped_column(index=True)  # None: a whole village
    village_code: Mapped[str | None] = mapped_column(index=True)
    part_of_id: Mapped[int | None] = mapped_column(index=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: Who was told in a digest, and when last.
    told_at: Mapped[datetime | None]
    #: Who has taken it on, in their words; None: whoever looks after the building.
    taken_by: Mapped[str | None]
    note: Mapped[str | None]

    __table_args__ = (
        Index(
            "uq_troubles_open",
            "device_id",
            "kind",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND device_id IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL AND device_id IS NOT NULL"),
        ),
        Index(
            "uq_troubles_open_village",
            "village_code",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND device_id IS NULL"),
            postgresql_where=text("ended_at IS NULL AND device_id IS NULL"),
        ),
        Index(
            "ix_troubles_open",
            "kind",
            "began_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


def _one_open(table: str) -> Index:
    """A device has one at a time; the open ones are few and found by the index."""
    is_open = text("ended_at IS NULL")
    return Index(f"uq_{table}_open", "device_id", unique=True, sqlite_where=is_open, postgresql_where=is_open)


class DeviceMode(Base):
    """A device in `test` or `maintenance`: always with an end and an owner; its alarms still show."""

    __tablename__ = "device_modes"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(index=True)
    mode: Mapped[str]
    owner: Mapped[str]
    reason: Mapped[str | None]
    began_at: Mapped[datetime]
    until_at: Mapped[datetime]
    #: By hand, or when `until_at` had come and what it leaves behind was seen to.
    ended_at: Mapped[datetime | None]

    __table_args__ = (_one_open("device_modes"),)


class DeviceTest(Base):
    """A witnessed test: somebody asked, the device spoke, a phone got the message; evidence for years."""

    __tablename__ = "device_tests"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(index=True)
    asked_by: Mapped[str]
    began_at: Mapped[datetime]
    until_at: Mapped[datetime]
    #: The device's word: what kind of event, and when it reached us.
    event_kind: Mapped[str | None]
    event_at: Mapped[datetime | None]
    #: The marked message to the chief.
    notification_id: Mapped[int | None]
    #: By hand, or when `until_at` had come and what it leaves behind was seen to.
    ended_at: Mapped[datetime | None]

    __table_args__ = (_one_open("device_tests"),)


class DeviceReplacement(Base):
    """New hardware at an old place: the device keeps its id, its place and its history."""

    __tablename__ = "device_replacements"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(index=True)
    old_source: Mapped[str]
    old_external_id: Mapped[str]
    new_source: Mapped[str]
    new_external_id: Mapped[str]
    replaced_at: Mapped[datetime]
    actor: Mapped[str]
    reason: Mapped[str | None]
