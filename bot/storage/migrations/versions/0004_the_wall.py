"""The wall: acts, their words and copies, and what moderators decided about them."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_decisions_community_id_communities"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(
        "ix_decisions_moderators",
        "decisions",
        ["community_id", "id"],
        unique=False,
        sqlite_where=sa.text("\"by\" <> ''"),
        postgresql_where=sa.text("\"by\" <> ''"),
    )
    op.create_index("ix_decisions_subject", "decisions", ["subject", "id"], unique=False)
    op.create_table(
        "walls",
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("links", sa.Boolean(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_walls_community_id_communities"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_walls")),
    )
    op.create_table(
        "act_copies",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("act_id", sa.String(length=32), nullable=False),
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("space_key", sa.String(length=100), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(length=100), nullable=False),
        sa.Column("shown", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("claim", sa.String(length=80), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubt", sa.Boolean(), nullable=False),
        sa.Column("felt", sa.Boolean(), nullable=False),
        sa.Column("stuck", sa.String(length=60), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("refreshed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_act_copies_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_copies")),
    )
    op.create_index("ix_act_copies_act", "act_copies", ["act_id"], unique=False)
    op.create_index(
        "ix_act_copies_due",
        "act_copies",
        ["platform", "next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_act_copies_message",
        "act_copies",
        ["platform", "channel", "message"],
        unique=False,
        sqlite_where=sa.text("message <> ''"),
        postgresql_where=sa.text("message <> ''"),
    )
    op.create_index(
        "ix_act_copies_sent",
        "act_copies",
        ["platform", "sent_at"],
        unique=False,
        sqlite_where=sa.text("message <> ''"),
        postgresql_where=sa.text("message <> ''"),
    )
    op.create_index("ix_act_copies_space", "act_copies", ["space_id", "id"], unique=False)
    op.create_index(
        "ix_act_copies_stuck",
        "act_copies",
        ["space_id", "stuck"],
        unique=False,
        sqlite_where=sa.text("stuck <> ''"),
        postgresql_where=sa.text("stuck <> ''"),
    )
    op.create_table(
        "wall_places",
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("set_up_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_wall_places_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_wall_places")),
    )
    op.create_table(
        "acts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column("space_id", sa.String(length=32), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("telling", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("circle", sa.String(length=20), nullable=False),
        sa.Column("shown_as", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("named_id", sa.String(length=32), nullable=True),
        sa.Column("named_as", sa.String(length=80), nullable=False),
        sa.Column("consent", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_acts_author_id_members"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_acts_community_id_communities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["named_id"], ["members.id"], name=op.f("fk_acts_named_id_members"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_acts_space_id_spaces"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acts")),
    )
    op.create_index("ix_acts_author", "acts", ["author_id", "id"], unique=False)
    op.create_index(
        "ix_acts_circle",
        "acts",
        ["community_id", "circle", "id"],
        unique=False,
        sqlite_where=sa.text("standing = 'shown'"),
        postgresql_where=sa.text("standing = 'shown'"),
    )
    op.create_index(
        "ix_acts_circle_fair",
        "acts",
        ["community_id", "circle", "seen", "id"],
        unique=False,
        sqlite_where=sa.text("standing = 'shown'"),
        postgresql_where=sa.text("standing = 'shown'"),
    )
    op.create_index(
        "ix_acts_drafts",
        "acts",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("standing = 'draft'"),
        postgresql_where=sa.text("standing = 'draft'"),
    )
    op.create_index(
        "ix_acts_fair",
        "acts",
        ["community_id", "seen", "id"],
        unique=False,
        sqlite_where=sa.text("standing = 'shown'"),
        postgresql_where=sa.text("standing = 'shown'"),
    )
    op.create_index(op.f("ix_acts_named_id"), "acts", ["named_id"], unique=False)
    op.create_index(
        "ix_acts_newest",
        "acts",
        ["community_id", "id"],
        unique=False,
        sqlite_where=sa.text("standing = 'shown'"),
        postgresql_where=sa.text("standing = 'shown'"),
    )
    op.create_index(op.f("ix_acts_space_id"), "acts", ["space_id"], unique=False)
    op.create_index(
        "ix_acts_to_review",
        "acts",
        ["community_id", "id"],
        unique=False,
        sqlite_where=sa.text("standing = 'waiting'"),
        postgresql_where=sa.text("standing = 'waiting'"),
    )
    op.create_table(
        "wall_blocks",
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("act_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.id"],
            name=op.f("fk_wall_blocks_community_id_communities"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_wall_blocks_member_id_members"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("pk_wall_blocks")),
    )
    op.create_index(op.f("ix_wall_blocks_member_id"), "wall_blocks", ["member_id"], unique=False)
    op.create_table(
        "act_reports",
        sa.Column("act_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["acts.id"], name=op.f("fk_act_reports_act_id_acts"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.id"],
            name=op.f("fk_act_reports_community_id_communities"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_act_reports_member_id_members"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("act_id", "member_id", name=op.f("pk_act_reports")),
    )
    op.create_index("ix_act_reports_community", "act_reports", ["community_id", "at"], unique=False)
    op.create_index(op.f("ix_act_reports_member_id"), "act_reports", ["member_id"], unique=False)
    op.create_table(
        "act_words",
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column(
            "word", sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("act_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["acts.id"], name=op.f("fk_act_words_act_id_acts"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_act_words_community_id_communities"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", "word", "act_id", name=op.f("pk_act_words")),
    )
    op.create_index(op.f("ix_act_words_act_id"), "act_words", ["act_id"], unique=False)
