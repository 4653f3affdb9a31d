"""Deliveries of a space are found by their state first, so that those of a batch are written beside each other."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.drop_index("ix_deliveries_space", table_name="deliveries")
    op.create_index("ix_deliveries_state", "deliveries", ["state", "space_id"], unique=False)
