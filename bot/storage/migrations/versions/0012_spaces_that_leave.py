"""Spaces that leave for good, and how far each is."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "leavings",
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("stopped", sa.Text(), nullable=False),
        sa.Column("held_back", sa.JSON(), nullable=False),
        sa.Column("reached", sa.String(length=32), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("claim", sa.String(length=80), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_leavings_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_leavings")),
    )
    op.create_index("ix_leavings_due", "leavings", ["platform", "next_at"], unique=False)
    op.create_index(
        "ix_decisions_by",
        "decisions",
        ["by"],
        unique=False,
        sqlite_where=sa.text("\"by\" <> ''"),
        postgresql_where=sa.text("\"by\" <> ''"),
    )
    op.create_index("ix_changes_by", "changes", ["by"], unique=False)
