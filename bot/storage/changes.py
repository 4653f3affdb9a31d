"""What moderators changed, in a table."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.changes import Change
from bot.domain.ids import ChangeId, CommunityId, MemberId, SpaceId
from bot.storage.sql import held, insert
from bot.storage.tables import BY_SOMEBODY, changes, communities, decisions

HELD = held(select(communities.c.id).where(communities.c.id == bindparam("community")), writing=True)
OF_SUBJECT = select(func.max(decisions.c.id)).where(decisions.c.subject == bindparam("subject"))
OF_MODERATORS = select(func.max(decisions.c.id)).where(decisions.c.community_id == bindparam("community"), BY_SOMEBODY)
OF_CHANGES = select(func.max(changes.c.id)).where(changes.c.community_id == bindparam("community"))
LAST = select(OF_SUBJECT.scalar_subquery())
LAST_OF_ALL = select(*(one.scalar_subquery() for one in (OF_SUBJECT, OF_MODERATORS, OF_CHANGES)))


class SqlChanges:
    """`bot.ports.Changes`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def hold(self, community: CommunityId) -> None:
        if self._writing and self._connection.dialect.name == "postgresql":  # on SQLite whoever writes is alone
            await self._connection.execute(HELD, {"community": community})

    async def keep(self, change: Change) -> None:
        row = {
            "id": change.id,
            "community_id": change.community,
            "space_id": change.space,
            "by": change.by,
            "at": change.at,
            "kind": change.kind,
            "subject": change.subject,
            "before": change.before,
            "after": change.after,
        }
        await self._connection.execute(insert(self._connection, changes), row)

    async def last(self, subject: str, community: CommunityId | None) -> str:
        if community is None:
            found = (await self._connection.execute(LAST, {"subject": subject})).one()
        else:
            found = (await self._connection.execute(LAST_OF_ALL, {"subject": subject, "community": community})).one()
        return max((last for last in found if last), default="")

    async def get(self, change: ChangeId) -> Change | None:
        chosen = select(changes).where(changes.c.id == change)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _change(row) if row else None

    async def page(self, community: CommunityId, space: SpaceId, limit: int, beyond: str = "") -> Sequence[Change]:
        concerned = or_(changes.c.space_id.is_(None), changes.c.space_id == space)
        chosen = select(changes).where(changes.c.community_id == community, concerned)
        if beyond:
            chosen = chosen.where(changes.c.id < beyond)
        rows = await self._connection.execute(chosen.order_by(changes.c.id.desc()).limit(limit))
        return [_change(row) for row in rows.mappings()]


def _change(row: RowMapping) -> Change:
    return Change(
        id=ChangeId(row["id"]),
        community=CommunityId(row["community_id"]),
        by=MemberId(row["by"]),
        at=row["at"],
        kind=row["kind"],
        subject=row["subject"],
        before=row["before"],
        after=row["after"],
        space=SpaceId(row["space_id"]) if row["space_id"] else None,
    )
