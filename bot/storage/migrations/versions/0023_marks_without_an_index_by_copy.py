"""Marks of a copy are found by its item: an index less to write for each reaction."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.drop_index("ix_reactions_via", table_name="reactions")
