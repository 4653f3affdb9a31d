"""Recaps in a table. When one is next to be looked at is also what a claim is known by: a stir changes it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import ActId, CommunityId, DeliveryId, SpaceId
from bot.domain.recap import Recap
from bot.storage.sql import claimed, upsert
from bot.storage.tables import TO_DO, recaps


class SqlRecaps:
    """`bot.ports.Recaps`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, delivery: DeliveryId) -> Recap | None:
        chosen = select(recaps).where(recaps.c.delivery_id == delivery)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _recap(row) if row else None

    async def save(self, recap: Recap, at: datetime | None = None) -> None:
        row = {
            "delivery_id": recap.delivery,
            "community_id": recap.community,
            "space_id": recap.space,
            "platform": recap.platform,
            "since": recap.since,
            "until": recap.until,
            "quoted": list(recap.quoted),
            "shown": recap.shown,
            "next_at": at,
        }
        await upsert(self._connection, recaps, [row])

    async def stir(self, community: CommunityId, came_at: datetime, at: datetime) -> None:
        of_week = update(recaps).where(
            recaps.c.community_id == community, recaps.c.until > came_at, recaps.c.since <= came_at
        )
        await self._connection.execute(of_week.values(next_at=at))

    async def stir_apart(self, space: SpaceId, community: CommunityId, at: datetime) -> None:
        apart = update(recaps).where(or_(recaps.c.space_id == space, recaps.c.community_id == community))
        await self._connection.execute(apart.values(next_at=at))

    async def stir_in(self, space: SpaceId, at: datetime) -> None:
        await self._connection.execute(update(recaps).where(recaps.c.space_id == space).values(next_at=at))

    async def claim(self, platform: str, now: datetime, until: datetime, limit: int) -> Sequence[Recap]:
        chosen = (
            select(recaps.c.delivery_id)
            .where(TO_DO, recaps.c.platform == platform, recaps.c.next_at <= now)
            .order_by(recaps.c.next_at)
            .limit(limit)
        )
        return [_recap(row) for row in await claimed(self._connection, recaps.c.delivery_id, chosen, next_at=until)]

    async def settle(self, recap: Recap, held_until: datetime, again: datetime | None) -> bool:
        mine = update(recaps).where(recaps.c.delivery_id == recap.delivery, recaps.c.next_at == held_until)
        done = await self._connection.execute(mine.values(shown=recap.shown, next_at=again))
        return done.rowcount > 0

    async def forget(self, delivery: DeliveryId) -> None:
        await self._connection.execute(delete(recaps).where(recaps.c.delivery_id == delivery))


def _recap(row: RowMapping) -> Recap:
    return Recap(
        delivery=DeliveryId(row["delivery_id"]),
        community=CommunityId(row["community_id"]),
        space=SpaceId(row["space_id"]),
        platform=row["platform"],
        since=row["since"],
        until=row["until"],
        quoted=tuple(ActId(act) for act in row["quoted"]),
        shown=row["shown"],
    )
