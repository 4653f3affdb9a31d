"""Chosen moderators, and what moderators were told."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "alerts",
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_alerts_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "day", "code", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_day"), "alerts", ["day"], unique=False)
    op.create_table(
        "moderators",
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_moderators_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_moderators")),
    )
