"""Users who are locked, retired or must change their password; known browsers; who did and saw what."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    # one by one rather than in a batch: SQLite would copy the table, and the sign-ins with its old rows
    flag: sa.Column[bool] = sa.Column(
        "must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("users", flag)
    op.add_column("users", sa.Column("locked_at", instant, nullable=True))
    op.add_column("users", sa.Column("retired_at", instant, nullable=True))
    op.drop_column("users", "failed_sign_ins")
    op.drop_column("users", "locked_until")
    op.create_table(
        "known_browsers",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_known_browsers_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sha256", "user_id", name="pk_known_browsers"),
    )
    op.create_table(
        "account_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("browser", sa.String(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account_events"),
    )
    op.create_index("ix_account_events_at", "account_events", ["at"], unique=False)
    op.create_index("ix_account_events_name_at", "account_events", ["name", "at"], unique=False)
    op.create_index("ix_account_events_address_at", "account_events", ["address", "at"], unique=False)
    op.create_table(
        "personal_data_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_personal_data_views"),
    )
    for column in ("at", "incident_id", "name"):
        op.create_index(f"ix_personal_data_views_{column}", "personal_data_views", [column], unique=False)
