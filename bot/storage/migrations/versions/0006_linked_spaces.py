"""Codes, linked spaces, and accounts of one person."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "link_codes",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("used_in", sa.String(length=32), nullable=True),
        sa.Column("used_by", sa.String(length=100), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_link_codes_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["used_in"], ["spaces.id"], name=op.f("fk_link_codes_used_in_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_link_codes")),
    )
    op.create_index(op.f("ix_link_codes_expires_at"), "link_codes", ["expires_at"], unique=False)
    op.create_index(op.f("ix_link_codes_space_id"), "link_codes", ["space_id"], unique=False)
    op.create_index(op.f("ix_link_codes_used_in"), "link_codes", ["used_in"], unique=False)
    op.create_table(
        "links",
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("home_id", sa.String(length=32), nullable=False),
        sa.Column("host_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("confirmed_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["home_id"], ["communities.id"], name=op.f("fk_links_home_id_communities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["host_id"], ["spaces.id"], name=op.f("fk_links_host_id_spaces"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_links_space_id_spaces"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_home_id"), "links", ["home_id"], unique=False)
    op.create_index(op.f("ix_links_host_id"), "links", ["host_id"], unique=False)
    op.create_table(
        "wrong_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_wrong_codes_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_codes")),
    )
    op.create_index(op.f("ix_wrong_codes_at"), "wrong_codes", ["at"], unique=False)
    op.create_index("ix_wrong_codes_space", "wrong_codes", ["space_id", "at"], unique=False)
    op.create_table(
        "same_person",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_same_person_member_id_members"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_same_person")),
    )
    op.create_index(op.f("ix_same_person_person_id"), "same_person", ["person_id"], unique=False)
