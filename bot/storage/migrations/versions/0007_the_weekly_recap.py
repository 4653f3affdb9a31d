"""The weekly recap."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "recaps",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("quoted", sa.JSON(), nullable=False),
        sa.Column("shown", sa.String(length=32), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_recaps_community_id_communities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_recaps_delivery_id_deliveries"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_recaps_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_recaps")),
    )
    op.create_index(
        "ix_recaps_due",
        "recaps",
        ["platform", "next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_recaps_space_id"), "recaps", ["space_id"], unique=False)
    op.create_index("ix_recaps_week", "recaps", ["community_id", "until"], unique=False)
    op.create_index(
        "ix_acts_published",
        "acts",
        ["community_id", "published_at", "id"],
        unique=False,
        sqlite_where=sa.text("standing = 'shown'"),
        postgresql_where=sa.text("standing = 'shown'"),
    )
