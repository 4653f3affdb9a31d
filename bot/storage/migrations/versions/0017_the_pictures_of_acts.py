"""The pictures of acts."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "act_pictures",
        sa.Column("act_id", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["acts.id"], name=op.f("fk_act_pictures_act_id_acts"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_act_pictures")),
        sa.UniqueConstraint("mark", name=op.f("uq_act_pictures_mark")),
    )
    op.add_column("acts", sa.Column("picture", sa.String(length=40), server_default=sa.text("''"), nullable=False))
    op.add_column("acts", sa.Column("alt", sa.String(length=300), server_default=sa.text("''"), nullable=False))
