"""Indexes of what is posted hold nothing that is not, so that planning writes less."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.drop_index("ix_deliveries_message", table_name="deliveries")
    op.create_index(
        "ix_deliveries_message",
        "deliveries",
        ["platform", "channel", "message"],
        unique=False,
        sqlite_where=sa.text("message <> ''"),
        postgresql_where=sa.text("message <> ''"),
    )
    op.drop_index("ix_deliveries_posted", table_name="deliveries")
    op.create_index(
        "ix_deliveries_posted",
        "deliveries",
        ["platform", "posted_at"],
        unique=False,
        sqlite_where=sa.text("posted_at IS NOT NULL"),
        postgresql_where=sa.text("posted_at IS NOT NULL"),
    )
