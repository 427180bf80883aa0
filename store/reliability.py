"""Tables of delivery beyond phones: the 119 centre, who can be reached, what carriers push, who runs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.types import Base


class CentreMessage(Base):
    """One message of an incident to the 119 centre, in order; written with the decision, sent after it.

    `body` is the JSON as it goes out, with the CAP alert inside; both are frozen when written, so that
    every repetition says the same.
    """

    __tablename__ = "centre_messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    #: 1 for the alert, then counted up by updates and the cancel.
    sequence: Mapped[int]
    #: CAP's msgType: Alert, Update, Cancel.
    kind: Mapped[str]
    #: CAP's identifier; `cap_sent_at` is its `sent`, in whole seconds.
    identifier: Mapped[str] = mapped_column(unique=True)
    cap_sent_at: Mapped[datetime]
    cap: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    #: queued, sending, delivered (the centre has read it), done (accepted, or nothing more to repeat).
    status: Mapped[str] = mapped_column(default="queued")
    next_attempt_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None]
    failure: Mapped[str | None]

    __table_args__ = (
        Index("uq_centre_messages_incident_id_sequence", "incident_id", "sequence", unique=True),
        Index(
            "ix_centre_messages_to_send",
            "next_attempt_at",
            sqlite_where=text("status != 'done'"),
            postgresql_where=text("status != 'done'"),
        ),
    )


class CommunicationTest(Base):
    """One round in which every chief is asked to answer a marked message."""

    __tablename__ = "communication_tests"
    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    #: Who has not answered by then counts as not reached.
    ends_at: Mapped[datetime]
    region_code: Mapped[str | None]
    started_by: Mapped[str]
    #: `2026-12` for the round of a month, which many processes may start and one does.
    month: Mapped[str | None] = mapped_column(unique=True)
    #: When duty officers were told how it ended; the process that sets it writes the messages.
    told_at: Mapped[datetime | None]
    #: Whom it asks, in this order; their messages are written little by little.
    person_ids: Mapped[list[str]] = mapped_column(default=list)


class HelplessPremises(Base):
    """Premises for which the newest probe that asked for them found nobody to send."""

    __tablename__ = "helpless_premises"
    premises_id: Mapped[str] = mapped_column(ForeignKey("premises.id", ondelete="CASCADE"), primary_key=True)
    found_at: Mapped[datetime]


class CarrierPush(Base):
    """What a carrier pushed, as it came: kept before it is answered, read after that.

    `done_at` says that every item in it has had its effect, or that it never can: `failure` says why.
    """

    __tablename__ = "carrier_pushes"
    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    carrier: Mapped[str]
    kind: Mapped[str]  # status, sms
    body: Mapped[bytes] = mapped_column(LargeBinary)
    done_at: Mapped[datetime | None]
    failure: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_carrier_pushes_waiting",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )


class ServiceProcess(Base):
    """One run of a process of the service, as it says itself every few seconds; gone when it has stopped."""

    __tablename__ = "processes"
    #: A new UUID at every start.
    id: Mapped[str] = mapped_column(primary_key=True)
    #: ingest, dispatch, api.
    roles: Mapped[list[str]]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
