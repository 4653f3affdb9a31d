"""Claims of one platform: what waits is found by platform, in the order in which it is claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAITING = sa.text("state IN ('planned', 'sending')")


def upgrade() -> None:
    """Go to this step."""
    op.drop_index("ix_deliveries_waiting", table_name="deliveries")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["platform", "next_at", sa.text("deadline DESC")],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
