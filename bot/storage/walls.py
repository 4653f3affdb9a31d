"""What moderators decided about a wall, and what was decided about each act."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    RowMapping,
    bindparam,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import ActId, CommunityId, MemberId, SpaceId
from bot.domain.wall import Decision, Rule, Wall, WallPlace
from bot.storage.acts import meant_for
from bot.storage.linking import others_of
from bot.storage.sql import insert, upsert
from bot.storage.tables import BY_SOMEBODY, ON_WALL, act_reports, acts, decisions, wall_blocks, wall_places, walls

OPEN = act_reports.c.settled_at.is_(None)
WALL = select(walls).where(walls.c.community_id == bindparam("community"))
PLACE = select(wall_places).where(wall_places.c.space_id == bindparam("space"))


class SqlWalls:
    """`bot.ports.Walls`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, community: CommunityId) -> Wall:
        row = (await self._connection.execute(WALL, {"community": community})).one_or_none()
        if row is None:
            return Wall(community)
        return Wall(community, Rule(row.rule), row.links, tuple(row.words), tuple(row.chosen or ()))

    async def save(self, wall: Wall) -> None:
        row = {"community_id": wall.community, "rule": wall.rule.value, "links": wall.links, "words": list(wall.words)}
        row["chosen"] = list(wall.chosen)
        await upsert(self._connection, walls, [row])

    async def place(self, space: SpaceId) -> WallPlace | None:
        row = (await self._connection.execute(PLACE, {"space": space})).one_or_none()
        return WallPlace(space, row.channel, row.set_up_by) if row else None

    async def save_place(self, place: WallPlace) -> None:
        row = {"space_id": place.space, "channel": place.channel, "set_up_by": place.set_up_by}
        await upsert(self._connection, wall_places, [row])

    async def forget_place(self, space: SpaceId) -> None:
        await self._connection.execute(delete(wall_places).where(wall_places.c.space_id == space))

    async def block(self, decision: Decision, member: MemberId) -> None:
        row = {
            "community_id": decision.community,
            "member_id": member,
            "act_id": decision.subject,
            "at": decision.at,
        }
        await self._connection.execute(insert(self._connection, wall_blocks).values(row).on_conflict_do_nothing())

    async def blocked_for(self, community: CommunityId, act: ActId) -> MemberId | None:
        here = (wall_blocks.c.community_id == community, wall_blocks.c.act_id == act)
        chosen = select(wall_blocks.c.member_id).where(*here).order_by(wall_blocks.c.member_id).limit(1)
        member = (await self._connection.execute(chosen)).scalar_one_or_none()
        return MemberId(member) if member else None

    async def unblock(self, community: CommunityId, member: MemberId) -> bool:
        # An account that was part of the person when they were blocked may have been parted from it since.
        here = wall_blocks.c.community_id == community
        about = select(wall_blocks.c.act_id).where(here, _of_person(member))
        known = delete(wall_blocks).where(here, or_(_of_person(member), wall_blocks.c.act_id.in_(about)))
        return (await self._connection.execute(known)).rowcount > 0

    async def blocked(self, community: CommunityId, member: MemberId) -> bool:
        sought = {"community": community, "member": member}
        return (await self._connection.execute(BLOCKED, sought)).first() is not None

    async def report(self, decision: Decision, member: MemberId) -> None:
        row = {
            "act_id": decision.subject,
            "member_id": member,
            "community_id": decision.community,
            "at": decision.at,
            "settled_at": None,
        }
        await upsert(self._connection, act_reports, [row])

    async def reported_at(self, act: ActId, member: MemberId) -> datetime | None:
        chosen = select(act_reports.c.at).where(act_reports.c.act_id == act, act_reports.c.member_id == member)
        return (await self._connection.execute(chosen)).scalar_one_or_none()

    async def forget_reports(self, before: datetime) -> None:
        await self._connection.execute(delete(act_reports).where(act_reports.c.settled_at < before))

    async def reports_by(self, member: MemberId, since: object) -> int:
        counted = select(func.count()).where(act_reports.c.member_id == member, act_reports.c.at >= since)
        return (await self._connection.execute(counted)).scalar_one()

    async def reported(self, community: CommunityId, space: SpaceId, limit: int) -> Sequence[ActId]:
        oldest = func.min(act_reports.c.at)
        chosen = (
            select(act_reports.c.act_id)
            .join(acts, acts.c.id == act_reports.c.act_id)
            .where(act_reports.c.community_id == community, OPEN, ON_WALL, meant_for(space))
        )
        ordered = chosen.group_by(act_reports.c.act_id).order_by(oldest, act_reports.c.act_id).limit(limit)
        return [ActId(act) for act in (await self._connection.execute(ordered)).scalars()]

    async def is_reported(self, act: ActId) -> bool:
        chosen = select(act_reports.c.act_id).where(act_reports.c.act_id == act, OPEN).limit(1)
        return (await self._connection.execute(chosen)).first() is not None

    async def settle_reports(self, act: ActId, at: datetime) -> None:
        about = update(act_reports).where(act_reports.c.act_id == act, OPEN)
        await self._connection.execute(about.values(settled_at=at))

    async def decide(self, decision: Decision) -> None:
        row = {
            "id": decision.id,
            "community_id": decision.community,
            "subject": decision.subject,
            "code": decision.code,
            "by": decision.by,
            "at": decision.at,
            "detail": decision.detail,
        }
        await self._connection.execute(insert(self._connection, decisions).values(row))

    async def decided(self, subject: str, limit: int = 20) -> Sequence[Decision]:
        chosen = select(decisions).where(decisions.c.subject == subject)
        rows = await self._connection.execute(chosen.order_by(decisions.c.id.desc()).limit(limit))
        return [_decision(row) for row in rows.mappings()]

    async def by_moderators(
        self, community: CommunityId, space: SpaceId, limit: int, beyond: str = ""
    ) -> Sequence[Decision]:
        elsewhere = exists().where(acts.c.id == decisions.c.subject, not_(meant_for(space)))
        chosen = select(decisions).where(decisions.c.community_id == community, BY_SOMEBODY, ~elsewhere)
        if beyond:
            chosen = chosen.where(decisions.c.id < beyond)
        rows = await self._connection.execute(chosen.order_by(decisions.c.id.desc()).limit(limit))
        return [_decision(row) for row in rows.mappings()]


def _of_person(member: MemberId | BindParameter[str]) -> ColumnElement[bool]:
    """Blocks of a member, or of another account of the same person."""
    return or_(wall_blocks.c.member_id == member, wall_blocks.c.member_id.in_(others_of(member)))


BLOCKED = select(wall_blocks.c.member_id).where(
    wall_blocks.c.community_id == bindparam("community"), _of_person(bindparam("member"))
)


def _decision(row: RowMapping) -> Decision:
    return Decision(
        id=row["id"],
        community=CommunityId(row["community_id"]),
        subject=row["subject"],
        code=row["code"],
        at=row["at"],
        by=row["by"],
        detail=row["detail"],
    )
