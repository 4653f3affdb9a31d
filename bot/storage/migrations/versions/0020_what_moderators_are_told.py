"""Previews of the week in a table of their own, and what moderators are about to be told."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "alert_cards",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("users", sa.JSON(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("claim", sa.String(length=80), nullable=False),
        sa.Column("doubt", sa.Boolean(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_alert_cards_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_cards")),
    )
    op.create_index("ix_alert_cards_due", "alert_cards", ["platform", "next_at"], unique=False)
    op.create_index(op.f("ix_alert_cards_space_id"), "alert_cards", ["space_id"], unique=False)
    op.create_table(
        "week_previews",
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_week_previews_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_week_previews")),
    )
    op.create_index("ix_week_previews_due", "week_previews", ["platform", "at"], unique=False)
    op.execute(
        "INSERT INTO week_previews (space_id, platform, at) "
        "SELECT id, platform, preview_at FROM spaces WHERE preview_at IS NOT NULL"
    )
    op.drop_index(op.f("ix_spaces_preview_at"), table_name="spaces")
    op.drop_column("spaces", "preview_at")
