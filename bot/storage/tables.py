"""The tables. Platform ids are text; instants are UTC; what grows with the data has an index."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC. `DateTime(timezone=True)` alone loses its zone on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- the base class's signature
        """Refuse an instant without a zone instead of guessing one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone; this one is naive")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- the base class's signature
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


ID = String(32)
PLATFORM = String(40)
KEY = String(100)
WAITING = text("state IN ('planned', 'sending')")
CHALLENGE = text("ritual = 'challenge'")
SHOWN = text("message <> ''")
POSTED = text("posted_at IS NOT NULL")
ON_WALL = text("standing = 'shown'")
TO_REVIEW = text("standing = 'waiting'")
DRAFTS = text("standing = 'draft'")
UNASKED = text("standing = 'shown' AND consent = 'unasked' AND named_id IS NOT NULL")
TO_DO = text("next_at IS NOT NULL")
FOR_IT = text("accepted_by IS NOT NULL")
STUCK = text("stuck <> ''")
BY_SOMEBODY = text("\"by\" <> ''")
WORD = String(40).with_variant(String(40, collation="C"), "postgresql")
"""Compared by its signs alone, so that a beginning is a range of the index."""

communities = Table(
    "communities",
    metadata,
    Column("id", ID, primary_key=True),
    Column("seed", String(64), nullable=False),
    Column("tone", String(20), nullable=False),
    Column("language", String(20), nullable=False),
    Column("plan", String(100), nullable=False),
    Column("paused_until", Date),
    Column("created_at", UtcDateTime, nullable=False),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
    Column("rest_day", Integer),
    Column("previews", Boolean),
)

spaces = Table(
    "spaces",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("platform", PLATFORM, nullable=False),
    Column("key", KEY, nullable=False),
    Column("left_at", UtcDateTime),
    UniqueConstraint("platform", "key"),
)

