"""Several schedules of a ritual, and days without cards."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "days_off",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.id"],
            name=op.f("fk_days_off_community_id_communities"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_days_off")),
    )
    op.create_index(op.f("ix_days_off_community_id"), "days_off", ["community_id"], unique=False)
    op.create_index(op.f("ix_days_off_offered_at"), "days_off", ["offered_at"], unique=False)
    op.add_column("communities", sa.Column("quiet_from", sa.Time(), nullable=True))
    op.add_column("communities", sa.Column("quiet_until", sa.Time(), nullable=True))
    op.add_column("communities", sa.Column("rest_day", sa.Integer(), nullable=True))
    op.add_column("schedules", sa.Column("name", sa.String(length=60), nullable=True))
    op.add_column("schedules", sa.Column("grace", sa.Integer(), nullable=True))
    op.add_column("schedules", sa.Column("rests", sa.String(length=7), nullable=True))
    op.add_column("schedules", sa.Column("days_off", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("schedules", sa.Column("removed_at", UtcDateTime(), nullable=True))
