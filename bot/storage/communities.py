"""Communities, spaces and members in tables."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Select, and_, bindparam, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.community import Community, Space, Tone
from bot.domain.days import Quiet
from bot.domain.ids import CommunityId, MemberId, SpaceId, new_id
from bot.domain.places import Person
from bot.storage.sql import given, insert, those, upsert
from bot.storage.tables import UtcDateTime, communities, links, members, spaces, week_previews

SPACES = select(spaces, links.c.at.label("linked_at")).outerjoin(links, links.c.space_id == spaces.c.id)
COMMUNITY = select(communities).where(communities.c.id == bindparam("community"))
"""These are made once, for nearly everything that happens asks by them: making a statement costs as much as carrying it
out."""
SPACE = SPACES.where(spaces.c.id == bindparam("space"))
HELD = SPACES.where(spaces.c.id.in_(bindparam("spaces", expanding=True)))
THERE = (spaces.c.platform == bindparam("platform"), spaces.c.key == bindparam("key"))
BY_KEY = SPACES.where(*THERE)
OF_COMMUNITY = SPACES.where(spaces.c.community_id == bindparam("community")).order_by(spaces.c.platform, spaces.c.key)
IN_SPACE = select(members.c.id).join(spaces, spaces.c.id == members.c.space_id)
MEMBER = IN_SPACE.where(*THERE, members.c.user == bindparam("user"))


class SqlCommunities:
    """`bot.ports.Communities`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def get(self, community: CommunityId) -> Community:
        rows = await self._connection.execute(COMMUNITY, {"community": community})
        return _community(rows.mappings().one())

    async def those(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, Community]:
        rows = await self._connection.execute(_those(self._connection.dialect.name), those(wanted))
        return {found.id: found for found in map(_community, rows.mappings())}

    async def save(self, community: Community) -> None:
        row = {
            "id": community.id,
            "seed": community.seed,
            "tone": community.tone.value,
            "created_at": community.created_at,
            "language": community.language,
            "plan": community.plan,
            "paused_until": community.paused_until,
            "quiet_from": community.quiet.begins if community.quiet else None,
            "quiet_until": community.quiet.ends if community.quiet else None,
            "rest_day": community.rest_day,
            "previews": community.previews,
        }
        await upsert(self._connection, communities, [row])

    async def space(self, space: SpaceId) -> Space:
        rows = await self._connection.execute(SPACE, {"space": space})
        return _space(rows.mappings().one())

    async def hold(self, wanted: Collection[SpaceId], *, moving: bool = False) -> Mapping[SpaceId, Space]:
        if self._writing and self._connection.dialect.name == "postgresql":  # in one order, so that nobody waits round
            rows = select(spaces.c.id).where(spaces.c.id.in_(wanted)).order_by(spaces.c.id)
            await self._connection.execute(rows.with_for_update(read=not moving, key_share=moving))
        found = await self._connection.execute(HELD, {"spaces": list(wanted)})
        return {space.id: space for space in map(_space, found.mappings())}

    async def space_of(self, platform: str, key: str) -> Space | None:
        sought = {"platform": platform, "key": key}
        row = (await self._connection.execute(BY_KEY, sought)).mappings().one_or_none()
        if row is None and self._writing and self._connection.dialect.name == "postgresql":
            # Whoever sees a space first is about to add it: others who see it at the same time wait for that.
            await self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{platform}/{key}"))))
            row = (await self._connection.execute(BY_KEY, sought)).mappings().one_or_none()
        return _space(row) if row else None

    async def spaces(self, community: CommunityId) -> Sequence[Space]:
        rows = await self._connection.execute(OF_COMMUNITY, {"community": community})
        return [_space(row) for row in rows.mappings()]

    async def some_spaces(self, limit: int, platform: str = "", key: str = "") -> Sequence[Space]:
        chosen = SPACES.where(spaces.c.left_at.is_(None)).order_by(spaces.c.platform, spaces.c.key).limit(limit)
        if platform:
            chosen = chosen.where(spaces.c.platform == platform)
        if key:
            chosen = chosen.where(spaces.c.key == key)
        return [_space(row) for row in (await self._connection.execute(chosen)).mappings()]

    async def active(self, limit: int, beyond: str = "") -> Sequence[Space]:
        chosen = SPACES.where(spaces.c.left_at.is_(None), spaces.c.id > beyond).order_by(spaces.c.id).limit(limit)
        return [_space(row) for row in (await self._connection.execute(chosen)).mappings()]

    async def active_keys(self, platform: str) -> frozenset[str]:
        chosen = select(spaces.c.key).where(spaces.c.platform == platform, spaces.c.left_at.is_(None))
        return frozenset((await self._connection.execute(chosen)).scalars())

    async def save_space(self, space: Space) -> None:
        row = {
            "id": space.id,
            "community_id": space.community,
            "platform": space.platform,
            "key": space.key,
            "left_at": space.left_at,
        }
        await upsert(self._connection, spaces, [row])

    async def previews_due(self, platform: str, now: datetime, limit: int) -> Sequence[tuple[Space, datetime]]:
        chosen = SPACES.add_columns(week_previews.c.at.label("preview_at")).join(
            week_previews, week_previews.c.space_id == spaces.c.id
        )
        due = (week_previews.c.platform == platform, week_previews.c.at <= now)
        rows = await self._connection.execute(chosen.where(*due).order_by(week_previews.c.at).limit(limit))
        return [(_space(row), row["preview_at"]) for row in rows.mappings()]

    async def move_preview(
        self, space: SpaceId, at: datetime | None, *, before: datetime | None = None, now: datetime | None = None
    ) -> bool:
        known = [week_previews.c.space_id == space, *([week_previews.c.at == before] if before is not None else [])]
        if at is None:
            return (await self._connection.execute(delete(week_previews).where(*known))).rowcount > 0
        if before is not None:
            moved = update(week_previews).where(*known).values(at=at)
            return (await self._connection.execute(moved)).rowcount > 0
        of_space = select(spaces.c.id, spaces.c.platform, literal(at, UtcDateTime)).where(spaces.c.id == space)
        kept = insert(self._connection, week_previews).from_select(["space_id", "platform", "at"], of_space)
        moving = and_(week_previews.c.at != kept.excluded.at, *([week_previews.c.at > now] if now is not None else []))
        fresh = kept.on_conflict_do_update(index_elements=["space_id"], set_={"at": kept.excluded.at}, where=moving)
        return (await self._connection.execute(fresh)).rowcount > 0

    async def member(self, person: Person) -> MemberId | None:
        known = {"platform": person.platform, "key": person.space, "user": person.user}
        found = (await self._connection.execute(MEMBER, known)).scalar_one_or_none()
        if found is None:
            space = await self.space_of(person.platform, person.space)
            if space is None:
                return None
            made = insert(self._connection, members).values(id=new_id(), space_id=space.id, user=person.user)
            await self._connection.execute(made.on_conflict_do_nothing())
            found = (await self._connection.execute(MEMBER, known)).scalar_one()
        return MemberId(found)

    async def person(self, member: MemberId) -> Person | None:
        chosen = select(spaces.c.platform, spaces.c.key, members.c.user).join(
            members, members.c.space_id == spaces.c.id
        )
        row = (await self._connection.execute(chosen.where(members.c.id == member))).one_or_none()
        return Person(row.platform, row.key, row.user) if row else None


@cache
def _those(dialect: str) -> Select[Any]:
    return select(communities).where(communities.c.id == given(dialect))


def _community(row: RowMapping) -> Community:
    return Community(
        id=CommunityId(row["id"]),
        seed=row["seed"],
        tone=Tone(row["tone"]),
        created_at=row["created_at"],
        language=row["language"],
        plan=row["plan"],
        paused_until=row["paused_until"],
        quiet=Quiet(row["quiet_from"], row["quiet_until"]) if row["quiet_from"] and row["quiet_until"] else None,
        rest_day=row["rest_day"],
        previews=bool(row["previews"]),
    )


def _space(row: RowMapping) -> Space:
    return Space(
        id=SpaceId(row["id"]),
        community=CommunityId(row["community_id"]),
        platform=row["platform"],
        key=row["key"],
        left_at=row["left_at"],
        linked_at=row["linked_at"],
    )