members = Table(
    "members",
    metadata,
    Column("id", ID, primary_key=True),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
    Column("user", KEY, nullable=False),
    UniqueConstraint("space_id", "user"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("ritual", String(20), nullable=False),
    Column("weekdays", String(7), nullable=False),
    Column("at", Time, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date),
    Column("skip_dates", JSON, nullable=False),
    Column("next_date", Date),
    Column("next_at", UtcDateTime, index=True),
    Column("name", String(60)),
    Column("grace", Integer),
    Column("rests", String(7)),
    Column("days_off", JSON(none_as_null=True)),
    Column("removed_at", UtcDateTime),
    Column("steps", String(20)),
)

days_off = Table(
    "days_off",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("spans", JSON, nullable=False),
    Column("offered_at", UtcDateTime, index=True),
)

targets = Table(
    "targets",
    metadata,
    Column("schedule_id", ID, ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("channel", KEY, nullable=False),
    Column("set_up_by", KEY, nullable=False),
    Column("attention", String(60), nullable=False),
    Column("notify", KEY),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("id", ID, primary_key=True),
    Column("schedule_id", ID, ForeignKey("schedules.id", ondelete="CASCADE"), nullable=False),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    Column("ritual", String(20), nullable=False),
    Column("local_date", Date, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("skip", String(60), nullable=False),
    Column("prompts", JSON(none_as_null=True)),
    Column("theme", String(100)),
    UniqueConstraint("schedule_id", "local_date"),
    Index(
        "ix_occurrences_challenges", "community_id", "local_date", sqlite_where=CHALLENGE, postgresql_where=CHALLENGE
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", ID, primary_key=True),
    Column("occurrence_id", ID, ForeignKey("occurrences.id", ondelete="CASCADE"), nullable=False),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
    Column("platform", PLATFORM, nullable=False),
    Column("space_key", KEY, nullable=False),
    Column("channel", KEY, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("deadline", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claim", String(80), nullable=False),
    Column("message", KEY, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("posted_at", UtcDateTime),
    UniqueConstraint("occurrence_id", "space_id", "channel"),
    Index("ix_deliveries_message", "platform", "channel", "message", sqlite_where=SHOWN, postgresql_where=SHOWN),
    Index("ix_deliveries_posted", "platform", "posted_at", sqlite_where=POSTED, postgresql_where=POSTED),
    Index("ix_deliveries_space", "space_id", "state"),
)
Index(
    "ix_deliveries_waiting",
    deliveries.c.platform,
    deliveries.c.next_at,
    deliveries.c.deadline.desc(),
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)

reactions = Table(
    "reactions",
    metadata,
    Column("item", ID, primary_key=True),
    Column("member_id", ID, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("emoji", String(100), primary_key=True),
    Column("via", ID, primary_key=True),
    Column("present", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_reactions_member_id", "member_id"),
    Index(
        "ix_reactions_removed",
        "at",
        sqlite_where=text("present = 0"),
        postgresql_where=text("NOT present"),
    ),
)

prompt_uses = Table(
    "prompt_uses",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("prompt_id", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("last", Date, nullable=False),
)

own_prompts = Table(
    "own_prompts",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(60), primary_key=True),
    Column("state", JSON, nullable=False),
)

shelf_settings = Table(
    "shelf_settings",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("state", JSON, nullable=False),
)

next_prompts = Table(
    "next_prompts",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(60), primary_key=True),
    Column("place", Integer, nullable=False),
)

own_themes = Table(
    "own_themes",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(60), primary_key=True),
    Column("state", JSON, nullable=False),
)

week_calendars = Table(
    "week_calendars",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("state", JSON, nullable=False),
    Column("apart", Integer, nullable=False),
    Column("since", Integer, nullable=False),
)
votes = Table(
    "votes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("themes", JSON, nullable=False),
    Column("closes_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("winner", String(60)),
    Column("week_id", ID, index=True),
    Column("forget_at", UtcDateTime),
    Column("next_at", UtcDateTime),
    Column("taken_back", Boolean, nullable=False, server_default=false()),
    Column("order", JSON(none_as_null=True)),
    Index("ix_votes_due", "next_at", sqlite_where=TO_DO, postgresql_where=TO_DO),
)
vote_wishes = Table(
    "vote_wishes",
    metadata,
    Column("vote_id", ID, ForeignKey("votes.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", ID, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("theme", String(60), nullable=False),
)
rewrites = Table(
    "rewrites",
    metadata,
    Column("delivery_id", ID, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("platform", PLATFORM, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("claim", String(80), nullable=False, server_default=text("''")),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Index("ix_rewrites_due", "platform", "next_at"),
)
own_plans = Table(
    "own_plans",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(60), primary_key=True),
    Column("state", JSON, nullable=False),
)

pack_imports = Table(
    "pack_imports",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("state", JSON, nullable=False),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("member_id", ID, ForeignKey("members.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", JSON, nullable=False),
    Column("accepted_by", ID),
    Index("ix_suggestions_community", "community_id", "id"),
    Index("ix_suggestions_member", "member_id", "at"),
    Index("ix_suggestions_accepted_by", "accepted_by", sqlite_where=FOR_IT, postgresql_where=FOR_IT),
)

walls = Table(
    "walls",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("rule", String(20), nullable=False),
    Column("links", Boolean, nullable=False),
    Column("words", JSON, nullable=False),
    Column("chosen", JSON),
)

wall_places = Table(
    "wall_places",
    metadata,
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", KEY, nullable=False),
    Column("set_up_by", KEY, nullable=False),
)

moderators = Table(
    "moderators",
    metadata,
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("chosen", JSON, nullable=False),
    Column("channel", KEY, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Date, primary_key=True, index=True),
    Column("code", String(200), primary_key=True),
)

alert_cards = Table(
    "alert_cards",
    metadata,
    Column("id", ID, primary_key=True),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("platform", PLATFORM, nullable=False),
    Column("day", Date, nullable=False),
    Column("code", String(200), nullable=False),
    Column("card", JSON, nullable=False),
    Column("users", JSON, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("claim", String(80), nullable=False),
    Column("doubt", Boolean, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Index("ix_alert_cards_due", "platform", "next_at"),
)

week_previews = Table(
    "week_previews",
    metadata,
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("platform", PLATFORM, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_week_previews_due", "platform", "at"),
)

acts = Table(
    "acts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("author_id", ID, ForeignKey("members.id", ondelete="CASCADE"), nullable=False),
    Column("telling", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("circle", String(20), nullable=False),
    Column("shown_as", String(20), nullable=False),
    Column("name", String(80), nullable=False),
    Column("audience", String(20), nullable=False),
    Column("standing", String(20), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    Column("edited_at", UtcDateTime),
    Column("seen", Integer, nullable=False),
    Column("named_id", ID, ForeignKey("members.id", ondelete="SET NULL"), index=True),
    Column("named_as", String(80), nullable=False),
    Column("consent", String(10), nullable=False),
    Column("picture", String(40), nullable=False, server_default=text("''")),
    Column("alt", String(300), nullable=False, server_default=text("''")),
    Column("warmth", String(10), nullable=False, server_default=text("''")),
    Index("ix_acts_author", "author_id", "id"),
    Index("ix_acts_newest", "community_id", "id", sqlite_where=ON_WALL, postgresql_where=ON_WALL),
    Index("ix_acts_fair", "community_id", "seen", "id", sqlite_where=ON_WALL, postgresql_where=ON_WALL),
    Index("ix_acts_circle", "community_id", "circle", "id", sqlite_where=ON_WALL, postgresql_where=ON_WALL),
    Index(
        "ix_acts_circle_fair", "community_id", "circle", "seen", "id", sqlite_where=ON_WALL, postgresql_where=ON_WALL
    ),
    Index("ix_acts_to_review", "community_id", "id", sqlite_where=TO_REVIEW, postgresql_where=TO_REVIEW),
    Index("ix_acts_drafts", "created_at", sqlite_where=DRAFTS, postgresql_where=DRAFTS),
    Index("ix_acts_unasked", "id", sqlite_where=UNASKED, postgresql_where=UNASKED),
    Index("ix_acts_published", "community_id", "published_at", "id", sqlite_where=ON_WALL, postgresql_where=ON_WALL),
)
act_pictures = Table(
    "act_pictures",
    metadata,
    Column("act_id", ID, ForeignKey("acts.id", ondelete="CASCADE"), primary_key=True),
    Column("mark", String(40), nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
)

act_words = Table(
    "act_words",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("word", WORD, primary_key=True),
    Column("act_id", ID, ForeignKey("acts.id", ondelete="CASCADE"), primary_key=True, index=True),
)

act_copies = Table(
    "act_copies",
    metadata,
    Column("id", ID, primary_key=True),
    Column("act_id", ID, nullable=False),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
    Column("platform", PLATFORM, nullable=False),
    Column("space_key", KEY, nullable=False),
    Column("channel", KEY, nullable=False),
    Column("key", ID, nullable=False),
    Column("message", KEY, nullable=False),
    Column("shown", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("claim", String(80), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("doubt", Boolean, nullable=False),
    Column("felt", Boolean, nullable=False),
    Column("stuck", String(60), nullable=False),
    Column("sent_at", UtcDateTime),
    Column("refreshed_at", UtcDateTime),
    Index("ix_act_copies_act", "act_id"),
    Index("ix_act_copies_space", "space_id", "id"),
    Index("ix_act_copies_stuck", "space_id", "stuck", sqlite_where=STUCK, postgresql_where=STUCK),
    Index("ix_act_copies_due", "platform", "next_at", sqlite_where=TO_DO, postgresql_where=TO_DO),
    Index("ix_act_copies_message", "platform", "channel", "message", sqlite_where=SHOWN, postgresql_where=SHOWN),
    Index("ix_act_copies_sent", "platform", "sent_at", sqlite_where=SHOWN, postgresql_where=SHOWN),
)

act_reports = Table(
    "act_reports",
    metadata,
    Column("act_id", ID, ForeignKey("acts.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", ID, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime, index=True),
    Index("ix_act_reports_community", "community_id", "at"),
)

wall_blocks = Table(
    "wall_blocks",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", ID, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("act_id", ID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    Column("subject", ID, nullable=False),
    Column("code", String(60), nullable=False),
    Column("by", ID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", String(200), nullable=False),
    Index("ix_decisions_subject", "subject", "id"),
    Index("ix_decisions_moderators", "community_id", "id", sqlite_where=BY_SOMEBODY, postgresql_where=BY_SOMEBODY),
    Index("ix_decisions_by", "by", sqlite_where=BY_SOMEBODY, postgresql_where=BY_SOMEBODY),
)

changes = Table(
    "changes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), index=True),
    Column("by", ID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index("ix_changes_community", "community_id", "id"),
    Index("ix_changes_by", "by"),
)

open_walls = Table(
    "open_walls",
    metadata,
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("listed", Boolean, nullable=False),
    Column("opened_by", ID, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("digest", ID, primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("by", KEY, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
    Column("used_in", ID, ForeignKey("spaces.id", ondelete="CASCADE"), index=True),
    Column("used_by", KEY, nullable=False),
    Column("done_at", UtcDateTime),
)

wrong_codes = Table(
    "wrong_codes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
    Column("user", KEY, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Index("ix_wrong_codes_space", "space_id", "at"),
)

links = Table(
    "links",
    metadata,
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("home_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("host_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", KEY, nullable=False),
    Column("confirmed_by", KEY, nullable=False),
)

same_person = Table(
    "same_person",
    metadata,
    Column("member_id", ID, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ID, nullable=False, index=True),
)

recaps = Table(
    "recaps",
    metadata,
    Column("delivery_id", ID, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("platform", PLATFORM, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("quoted", JSON, nullable=False),
    Column("shown", String(32), nullable=False),
    Column("next_at", UtcDateTime),
    Index("ix_recaps_week", "community_id", "until"),
    Index("ix_recaps_due", "platform", "next_at", sqlite_where=TO_DO, postgresql_where=TO_DO),
)

leavings = Table(
    "leavings",
    metadata,
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("platform", PLATFORM, nullable=False),
    Column("key", KEY, nullable=False),
    Column("by", KEY, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("stage", String(10), nullable=False),
    Column("stopped", Text, nullable=False),
    Column("held_back", JSON, nullable=False),
    Column("reached", ID, nullable=False),
    Column("left", JSON, nullable=False),
    Column("claim", String(80), nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Index("ix_leavings_due", "platform", "next_at"),
)

setups = Table(
    "setups",
    metadata,
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("answers", JSON, nullable=False),
    Column("step", String(20), nullable=False),
    Column("by", ID, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("trial", JSON(none_as_null=True)),
)

supports = Table(
    "supports",
    metadata,
    Column("community_id", ID, ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    Column("region", String(20), nullable=False),
    Column("contacts", JSON, nullable=False),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
    Column("user", KEY, nullable=False),
    Column("channel", KEY, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Index("ix_sign_ins_person", "space_id", "user"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
    Column("user", KEY, nullable=False),
    Column("channel", KEY, nullable=False),
    Column("began_at", UtcDateTime, nullable=False, index=True),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
    Index("ix_sessions_person", "space_id", "user"),
)

finishes = Table(
    "finishes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("delivery_id", ID, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("step", String(10), nullable=False),
    Column("schedule_id", ID, nullable=False),
    Column("space_id", ID, nullable=False),
    Column("platform", PLATFORM, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claim", String(80), nullable=False),
    Column("doubt", Boolean, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("trouble", String(60), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("next_at", UtcDateTime),
    Index("ix_finishes_schedule", "schedule_id", "space_id"),
    Index("ix_finishes_due", "platform", "next_at", sqlite_where=TO_DO, postgresql_where=TO_DO),
)
