"""Cards that are to say something else, in a table. When one is next to be looked at is also what a claim is known by:
a stir changes it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import DeliveryId
from bot.storage.sql import claimed, upsert
from bot.storage.tables import rewrites


class SqlRewrites:
    """`bot.ports.Rewrites`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def stir(self, deliveries: Collection[tuple[DeliveryId, str]], at: datetime) -> None:
        rows = [{"delivery_id": id_, "platform": platform, "next_at": at} for id_, platform in deliveries]
        await upsert(self._connection, rewrites, rows)

    async def claim(self, platform: str, now: datetime, until: datetime, limit: int) -> Sequence[DeliveryId]:
        due = select(rewrites.c.delivery_id).where(rewrites.c.platform == platform, rewrites.c.next_at <= now)
        some = due.order_by(rewrites.c.next_at).limit(limit)
        rows = await claimed(self._connection, rewrites.c.delivery_id, some, next_at=until)
        return [DeliveryId(row["delivery_id"]) for row in rows]

    async def settle(self, delivery: DeliveryId, held_until: datetime, again: datetime | None) -> None:
        mine = rewrites.c.delivery_id == delivery, rewrites.c.next_at == held_until
        done = delete(rewrites).where(*mine) if again is None else update(rewrites).where(*mine).values(next_at=again)
        await self._connection.execute(done)
