"""Whoever edits a card's message does so alone, and sees whether there is more to do."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.add_column("rewrites", sa.Column("claim", sa.String(length=80), server_default=sa.text("''"), nullable=False))
    op.add_column("rewrites", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
