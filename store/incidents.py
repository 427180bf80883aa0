"""Tables of the work: incidents, who was sent, who was told, what is due, what happened."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.places import Person, Premises, Station
from store.reliability import CentreMessage
from store.types import Base, JsonObject

_OPEN = text("status = 'open'")
#: The service's own messages to itself, and what it said to duty officers of them; found by an index.
SELF_WATCH = "purpose IN ('probe', 'probe_missed', 'probe_well')"

#: Messages that have still to be sent, or are being sent; found by an index that wants these very words.
TO_SEND = "status IN ('queued', 'sending')"
#: Calls that have been placed and that no receipt has ended; found by an index.
CALLS = "channel = 'voice' AND status = 'sent'"


class Incident(Base):
    """One suspected or confirmed fire at one place."""

    __tablename__ = "incidents"
    id: Mapped[str] = mapped_column(primary_key=True)
    #: Two to four characters that people say and type; unique among open incidents.
    code: Mapped[str] = mapped_column(String(4))
    status: Mapped[str] = mapped_column(String(8), default="open", index=True)
    grade: Mapped[str] = mapped_column(String(16))
    drill: Mapped[bool] = mapped_column(default=False)
    #: What makes two signals one incident: `premises:ID`, `device:ID` or `point:LON,LAT`.
    place_key: Mapped[str]
    premises_id: Mapped[str | None] = mapped_column(ForeignKey("premises.id"), index=True)
    place_name: Mapped[str]
    address: Mapped[str]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    district_code: Mapped[str | None] = mapped_column(index=True)
    town_code: Mapped[str | None] = mapped_column(index=True)
    village_code: Mapped[str | None] = mapped_column(index=True)
    #: Our clock at the first signal: the start of every response time.
    opened_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    disposition: Mapped[str | None]
    cause: Mapped[str | None]
    close_note: Mapped[str | None]
    #: A person called it false; stops the unverified hand-over, never the dispatch.
    called_false_at: Mapped[datetime | None]
    handover_status: Mapped[str] = mapped_column(default="none")
    handover_at: Mapped[datetime | None]
    handover_number: Mapped[str | None]
    handover_reason: Mapped[str | None]
    #: `live`, or `history` for records loaded from responses.csv.
    origin: Mapped[str] = mapped_column(default="live")
    premises: Mapped[Premises | None] = relationship()
    assignments: Mapped[list["Assignment"]] = relationship(
        back_populates="incident", order_by="Assignment.id"
    )
    signals: Mapped[list["Signal"]] = relationship(back_populates="incident", order_by="Signal.id")
    #: What the 119 centre is told, in order; written by `dispatch/centre.py` alone.
    centre_messages: Mapped[list[CentreMessage]] = relationship(
        order_by=CentreMessage.sequence, viewonly=True
    )

    __table_args__ = (
        Index(
            "uq_incidents_open_place",
            "place_key",
            "drill",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("uq_incidents_open_code", "code", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class Signal(Base):
    """Something that spoke for a fire at an incident: a device, or a person."""

    __tablename__ = "signals"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    device_id: Mapped[str | None]
    #: smoke, heat, call_point, escape_window, person, unknown.
    kind: Mapped[str]
    floor: Mapped[str | None]
    room: Mapped[str | None]
    received_at: Mapped[datetime]
    device_at: Mapped[datetime | None]
    #: The alarm condition is gone; information only.
    restored_at: Mapped[datetime | None]
    note: Mapped[str | None]
    #: It only sums up what others of its system say: a fire alarm panel beside its detectors.
    is_summary: Mapped[bool] = mapped_column(default=False)
    incident: Mapped[Incident] = relationship(back_populates="signals")


class Assignment(Base):
    """One station sent to one incident, with its milestones."""

    __tablename__ = "assignments"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    tier: Mapped[str]
    status: Mapped[str] = mapped_column(default="assigned")
    reason: Mapped[str]
    travel_s: Mapped[float | None]
    distance_m: Mapped[float | None]
    method: Mapped[str | None]
    created_at: Mapped[datetime]
    declined_at: Mapped[datetime | None]
    help_requested_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    enroute_at: Mapped[datetime | None]
    on_scene_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    #: When anything was last heard of it: an answer, a milestone; silence after that is asked about.
    last_word_at: Mapped[datetime | None]
    incident: Mapped[Incident] = relationship(back_populates="assignments")
    station: Mapped[Station] = relationship()
    notifications: Mapped[list["Notification"]] = relationship(order_by="Notification.id")

    __table_args__ = (
        Index("uq_assignments_incident_id_station_id", "incident_id", "station_id", unique=True),
    )


class DueStep(Base):
    """A step of the response plan that falls due at an instant: a column, not a timer in memory.

    `outcome` is null while it waits; then `done`, `not_needed` or `expired`, with `outcome_reason`.
    """

    __tablename__ = "due_steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"))
    step: Mapped[str]
    #: 1 for the first time, then counted up by repeats.
    round: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime]
    outcome: Mapped[str | None]
    outcome_at: Mapped[datetime | None]
    outcome_reason: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_due_steps_waiting",
            "due_at",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
        Index(
            "uq_due_steps_once",
            "incident_id",
            text("coalesce(assignment_id, 0)"),
            "step",
            "round",
            unique=True,
        ),
    )


class Notification(Base):
    """The outbox: one message to one person over one channel.

    Written with the decision that made it; sent after the commit, at least once.
    """

    __tablename__ = "notifications"
    id: Mapped[int] = mapped_column(primary_key=True)
    #: One message per assignment, step and person; an insert that repeats it has no effect.
    dedup_key: Mapped[str] = mapped_column(unique=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(index=True)
    person_name: Mapped[str]
    phone: Mapped[str]
    language: Mapped[str] = mapped_column(default="zh")
    #: page, confirmed, ask_progress, duty, stand_down, help, escape_window, communication_test, probe ...
    purpose: Mapped[str]
    channel: Mapped[str]  # sms, voice, chat
    carrier: Mapped[str]  # console, twilio, aliyun, robot:1, probe
    body: Mapped[str]
    #: queued, sending, sent, delivered, failed, expired; it only moves forward.
    status: Mapped[str] = mapped_column(default="queued")
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    #: The carrier may have taken it at an attempt of which nobody recorded the answer.
    is_ambiguous: Mapped[bool] = mapped_column(default=False, server_default=false())
    claimed_until: Mapped[datetime | None]
    carrier_id: Mapped[str | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    failure: Mapped[str | None]
    #: When the next carrier is asked as well, unless this one has delivered by then.
    race_at: Mapped[datetime | None]
    communication_test_id: Mapped[int | None] = mapped_column(index=True)
    incident: Mapped[Incident | None] = relationship()
    person: Mapped[Person | None] = relationship(
        primaryjoin="foreign(Notification.person_id) == Person.id", viewonly=True
    )

    __table_args__ = (
        Index(
            "ix_notifications_to_send",
            "next_attempt_at",
            sqlite_where=text(TO_SEND),
            postgresql_where=text(TO_SEND),
        ),
        Index(
            "ix_notifications_racing",
            "race_at",
            sqlite_where=text("race_at IS NOT NULL"),
            postgresql_where=text("race_at IS NOT NULL"),
        ),
        Index(
            "ix_notifications_ambiguous",
            "phone",
            sqlite_where=text("is_ambiguous"),
            postgresql_where=text("is_ambiguous"),
        ),
        Index(
            "ix_notifications_calls",
            "sent_at",
            sqlite_where=text(CALLS),
            postgresql_where=text(CALLS),
        ),
        Index(
            "ix_notifications_self_watch",
            "purpose",
            "created_at",
            sqlite_where=text(SELF_WATCH),
            postgresql_where=text(SELF_WATCH),
        ),
    )


class Reply(Base):
    """What came back from a phone, once per carrier message id."""

    __tablename__ = "replies"
    id: Mapped[int] = mapped_column(primary_key=True)
    carrier: Mapped[str]
    carrier_message_id: Mapped[str]
    phone: Mapped[str] = mapped_column(index=True)
    body: Mapped[str]
    received_at: Mapped[datetime]
    #: accepted, help_sent, ignored.
    result: Mapped[str]

    __table_args__ = (Index("uq_replies_carrier_message", "carrier", "carrier_message_id", unique=True),)


class TimelineEntry(Base):
    """Every fact of an incident, append-only; also the feed of the live stream."""

    __tablename__ = "timeline"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    assignment_id: Mapped[int | None]
    #: When it happened, and by whose clock (server, device, carrier, person).
    at: Mapped[datetime]
    clock: Mapped[str]
    recorded_at: Mapped[datetime]
    source: Mapped[str]  # device, sms, voice, terminal, page, api, system, carrier
    actor: Mapped[str | None]
    kind: Mapped[str]
    data: Mapped[JsonObject] = mapped_column(default=dict)
