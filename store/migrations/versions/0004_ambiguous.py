"""Messages that a carrier may have taken at an attempt of which nobody recorded the answer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "notifications",
        sa.Column("is_ambiguous", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index(
        "ix_notifications_ambiguous",
        "notifications",
        ["phone"],
        unique=False,
        sqlite_where=sa.text("is_ambiguous"),
        postgresql_where=sa.text("is_ambiguous"),
    )
