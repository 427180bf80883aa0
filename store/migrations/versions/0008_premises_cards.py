"""The buildings' cards, and who changed them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "premises_cards",
        sa.Column("premises_id", sa.String(), nullable=False),
        sa.Column("needs_help", sa.JSON(), nullable=False),
        sa.Column("hazards", sa.JSON(), nullable=False),
        sa.Column("water", sa.String(), nullable=True),
        sa.Column("access", sa.String(), nullable=True),
        sa.Column("lane_width_m", sa.Double(), nullable=True),
        sa.Column("key_holder_name", sa.String(), nullable=True),
        sa.Column("key_holder_phone", sa.String(), nullable=True),
        sa.Column("changed_at", instant, nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name="fk_premises_cards_premises_id"),
        sa.PrimaryKeyConstraint("premises_id", name="pk_premises_cards"),
    )
    op.create_table(
        "premises_card_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("premises_id", sa.String(), nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["premises_id"], ["premises.id"], name="fk_premises_card_changes_premises_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_premises_card_changes"),
    )
    op.create_index("ix_premises_card_changes_premises_id", "premises_card_changes", ["premises_id"])
