"""Words of warmth that stay, and reports that count after they were dealt with."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


FELT = """
SELECT reactions.item FROM reactions
JOIN acts ON acts.id = reactions.item
LEFT JOIN same_person AS felt ON felt.member_id = reactions.member_id
LEFT JOIN same_person AS wrote ON wrote.member_id = acts.author_id
WHERE reactions.present AND NOT (
    acts.shown_as = 'name'
    AND coalesce(felt.person_id, reactions.member_id) = coalesce(wrote.person_id, acts.author_id)
)
GROUP BY reactions.item
HAVING count(DISTINCT coalesce(felt.person_id, reactions.member_id)) >= :people
"""
"""Acts that so many people felt something about, besides an author who is named."""


def upgrade() -> None:
    """Go to this step. What is said already of enough people stays said."""
    op.add_column("acts", sa.Column("warmth", sa.String(length=10), server_default=sa.text("''"), nullable=False))
    for people, word in ((4, "few"), (10, "many")):
        said = sa.text(f"UPDATE acts SET warmth = :word WHERE id IN ({FELT})")  # noqa: S608 -- nothing comes from outside
        op.get_bind().execute(said, {"word": word, "people": people})
    op.add_column("act_reports", sa.Column("settled_at", UtcDateTime(), nullable=True))
    op.create_index("ix_act_reports_settled_at", "act_reports", ["settled_at"], unique=False)
