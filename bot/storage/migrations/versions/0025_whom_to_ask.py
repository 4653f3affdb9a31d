"""Whom nobody has asked so far is found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    unasked = sa.text("standing = 'shown' AND consent = 'unasked' AND named_id IS NOT NULL")
    op.create_index("ix_acts_unasked", "acts", ["id"], sqlite_where=unasked, postgresql_where=unasked)
