"""Who may put acts on a wall."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.add_column("walls", sa.Column("chosen", sa.JSON(), nullable=True))
