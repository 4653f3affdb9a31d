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
    MetaData,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
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
)

targets = Table(
    "targets",
    metadata,
    Column("schedule_id", ID, ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    Column("space_id", ID, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("channel", KEY, nullable=False),
    Column("set_up_by", KEY, nullable=False),
    Column("attention", String(60), nullable=False),
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
    Index("ix_reactions_via", "via"),
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
