"""Votes that close by themselves, cards that say something else, and who was for a suggestion."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "rewrites",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_rewrites_delivery_id_deliveries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_rewrites")),
    )
    op.create_index("ix_rewrites_due", "rewrites", ["platform", "next_at"], unique=False)
    op.create_index(
        "ix_suggestions_accepted_by",
        "suggestions",
        ["accepted_by"],
        unique=False,
        sqlite_where=sa.text("accepted_by IS NOT NULL"),
        postgresql_where=sa.text("accepted_by IS NOT NULL"),
    )
    op.add_column("votes", sa.Column("forget_at", UtcDateTime(), nullable=True))
    op.add_column("votes", sa.Column("next_at", UtcDateTime(), nullable=True))
    op.add_column("votes", sa.Column("taken_back", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("votes", sa.Column("order", sa.JSON(none_as_null=True), nullable=True))
    op.execute("UPDATE votes SET next_at = closes_at WHERE closed_at IS NULL")
    op.drop_index("ix_votes_open", table_name="votes")
    op.create_index(
        "ix_votes_due",
        "votes",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
