"""What devices count and cache, clouds' pushes, and what keeps devices trustworthy."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _device_states()
    _pushed_messages()
    _upkeep()


def _device_states() -> None:
    for column in (
        sa.Column("alarm_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counter_session", sa.String(), nullable=True),
        sa.Column("counter", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("came_online_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard", sa.String(), nullable=True),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_since", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("device_states", column)
    op.add_column(
        "signals",
        sa.Column[bool]("is_summary", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(op.f("ix_device_states_check_at"), "device_states", ["check_at"], unique=False)
    op.create_index(op.f("ix_devices_gateway_id"), "devices", ["gateway_id"], unique=False)


def _pushed_messages() -> None:
    op.create_table(
        "pushed_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushed_messages")),
    )
    op.create_index(
        "ix_pushed_messages_waiting",
        "pushed_messages",
        ["id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _upkeep() -> None:
    op.create_table(
        "troubles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("village_code", sa.String(), nullable=True),
        sa.Column("part_of_id", sa.Integer(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_troubles")),
    )
    op.create_index(op.f("ix_troubles_device_id"), "troubles", ["device_id"], unique=False)
    op.create_index(op.f("ix_troubles_part_of_id"), "troubles", ["part_of_id"], unique=False)
    op.create_index(op.f("ix_troubles_village_code"), "troubles", ["village_code"], unique=False)
    op.create_index(
        "uq_troubles_open",
        "troubles",
        ["device_id", "kind"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND device_id IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND device_id IS NOT NULL"),
    )
    op.create_index(
        "uq_troubles_open_village",
        "troubles",
        ["village_code"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND device_id IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND device_id IS NULL"),
    )
    op.create_index(
        "ix_troubles_open",
        "troubles",
        ["kind", "began_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "device_modes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_modes")),
    )
    op.create_index(op.f("ix_device_modes_device_id"), "device_modes", ["device_id"], unique=False)
    _one_open("device_modes")
    op.create_table(
        "device_tests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_kind", sa.String(), nullable=True),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notification_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_tests")),
    )
    op.create_index(op.f("ix_device_tests_device_id"), "device_tests", ["device_id"], unique=False)
    _one_open("device_tests")
    op.create_table(
        "device_replacements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("old_source", sa.String(), nullable=False),
        sa.Column("old_external_id", sa.String(), nullable=False),
        sa.Column("new_source", sa.String(), nullable=False),
        sa.Column("new_external_id", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_replacements")),
    )
    op.create_index(
        op.f("ix_device_replacements_device_id"), "device_replacements", ["device_id"], unique=False
    )


def _one_open(table: str) -> None:
    op.create_index(
        f"uq_{table}_open",
        table,
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
