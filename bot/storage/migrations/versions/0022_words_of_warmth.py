"""Words of warmth that stay, and reports that count after they were dealt with."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step. What is said already stays said."""
    op.add_column("acts", sa.Column("warmth", sa.String(length=10), server_default=sa.text("''"), nullable=False))
    for people, word in ((4, "few"), (10, "many")):
        felt = "SELECT item FROM reactions WHERE present GROUP BY item HAVING count(DISTINCT member_id) >= :people"
        said = sa.text(f"UPDATE acts SET warmth = :word WHERE id IN ({felt})")  # noqa: S608 -- nothing comes from outside
        op.get_bind().execute(said, {"word": word, "people": people})
    op.add_column("act_reports", sa.Column("settled_at", UtcDateTime(), nullable=True))
    op.create_index("ix_act_reports_settled_at", "act_reports", ["settled_at"], unique=False)
