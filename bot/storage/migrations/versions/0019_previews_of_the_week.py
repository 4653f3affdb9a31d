"""Previews of the week for moderators."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.add_column("communities", sa.Column("previews", sa.Boolean(), nullable=True))
    op.add_column("spaces", sa.Column("preview_at", UtcDateTime(), nullable=True))
    op.create_index("ix_spaces_preview_at", "spaces", ["platform", "preview_at"], unique=False)
