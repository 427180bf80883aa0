"""A second carrier's race, a station's last word, messages to the 119 centre, communication tests, pushes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _notifications()
    op.add_column("assignments", sa.Column("last_word_at", sa.DateTime(timezone=True), nullable=True))
    _centre_messages()
    _communication_tests()
    _helpless_premises()
    _carrier_pushes()


def _notifications() -> None:
    op.add_column("notifications", sa.Column("race_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notifications", sa.Column("communication_test_id", sa.Integer(), nullable=True))
    op.create_index(
        op.f("ix_notifications_communication_test_id"),
        "notifications",
        ["communication_test_id"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_racing",
        "notifications",
        ["race_at"],
        unique=False,
        sqlite_where=sa.text("race_at IS NOT NULL"),
        postgresql_where=sa.text("race_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_notifications_person_id"), "notifications", ["person_id"], unique=False)
    calls = sa.text("channel = 'voice' AND status = 'sent'")
    op.create_index(
        "ix_notifications_calls",
        "notifications",
        ["sent_at"],
        unique=False,
        sqlite_where=calls,
        postgresql_where=calls,
    )
    self_watch = sa.text("purpose IN ('probe', 'probe_missed', 'probe_well')")
    op.create_index(
        "ix_notifications_self_watch",
        "notifications",
        ["purpose", "created_at"],
        unique=False,
        sqlite_where=self_watch,
        postgresql_where=self_watch,
    )


def _centre_messages() -> None:
    op.create_table(
        "centre_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("cap_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cap", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_centre_messages_incident_id_incidents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre_messages")),
        sa.UniqueConstraint("identifier", name=op.f("uq_centre_messages_identifier")),
    )
    op.create_index(
        "uq_centre_messages_incident_id_sequence", "centre_messages", ["incident_id", "sequence"], unique=True
    )
    op.create_index(
        "ix_centre_messages_to_send",
        "centre_messages",
        ["next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("status != 'done'"),
        postgresql_where=sa.text("status != 'done'"),
    )


def _communication_tests() -> None:
    op.create_table(
        "communication_tests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communication_tests")),
        sa.UniqueConstraint("month", name=op.f("uq_communication_tests_month")),
    )


def _helpless_premises() -> None:
    op.create_table(
        "helpless_premises",
        sa.Column("premises_id", sa.String(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["premises_id"],
            ["premises.id"],
            name=op.f("fk_helpless_premises_premises_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("premises_id", name=op.f("pk_helpless_premises")),
    )


def _carrier_pushes() -> None:
    op.create_table(
        "carrier_pushes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_pushes")),
    )
    op.create_index(
        "ix_carrier_pushes_waiting",
        "carrier_pushes",
        ["id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
