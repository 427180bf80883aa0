"""Tables of what devices said: their present state, their events, and what was refused."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from store.types import Base, JsonObject


class DeviceState(Base):
    """What a device last said; the memory that makes events edges."""

    __tablename__ = "device_states"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True)
    #: Condition name -> active, as the decoder of its format keeps it.
    conditions: Mapped[JsonObject] = mapped_column(default=dict)
    #: The most urgent of what is known: alarm, fault, offline, tamper, low_battery, test, normal;
    #: unknown for one that was never heard.
    state: Mapped[str] = mapped_column(String(16), default="normal", index=True)
    battery: Mapped[float | None]  # percent
    #: A gateway's: also when a device behind it was.
    last_seen_at: Mapped[datetime | None]
    #: When supervision looks at it next; ingest sets it when there is news, a heartbeat never does.
    check_at: Mapped[datetime | None] = mapped_column(index=True)
    #: Since when it is expected to speak, for one that was registered before it was ever heard.
    expected_since: Mapped[datetime | None]
    #: When the device itself last said that it is in alarm; what a cache repeats is not counted.
    alarm_said_at: Mapped[datetime | None]
    #: The device's own count after its newest message, where its format has one.
    counter_session: Mapped[str | None]
    counter: Mapped[int | None]
    counted_at: Mapped[datetime | None]
    #: What its newest message said beside alarms (`ingest.reading.Reading.digest`).
    digest: Mapped[str | None]
    #: A gateway's: a bridge that has just come back repeats what it remembers.
    came_online_at: Mapped[datetime | None]
    #: The newest message that held news, as text and cut; what commissioning looks at.
    heard: Mapped[str | None]


class DeviceName(Base):
    """What a gateway calls a device: the registry may know the device by its address instead."""

    __tablename__ = "device_names"
    source: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(primary_key=True)  # the gateway's external id
    name: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]


class EventRecord(Base):
    """One canonical event that had an effect; heartbeats only move `last_seen_at`."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(index=True)
    #: The device's own id of the event, or one made from its sequence; redelivery repeats it.
    dedup_key: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)
    device_at: Mapped[datetime | None]
    live: Mapped[bool]
    incident_id: Mapped[str | None] = mapped_column(index=True)
    data: Mapped[JsonObject] = mapped_column(default=dict)

    __table_args__ = (Index("uq_events_device_id_dedup_key", "device_id", "dedup_key", unique=True),)


class RejectedMessage(Base):
    """A message that could not be understood, kept with its reason."""

    __tablename__ = "rejected_messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    source: Mapped[str]
    address: Mapped[str]  # MQTT topic, URL path or TCP peer
    reason: Mapped[str]
    payload: Mapped[bytes] = mapped_column(LargeBinary)  # cut to the first 64 KiB
    payload_bytes: Mapped[int]  # the length it had


class PushedMessage(Base):
    """A cloud's HTTP push: kept before it is answered, taken after that; `done_at` says it was."""

    __tablename__ = "pushed_messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    source: Mapped[str]
    address: Mapped[str]  # URL path; never its query, which may hold a token
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    done_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_pushed_messages_waiting",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )
